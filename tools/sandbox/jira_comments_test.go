package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/issue/{issueIdOrKey}/comment":         {target: "/rest/api/3/issue/PLAT-1/comment?expand=renderedBody"},
	"POST /rest/api/3/issue/{issueIdOrKey}/comment":        {target: "/rest/api/3/issue/PLAT-1/comment", body: `{"body":` + hello + `}`, loose: true},
	"GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}":    {target: "/rest/api/3/issue/PLAT-1/comment/10001"},
	"DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}": {target: "/rest/api/3/issue/PLAT-1/comment/10001"},
})

// hello is a document that says so.
const hello = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Hello <you>"}]}]}`

func TestCommentsAreDeleted(t *testing.T) {
	t.Parallel()
	g := open(t)
	const path = issuePath + "/PLAT-1/comment/10001"
	if a := g.do(http.MethodDelete, "sandbox;user=bob", path); a.status != http.StatusBadRequest {
		t.Errorf("Bob deletes a comment of Alex: %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodDelete, "sandbox", path); a.status != http.StatusNoContent {
		t.Errorf("an administrator does not: %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodGet, "sandbox", path); a.status != http.StatusNotFound {
		t.Errorf("it is still there: %d", a.status)
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	const path = issuePath + "/PLAT-1/comment"
	list := func(token, query string) string {
		a := g.do(http.MethodGet, token, path+query)
		return strings.Join(texts(a.rows("comments"), "id"), " ")
	}
	for query, want := range map[string]string{
		"":                             "10000 10001 10002",
		"?orderBy=created":             "10000 10001 10002",
		"?orderBy=%2Bcreated":          "10000 10001 10002",
		"?orderBy=-created":            "10002 10001 10000",
		"?startAt=1&maxResults=1":      "10001",
		"?startAt=3":                   "",
		"?maxResults=0":                "",
		"?startAt=9223372036854775807": "",
	} {
		if got := list("sandbox", query); got != want {
			t.Errorf("%q lists %s, want %s", query, got, want)
		}
	}
	// One is for administrators only.
	if got := list("sandbox;user=bob", ""); got != "10000 10001" {
		t.Errorf("Bob sees %s", got)
	}
	if a := g.do(http.MethodGet, "sandbox;user=bob", path+"/10002"); a.status != http.StatusNotFound {
		t.Errorf("Bob gets a comment that is not for him: %d %v", a.status, a.body)
	}

	second := g.found(path + "/10001?expand=renderedBody").object()
	if got := second["renderedBody"]; got != `<h2>Before you do</h2><ul><li><p>measure the memory &amp; the time</p></li><li><p><a href="https://acme.example/guide?a=1&amp;b=2">read the guide</a></p></li></ul>` {
		t.Errorf("rendered as %v", got)
	}
	if address, some := inner(second["author"], "emailAddress").(string); some {
		t.Errorf("an author's hidden address is %s", address)
	}
	got := []any{inner(second["author"], "displayName"), inner(second["updateAuthor"], "emailAddress"), second["created"], second["updated"], second["jsdPublic"]}
	if diff := cmp.Diff([]any{"Alex Kim", "ada@acme.example", "2026-06-04T12:00:00.000+0000", "2026-06-05T09:30:00.000+0000", true}, got); diff != "" {
		t.Errorf("the second (-want +got):\n%s", diff)
	}
	if plain := g.found(path + "/10000").object(); plain["renderedBody"] != nil || inner(plain["body"], "type") != "doc" {
		t.Errorf("without expand %v", plain)
	}

	created := g.send(http.MethodPost, "sandbox;user=kim", path+"?expand=renderedBody", `{"expand":"ignored","body":`+hello+`}`)
	body := created.object()
	if created.status != http.StatusCreated || body["id"] != "10004" || body["renderedBody"] != "<p>Hello &lt;you&gt;</p>" || body["created"] != "2026-07-15T11:30:00.000+0000" {
		t.Errorf("added = %d %v", created.status, body)
	}
	if diff := cmp.Diff(created.body, g.found(path+"/10004?expand=renderedBody").body); diff != "" {
		t.Errorf("what is stored is not what was added:\n%s", diff)
	}
	if got := list("sandbox", "?orderBy=-created&maxResults=1"); got != "10004" {
		t.Errorf("the newest is %s", got)
	}
	f := fields(g.found(issuePath + "/PLAT-1"))
	if f["updated"] != "2026-07-15T11:30:00.000+0000" || inner(f["comment"], "total") != 4.0 {
		t.Errorf("after that the issue was updated at %v and has %v", f["updated"], inner(f["comment"], "total"))
	}

	restricted := g.send(http.MethodPost, "sandbox", path, `{"body":`+hello+`,"visibility":{"type":"group","value":"site-admins"}}`)
	if restricted.status != http.StatusCreated || inner(restricted.object()["visibility"], "identifier") != "1a3ca388-37d0-5650-b758-2be38e6c5974" || list("sandbox;user=bob", "") != "10000 10001 10004" {
		t.Errorf("for administrators = %d %v, and Bob sees %s", restricted.status, restricted.body, list("sandbox;user=bob", ""))
	}
}

// A hundred and twenty comments are more than a page, which says how many there are and not whether it
// is the last (facts §3).
func TestManyComments(t *testing.T) {
	t.Parallel()
	g := open(t)
	const path = issuePath + "/PLAT-3/comment"
	first := g.found(path)
	if len(first.rows("comments")) != 100 || first.object()["total"] != 120.0 || first.object()["maxResults"] != 100.0 {
		t.Errorf("the first page has %d of %v", len(first.rows("comments")), first.object()["total"])
	}
	if last, some := first.object()["isLast"]; some {
		t.Errorf("isLast = %v", last)
	}
	rest := g.found(path + "?startAt=100").rows("comments")
	if len(rest) != 20 || rest[19]["id"] != "5120" {
		t.Errorf("the rest are %v", texts(rest, "id"))
	}
	if all := g.found(path + "?maxResults=1000").rows("comments"); len(all) != 120 {
		t.Errorf("all are %d", len(all))
	}
}

func TestCommentRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	const path = issuePath + "/PLAT-1/comment"
	document := func(content string) string { return `{"body":{"type":"doc","version":1,"content":[` + content + `]}}` }
	const invalid = "Comment body is not valid!"
	for body, want := range map[string]string{
		`{}`:              "Comment body can not be empty!",
		`{"body":null}`:   "Comment body can not be empty!",
		`{"body":""}`:     invalid,
		`{"body":"text"}`: invalid, // that was version 2 of the API
		`{"body":{"type":"paragraph","version":1,"content":[]}}`:                                                  invalid,
		`{"body":{"type":"doc","content":[]}}`:                                                                    invalid,
		document(`{"type":"paragraph","content":[{"type":"text","text":""}]}`):                                    invalid,
		document(`{"type":"heading","content":[]}`):                                                               invalid,
		document(`{"type":"text","text":"x"}`):                                                                    invalid,
		document(`{"type":"blockquote","content":[{"type":"heading","attrs":{"level":1}}]}`):                      invalid,
		document(`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"rule"}]}]}`):             invalid,
		document(`{"type":"poem"}`):                                                                               invalid,
		document(`{"type":"paragraph","content":[{"type":"mention","attrs":{"text":"@Ada"}}]}`):                   invalid,
		document(`{"type":"paragraph","content":[{"type":"text","text":"` + strings.Repeat("é", 32_768) + `"}]}`): "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
	} {
		a := g.send(http.MethodPost, "sandbox", path, body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": map[string]any{"comment": want}}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%.150s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
	for _, visibility := range []string{`{"type":"group","value":"site-admins"}`, `{"type":"role","value":"Developers"}`, `"group"`, `{"type":"group","value":"nobody"}`} {
		a := g.send(http.MethodPost, "sandbox;user=bob", path, `{"body":`+hello+`,"visibility":`+visibility+`}`)
		if a.status != http.StatusBadRequest || inner(a.object()["errors"], "commentLevel") == nil {
			t.Errorf("visible to %s = %d %v", visibility, a.status, a.body)
		}
	}
	for target, want := range map[string]string{
		"/PLAT-99/comment":                 "Issue does not exist or you do not have permission to see it.",
		"/PLAT-1/comment/10003":            "Can not find a comment for the id: 10003.", // it is another issue's
		"/PLAT-1/comment?orderBy=updated":  "The value 'updated' of the parameter 'orderBy' is not one of created, +created, -created.",
		"/PLAT-1/comment?maxResults=never": "The value 'never' of the parameter 'maxResults' is not a whole number between 0 and 2147483647.",
	} {
		a := g.get(issuePath + target)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}), a.body); diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", target, a.status, diff)
		}
	}
	if got := g.found(path).object()["total"]; got != 3.0 {
		t.Errorf("a refused comment was added: %v", got)
	}
}
