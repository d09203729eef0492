package schema_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

type sized struct {
	Text   string            `json:"text" jsonschema:"maxLength=10" doc:"x"`
	Maybe  *string           `json:"maybe,omitzero" jsonschema:"maxLength=3" doc:"x"`
	Count  int64             `json:"count" doc:"x"`
	Share  float64           `json:"share" doc:"x"`
	Flag   bool              `json:"flag" doc:"x"`
	When   time.Time         `json:"when" doc:"x"`
	Labels []string          `json:"labels" jsonschema:"maxItems=5,maxLength=7" doc:"x"`
	Rows   []sizedRow        `json:"rows" jsonschema:"maxItems=2" doc:"x"`
	Open   jsontext.Value    `json:"open" jsonschema:"maxLength=50" doc:"x"`
	ByName map[string]string `json:"by_name" jsonschema:"maxLength=60" doc:"x"`
}

type sizedRow struct {
	Name string `json:"name" jsonschema:"maxLength=4" doc:"x"`
}

// The longest valid inputs are as long as MaxBytes says, apart from scalars,
// which are all counted as long as a time with a zone.
func TestMaxBytes(t *testing.T) {
	t.Parallel()
	object, err := schema.Compile(reflect.TypeFor[sized]())
	if err != nil {
		t.Fatal(err)
	}
	long := func(n int) string { return strings.Repeat("\U0001F600", n) }
	maybe := long(3)
	longest, err := json.Marshal(sized{
		Text: long(10), Maybe: &maybe, Count: -1 << 63, Share: -1.2345678901234567e-300, When: time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600)),
		Labels: []string{long(7), long(7), long(7), long(7), long(7)},
		Rows:   []sizedRow{{long(4)}, {long(4)}},
		Open:   jsontext.Value(`{"a":"` + strings.Repeat("b", 50-len(`{"a":""}`)) + `"}`),
		ByName: map[string]string{"a": strings.Repeat("b", 60-len(`{"a":""}`))},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := object.Decode(t.Context(), longest, new(sized)); err != nil {
		t.Fatalf("the longest inputs are not valid: %v", err)
	}
	const scalars = 4 * len(`"2006-01-02T15:04:05.000000000+00:00"`)
	if got := object.MaxBytes(); got < int64(len(longest)) || got > int64(len(longest)+scalars) {
		t.Errorf("got %d bytes, and %d are possible", got, len(longest))
	}
}
