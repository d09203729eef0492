package schema_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// bulk takes long inputs of every kind.
type bulk struct {
	Text   string                    `json:"text,omitzero" jsonschema:"maxLength=100000000" doc:"A text."`
	Texts  []string                  `json:"texts,omitzero" jsonschema:"maxItems=100000000,maxLength=100000000" doc:"Texts."`
	Few    []string                  `json:"few,omitzero" jsonschema:"maxItems=3,maxLength=3" doc:"A few texts."`
	Count  int                       `json:"count,omitzero" doc:"A number."`
	Counts []int                     `json:"counts,omitzero" jsonschema:"maxItems=100000000" doc:"Numbers."`
	Modes  []mode                    `json:"modes,omitzero" jsonschema:"maxItems=100000000" doc:"Several."`
	People []person                  `json:"people,omitzero" jsonschema:"maxItems=100000000" doc:"People."`
	Open   jsontext.Value            `json:"open,omitzero" jsonschema:"maxLength=100000000" doc:"Any object."`
	ByName map[string]map[string]int `json:"by_name,omitzero" jsonschema:"maxLength=100000000" doc:"Numbers by name."`
}

// series is what is written for the numbers below n, separated by commas.
func series(n int, item func(i int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item(i))
	}
	return b.String()
}

func always(s string) func(int) string { return func(int) string { return s } }

// quoted is s as a JSON string.
func quoted(s string) string {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Twice the input takes less than three times the time. Two doublings are
// measured at once, because they stand out further from what else the machine
// does: less than nine times, where quadratic time would be sixteen. It
// measures, so it does not run in parallel.
func TestTimeOfDecodeIsLinear(t *testing.T) {
	unknown := func(i int) string { return `"k` + strconv.Itoa(i) + `":1` }
	for _, tt := range []struct {
		name string
		n    int
		in   func(n int) string
	}{
		{"unknown names", 5_000, func(n int) string { return `{` + series(n, unknown) + `}` }},
		{"unknown names of a member", 4, func(n int) string {
			return `{"people":[` + series(n, always(`{`+series(900, unknown)+`}`)) + `]}`
		}},
		{"one unknown name", 8_000, func(n int) string { return `{` + series(n, always(`"x":1`)) + `}` }},
		{"one known name", 8_000, func(n int) string { return `{` + series(n, always(`"count":1`)) + `}` }},
		{"long unknown names", 80, func(n int) string {
			return `{` + series(900, func(i int) string { return quoted(strings.Repeat("x", n)+strconv.Itoa(i)) + `:1` }) + `}`
		}},
		{"a long unknown name", 100_000, func(n int) string { return `{` + quoted(strings.Repeat("count", n/5)) + `:1}` }},
		{"names of control characters", 50, func(n int) string {
			return `{` + series(900, func(i int) string { return quoted(strings.Repeat("\x00", n)+strconv.Itoa(i)) + `:1` }) + `}`
		}},
		{"JSON in texts in texts", 25_000, func(n int) string {
			s := strings.Repeat("x", n)
			for range 4 {
				s = `[` + quoted(s) + `]`
			}
			return `{"texts":` + quoted(s) + `,"people":` + quoted(s) + `,"open":` + quoted(s) + `}`
		}},
		{"lists in a text", 2_000, func(n int) string {
			return `{"few":` + quoted(strings.Repeat("[", min(n, 9_000))+series(n*10, always("1"))) + `}`
		}},
		{"nested objects", 9_000, func(n int) string {
			return `{"open":{"a":[` + series(n/100, always(strings.Repeat(`{"a":`, 90)+`1`+strings.Repeat(`}`, 90))) + `]}}`
		}},
		{"members of an open object", 2_000, func(n int) string { return `{"open":{` + series(n, unknown) + `}}` }},
		{"a name twice in an open object", 2_000, func(n int) string { return `{"open":{` + series(n, unknown) + `,"k1":1}}` }},
		{"members of a map", 10, func(n int) string {
			return `{"by_name":{` + series(n, func(i int) string { return `"m` + strconv.Itoa(i) + `":{` + series(100, unknown) + `}` }) + `}}`
		}},
		{"too many items", 20_000, func(n int) string { return `{"few":[` + series(n, always(`"x"`)) + `]}` }},
		{"items", 3_000, func(n int) string { return `{"texts":[` + series(n, always(`"x"`)) + `]}` }},
		{"items in a text", 2_500, func(n int) string { return `{"texts":` + quoted(`[`+series(n, always(`"x"`))+`]`) + `}` }},
		{"a problem for each item", 4_000, func(n int) string { return `{"counts":[` + series(n, always(`"x"`)) + `]}` }},
		{"a wrong choice for each item", 4_000, func(n int) string { return `{"modes":[` + series(n, always(`"x"`)) + `]}` }},
		{"several problems for each item", 1_000, func(n int) string { return `{"people":[` + series(n, always(`{"x":1,"y":2}`)) + `]}` }},
		{"digits", 50_000, func(n int) string { return `{"count":` + strings.Repeat("1", n) + `}` }},
		{"digits in a text", 40_000, func(n int) string { return `{"count":"` + strings.Repeat("1", n) + `"}` }},
		{"a long text", 40_000, func(n int) string { return `{"text":"` + strings.Repeat(`\u00e9`, n/6) + `"}` }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := compile[bulk](t)
			once, fourfold := jsontext.Value(tt.in(tt.n)), jsontext.Value(tt.in(4*tt.n))
			var ratio float64
			for range 10 { // a busy machine may disturb some of the tries
				a, b := fastest(t, o, once), fastest(t, o, fourfold)
				if ratio = float64(b) / float64(a); ratio < 9 {
					return
				}
			}
			t.Errorf("four times the input takes %.1f times the time", ratio)
		})
	}
}

// fastest is the shortest of a few runs.
func fastest(t *testing.T, o *schema.Object, in jsontext.Value) time.Duration {
	t.Helper()
	best := time.Hour
	for range 3 {
		start := time.Now()
		var out bulk
		err := o.Decode(t.Context(), in, &out)
		best = min(best, time.Since(start))
		if _, ok := errors.AsType[*schema.InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
	}
	return best
}

func TestMembersAreCapped(t *testing.T) {
	t.Parallel()
	o := compile[bulk](t)
	unknown := func(i int) string { return `"k` + strconv.Itoa(i) + `":1` }
	for in, want := range map[string]string{
		`{` + series(1001, unknown) + `}`:                            "<root>: Dictionary should have at most 1000 items",
		`{` + series(1001, always(`"count":1`)) + `}`:                "<root>: Dictionary should have at most 1000 items",
		`{"by_name":{` + series(1001, always(`"a":{}`)) + `}}`:       "by_name: An object in this value has the same key twice",
		`{"by_name":{"a":{` + series(1001, unknown) + `}}}`:          "by_name.a: Dictionary should have at most 1000 items",
		`{"by_name":{"a":{` + series(1000, unknown) + `}}}`:          "",
		`{"people":[{"id":"a",` + series(1000, unknown) + `}]}`:      "people.0: Dictionary should have at most 1000 items",
		`{"few":[` + series(4, always(`{"not":"looked at"}`)) + `]}`: "few: List should have at most 3 items",
	} {
		var out bulk
		err := o.Decode(t.Context(), jsontext.Value(in), &out)
		if got := text(err); got != want {
			t.Errorf("%.40s…: got %q, want %q", in, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Only few names that are short are compared with the known ones.
func TestSuggestionsAreFew(t *testing.T) {
	t.Parallel()
	o := compile[bulk](t)
	var out bulk
	err := o.Decode(t.Context(), jsontext.Value(`{"`+strings.Repeat("x", 41)+`":1,`+series(30, func(i int) string { return `"count` + strconv.Itoa(i) + `":1` })+`}`), &out)
	bad, ok := errors.AsType[*schema.InputError](err)
	if !ok {
		t.Fatal(err)
	}
	if got := strings.Count(bad.Hint, "did you mean"); got == 0 || got > 10 {
		t.Errorf("%d suggestions: %s", got, bad.Hint)
	}
}

// endless ends after it was asked for its error some times.
type endless struct {
	context.Context
	asked, end int
}

func (c *endless) Err() error {
	if c.asked++; c.asked > c.end {
		return context.DeadlineExceeded
	}
	return nil
}

func TestDecodeStopsWithItsContext(t *testing.T) {
	t.Parallel()
	o := compile[bulk](t)
	for name, in := range map[string]string{
		"items":            `{"texts":[` + series(5000, always(`"x"`)) + `]}`,
		"items of objects": `{"people":[` + series(5000, always(`{"id":1}`)) + `]}`,
		"members":          `{"by_name":{` + series(900, func(i int) string { return `"k` + strconv.Itoa(i) + `":{}` }) + `}}`,
	} {
		ctx := &endless{Context: t.Context(), end: 20}
		var out bulk
		if err := o.Decode(ctx, jsontext.Value(in), &out); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %.200v", name, err)
		}
		if ctx.asked > 30 {
			t.Errorf("%s: went on after the end: asked %d times", name, ctx.asked)
		}
		if len(out.Texts)+len(out.People)+len(out.ByName) > 0 {
			t.Errorf("%s: something was decoded", name)
		}
	}
}
