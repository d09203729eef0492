package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
)

// box runs tools on one sandbox.
type box struct {
	t       *testing.T
	catalog *tool.Catalog
	mutex   sync.Mutex
	writes  []string // "POST /path"
}

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{t: t}
	handler := sandbox.New(sandbox.Options{Log: func(r sandbox.Request) {
		if r.Method != http.MethodGet {
			b.mutex.Lock()
			defer b.mutex.Unlock()
			b.writes = append(b.writes, r.Method+" "+r.Path)
		}
	}})
	if err := handler.Err(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := atlassian.NewClient(atlassian.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if b.catalog, err = tool.Build(tool.Options{Version: "1.0.0"}, jira.Kit.Bind(client)); err != nil {
		t.Fatal(err)
	}
	return b
}

// run calls a tool as Ada and decodes its answer into out.
func (b *box) run(name, input string, out any) *tool.Error {
	b.t.Helper()
	value, err := b.catalog.ByName("Jira."+name).Run(b.t.Context(), &tool.Invocation{Token: tool.NewToken("sandbox"), Inputs: jsontext.Value(input)})
	if err != nil {
		return tool.Explain(err)
	}
	if err := json.Unmarshal(value, out); err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return nil
}

// must is run for a call that has to succeed.
func (b *box) must(name, input string, out any) {
	b.t.Helper()
	if failure := b.run(name, input, out); failure != nil {
		b.t.Fatalf("%s %s: %s", name, input, failure.Message)
	}
}

// shownComments is what GetIssueComments answers with.
type shownComments struct {
	Comments []struct {
		ID        string   `json:"id"`
		Body      string   `json:"body"`
		CreatedAt string   `json:"created_at"`
		Losses    []string `json:"losses"`
	} `json:"comments"`
	Pagination struct {
		Returned   int  `json:"returned_count"`
		IsLast     bool `json:"is_last_page"`
		NextOffset int  `json:"next_offset"`
		Total      int  `json:"total_results"`
	} `json:"pagination"`
}

// addedComment is what AddCommentToIssue answers with.
type addedComment struct {
	Comment   commentPart `json:"comment"`
	Mentioned []struct {
		ID string `json:"id"`
	} `json:"mentioned"`
	Verified bool `json:"verified"`
}

// shownComment is what GetCommentById answers with.
type shownComment struct {
	Comment commentPart `json:"comment"`
}

type commentPart struct {
	ID   string `json:"id"`
	Body string `json:"body"`
}

// Bug class B8: following next_offset gives each of 120 comments once, in the
// order that was asked for, and no page before the last looks like it.
func TestB8CommentsAreAllThere(t *testing.T) {
	t.Parallel()
	const total = 120
	b := newBox(t)
	for _, order := range []string{"created_date_ascending", "created_date_descending"} {
		for _, limit := range []int{7, 60, 100} {
			var ids, times []string
			for offset := 0; ; {
				var page shownComments
				b.must("GetIssueComments", fmt.Sprintf(`{"issue":"PLAT-3","limit":%d,"offset":%d,"order_by":%q}`, limit, offset, order), &page)
				for _, c := range page.Comments {
					ids, times = append(ids, c.ID), append(times, c.CreatedAt)
				}
				p := page.Pagination
				if p.Returned != len(page.Comments) || p.Total != total || p.IsLast != (len(ids) == total) || p.IsLast != (p.NextOffset == 0) {
					t.Errorf("%s by %d from %d: %+v", order, limit, offset, p)
				}
				if p.IsLast || len(ids) > total {
					break
				}
				offset = p.NextOffset
			}
			seen := map[string]bool{}
			for i, id := range ids {
				seen[id] = true
				if i > 0 && (times[i] > times[i-1]) != (order == "created_date_ascending") {
					t.Errorf("%s by %d: %s comes after %s", order, limit, times[i], times[i-1])
				}
			}
			if len(ids) != total || len(seen) != total {
				t.Errorf("%s by %d: %d comments, %d different ones", order, limit, len(ids), len(seen))
			}
		}
	}
}

// Bug class B11: a page of the longest comments is small, says what it leaves
// out and where the rest is, which is there.
func TestB11CommentsAreCut(t *testing.T) {
	t.Parallel()
	worst := fmt.Sprintf(`{"id":"1","created":"c","updated":"c","body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%q}]}]}}`, strings.Repeat("words ", 5400))
	answer := func(w http.ResponseWriter, r *http.Request, _ string) {
		if strings.HasSuffix(r.URL.Path, "/comment/1") {
			_, _ = io.WriteString(w, worst)
			return
		}
		_, _ = io.WriteString(w, `{"total":100,"comments":[`+strings.Repeat(worst+",", 99)+worst+`]}`)
	}
	value, failure, _ := asked(t, "GetIssueComments", `{"issue":"PLAT-1","include_adf_content":true}`, 1, answer)
	if failure != nil {
		t.Fatal(failure.Message)
	}
	var page shownComments
	if err := json.Unmarshal(value, &page); err != nil {
		t.Fatal(err)
	}
	want := []string{"body: the rest is left out; GetCommentById shows it", "adf_body: is too long for a list; GetCommentById shows it"}
	if diff := cmp.Diff(want, page.Comments[99].Losses); diff != "" || len(value) > 300_000 {
		t.Errorf("%d bytes (-want +got):\n%s", len(value), diff)
	}
	value, failure, _ = asked(t, "GetCommentById", `{"issue_id":"PLAT-1","comment_id":"1","include_adf_content":true}`, 1, answer)
	if failure != nil || strings.Count(string(value), "words ") < 2*5399 {
		t.Errorf("the whole comment has %d bytes, %v", len(value), failure)
	}
}

// Bug class B17: what mentions somebody is a mention of that person, and what is
// code or a plain address is left alone.
func TestB17Mentions(t *testing.T) {
	t.Parallel()
	const bob, kim = "5f8a1c2e9d3b4a0069e1f7b2", "712020:0b8d6eab-9675-546d-85e6-cfe75600bb6c"
	b := newBox(t)
	for input, want := range map[string]struct {
		people []string
		body   string
	}{
		`"body":"@[Bob Tanaka]: look"`:                                {[]string{bob}, "@[Bob Tanaka](accountid:" + bob + ")\\: look"},
		`"body":"@[bob@acme.example], @[bob tanaka]"`:                 {[]string{bob}, "@[Bob Tanaka](accountid:" + bob + "), @[Bob Tanaka](accountid:" + bob + ")"},
		`"body":"look, [~accountid:` + bob + `]"`:                     {[]string{bob}, "look, [~accountid:" + bob + "]"},
		`"body":"@bob@acme.example: look, a@b.example."`:              {[]string{bob}, "@[Bob Tanaka](accountid:" + bob + ")\\: look, <a@b.example>."},
		"\"body\":\"`@bob@acme.example` (@bob@acme.example)\"":        {nil, "`@bob@acme.example` (\\@bob\\@acme.example)"},
		"\"body\":\"`@[Bob Tanaka]` bob@acme.example\"":               {nil, "`@[Bob Tanaka]` <bob@acme.example>"},
		`"body":"look","mention_users":["` + kim + `","Bob Tanaka"]`:  {[]string{kim, bob}, "@[Alex Kim](accountid:" + kim + ") @[Bob Tanaka](accountid:" + bob + ")\n\nlook"},
		`"body":"@[Bob Tanaka]","mention_users":["bob@acme.example"]`: {[]string{bob}, "@[Bob Tanaka](accountid:" + bob + ")"},
	} {
		var out addedComment
		b.must("AddCommentToIssue", `{"issue":"PLAT-1",`+input+`}`, &out)
		var people []string
		for _, p := range out.Mentioned {
			people = append(people, p.ID)
		}
		var stored shownComment
		b.must("GetCommentById", fmt.Sprintf(`{"issue_id":"PLAT-1","comment_id":%q}`, out.Comment.ID), &stored)
		if diff := cmp.Diff(want.people, people); diff != "" || stored.Comment.Body != want.body || !out.Verified {
			t.Errorf("%s: is stored as %q, verified %v (-want +got):\n%s", input, stored.Comment.Body, out.Verified, diff)
		}
	}
}

// Bug class B4: whoever is not certain is mentioned by nothing that is sent.
func TestB4NobodyIsMentionedByChance(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for input, want := range map[string]tool.Kind{
		`"body":"@nobody@acme.example"`:                              tool.KindRetry,
		`"body":"@[Alex Kim]"`:                                       tool.KindContextRequired,
		`"body":"@[Alex Kim] and @[Nobody Here]"`:                    tool.KindContextRequired,
		`"body":"x","mention_users":["Bob"]`:                         tool.KindRetry,
		`"body":"x","mention_users":["alex.kim@contractor.example"]`: tool.KindRetry, // who hides it
		`"body":"x","mention_users":["Bob Tanaka","Nobody Here"]`:    tool.KindRetry,
		`"body":"` + manyMentions() + `"`:                            tool.KindBadInput,
	} {
		if failure := b.run("AddCommentToIssue", `{"issue":"PLAT-1",`+input+`}`, new(addedComment)); failure == nil || failure.Kind != want {
			t.Errorf("%s: %+v", input, failure)
		}
	}
	if len(b.writes) > 0 {
		t.Errorf("was sent: %v", b.writes)
	}
}

func manyMentions() string {
	var s strings.Builder
	for i := range 21 {
		fmt.Fprintf(&s, "@[Person %d] ", i)
	}
	return s.String()
}

// Bug class B3: what Markdown cannot show of a comment is named, and the stored
// document is an object.
func TestB3CommentsAreShownWhole(t *testing.T) {
	t.Parallel()
	const body = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"before "},{"type":"hologram","attrs":{"text":"new"}}]},` +
		`{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":"","alt":"plan.pdf"}}]}]}`
	value, failure, _ := asked(t, "GetCommentById", `{"issue_id":"PLAT-1","comment_id":"1","include_adf_content":true}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
		_, _ = io.WriteString(w, `{"id":"1","body":`+body+`}`)
	})
	if failure != nil {
		t.Fatal(failure.Message)
	}
	var shown struct {
		Comment struct {
			Body   string         `json:"body"`
			ADF    jsontext.Value `json:"adf_body"`
			Losses []string       `json:"losses"`
		} `json:"comment"`
	}
	if err := json.Unmarshal(value, &shown); err != nil {
		t.Fatal(err)
	}
	c := shown.Comment
	if string(c.ADF) != body || !strings.Contains(c.Body, "hologram") || !strings.Contains(c.Body, "plan.pdf") ||
		!strings.Contains(strings.Join(c.Losses, ";"), "hologram") || !strings.Contains(strings.Join(c.Losses, ";"), "media") {
		t.Errorf("%s", value)
	}
}

// Bug class B5: a comment or file that Jira accepts and does not store, or
// stores in another way, is not told to be verified.
func TestB5CommentsAndFilesAreReadBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tool, input, made, stored string
		status                    int
		because                   string // empty is verified
	}{
		{"AddCommentToIssue", `"body":"text"`, `{"id":"7"}`, `{"id":"7","body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"te"},{"type":"text","text":"xt"}]}]}}`, 200, ""},
		{"AddCommentToIssue", `"body":"text"`, `{"id":"7"}`, `{"id":"7","body":"text"}`, 200, "It is stored with another text."},
		{"AddCommentToIssue", `"body":"[date: 2026-01-31]"`, `{"id":"7"}`, `{"id":"7","body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"date","attrs":{"timestamp":"1"}}]}]}}`, 200, "It is stored with another text."},
		{"AddCommentToIssue", `"body":"text"`, `{"id":"7"}`, `{"errorMessages":["gone"]}`, 404, "gone"},
		{"AttachFileToIssue", `"filename":"a","file_content_str":"text"`, `[{"id":"7","filename":"a"}]`, `{"id":7,"filename":"a","size":4}`, 200, ""},
		{"AttachFileToIssue", `"filename":"a","file_content_str":"text"`, `[{"id":"7","filename":"a"}]`, `{"id":7,"filename":"a","size":0}`, 200, "It is stored with 0 bytes, and 4 were sent."},
		{"AttachFileToIssue", `"filename":"a","file_content_str":"text"`, `[{"id":"7","filename":"a"}]`, `{"errorMessages":["gone"]}`, 404, "gone"},
	} {
		value, failure, _ := asked(t, tt.tool, `{"issue":"PLAT-1",`+tt.input+`}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			if r.Method == http.MethodPost {
				_, _ = io.WriteString(w, tt.made)
				return
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.stored)
		})
		if failure != nil {
			t.Errorf("%s: %s", tt.tool, failure.Message)
			continue
		}
		var out struct {
			Verified bool   `json:"verified"`
			Because  string `json:"not_verified_because"`
		}
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
		if out.Verified != (tt.because == "") || !strings.Contains(out.Because, tt.because) {
			t.Errorf("%s, stored %s: %s", tt.tool, tt.stored, value)
		}
	}
	for tool, input := range map[string]string{"AddCommentToIssue": `"body":"text"`, "AttachFileToIssue": `"filename":"a","file_content_str":"text"`} {
		value, failure, _ := asked(t, tool, `{"issue":"PLAT-1",`+input+`}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, "[]") })
		if failure == nil || failure.CanRetry {
			t.Errorf("%s: nothing that was made is told as %s, %v", tool, value, failure)
		}
	}
}

// Bug class B25: what is written is stored, whatever characters it has.
func TestB25CommentsSurvive(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for written, want := range map[string]string{
		"`C:\\new\\table`": "`C:\\new\\table`",
		`{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text","text":"a document"}]}]}]}`: "> [!NOTE]\n> a document",
		"```\na\\n\t\"b\" \\\\ 'c'\n\n  🎉 ü\n```": "```\na\\n\t\"b\" \\\\ 'c'\n\n  🎉 ü\n```",
		"one\r\n\r\ntwo 👩‍👩‍👧 \"three\" & <four>": "one\n\ntwo 👩‍👩‍👧 \"three\" & \\<four>",
	} {
		input, err := json.Marshal(map[string]string{"issue": "PLAT-1", "body": written})
		if err != nil {
			t.Fatal(err)
		}
		var out addedComment
		b.must("AddCommentToIssue", string(input), &out)
		var stored shownComment
		b.must("GetCommentById", fmt.Sprintf(`{"issue_id":"PLAT-1","comment_id":%q}`, out.Comment.ID), &stored)
		if stored.Comment.Body != want {
			t.Errorf("%q is stored as %q", written, stored.Comment.Body)
		}
	}
}

// Nobody sees a reply who could not see what it quotes, and a reply that Jira
// stores in another way is not told to be verified.
func TestRepliesAreRestricted(t *testing.T) {
	t.Parallel()
	const body = `"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"secret"}]}]}`
	for name, tt := range map[string]struct{ answered, sent, stored, because string }{
		"a role":      {`"visibility":{"type":"role","value":"Administrators","identifier":"Administrators"}`, `"visibility":{"type":"role","value":"Administrators","identifier":"Administrators"}`, `"visibility":{"type":"role","value":"Administrators"}`, ""},
		"ignored":     {`"visibility":{"type":"group","value":"staff"}`, `"visibility":{"type":"group","value":"staff"}`, `"jsdPublic":true`, "It is not restricted as the comment it replies to."},
		"the desk":    {`"jsdPublic":false`, `"properties":[{"key":"sd.public.comment","value":{"internal":true}}]`, `"jsdPublic":false`, ""},
		"desk public": {`"jsdPublic":false`, `"properties":[{"key":"sd.public.comment","value":{"internal":true}}]`, `"jsdPublic":true`, "It is not restricted as the comment it replies to."},
		"another":     {`"jsdPublic":true`, `"body"`, `"jsdPublic":true,"body":{"type":"doc","version":1,"content":[]}`, "It is stored with another text."},
	} {
		var sent jsontext.Value
		value, failure, _ := asked(t, "AddCommentToIssue", `{"issue":"DESK-1","body":"reply","reply_to_comment":"1"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case r.Method == http.MethodPost:
				sent, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"id":"2"}`)
			case strings.HasSuffix(r.URL.Path, "/comment/1"):
				_, _ = fmt.Fprintf(w, `{"id":"1",%s,%s}`, tt.answered, body)
			default:
				var stored struct {
					Body jsontext.Value `json:"body"`
				}
				_ = json.Unmarshal(sent, &stored)
				if !strings.Contains(tt.stored, `"body"`) {
					tt.stored += `,"body":` + string(stored.Body)
				}
				_, _ = fmt.Fprintf(w, `{"id":"2",%s}`, tt.stored)
			}
		})
		if failure != nil {
			t.Errorf("%s: %s", name, failure.Message)
			continue
		}
		var out struct {
			Verified bool   `json:"verified"`
			Because  string `json:"not_verified_because"`
		}
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(sent), tt.sent) || out.Because != tt.because || out.Verified != (tt.because == "") {
			t.Errorf("%s: %s is sent, answer %s", name, sent, value)
		}
	}
}
