package atlassian_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// seen is a request as it arrived.
type seen struct {
	Method, URI, Accept, ContentType, Body string
	Length                                 int64
}

// recording answers {} and keeps what it was asked.
func recording(got *[]seen) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, seen{r.Method, r.RequestURI, r.Header.Get("Accept"), r.Header.Get("Content-Type"), string(body), r.ContentLength})
		_, _ = io.WriteString(w, "{}")
	})
}

func TestPathSegmentArrivesEscaped(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ABC-1":                        "ABC-1",
		"10001":                        "10001",
		"A-1?x=y#z%2F":                 "A-1%3Fx=y%23z%252F",
		"a b":                          "a%20b",
		"a+b":                          "a+b",
		"a;b=c":                        "a%3Bb=c",
		"..;":                          "..%3B",
		"...":                          "...",
		"%2e%2e":                       "%252e%252e",
		"größe-日本":                     "gr%C3%B6%C3%9Fe-%E6%97%A5%E6%9C%AC",
		"{issueIdOrKey}":               "%7BissueIdOrKey%7D",
		"user@example.com:5f":          "user@example.com:5f",
		"&=$,":                         "&=$%2C",
		strings.Repeat("k", 255):       strings.Repeat("k", 255),
		"https:acme.atlassian.net":     "https:acme.atlassian.net",
		"712020:a-b_c":                 "712020:a-b_c",
		`"quoted" <b>`:                 "%22quoted%22%20%3Cb%3E",
		strings.Repeat("é", 127) + "e": strings.Repeat("%C3%A9", 127) + "e",
	}
	var got []seen
	s := served(t, recording(&got))
	for value, escaped := range tests {
		got = nil
		if _, err := readIssue.Do(t.Context(), s, keyed{value}); err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		want := []seen{{Method: "GET", URI: site + "/rest/api/3/issue/" + escaped, Accept: "application/json"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

func TestPathSegmentRefused(t *testing.T) {
	t.Parallel()
	s := onSite(t, nil) // any request fails the test
	for _, value := range []string{
		"", ".", "..", "/", "a/b", "../../x", "A/../B", "/rest/api/3/myself", `\`, `a\b`, `..\..\x`, "a\x00b", "a\nb", "a\r\nb", "\t",
		"a\x7fb", "a\u0085b", "a\u009bb", "\xff", "a\xc3", "\ufffd", strings.Repeat("k", 256), strings.Repeat("é", 128), strings.Repeat("x", 1<<20),
	} {
		_, err := readIssue.Do(t.Context(), s, keyed{value})
		if err == nil {
			t.Errorf("%.40q was sent", value)
			continue
		}
		e := told(t, err)
		if e.Kind != tool.KindBadInput || e.Status != http.StatusBadRequest || e.CanRetry {
			t.Errorf("%.40q: %s, status %d, can_retry %v", value, e.Kind, e.Status, e.CanRetry)
		}
		if !strings.HasPrefix(e.Message, "Invalid input: issue: ") || e.Prompt == "" {
			t.Errorf("%.40q: message %q, prompt %q", value, e.Message, e.Prompt)
		}
		if len(value) > 2 && strings.Contains(shown(e), value) {
			t.Errorf("%.40q is echoed: %.100s", value, shown(e))
		}
	}
}

func TestSeveralSegmentsDoNotMix(t *testing.T) {
	t.Parallel()
	type req struct {
		Page    int64  `path:"id,page_id"`
		Label   string `path:"label,label"`
		Version int    `path:"version,version"`
		Draft   bool   `path:"draft,draft"`
	}
	op := atlassian.Get[req, anything]("/wiki/{id}/{label}/{version}/{draft}/x")
	got := ""
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
		t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			got = r.URL.RequestURI()
			return answer(200, "{}"), nil
		},
	}})
	s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := op.Do(t.Context(), s, req{-5, "{version}{id}", 7, true}); err != nil {
		t.Fatal(err)
	}
	if want := site + "/wiki/-5/%7Bversion%7D%7Bid%7D/7/true/x"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	_, err = op.Do(t.Context(), s, req{1, "", 7, true})
	if got := told(t, err).Message; !strings.Contains(got, "label") {
		t.Errorf("the error names another parameter: %s", got)
	}
}

type named string

type queried struct {
	Query  string   `query:"query"`
	Start  int      `query:"startAt"`
	Max    int64    `query:"maxResults,omitzero"`
	Expand []string `query:"expand,omitzero"`
	IDs    []int64  `query:"id"`
	Draft  bool     `query:"draft,omitzero"`
	Order  named    `query:"orderBy,omitzero"`
}

func TestQuery(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[queried, anything]("/rest/api/3/project/search")
	var got string
	send := func(t *testing.T, q queried) {
		t.Helper()
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
			t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
				got = r.URL.RequestURI()
				return answer(200, "{}"), nil
			},
		}})
		s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := op.Do(t.Context(), s, q); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		in   queried
		want string
	}{
		{"zero values", queried{}, "query=&startAt=0"},
		{"an empty list", queried{Expand: []string{}, IDs: []int64{}}, "query=&startAt=0"},
		{"everything", queried{"a b", 50, 100, []string{"lead", "url"}, []int64{3, 1, 2}, true, "name"}, "draft=true&expand=lead&expand=url&id=3&id=1&id=2&maxResults=100&orderBy=name&query=a+b&startAt=50"},
		{"what would end it", queried{Query: "a&b=c#d?e+f%20;g"}, "query=a%26b%3Dc%23d%3Fe%2Bf%2520%3Bg&startAt=0"},
		{"lines and unicode", queried{Query: "ü\r\nX: y\x00"}, "query=%C3%BC%0D%0AX%3A+y%00&startAt=0"},
	}
	for _, tt := range tests {
		send(t, tt.in)
		if want := site + "/rest/api/3/project/search?" + tt.want; got != want {
			t.Errorf("%s: sent %s, want %s", tt.name, got, want)
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	type bodied struct {
		Issue  string   `path:"issueIdOrKey,issue"`
		Notify bool     `query:"notifyUsers"`
		Update anything `body:"json"`
	}
	put := atlassian.Put[bodied, struct{}]("/rest/api/3/issue/{issueIdOrKey}", "write:jira-work")
	empty := atlassian.Post[keyed, struct{}]("/rest/api/3/issue/{issueIdOrKey}/watch", "write:jira-work")
	remove := atlassian.Delete[keyed, struct{}]("/rest/api/3/issue/{issueIdOrKey}", "write:jira-work")

	var got []seen
	g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, seen{r.Method, r.URL.RequestURI(), r.Header.Get("Accept"), r.Header.Get("Content-Type"), string(body), r.ContentLength})
		return answer(http.StatusNoContent, ""), nil
	}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	s, err := c.User(newCall(secret), []tool.Operation{put, empty, remove}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"text":"<b> & \"日本\"\u2028"}`
	if _, err := put.Do(t.Context(), s, bodied{"A-1", false, anything{"text": "<b> & \"日本\"\u2028"}}); err != nil {
		t.Error(err)
	}
	if _, err := empty.Do(t.Context(), s, keyed{"A-1"}); err != nil {
		t.Error(err)
	}
	if _, err := remove.Do(t.Context(), s, keyed{"A-1"}); err != nil {
		t.Error(err)
	}
	const accept = "application/json"
	want := []seen{
		{"PUT", site + "/rest/api/3/issue/A-1?notifyUsers=false", accept, "application/json", body, int64(len(body))},
		{"POST", site + "/rest/api/3/issue/A-1/watch", accept, "", "", 0},
		{"DELETE", site + "/rest/api/3/issue/A-1", accept, "", "", 0},
	}
	got[0].Body = strings.ReplaceAll(got[0].Body, "\u2028", `\u2028`) // either spelling will do
	want[0].Length, got[0].Length = 0, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnencodableBody(t *testing.T) {
	t.Parallel()
	s := onSite(t, nil) // any request fails the test
	_, err := createIssue.Do(t.Context(), s, struct {
		Fields anything `body:"json"`
	}{anything{"summary": func() {}}})
	if e := told(t, err); e.Kind != tool.KindFatal || e.CanRetry || !strings.Contains(err.Error(), createIssue.Name()) {
		t.Errorf("%s, can_retry %v: %v", e.Kind, e.CanRetry, err)
	}
}

func TestUnusableAddress(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[queried, anything]("/rest/%zz")
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}}})
	s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = op.Do(t.Context(), s, queried{Query: "private words"})
	e := told(t, err)
	if e.Kind != tool.KindFatal || e.Status != 500 || e.CanRetry || e.Message != "HTTP request URL is invalid or malformed." {
		t.Errorf("%s, status %d, can_retry %v: %s", e.Kind, e.Status, e.CanRetry, e.Message)
	}
	if strings.Contains(shown(e)+err.Error(), "private") {
		t.Errorf("shows %s", shown(e))
	}
}

func TestAnswerDecodesTolerantly(t *testing.T) {
	t.Parallel()
	type project struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	op := atlassian.Get[struct{}, project]("/p")
	tests := map[string]project{
		`{"id":"1","name":"x","new":[{"member":1}]}`:                         {"1", "x"},
		`{"id":"1","id":"2"}`:                                                {"2", ""},
		"{\"id\":\"1\",\"name\":\"a\xffb\"}":                                 {"1", "a\ufffdb"},
		` {"id":null} `:                                                      {},
		`{"id":"1","name":"a\u202e\u0007b\u2066c\u200b\r\n\td"}`:             {"1", "abc\n\td"},
		"{\"id\":\"1\",\"name\":\"a\u202eb\u009bc\ufeffd\u007f\U000e0041\"}": {"1", "abcd"},
		"{\"id\":\"1\",\"name\":\"Größe 日本 👩\u200d🚀\"}":                      {"1", "Größe 日本 👩\u200d🚀"},
	}
	for body, want := range tests {
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}, product: always(200, body)}})
		s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := op.Do(t.Context(), s, struct{}{})
		if err != nil || got != want {
			t.Errorf("%s decodes to %+v, %v; want %+v", body, got, err, want)
		}
	}
}

type issueAnswer struct {
	Key  string             `json:"key"`
	Body atlassian.Verbatim `json:"body"`
}

func (a issueAnswer) Check() error {
	if a.Key == "" {
		return errors.New("no key")
	}
	return nil
}

type issuesAnswer struct {
	Values []issueAnswer `json:"values"`
}

func (a issuesAnswer) Check() error {
	if a.Values == nil {
		return errors.New("no values")
	}
	return nil
}

// answered is how an operation with these types takes an answer.
func answered[Resp any](t *testing.T, op *atlassian.Op[keyed, Resp], status int, body string) (Resp, error) {
	t.Helper()
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}, product: always(status, body)}})
	inv := newCall(secret)
	s, err := c.User(inv, []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := op.Do(t.Context(), s, keyed{"A-1"})
	if changed := len(inv.Changes()) > 0; changed != (err == nil && op.Effect() != tool.Read) {
		t.Errorf("%s, %d %.40s: changes %v, error %v", op.Name(), status, body, inv.Changes(), err)
	}
	return resp, err
}

// Not every answer with a status of success is one.
func TestSuccessIsNotMadeOfNothing(t *testing.T) {
	t.Parallel()
	const (
		page        = "<!DOCTYPE html><html><body>Down for maintenance</body></html>"
		maintenance = `{"message":"Down for maintenance"}`
	)
	for _, body := range []string{"", "null", " null ", "{}", page, maintenance, `{"code":200,"message":"x"}`, `{"values":null}`, `{"key":""}`, `"x"`, "7", "[]", `{"errorMessages":["x"],"errors":{}}`} {
		for name, err := range map[string]error{
			"one":   second(answered(t, atlassian.Get[keyed, issueAnswer]("/i/{issueIdOrKey}"), 200, body)),
			"list":  second(answered(t, atlassian.Get[keyed, issuesAnswer]("/i/{issueIdOrKey}"), 200, body)),
			"write": second(answered(t, atlassian.Post[keyed, issueAnswer]("/i/{issueIdOrKey}"), 201, body)),
		} {
			if e := told(t, err); e.Kind != tool.KindNetworkUnmapped || e.Message != "HTTP response from upstream could not be decoded." || e.CanRetry != (name != "write") {
				t.Errorf("%s, %q: %s, can_retry %v: %s", name, body, e.Kind, e.CanRetry, e.Message)
			}
		}
	}
	for _, body := range []string{"null", "{}", page, "text", `{"a":`, maintenance, `{"timestamp":1,"status":200,"error":"x","message":"y","path":"/z"}`} {
		for _, status := range []int{200, 201} {
			_, err := answered(t, atlassian.Put[keyed, struct{}]("/i/{issueIdOrKey}"), status, body)
			if e := told(t, err); e.CanRetry || !strings.Contains(e.Prompt, "not known whether the change was made") {
				t.Errorf("%d %q: can_retry %v, prompt %q", status, body, e.CanRetry, e.Prompt)
			}
		}
	}
	for body, status := range map[string]int{"": 204, " \n": 200, `{"id":"1","message":"x"}`: 201, `[1]`: 200} {
		if _, err := answered(t, atlassian.Put[keyed, struct{}]("/i/{issueIdOrKey}"), status, body); err != nil {
			t.Errorf("%d %q: %v", status, body, err)
		}
	}
	got, err := answered(t, atlassian.Get[keyed, issueAnswer]("/i/{issueIdOrKey}"), 200, `{"key":"A\u202e-1","body":"\u202ekept\u0007"}`)
	if want := (issueAnswer{"A-1", "\u202ekept\u0007"}); err != nil || got != want {
		t.Errorf("%+q, %v", got, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestExpectedStatuses(t *testing.T) {
	t.Parallel()
	get := atlassian.Get[keyed, struct{}]("/i/{issueIdOrKey}")
	search := atlassian.Post[keyed, struct{}]("/i/{issueIdOrKey}").Reads()
	post := atlassian.Post[keyed, struct{}]("/i/{issueIdOrKey}")
	remove := atlassian.Delete[keyed, struct{}]("/i/{issueIdOrKey}")
	gone := atlassian.Delete[keyed, struct{}]("/i/{issueIdOrKey}").Expect(204)
	for _, tt := range []struct {
		op   *atlassian.Op[keyed, struct{}]
		want []int
	}{{get, []int{200}}, {search, []int{200}}, {post, []int{200, 201, 202, 204}}, {remove, []int{200, 201, 202, 204}}, {gone, []int{204}}} {
		for status := 200; status < 300; status++ {
			_, err := answered(t, tt.op, status, "")
			if slices.Contains(tt.want, status) {
				if err != nil {
					t.Errorf("%s: %d: %v", tt.op.Name(), status, err)
				}
				continue
			}
			e := told(t, err)
			if e.Kind != tool.KindNetworkUnmapped || !strings.Contains(e.Message, strconv.Itoa(status)) || e.CanRetry != (tt.op.Effect() == tool.Read) {
				t.Errorf("%s: %d: %s, can_retry %v: %s", tt.op.Name(), status, e.Kind, e.CanRetry, e.Message)
			}
		}
	}
}

// Ten megabytes of empty objects would take a gigabyte as values.
func TestAnswerOfManyValues(t *testing.T) {
	t.Parallel()
	list := func(n int) string {
		return `{"values":[` + strings.TrimSuffix(strings.Repeat(`{"key":"a"},`, n), ",") + `]}`
	}
	op := atlassian.Get[keyed, issuesAnswer]("/i/{issueIdOrKey}")
	if got, err := answered(t, op, 200, list(50_000)); err != nil || len(got.Values) != 50_000 {
		t.Errorf("%d values, %v", len(got.Values), err)
	}
	for name, body := range map[string]string{
		"objects": list(500_000),
		"numbers": `{"values":[` + strings.Repeat("1,", 500_000) + `1]}`,
		"lists":   `{"values":[` + strings.Repeat("[],", 500_000) + `[]]}`,
		"members": `{"values":[],` + strings.Repeat(`"a":1,`, 500_000) + `"b":1}`,
	} {
		_, err := answered(t, op, 200, body)
		if e := told(t, err); e.CanRetry || !strings.Contains(e.Message, "larger than") {
			t.Errorf("%s: can_retry %v: %s", name, e.CanRetry, e.Message)
		}
	}
	if _, err := answered(t, op, 200, `{"values":[],"text":"`+strings.Repeat(`[{,\"`, 500_000)+`"}`); err != nil {
		t.Errorf("a text with commas: %v", err)
	}
}

func TestInvisibleCharactersInThePath(t *testing.T) {
	t.Parallel()
	s := onSite(t, nil) // any request fails the test
	for _, value := range []string{"\u200bDEMO", "DE\u200dMO", "DEMO\u00a0", "\ufeffDEMO", "\u202eDEMO", "DEMO\u2066", "DE\u00adMO", "DEMO\u200e"} {
		_, err := readIssue.Do(t.Context(), s, keyed{value})
		if e := told(t, err); e.Kind != tool.KindBadInput || !strings.Contains(e.Message, "issue: holds an invisible character") {
			t.Errorf("%q: %s", value, e.Message)
		}
	}
}

func TestUndeclaredOperationIsNotSent(t *testing.T) {
	t.Parallel()
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}}})
	s, err := c.User(newCall(secret), []tool.Operation{createIssue}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	err = read(t.Context(), s)
	if err == nil || !strings.Contains(err.Error(), readIssue.Name()) {
		t.Errorf("got %v", err)
	}
	if e := told(t, err); e.Kind != tool.KindFatal {
		t.Errorf("kind %s", e.Kind)
	}
}

func TestAddressLimit(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[queried, anything]("/rest/api/3/project/search")
	sent := 0
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
		t: t, rows: []row{acme}, product: func(*http.Request) (*http.Response, error) {
			sent++
			return answer(200, "{}"), nil
		},
	}})
	s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	justOver := strings.Repeat("q", 7980) // with its name no longer than an address may be, with the path it is
	for _, value := range []string{strings.Repeat("q", 9000), strings.Repeat("é", 1500), strings.Repeat("&", 1<<20), justOver} {
		_, err := op.Do(t.Context(), s, queried{Query: value})
		if e := told(t, err); e.Kind != tool.KindBadInput || e.Status != 400 || e.CanRetry || strings.Contains(shown(e), value[:100]) {
			t.Errorf("%d bytes: %s", len(value), shown(e))
		}
	}
	if sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
	if _, err := op.Do(t.Context(), s, queried{Query: strings.Repeat("q", 7000)}); err != nil {
		t.Error(err)
	}
}

// The limit is on the whole address: a long path leaves less for the query.
func TestAddressLimitCountsThePath(t *testing.T) {
	t.Parallel()
	s, last := wire(t)
	for path, ok := range map[string]bool{"x": true, strings.Repeat("é", 100): false} {
		_, err := fuzzed.Do(t.Context(), s, fuzzedReq{Segment: path, Value: strings.Repeat("q", 7800)})
		if sent := last() != ""; sent != ok || (err == nil) != ok {
			t.Errorf("%.10s: sent %v, %v", path, sent, err)
		}
	}
}

func TestEffect(t *testing.T) {
	t.Parallel()
	type none = struct{}
	tests := []struct {
		op   tool.Operation
		name string
		want tool.Effect
	}{
		{atlassian.Get[none, none]("/x"), "GET /x", tool.Read},
		{atlassian.Post[none, none]("/x"), "POST /x", tool.Create},
		{atlassian.Post[none, none]("/x").Reads(), "POST /x", tool.Read},
		{atlassian.Post[none, none]("/x").Updates(), "POST /x", tool.Update},
		{atlassian.Put[none, none]("/x"), "PUT /x", tool.Update},
		{atlassian.Delete[none, none]("/x"), "DELETE /x", tool.Delete},
		{atlassian.Get[none, none]("/x").Redirects("media.test"), "GET /x", tool.Read},
	}
	for _, tt := range tests {
		if got := tt.op.Effect(); got != tt.want || tt.op.Name() != tt.name {
			t.Errorf("%s %v, want %s %v", tt.op.Name(), got, tt.name, tt.want)
		}
		if err := tt.op.Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestScopesAreACopy(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[struct{}, struct{}]("/x", "a", "b")
	op.Scopes()[0] = "c"
	if diff := cmp.Diff([]string{"a", "b"}, op.Scopes()); diff != "" {
		t.Error(diff)
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	op := atlassian.Put[struct {
		A string   `path:"a,x"`
		Q []string `query:"q,omitzero"`
		B anything `body:"json"`
		C int      `path:"c,y"`
		R bool     `query:"r"`
	}, struct{}]("/{a}/{c}")
	path, query := op.Parameters()
	if diff := cmp.Diff([][]string{{"a", "c"}, {"q", "r"}}, [][]string{path, query}); diff != "" {
		t.Error(diff)
	}
}

func TestCheckReportsDeclarationMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		op   tool.Operation
		want []string
	}{
		"not a struct": {atlassian.Get[string, struct{}]("/x"), []string{"must be a struct"}},
		"no parameter name": {atlassian.Get[struct {
			ID string `path:"id"`
		}, struct{}]("/{id}"), []string{`path:"id,parameter"`}},
		"not in the path": {atlassian.Get[struct {
			ID string `path:"id,x"`
		}, struct{}]("/x"), []string{"no {id}"}},
		"twice in the request": {atlassian.Get[struct {
			A string `path:"id,x"`
			B string `path:"id,x"`
		}, struct{}]("/{id}"), []string{".B: the path has no {id}"}},
		"twice in the path": {atlassian.Get[struct {
			A string `path:"id,x"`
		}, struct{}]("/{id}/{id}"), []string{"nothing fills"}},
		"nothing fills": {atlassian.Get[struct{}, struct{}]("/{id}"), []string{"nothing fills", "{id}"}},
		"unknown option": {atlassian.Get[struct {
			Q string `query:"q,omitempty"`
		}, struct{}]("/x"), []string{`unknown option "omitempty"`}},
		"no tag": {atlassian.Get[struct {
			Q string `json:"q"`
		}, struct{}]("/x"), []string{".Q: has no path, query or body tag"}},
		"another body": {atlassian.Post[struct {
			Q string `body:"form"`
		}, struct{}]("/x"), []string{".Q: has no path, query or body tag"}},
		"a map in the query": {atlassian.Get[struct {
			Q map[string]string `query:"q"`
		}, struct{}]("/x"), []string{"cannot be written into a URL"}},
		"a pointer in the query": {atlassian.Get[struct {
			Q *int `query:"q"`
		}, struct{}]("/x"), []string{"cannot be written into a URL"}},
		"a list of lists in the query": {atlassian.Get[struct {
			Q [][]string `query:"q"`
		}, struct{}]("/x"), []string{"cannot be written into a URL"}},
		"a list in the path": {atlassian.Get[struct {
			Q []string `path:"q,q"`
		}, struct{}]("/{q}"), []string{"cannot be written into a URL"}},
		"a fraction": {atlassian.Get[struct {
			Q float64 `query:"q"`
		}, struct{}]("/x"), []string{"cannot be written into a URL"}},
		"two bodies": {atlassian.Post[struct {
			A anything `body:"json"`
			B anything `body:"json"`
		}, struct{}]("/x"), []string{".B: is a second body"}},
		"a hidden field": {atlassian.Post[struct {
			a anything `body:"json"`
		}, struct{}]("/x"), []string{".a: is not exported"}},
		"a path without a slash":  {atlassian.Get[struct{}, struct{}]("x"), []string{"must start with /"}},
		"a query in the path":     {atlassian.Get[struct{}, struct{}]("/x?expand=y"), []string{"must start with /"}},
		"a DELETE that reads":     {atlassian.Delete[struct{}, struct{}]("/x").Reads(), []string{"only a POST"}},
		"a PUT that reads":        {atlassian.Put[struct{}, struct{}]("/x").Reads(), []string{"only a POST"}},
		"a write that redirects":  {atlassian.Post[struct{}, struct{}]("/x").Redirects("media.test"), []string{"only a GET"}},
		"a search that redirects": {atlassian.Post[struct{}, struct{}]("/x").Reads().Redirects("media.test"), []string{"only a GET"}},
		"a GET that updates":      {atlassian.Get[struct{}, struct{}]("/x").Updates(), []string{"only a POST"}},
		"a POST remembered":       {atlassian.Post[struct{}, struct{}]("/x").Reads().Remember(1), []string{"only the answers of a GET"}},
		"a failure expected":      {atlassian.Get[struct{}, struct{}]("/x").Expect(200, 404), []string{"404 is no status of success"}},
		"no limit":                {atlassian.Get[struct{}, atlassian.Content]("/x").Limit(0), []string{"must be positive"}},
		"an unknown shape": {atlassian.Get[struct {
			A string `path:"id,x,digit"`
		}, struct{}]("/{id}"), []string{`unknown shape "digit"`}},
		"commas without a list": {atlassian.Get[struct {
			A string `query:"a,comma"`
		}, struct{}]("/x"), []string{"no list for comma"}},
		"a file that is none": {atlassian.Post[struct {
			A string `body:"file"`
		}, struct{}]("/x"), []string{"string is no File"}},
		"a redirect said too soon": {atlassian.Delete[struct{}, struct{}]("/x").Redirects("media.test").Reads(), []string{"only a GET", "only a POST"}},
		"all at once": {atlassian.Get[struct {
			A string `path:"a"`
			B string `query:"b,x"`
			C string
			D float64 `query:"d"`
		}, struct{}]("/{e}"), []string{".A: say which", ".A: the path has no {a}", ".B: unknown option", ".C: has no", ".D: float64", "nothing fills /{e}"}},
	}
	for name, tt := range tests {
		err := tt.op.Check()
		if err == nil {
			t.Errorf("%s: not reported", name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
	}
}

// wire is the target of a request to a site as it goes over the wire.
func wire(t testing.TB) (s *atlassian.Site, last func() string) {
	t.Helper()
	var uri string
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
		t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			uri = r.URL.RequestURI()
			return answer(200, "{}"), nil
		},
	}})
	s, err := c.User(newCall(secret), []tool.Operation{fuzzed}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	return s, func() string {
		defer func() { uri = "" }()
		return uri
	}
}

type fuzzedReq struct {
	Segment string   `path:"segment,segment"`
	Value   string   `query:"value"`
	List    []string `query:"list,omitzero"`
}

var fuzzed = atlassian.Get[fuzzedReq, anything]("/rest/{segment}/end")

// FuzzPathSegment holds that any text either is refused or arrives as exactly
// one segment of the operation's path, and any query value as exactly itself.
func FuzzPathSegment(f *testing.F) {
	for _, seed := range []string{"ABC-1", "", ".", "..", "a/b", `a\b`, "A-1?x=y#z%2F", "%2e%2e", "..;", "a b+c", "ü", "\x00", "\xff", "\u0085", "{segment}", "a&b=c;d", strings.Repeat("é", 200)} {
		f.Add(seed, seed)
	}
	s, last := wire(f)
	f.Fuzz(func(t *testing.T, segment, value string) {
		_, err := fuzzed.Do(t.Context(), s, fuzzedReq{segment, value, []string{value, segment}})
		uri := last()
		if err != nil {
			if e := tool.Explain(err); e.Kind != tool.KindBadInput || uri != "" {
				t.Fatalf("%q, %q: %v; sent %q", segment, value, err, uri)
			}
			return
		}
		path, query, _ := strings.Cut(uri, "?")
		parts := strings.Split(strings.TrimPrefix(path, site), "/")
		if len(parts) != 4 || parts[1] != "rest" || parts[3] != "end" || !strings.HasPrefix(path, site+"/") {
			t.Fatalf("%q arrives as %s", segment, path)
		}
		got, err := url.PathUnescape(parts[2])
		if err != nil || got != segment || got == "." || got == ".." || strings.ContainsAny(got, "/\\\x00") {
			t.Fatalf("%q arrives as %q (%v)", segment, got, err)
		}
		values, err := url.ParseQuery(query)
		if diff := cmp.Diff(url.Values{"value": {value}, "list": {value, segment}}, values); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestQueryRoundTrip(t *testing.T) {
	t.Parallel()
	s, last := wire(t)
	rapid.Check(t, func(rt *rapid.T) {
		want := url.Values{"value": {rapid.String().Draw(rt, "value")}}
		list := rapid.SliceOfN(rapid.String(), 0, 5).Draw(rt, "list")
		if len(list) > 0 {
			want["list"] = list
		}
		_, err := fuzzed.Do(t.Context(), s, fuzzedReq{"x", want.Get("value"), list})
		_, query, _ := strings.Cut(last(), "?")
		got, parseErr := url.ParseQuery(query)
		if diff := cmp.Diff(want, got); err != nil || parseErr != nil || diff != "" {
			rt.Fatalf("%v %v (-want +got):\n%s", err, parseErr, diff)
		}
	})
}

func TestCommaList(t *testing.T) {
	t.Parallel()
	type req struct {
		Fields []string `query:"fields,omitzero,comma"`
		IDs    []int64  `query:"ids,comma"`
	}
	op := atlassian.Get[req, struct{}]("/x")
	got := ""
	s := on(t, op, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.RawQuery }))
	for want, in := range map[string]req{
		"":                          {},
		"fields=summary&ids=1%2C-2": {[]string{"summary"}, []int64{1, -2}},
		"fields=a%2Cb+c%2Cd%26e":    {Fields: []string{"a", "b c", "d&e"}},
	} {
		if _, err := op.Do(t.Context(), s, in); err != nil || got != want {
			t.Errorf("%v: %q, %v", in, got, err)
		}
	}
	got = "none"
	_, err := op.Do(t.Context(), s, req{Fields: []string{"a,b"}})
	if e := told(t, err); e.Kind != tool.KindBadInput || got != "none" {
		t.Errorf("%s, sent %q", e.Kind, got)
	}
}

func TestBodiesAreDeterministic(t *testing.T) {
	t.Parallel()
	fields := anything{}
	for name := range strings.SplitSeq("qwertzuiopasdfghjkl", "") {
		fields[name] = anything{name + "2": 1, name + "1": 2}
	}
	bodies := map[string]bool{}
	s := onSite(t, func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		bodies[string(body)] = true
		return answer(201, `{"key":"A-1"}`), err
	})
	for range 20 {
		if _, err := createIssue.Do(t.Context(), s, struct {
			Fields anything `body:"json"`
		}{fields}); err != nil {
			t.Fatal(err)
		}
	}
	if len(bodies) != 1 {
		t.Errorf("%d different bodies", len(bodies))
	}
}

func TestPathShapes(t *testing.T) {
	t.Parallel()
	type shaped struct {
		A string `path:"a,attachment_id,digits"`
		B string `path:"b,project,project"`
		C string `path:"c,issue,issue"`
		D string `path:"d,user,account"`
		E string `path:"e,scheme,uuid"`
		F string `path:"f,label"`
	}
	op := atlassian.Get[shaped, struct{}]("/{a}/{b}/{c}/{d}/{e}/{f}")
	good := shaped{"10001", "ABC", "ABC-1", "712020:25b02565-04b3-5fc2-976a-d3003dc41363", acmeID, "any thing"}
	sent := 0
	s := on(t, op, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }))
	if _, err := op.Do(t.Context(), s, good); err != nil || sent != 1 {
		t.Fatalf("%d requests, %v", sent, err)
	}
	shapes := op.PathShapes()
	for _, tt := range []struct {
		name, param string
		fit, not    []string
	}{
		{"a", "attachment_id", []string{"0", "10001"}, []string{"meta", "content", "-1", "1.5", "١", "", strings.Repeat("1", 21)}},
		{"b", "project", []string{"10001", "A", "AB_1"}, []string{"search", "type", "recent", "abc", "A-1", "1A", "ＡＢ"}},
		{"c", "issue", []string{"10001", "A-1", "AB_1-23"}, []string{"bulk", "picker", "createmeta", "a-1", "A-", "-1", "ABC"}},
		{"d", "user", []string{"5b10ac8d82e05b22cc7d4ef5", "712020:25b02565-04b3-5fc2-976a-d3003dc41363", "557058:f5b9a"}, []string{"search", "assignable", "me", ":x", "x:"}},
		{"e", "scheme", []string{acmeID}, []string{"mappings", acmeID + "0", acmeID[1:]}},
		{"f", "label", []string{"x", "search"}, []string{"", "..", "a/b", "\u200bx"}},
	} {
		for _, segment := range tt.fit {
			if !shapes[tt.name](segment) {
				t.Errorf("%s: %q does not fit", tt.param, segment)
			}
		}
		for _, segment := range tt.not {
			if shapes[tt.name](segment) {
				t.Errorf("%s: %q fits", tt.param, segment)
			}
		}
	}
	bad := good
	bad.A = "meta"
	_, err := op.Do(t.Context(), s, bad)
	if e := told(t, err); e.Kind != tool.KindBadInput || !strings.HasPrefix(e.Message, "Invalid input: attachment_id: must be a number") || sent != 1 {
		t.Errorf("%s, %d requests", e.Message, sent)
	}
}
