package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"POST /pages":           {target: "/wiki/api/v2/pages", body: `{"spaceId":"163848","title":"New","body":{"representation":"storage","value":"<p>Hello</p>"}}`},
	"PUT /pages/{id}":       {target: "/wiki/api/v2/pages/163990", body: `{"id":"163990","status":"current","title":"Playground","body":{"storage":{"representation":"storage","value":"<p>Hello</p>"}},"version":{"number":2}}`},
	"PUT /pages/{id}/title": {target: "/wiki/api/v2/pages/163990/title", body: `{"status":"current","title":"Sandpit"}`},
	"DELETE /pages/{id}":    {target: "/wiki/api/v2/pages/163990"},
})

// pageBody is the request that writes a page of the demo space.
func pageBody(title, status, more string) string {
	return `{"spaceId":"163848","title":"` + title + `","status":"` + status + `","body":{"representation":"storage","value":"<p>Hello &amp; bye</p>"}` + more + `}`
}

func TestPagesAreCreated(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	a := g.send(http.MethodPost, "sandbox", pageList, pageBody("Plan", "current", ""))
	made := a.object()
	if a.status != http.StatusOK || made["id"] != "1048763" || made["parentId"] != "163945" || made["createdAt"] != "2026-07-15T11:30:00.000Z" {
		t.Fatalf("created = %d %v", a.status, made)
	}
	if diff := cmp.Diff(made, g.found(pageList+"/1048763?body-format=storage").object()); diff != "" {
		t.Errorf("what is read is not what was answered (-answered +read):\n%s", diff)
	}
	root := g.send(http.MethodPost, "sandbox", pageList+"?root-level=true", pageBody("Root", "current", "")).object()
	if root["parentId"] != nil {
		t.Errorf("at the root it has the parent %v", root["parentId"])
	}
	below := g.send(http.MethodPost, "sandbox", pageList, pageBody("Below", "current", `,"parentId":"163990"`)).object()
	if below["parentId"] != "163990" || below["parentType"] != "page" {
		t.Errorf("below a page it has the parent %v", below["parentId"])
	}
	private := g.send(http.MethodPost, "sandbox", pageList+"?private=true", pageBody("Secret", "current", "")).object()
	for token, status := range map[string]int{"sandbox": http.StatusOK, "sandbox;user=bob": http.StatusNotFound} {
		if a := g.do(http.MethodGet, token, fmt.Sprint(pageList, "/", private["id"])); a.status != status {
			t.Errorf("%s reads a private page of Ada: %d", token, a.status)
		}
	}
	draft := g.send(http.MethodPost, "sandbox", pageList, `{"spaceId":"163848","status":"draft"}`).object()
	if draft["status"] != "draft" || draft["title"] != "" {
		t.Errorf("the draft is %v", draft)
	}
	if got := texts(g.found(spaceList+"/163848/pages").rows("results"), "title"); strings.Join(got, "; ") != "Demo Space; Playground; Plan; Root; Below; Secret" {
		t.Errorf("the space has %q", got)
	}
}

func TestPageCreationRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	body := func(body string) string { return `{"spaceId":"163848","title":"X","body":` + body + `}` }
	storage := func(value string) string { return body(`{"representation":"storage","value":"` + value + `"}`) }
	for sent, want := range map[string]string{
		pageBody("Playground", "current", ""):             "400 A page with this title already exists: A page already exists with the same TITLE in this space",
		pageBody("playGround", "current", ""):             "400 A page with this title already exists: A page already exists with the same TITLE in this space",
		pageBody("", "current", ""):                       "400 A title must be provided for the page.",
		pageBody(strings.Repeat("x", 256), "current", ""): "400 The title is longer than 255 characters.",
		pageBody("X", "archived", ""):                     "400 The request has a status, id, ownerId or version that a new page cannot have.",
		pageBody("X", "current", `,"parentId":"1"`):       "404 Parent not found.",
		pageBody("X", "current", `,"parentId":"98510"`):   "404 Parent not found.", // a private page
		pageBody("X", "current", `,"parentId":"98500"`):   "400 The parent is in another space.",
		pageBody("X", "current", `,"parentId":"home"`):    "400 The parentId is not a number.",
		`{"title":"X"}`:                    "400 The spaceId is missing or no number.",
		`{"spaceId":"99","title":"X"}`:     "404 Space not found, or you do not have the permission to create a page in it.",
		`{"spaceId":"196619","title":"X"}`: "404 Space not found, or you do not have the permission to create a page in it.",
		storage("<p>open"):                 "400 Error parsing xhtml: XML syntax error on line 1: unexpected EOF at [row,col]: [1,8]",
		storage("fish & chips"):            "400 Error parsing xhtml: XML syntax error on line 1: invalid character entity & (no semicolon) at [row,col]: [1,7]",
		storage("<p><b>x</p></b>"):         "400 Error parsing xhtml: XML syntax error on line 1: element <b> closed by </p> at [row,col]: [1,12]",
		storage("</p>"):                    "400 Error parsing xhtml: XML syntax error on line 1: unexpected end element </p> at [row,col]: [1,5]",
		storage("<x:y/>"):                  `400 Error parsing xhtml: undeclared namespace prefix "x" at [row,col]: [1,7]`,
		storage("<p x:y='z'/>"):            `400 Error parsing xhtml: undeclared namespace prefix "x" at [row,col]: [1,13]`,
		storage("<!DOCTYPE x>"):            "400 Error parsing xhtml: a declaration is not allowed here at [row,col]: [1,13]",
		body(`{"representation":"atlas_doc_format","value":"{}"}`):   "400 The body is not a valid document of the Atlassian Document Format.",
		body(`{"representation":"atlas_doc_format","value":"<p/>"}`): "400 The body is not a valid document of the Atlassian Document Format.",
		body(`{"representation":"wiki","value":"h1. X"}`):            "400 The representation 'wiki' is not one that is understood here.",
		body(`{"representation":"storage"}`):                         "400 Body must have a representation and a value.",
		body(`"text"`):                                               "400 The request body has a body that is not one.",
	} {
		a := g.send(http.MethodPost, "sandbox", pageList, sent)
		rows := a.rows("errors")
		if len(rows) != 1 {
			t.Errorf("%.200s = %d %v", sent, a.status, a.body)
			continue
		}
		if got := fmt.Sprint(a.status, " ", rows[0]["title"]); got != want {
			t.Errorf("%.200s = %s, want %s", sent, got, want)
		}
	}
	if a := g.send(http.MethodPost, "sandbox", pageList+"?root-level=true", pageBody("X", "current", `,"parentId":"163990"`)); a.status != http.StatusBadRequest {
		t.Errorf("at the root and below a page = %d", a.status)
	}
	if a := g.send(http.MethodPost, "sandbox", pageList, storage(strings.Repeat("x", 5<<20))); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 5 MB = %d", a.status)
	}
	if got := g.found(spaceList + "/163848/pages").rows("results"); len(got) != 2 {
		t.Errorf("something refused was created: %v", texts(got, "title"))
	}
}

// pageUpdate is the request that makes a version of the playground.
func pageUpdate(status, title, version string) string {
	return `{"id":"163990","status":"` + status + `","title":"` + title + `","version":{"number":` + version + `,"message":"why"},` +
		`"body":{"representation":"storage","value":"<p>Hello</p>"}}`
}

func TestPagesAreUpdated(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	const page = pageList + "/163990"
	a := g.send(http.MethodPut, "sandbox;user=bob", page, pageUpdate("current", "Sandpit", "2"))
	want := map[string]any{
		"number": 2.0, "message": "why", "minorEdit": false, "authorId": "5f8a1c2e9d3b4a0069e1f7b2", "createdAt": "2026-07-15T11:30:00.000Z",
	}
	if diff := cmp.Diff(any(want), a.object()["version"]); a.status != http.StatusOK || diff != "" {
		t.Fatalf("updated = %d %v (-want +got):\n%s", a.status, a.body, diff)
	}
	if diff := cmp.Diff(a.body, g.found(page+"?body-format=storage").body); diff != "" {
		t.Errorf("what is read is not what was answered (-answered +read):\n%s", diff)
	}
	if old := g.found(page + "?version=1").object(); old["title"] != "Playground" || old["status"] != "historical" {
		t.Errorf("the version before is %v", old)
	}
	conflict := g.send(http.MethodPut, "sandbox", page, pageUpdate("current", "Sandpit", "2"))
	body := map[string]any{"errors": []any{map[string]any{
		"status": 409.0, "code": "CONFLICT", "title": "Version must be incremented when updating a page. Current Version: [2]. Provided version: [2]", "detail": "",
	}}}
	if diff := cmp.Diff(any(body), conflict.body); conflict.status != http.StatusConflict || diff != "" {
		t.Errorf("the same version again = %d (-want +got):\n%s", conflict.status, diff)
	}
	if a := g.send(http.MethodPut, "sandbox", page, pageUpdate("current", "Sandpit", "4")); a.status != http.StatusConflict {
		t.Errorf("a version too many = %d", a.status)
	}

	// What is in a draft is not published until it is.
	if a := g.send(http.MethodPut, "sandbox", page, pageUpdate("draft", "Idea", "3")); a.status != http.StatusConflict {
		t.Errorf("a draft of version 3 = %d", a.status)
	}
	if a := g.send(http.MethodPut, "sandbox", page, pageUpdate("draft", "Idea", "1")); a.status != http.StatusOK || a.object()["status"] != "draft" {
		t.Errorf("a draft = %d %v", a.status, a.body)
	}
	titles := func() string {
		return fmt.Sprint(g.found(page).object()["title"], ", ", g.found(page + "?get-draft=true").object()["title"])
	}
	if got := titles(); got != "Sandpit, Idea" {
		t.Errorf("published and drafted: %s", got)
	}
	if a := g.send(http.MethodPut, "sandbox", page+"/title", `{"status":"draft","title":"Better idea"}`); a.status != http.StatusOK || titles() != "Sandpit, Better idea" {
		t.Errorf("the draft's title = %d, %s", a.status, titles())
	}
	if a := g.do(http.MethodDelete, "sandbox", page+"?draft=true"); a.status != http.StatusNoContent || titles() != "Sandpit, Sandpit" {
		t.Errorf("the draft is thrown away = %d, %s", a.status, titles())
	}

	publish := strings.NewReplacer("163990", "98509").Replace(pageUpdate("current", "Idea", "1"))
	if a := g.send(http.MethodPut, "sandbox", pageList+"/98509", publish); a.status != http.StatusOK || a.object()["status"] != "current" {
		t.Errorf("published = %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodGet, "sandbox;user=bob", pageList+"/98509"); a.status != http.StatusOK {
		t.Errorf("Bob reads what was published: %d", a.status)
	}
	// Out of the trash it comes as it went in.
	restore := strings.NewReplacer("163990", "98512").Replace(pageUpdate("current", "Other", "2"))
	if a := g.send(http.MethodPut, "sandbox", pageList+"/98512", restore); a.status != http.StatusOK || a.object()["status"] != "current" || a.object()["title"] != "Cookie policy" {
		t.Errorf("restored = %d %v", a.status, a.body)
	}
	move := strings.Replace(pageUpdate("current", "Sandpit", "3"), `"status"`, `"parentId":"163945","ownerId":"5f8a1c2e9d3b4a0069e1f7b2","status"`, 1)
	if a := g.send(http.MethodPut, "sandbox", page, move).object(); a["ownerId"] != "5f8a1c2e9d3b4a0069e1f7b2" || a["lastOwnerId"] == nil {
		t.Errorf("given to Bob = %v", a)
	}
}

func TestPageUpdateRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	update := func(id, status, more string) string {
		return `{"id":"` + id + `","status":"` + status + `","title":"X","version":{"number":2},"body":{"representation":"storage","value":"<p/>"}` + more + `}`
	}
	for _, tt := range []struct {
		id, body string
		want     string
	}{
		{"163990", update("98500", "current", ""), "400 The id of the request body is not the one of the path."},
		{"163990", update("163990", "archived", ""), "400 The status must be current or draft."},
		{"163990", `{"id":"163990","status":"current"}`, "400 A title, a body and a version number must be provided."},
		{"163990", update("163990", "current", `,"spaceId":"98306"`), "400 A page cannot be moved to another space."},
		{"163990", update("163990", "current", `,"ownerId":"ada"`), "400 The ownerId is no account."},
		{"163990", update("163990", "current", `,"parentId":"163990"`), "400 A page cannot be below itself."},
		{"163990", update("163990", "current", `,"parentId":"1"`), "404 Parent not found."},
		{"163990", strings.Replace(update("163990", "current", ""), "<p/>", "<p>", 1), "400 Error parsing xhtml: XML syntax error on line 1: unexpected EOF at [row,col]: [1,4]"},
		{"163990", strings.Replace(update("163990", "current", ""), `"X"`, `"demo space"`, 1), "400 A page with this title already exists: A page already exists with the same TITLE in this space"},
		{"196800", update("196800", "current", ""), "403 You do not have the permission to edit this page."},
		{"98511", update("98511", "current", ""), "400 The page is archived."},
		{"98510", update("98510", "current", ""), "404 Not Found"},
		{"98503", update("98503", "current", ""), "404 Not Found"},
		{"163990/title", `{"title":"X"}`, "400 A title and a status, current or draft, must be provided."},
		{"163990/title", `{"status":"current","title":" "}`, "400 A title must be provided for the page."},
		{"163990/title", `{"status":"current","title":"Demo space"}`, "400 A page with this title already exists: A page already exists with the same TITLE in this space"},
		{"98511/title", `{"status":"current","title":"X"}`, "400 The page is not current."},
		{"98512/title", `{"status":"current","title":"X"}`, "404 Not Found"},
		{"196800/title", `{"status":"current","title":"X"}`, "403 You do not have the permission to edit this page."},
	} {
		a := g.send(http.MethodPut, "sandbox", pageList+"/"+tt.id, tt.body)
		rows := a.rows("errors")
		if len(rows) != 1 || fmt.Sprint(a.status, " ", rows[0]["title"]) != tt.want {
			t.Errorf("%s %s = %d %v, want %s", tt.id, tt.body, a.status, a.body, tt.want)
		}
	}
	if a := g.send(http.MethodPut, "sandbox;user=kim", pageList+"/196800", update("196800", "current", "")); a.status != http.StatusOK {
		t.Errorf("Kim edits the policy: %d %v", a.status, a.body)
	}
	if got := g.found(pageList + "/163990").object(); got["title"] != "Playground" || inner(got["version"], "number") != 1.0 {
		t.Errorf("something refused was written: %v", got)
	}
}

func TestPagesAreRenamed(t *testing.T) {
	t.Parallel()
	g := open(t)
	before := g.found(pageList + "/98501?body-format=storage").object()
	a := g.send(http.MethodPut, "sandbox", pageList+"/98501/title", `{"status":"current","title":"Checklist"}`)
	after := g.found(pageList + "/98501?body-format=storage").object()
	if a.status != http.StatusOK || after["title"] != "Checklist" || inner(after["version"], "number") != 3.0 || inner(after["version"], "message") != "" {
		t.Errorf("renamed = %d %v", a.status, after)
	}
	if diff := cmp.Diff(before["body"], after["body"]); diff != "" {
		t.Errorf("the body changed (-before +after):\n%s", diff)
	}
	if old := g.found(pageList + "/98501?version=2").object(); old["title"] != "Release checklist" {
		t.Errorf("the title before was %v", old["title"])
	}
	// Its own title is no other page's.
	if a := g.send(http.MethodPut, "sandbox", pageList+"/98501/title", `{"status":"current","title":"CHECKLIST"}`); a.status != http.StatusOK {
		t.Errorf("renamed to the same = %d %v", a.status, a.body)
	}
}

func TestPagesAreDeleted(t *testing.T) {
	t.Parallel()
	g := open(t)
	erase := func(token, target string) int { return g.do(http.MethodDelete, token, pageList+"/"+target).status }
	if got := erase("sandbox", "98500"); got != http.StatusNoContent || g.found(pageList + "/98500").object()["status"] != "trashed" {
		t.Errorf("deleted = %d", got)
	}
	if child := g.found(pageList + "/98513").object(); child["parentId"] != "98403" {
		t.Errorf("its child is below %v", child["parentId"])
	}
	for _, tt := range []struct {
		target string
		want   int
	}{
		{"98500", http.StatusNotFound},
		{"98502?purge=true", http.StatusBadRequest},
		{"98502?draft=true", http.StatusNotFound},
		{"98509", http.StatusBadRequest},
		{"98509?draft=true", http.StatusNoContent},
		{"98509?draft=true", http.StatusNotFound},
		{"98510", http.StatusNotFound},
		{"196800", http.StatusForbidden},
		{"98502?draft=x", http.StatusBadRequest},
	} {
		if got := erase("sandbox", tt.target); got != tt.want {
			t.Errorf("%s = %d, want %d", tt.target, got, tt.want)
		}
	}
	if got := erase("sandbox;user=bob", "98500?purge=true"); got != http.StatusForbidden {
		t.Errorf("Bob purges a page of Ada's space: %d", got)
	}
	if got := erase("sandbox", "98500?purge=true"); got != http.StatusNoContent || g.get(pageList+"/98500").status != http.StatusNotFound {
		t.Errorf("purged = %d", got)
	}
}

// Confluence gives macros an identifier when it keeps them, and changes nothing else.
func TestMacrosAreIdentified(t *testing.T) {
	t.Parallel()
	g := open(t)
	keep := func(sent string) string {
		body := strings.NewReplacer(`"`, `\"`).Replace(sent)
		a := g.send(http.MethodPut, "sandbox", pageList+"/163990", `{"id":"163990","status":"current","title":"X","version":{"number":`+
			fmt.Sprint(inner(g.found(pageList + "/163990").object()["version"], "number").(float64)+1)+`},"body":{"representation":"storage","value":"`+body+`"}}`)
		if a.status != http.StatusOK {
			t.Fatalf("%s = %d %v", sent, a.status, a.body)
		}
		kept, _ := inner(inner(g.found(pageList + "/163990?body-format=storage").object()["body"], "storage"), "value").(string)
		return kept
	}
	for _, same := range []string{
		`<p>a &mdash; b &amp; c</p>`,
		`<ac:structured-macro ac:name="toc" ac:macro-id="1"/>`,
		`<ac:structured-macro ac:name="code" ac:macro-id="1"><ac:plain-text-body><![CDATA[<ac:structured-macro ac:name="toc">]]></ac:plain-text-body></ac:structured-macro>`,
		`<!-- <ac:structured-macro ac:name="toc"> --><p/>`,
	} {
		if got := keep(same); got != same {
			t.Errorf("%s is kept as %s", same, got)
		}
	}
	for sent, want := range map[string]string{
		`<ac:structured-macro ac:name="toc"/>`:                                `<ac:structured-macro ac:name="toc" ac:macro-id="ID"/>`,
		`<ac:structured-macro ac:name="a>b" />`:                               `<ac:structured-macro ac:name="a>b" ac:macro-id="ID"/>`,
		`<ac:structured-macro ac:name="info"></ac:structured-macro><p>x/</p>`: `<ac:structured-macro ac:name="info" ac:macro-id="ID"></ac:structured-macro><p>x/</p>`,
	} {
		before, after, _ := strings.Cut(want, "ID")
		if got := keep(sent); !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || len(got) != len(before)+36+len(after) {
			t.Errorf("%s is kept as %s", sent, got)
		}
	}
}
