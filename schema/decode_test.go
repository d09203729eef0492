package schema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/schema"
)

func decode(t testing.TB, in string) (everything, error) {
	t.Helper()
	var out everything
	err := compile[everything](t).Decode(t.Context(), jsontext.Value(in), &out)
	return out, err
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		look func(everything) any
		want any
	}{
		{`{"issue":"A-1"}`, func(e everything) any { return e.Limit }, 50},
		{`{"issue":"A-1"}`, func(e everything) any { return e.Mode }, mode("append")},
		{`{"issue":"A-1"}`, func(e everything) any { return e.Notify }, true},
		{`{"issue":"A-1","limit":null,"title":null,"labels":null}`, func(e everything) any { return e.Limit }, 50},
		{`{"issue":"A-1","title":""}`, func(e everything) any { return *e.Title }, ""},
		{`{"issue":"A-1","limit":7}`, func(e everything) any { return e.Limit }, 7},
		{`{"issue":"A-1","limit":"7"}`, func(e everything) any { return e.Limit }, 7},
		{`{"issue":"A-1","limit":" +7 "}`, func(e everything) any { return e.Limit }, 7},
		{`{"issue":"A-1","limit":"007"}`, func(e everything) any { return e.Limit }, 7},
		{`{"issue":"A-1","limit":"5.00"}`, func(e everything) any { return e.Limit }, 5},
		{`{"issue":"A-1","limit":3.0}`, func(e everything) any { return e.Limit }, 3},
		{`{"issue":"A-1","limit":1e2}`, func(e everything) any { return e.Limit }, 100},
		{`{"issue":"A-1","big":12345678901234567}`, func(e everything) any { return e.Big }, int64(12345678901234567)},
		{`{"issue":"A-1","big":12345678901234567.0}`, func(e everything) any { return e.Big }, int64(12345678901234567)},
		{`{"issue":"A-1","big":"-9_223_372_036_854_775_808"}`, func(e everything) any { return e.Big }, int64(-9223372036854775808)},
		{`{"issue":"A-1","big":0e-999999999}`, func(e everything) any { return e.Big }, int64(0)},
		{`{"issue":"A-1","ratio":"1e3"}`, func(e everything) any { return e.Ratio }, 1000.0},
		{`{"issue":"A-1","ratio":0.5}`, func(e everything) any { return e.Ratio }, 0.5},
		{`{"issue":"A-1","notify":"No"}`, func(e everything) any { return e.Notify }, false},
		{`{"issue":"A-1","notify":0}`, func(e everything) any { return e.Notify }, false},
		{`{"issue":"A-1","notify":1.0}`, func(e everything) any { return e.Notify }, true},
		{`{"issue":"A-1","labels":"x"}`, func(e everything) any { return e.Labels }, []string{"x"}},
		{`{"issue":"A-1","labels":["x","y"]}`, func(e everything) any { return e.Labels }, []string{"x", "y"}},
		{`{"issue":"A-1","labels":"[\"x\",\"y\"]"}`, func(e everything) any { return e.Labels }, []string{"x", "y"}},
		{`{"issue":"A-1","labels":" [ \"x\" ] "}`, func(e everything) any { return e.Labels }, []string{"x"}},
		{`{"issue":"A-1","labels":"[draft]"}`, func(e everything) any { return e.Labels }, []string{"[draft]"}},
		{`{"issue":"A-1","labels":"[1]"}`, func(e everything) any { return e.Labels }, []string{"[1]"}},
		{`{"issue":"A-1","labels":"[\"x\",2]"}`, func(e everything) any { return e.Labels }, []string{`["x",2]`}},
		{`{"issue":"A-1","labels":["[\"x\"]"]}`, func(e everything) any { return e.Labels }, []string{`["x"]`}},
		{`{"issue":"A-1","modes":"[\"append\",\"prepend\"]"}`, func(e everything) any { return e.Modes }, []mode{"append", "prepend"}},
		{`{"issue":"A-1","modes":"append"}`, func(e everything) any { return e.Modes }, []mode{"append"}},
		{`{"issue":"A-1","owner":"{\"id\":\"7\",\"email\":null,\"tags\":\"[\\\"x\\\"]\"}"}`, func(e everything) any { return e.Owner.Tags }, []string{`["x"]`}},
		{`{"issue":"A-1","owner":"{\"id\":\"7\",\"email\":null}"}`, func(e everything) any { return e.Owner.ID }, "7"},
		{`{"issue":"A-1","users":"[{\"id\":\"7\",\"email\":\"\"}]"}`, func(e everything) any { return e.Users[0].ID }, "7"},
		{`{"issue":"A-1","fields":{"n":12345678901234567,"deep":[{"b":null}]}}`, func(e everything) any { return string(e.Fields["n"]) }, "12345678901234567"},
		{`{"issue":"A-1","counts":{"a":1,"c":"2"}}`, func(e everything) any { return e.Counts }, map[string]int{"a": 1, "c": 2}},
		{`{"issue":"A-1","adf":{"type":"doc"}}`, func(e everything) any { return string(e.ADF) }, `{"type":"doc"}`},
		{`{"issue":"A-1","atlassian_cloud_id":"acme"}`, func(e everything) any { return e.CloudID }, "acme"},
		{`{"issue":"éééééééééééééééééééé"}`, func(e everything) any { return len(e.Issue) }, 40},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, err := decode(t, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.look(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, message, codes string }{
		{`{}`, "issue: Field required", "issue[missing]"},
		{``, "issue: Field required", "issue[missing]"},
		{`null`, "issue: Field required", "issue[missing]"},
		{`[]`, "<root>: Input should be a valid dictionary", "<root>[dict_type]"},
		{`{"issue":"A"} x`, "<root>: Input should be valid JSON in UTF-8", "<root>[json_invalid]"},
		{"{\"issue\":\"\xff\"}", "<root>: Input should be valid JSON in UTF-8", "<root>[json_invalid]"},
		{`{"issue":NaN}`, "<root>: Input should be valid JSON in UTF-8", "<root>[json_invalid]"},
		{`{"issue":"A","issue":"B"}`, "issue: Key given more than once", "issue[duplicate_key]"},
		{`{"issue":"A","owner":{"id":"1","id":"2","email":null}}`, "owner.id: Key given more than once", "owner.id[duplicate_key]"},
		{`{"issue":"A","fields":{"a":1,"a":2}}`, "fields: An object in this value has the same key twice", "fields[duplicate_key]"},
		{`{"Issue":"A"}`, "issue: Field required; Issue: Extra inputs are not permitted", "issue[missing]; Issue[extra_forbidden]"},
		{`{"issue":"A","context":1,"func":2}`, "context: Extra inputs are not permitted; func: Extra inputs are not permitted", "context[extra_forbidden]; func[extra_forbidden]"},
		{`{"issue":null}`, "issue: Input should be a valid string", "issue[string_type]"},
		{`{"issue":5}`, "issue: Input should be a valid string", "issue[string_type]"},
		{`{"issue":""}`, "issue: String should have at least 1 character", "issue[string_too_short]"},
		{`{"issue":" \t\n"}`, "issue: String should have at least 1 character", "issue[string_too_short]"},
		{`{"issue":"DEMO\u200b"}`, "issue: String should hold no invisible characters, such as a zero-width or a no-break space", "issue[invisible_character]"},
		{`{"issue":"A","labels":["a","b\u00a0c"]}`, "labels.1: String should hold no invisible characters, such as a zero-width or a no-break space", "labels.1[invisible_character]"},
		{`{"issue":"123456789012345678901"}`, "issue: String should have at most 20 characters", "issue[string_too_long]"},
		{`{"issue":"A","limit":0}`, "limit: Input should be greater than or equal to 1", "limit[greater_than_equal]"},
		{`{"issue":"A","limit":101}`, "limit: Input should be less than or equal to 100", "limit[less_than_equal]"},
		{`{"issue":"A","limit":5.5}`, "limit: Input should be a valid integer, got a number with a fractional part", "limit[int_from_float]"},
		{`{"issue":"A","limit":1e-400}`, "limit: Input should be a valid integer, got a number with a fractional part", "limit[int_from_float]"},
		{`{"issue":"A","limit":1e999}`, "limit: Input should be a finite number", "limit[finite_number]"},
		{`{"issue":"A","limit":1e99}`, "limit: Unable to parse input string as an integer, exceeded maximum size", "limit[int_parsing_size]"},
		{`{"issue":"A","limit":"5."}`, "limit: Input should be a valid integer, unable to parse string as an integer", "limit[int_parsing]"},
		{`{"issue":"A","due":"tomorrow"}`, "due: Input should be a valid date and time with an offset, such as 2026-01-31T15:04:05Z", "due[datetime_parsing]"},
		{`{"issue":"A","due":"2026-01-01T00:00:00.` + strings.Repeat("0", 60) + `Z"}`, "due: Input should be a valid date and time with an offset, such as 2026-01-31T15:04:05Z", "due[datetime_parsing]"},
		{`{"issue":"A","due":"2026-13-01T00:00:00Z"}`, "due: Input should be a valid date and time with an offset, such as 2026-01-31T15:04:05Z", "due[datetime_parsing]"},
		{`{"issue":"A","counts":{"a":1,"b":"x","c":"2"}}`, "counts.b: Input should be a valid integer, unable to parse string as an integer", "counts.b[int_parsing]"},
		{`{"issue":"A","notify":5.0}`, "notify: Input should be a valid boolean, unable to interpret input", "notify[bool_parsing]"},
		{`{"issue":"A","notify":9223372036854775808}`, "notify: Input should be a valid boolean", "notify[bool_type]"},
		{`{"issue":"A","limit":9223372036854775808}`, "limit: Unable to parse input string as an integer, exceeded maximum size", "limit[int_parsing_size]"},
		{`{"issue":"A","limit":"1e3"}`, "limit: Input should be a valid integer, unable to parse string as an integer", "limit[int_parsing]"},
		{`{"issue":"A","limit":"0x10"}`, "limit: Input should be a valid integer, unable to parse string as an integer", "limit[int_parsing]"},
		{`{"issue":"A","limit":""}`, "limit: Input should be a valid integer, unable to parse string as an integer", "limit[int_parsing]"},
		{`{"issue":"A","limit":true}`, "limit: Input should be a valid integer", "limit[int_type]"},
		{`{"issue":"A","limit":[1]}`, "limit: Input should be a valid integer", "limit[int_type]"},
		{`{"issue":"A","ratio":"NaN"}`, "ratio: Input should be a valid number, unable to parse string as a number", "ratio[float_parsing]"},
		{`{"issue":"A","ratio":1e999}`, "ratio: Input should be a finite number", "ratio[finite_number]"},
		{`{"issue":"A","ratio":0.25}`, "ratio: Input should be greater than or equal to 0.5", "ratio[greater_than_equal]"},
		{`{"issue":"A","ratio":{}}`, "ratio: Input should be a valid number", "ratio[float_type]"},
		{`{"issue":"A","notify":2}`, "notify: Input should be a valid boolean, unable to interpret input", "notify[bool_parsing]"},
		{`{"issue":"A","notify":" yes"}`, "notify: Input should be a valid boolean, unable to interpret input", "notify[bool_parsing]"},
		{`{"issue":"A","notify":1.5}`, "notify: Input should be a valid boolean", "notify[bool_type]"},
		{`{"issue":"A","notify":[]}`, "notify: Input should be a valid boolean", "notify[bool_type]"},
		{`{"issue":"A","mode":"Append"}`, "mode: Input should be 'append', 'prepend' or 'replace'", "mode[enum]"},
		{`{"issue":"A","modes":["append",3]}`, "modes.1: Input should be 'append', 'prepend' or 'replace'", "modes.1[enum]"},
		{`{"issue":"A","labels":[]}`, "labels: List should have at least 1 item", "labels[too_short]"},
		{`{"issue":"A","labels":["a","b","c"]}`, "labels: List should have at most 2 items", "labels[too_long]"},
		{`{"issue":"A","labels":["a","0123456789012345678901234567890"]}`, "labels.1: String should have at most 30 characters", "labels.1[string_too_long]"},
		{`{"issue":"A","labels":"[\"a\",\"b\",\"c\"]"}`, "labels: List should have at most 2 items", "labels[too_long]"},
		{`{"issue":"A","labels":"[]"}`, "labels: List should have at least 1 item", "labels[too_short]"},
		{`{"issue":"A","modes":"[\"append\",\"x\"]"}`, "modes.1: Input should be 'append', 'prepend' or 'replace'", "modes.1[enum]"},
		{`{"issue":"A","users":"[{\"id\":\"1\",\"id\":\"2\",\"email\":null}]"}`, "users.0.id: Key given more than once", "users.0.id[duplicate_key]"},
		{`{"issue":"A","adf":{"text":"012345678901234567890123456789"}}`, "adf: JSON should have at most 40 bytes", "adf[bytes_too_long]"},
		{`{"issue":"A","owner":{"id":"1","email":null,"tags":"[\"0123456789x\"]"}}`, "owner.tags.0: String should have at most 10 characters", "owner.tags.0[string_too_long]"},
		{`{"issue":"A","labels":{"a":1}}`, "labels: Input should be a valid list", "labels[list_type]"},
		{`{"issue":"A","owner":"ada"}`, "owner: Input should be a valid dictionary", "owner[dict_type]"},
		{`{"issue":"A","users":[{"id":1,"emial":"x"}]}`, "users.0.id: Input should be a valid string; users.0.email: Field required; users.0.emial: Extra inputs are not permitted", ""},
		{
			`{"limit":"x","notify":"perhaps","mode":"?","labels":7,"lables":["a"],"lables":1}`,
			"issue: Field required; limit: Input should be a valid integer, unable to parse string as an integer; " +
				"mode: Input should be 'append', 'prepend' or 'replace'; labels: Input should be a valid list; " +
				"notify: Input should be a valid boolean, unable to interpret input; lables: Extra inputs are not permitted",
			"",
		},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			_, err := decode(t, tt.in)
			var bad *schema.InputError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want an InputError", err)
			}
			if diff := cmp.Diff(tt.message, bad.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if tt.codes != "" && bad.Codes() != tt.codes {
				t.Errorf("codes %s, want %s", bad.Codes(), tt.codes)
			}
		})
	}
}

func TestRefusalsSayWhatIsAccepted(t *testing.T) {
	t.Parallel()
	_, err := decode(t, `{"Issue":"A-1","lables":[]}`)
	var bad *schema.InputError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"Issue" is not a parameter, did you mean "issue"?`,
		`"lables" is not a parameter, did you mean "labels"?`,
		"issue (string, required, at most 20 characters)",
		"limit (integer, optional, 1 to 100, default 50)",
		"mode (string, optional, 'append', 'prepend' or 'replace', default append)",
		"labels (array of string, optional, at most 2 items, at most 30 characters each)",
		"adf (json, optional, at most 40 bytes)",
	} {
		if !strings.Contains(bad.Hint, want) {
			t.Errorf("hint lacks %q:\n%s", want, bad.Hint)
		}
	}
}

func TestRefusalsNeverEchoValuesAndAreBounded(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-value"
	var in strings.Builder
	fmt.Fprintf(&in, `{"issue":["%s"],"mode":"%s","limit":"%s","labels":{"%s":1}`, secret, secret, secret, secret)
	for i := range 900 {
		fmt.Fprintf(&in, `,"k%d%s":"%s"`, i, strings.Repeat("\\u0000x", 50), secret)
	}
	in.WriteString("}")
	_, err := decode(t, in.String())
	var bad *schema.InputError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	text := bad.Error() + bad.Codes() + bad.Hint
	if strings.Contains(text, secret) {
		t.Errorf("a value is echoed: %s", text)
	}
	if strings.ContainsRune(text, 0) {
		t.Error("a control character is echoed")
	}
	if len(text) > 20_000 || bad.More == 0 {
		t.Errorf("%d bytes, %d more: not bounded", len(text), bad.More)
	}
}

// What was decoded once is decoded to the same value when it is sent again in
// canonical form.
func TestDecodeOfEncodedIsIdentity(t *testing.T) {
	t.Parallel()
	o := compile[everything](t)
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringN(0, 50, -1).Draw(t, "title")
		visible := rapid.Rune().Filter(unicode.IsPrint)
		want := everything{
			Issue:  "x" + rapid.StringOfN(visible, 0, 19, -1).Draw(t, "issue"),
			Limit:  rapid.IntRange(1, 100).Draw(t, "limit"),
			Big:    rapid.Int64().Draw(t, "big"),
			Ratio:  rapid.Float64Range(0.5, 1e300).Draw(t, "ratio"),
			Mode:   mode(rapid.SampledFrom(mode("").Enum()).Draw(t, "mode")),
			Labels: rapid.SliceOfN(rapid.StringOfN(visible, 0, 30, -1), 1, 2).Draw(t, "labels"),
			Title:  &title,
			Notify: true,
		}
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got everything
		if err := o.Decode(t.Context(), raw, &got); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(everything{})); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func FuzzDecode(f *testing.F) {
	o := compile[everything](f)
	for _, seed := range []string{
		`{"issue":"A-1","limit":3}`, `{"issue":"A","issue":"B"}`, `{"issue":"A","limit":"1_0","ratio":".5e1"}`,
		`{"issue":"A","big":1e18,"labels":"x","users":"[{\"id\":\"1\",\"email\":null}]"}`,
		`{"issue":"A","owner":"{\"id\":\"\\u0000\"}","due":"2026-01-02T03:04:05Z"}`, `{"issue":"A","due":"x","counts":{"a":"b"}}`, `[]`, `{"a":{"a":{"a":1}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var got everything
		err := o.Decode(t.Context(), in, &got)
		if err != nil {
			if _, ok := errors.AsType[*schema.InputError](err); !ok {
				t.Fatalf("%q: %v is not an InputError", in, err)
			}
			return
		}
		if got.Issue == "" || got.Limit < 1 || got.Limit > 100 || got.Mode == "" || len(got.Labels) > 2 {
			t.Fatalf("%q broke a rule: %+v", in, got)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var second everything
		if err := o.Decode(t.Context(), again, &second); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		third, err := json.Marshal(second)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(again), string(third)); diff != "" {
			t.Fatalf("not stable (-first +second):\n%s", diff)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	o := compile[everything](b)
	in := jsontext.Value(`{"issue":"PROJ-123","limit":20,"labels":["a","b"],"mode":"append","notify":true}`)
	b.ReportAllocs()
	for b.Loop() {
		var out everything
		if err := o.Decode(b.Context(), in, &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		compile[everything](b)
	}
}
