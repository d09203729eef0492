package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	agile    = "/rest/agile/1.0"
	software = "/rest/software/1.0"

	agilePath    = acmeJira + agile
	softwarePath = acmeJira + software
)

var _ = examples(map[string]example{
	"GET /rest/agile/1.0/board":                                        {target: agile + "/board"},
	"GET /rest/agile/1.0/board/{boardId}":                              {target: agile + "/board/1"},
	"GET /rest/agile/1.0/board/{boardId}/issue":                        {target: agile + "/board/1/issue"},
	"GET /rest/agile/1.0/board/{boardId}/backlog":                      {target: agile + "/board/1/backlog"},
	"GET /rest/agile/1.0/board/{boardId}/sprint":                       {target: agile + "/board/1/sprint"},
	"GET /rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue":      {target: agile + "/board/1/sprint/59/issue"},
	"GET /rest/agile/1.0/sprint/{sprintId}":                            {target: agile + "/sprint/59"},
	"GET /rest/agile/1.0/sprint/{sprintId}/issue":                      {target: agile + "/sprint/59/issue"},
	"GET /rest/software/1.0/board/{boardId}/issue":                     {target: software + "/board/1/issue"},
	"GET /rest/software/1.0/board/{boardId}/issue/approximate-count":   {target: software + "/board/1/issue/approximate-count"},
	"GET /rest/software/1.0/board/{boardId}/backlog":                   {target: software + "/board/1/backlog"},
	"GET /rest/software/1.0/board/{boardId}/backlog/approximate-count": {target: software + "/board/1/backlog/approximate-count"},
	"GET /rest/software/1.0/board/{boardId}/sprint/{sprintId}/issue":   {target: software + "/board/1/sprint/59/issue"},
	"GET /rest/software/1.0/sprint/{sprintId}/issue":                   {target: software + "/sprint/59/issue"},
	"POST /rest/agile/1.0/sprint/{sprintId}/issue":                     {target: agile + "/sprint/60/issue", body: `{"issues":["PLAT-2"]}`},
	"POST /rest/agile/1.0/backlog/issue":                               {target: agile + "/backlog/issue", body: `{"issues":["PLAT-1"]}`},
	"POST /rest/agile/1.0/backlog/{boardId}/issue":                     {target: agile + "/backlog/1/issue", body: `{"issues":["PLAT-1"]}`},
})

func TestBoards(t *testing.T) {
	t.Parallel()
	g := open(t)
	for query, want := range map[string]string{
		"":                              "PLAT board, WEB board, Operations, Mobile, Demo, PLAT board (old), Platform releases",
		"?name=plat%20board":            "PLAT board, PLAT board (old)", // a part is enough
		"?name=BOARD":                   "PLAT board, WEB board, PLAT board (old)",
		"?name=nothing":                 "",
		"?type=kanban":                  "Operations, PLAT board (old)",
		"?type=simple,kanban":           "Operations, Mobile, Demo, PLAT board (old)",
		"?projectKeyOrId=PLAT":          "PLAT board, PLAT board (old), Platform releases",
		"?projectKeyOrId=10002":         "WEB board",
		"?orderBy=-name&maxResults=2":   "WEB board, Platform releases",
		"?startAt=5":                    "PLAT board (old), Platform releases",
		"?startAt=6&maxResults=1&type=": "Platform releases",
	} {
		if got := strings.Join(texts(g.found(agilePath+"/board"+query).rows("values"), "name"), ", "); got != want {
			t.Errorf("%q lists %s, want %s", query, got, want)
		}
	}
	page := g.found(agilePath + "/board?startAt=2&maxResults=3").object()
	if diff := cmp.Diff([]any{2.0, 3.0, 7.0, false}, []any{page["startAt"], page["maxResults"], page["total"], page["isLast"]}); diff != "" {
		t.Errorf("a page (-want +got):\n%s", diff)
	}
	if last := g.found(agilePath + "/board?startAt=4&maxResults=3").object(); last["isLast"] != true {
		t.Errorf("the last page says %v", last["isLast"])
	}
	one := g.found(agilePath + "/board/4").object()
	if diff := cmp.Diff([]any{4.0, "Mobile", "simple", "MOB", 10003.0}, []any{one["id"], one["name"], one["type"], inner(one["location"], "projectKey"), inner(one["location"], "projectId")}); diff != "" {
		t.Errorf("a board (-want +got):\n%s", diff)
	}
	for target, want := range map[string]string{
		"/board?type=chess":         "The value 'chess' of the parameter 'type' is not one of scrum, kanban, simple.",
		"/board?projectKeyOrId=X":   "No project could be found with key or id 'X'.",
		"/board/99":                 "Requested board cannot be viewed because it either does not exist or you do not have permission to view it.",
		"/board/99/backlog":         "Requested board cannot be viewed because it either does not exist or you do not have permission to view it.",
		"/board/3/sprint":           "The board does not support sprints",
		"/board/5/sprint":           "The board does not support sprints",
		"/board/1/sprint?state=old": "The value 'old' of the parameter 'state' is not one of closed, active, future.",
		"/board/1/issue?jql=nope":   "Error in the JQL Query: Expecting operator before the end of the query. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.",
		"/board/1/issue?jql=a%3D1":  "Field 'a' does not exist or you do not have permission to view it.",
		"/sprint/99":                "Sprint does not exist.",
		"/sprint/99/issue":          "Sprint does not exist.",
	} {
		a := g.get(agilePath + target)
		messages, _ := a.object()["errorMessages"].([]any)
		if a.status < 400 || len(messages) != 1 || messages[0] != want {
			t.Errorf("%s = %d %v, want %s", target, a.status, a.body, want)
		}
	}
}

// Sprints come closed, active, future, the oldest of each first: the newest are on the last page.
func TestSprints(t *testing.T) {
	t.Parallel()
	g := open(t)
	list := func(query string) ([]string, map[string]any) {
		a := g.found(agilePath + "/board/1/sprint" + query)
		return texts(a.rows("values"), "name"), a.object()
	}
	first, page := list("")
	if len(first) != 50 || first[0] != "PLAT Sprint 1" || page["total"] != 61.0 || page["isLast"] != false {
		t.Errorf("the first page has %d of %v, the first %s", len(first), page["total"], first[0])
	}
	if capped, _ := list("?maxResults=1000"); len(capped) != 50 {
		t.Errorf("a page of a thousand has %d", len(capped))
	}
	rest, page := list("?startAt=57")
	if diff := cmp.Diff([]string{"PLAT Sprint 58", "PLAT Sprint 59", "PLAT Sprint 60", "PLAT Sprint 61"}, rest); diff != "" || page["isLast"] != true {
		t.Errorf("the last (-want +got):\n%s", diff)
	}
	if open, _ := list("?state=future,active"); strings.Join(open, ", ") != "PLAT Sprint 59, PLAT Sprint 60, PLAT Sprint 61" {
		t.Errorf("those that are not over: %v", open)
	}
	// What has not come has no dates.
	for id, want := range map[string][]any{
		"1":  {"closed", "2024-03-04T09:00:00.000Z", "2024-03-15T10:00:00.000Z", nil, 1.0},
		"59": {"active", "2026-07-06T09:00:00.000Z", nil, "Large requests pass.", 1.0},
		"60": {"future", nil, nil, nil, 1.0},
	} {
		s := g.found(agilePath + "/sprint/" + id).object()
		if diff := cmp.Diff(want, []any{s["state"], s["startDate"], s["completeDate"], s["goal"], s["originBoardId"]}); diff != "" {
			t.Errorf("sprint %s (-want +got):\n%s", id, diff)
		}
	}
}

// members are the keys of the issues in a list.
func (g gateway) members(target string) string {
	g.t.Helper()
	return strings.Join(texts(g.found(target).rows("issues"), "key"), " ")
}

func TestIssueListsOfBoards(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, list := range []struct{ path, want string }{
		{"/board/1/issue", "PLAT-1 PLAT-2 PLAT-3 PLAT-4"},
		{"/board/1/issue?jql=assignee%20%3D%20currentUser()", "PLAT-3 PLAT-4"},
		{"/board/1/issue?jql=order%20by%20summary", "PLAT-1 PLAT-2 PLAT-4 PLAT-3"},
		{"/board/1/backlog", "PLAT-2"}, // the others are in the sprint or done
		{"/board/2/backlog", "WEB-2"},
		{"/board/5/backlog", ""},
		{"/board/1/sprint/59/issue", "PLAT-1 PLAT-4"},
		{"/board/2/sprint/59/issue", ""},
		{"/sprint/59/issue", "PLAT-1 PLAT-4"},
		{"/sprint/62/issue", "WEB-2"}, // it is over
		{"/sprint/60/issue", ""},
	} {
		for _, api := range []string{agilePath, softwarePath} {
			if got := g.members(api + list.path); got != list.want {
				t.Errorf("%s%s lists %q, want %q", api[len(acmeJira):], list.path, got, list.want)
			}
		}
	}
	// Of the two APIs one counts and does not say which page is the last, the other one the reverse.
	old := g.found(agilePath + "/board/1/issue?startAt=1&maxResults=2&fields=summary").object()
	if _, some := old["isLast"]; some || old["total"] != 4.0 || old["startAt"] != 1.0 {
		t.Errorf("a page by offset is %v", old)
	}
	var got []string
	target, pages := softwarePath+"/board/1/issue?maxResults=3&fields=summary", 0
	for next := ""; pages < 9; pages++ {
		a := g.found(target + next)
		got = append(got, texts(a.rows("issues"), "key")...)
		if _, some := a.object()["total"]; some {
			t.Error("a page by token has a total")
		}
		token, more := a.object()["nextPageToken"].(string)
		if more == (a.object()["isLast"] == true) {
			t.Errorf("isLast is %v beside the token %q", a.object()["isLast"], token)
		}
		if !more {
			break
		}
		next = "&nextPageToken=" + token
	}
	if diff := cmp.Diff([]string{"PLAT-1", "PLAT-2", "PLAT-3", "PLAT-4"}, got); diff != "" || pages != 1 {
		t.Errorf("two pages by token (-want +got):\n%s", diff)
	}
	one, _ := g.found(softwarePath + "/board/1/issue?fields=summary&maxResults=1").object()["nextPageToken"].(string)
	if a := g.get(softwarePath + "/board/2/issue?nextPageToken=" + one); a.status != http.StatusBadRequest {
		t.Errorf("the token of another list = %d", a.status)
	}
	for target, want := range map[string]any{"/issue/approximate-count": 4.0, "/backlog/approximate-count?jql=type%20%3D%20bug": 0.0} {
		if got := g.found(softwarePath + "/board/1" + target).object()["count"]; got != want {
			t.Errorf("%s = %v, want %v", target, got, want)
		}
	}
}

func TestMovingIssues(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	move := func(token, target string, names ...string) answer {
		for i, name := range names {
			names[i] = strconv.Quote(name)
		}
		return g.send(http.MethodPost, token, agilePath+target, `{"issues":[`+strings.Join(names, ",")+`]}`)
	}
	moved := func(target string, names ...string) {
		t.Helper()
		if a := move("sandbox", target, names...); a.status != http.StatusNoContent {
			t.Fatalf("%s of %v = %d %v", target, names, a.status, a.body)
		}
	}
	sprint := func(id string) string { return g.members(agilePath + "/sprint/" + id + "/issue?fields=summary") }

	// Into another sprint, out of the one in which it was.
	moved("/sprint/60/issue", "plat-1", "10001")
	if sprint("60") != "PLAT-1 PLAT-2" || sprint("59") != "PLAT-4" {
		t.Errorf("sprint 60 has %s, sprint 59 %s", sprint("60"), sprint("59"))
	}
	field, _ := fields(g.found(issuePath + "/PLAT-1"))["customfield_10020"].([]any)
	if len(field) != 2 || inner(field[0], "state") != "closed" || inner(field[1], "id") != 60.0 || inner(field[1], "state") != "future" || inner(field[1], "boardId") != 1.0 {
		t.Errorf("the field of PLAT-1 is %v", field)
	}
	if f := fields(g.found(issuePath + "/PLAT-2")); f["updated"] != "2026-07-15T11:30:00.000+0000" {
		t.Errorf("PLAT-2 was updated at %v", f["updated"])
	}
	for query, want := range map[string]string{
		"sprint = 60":                        "PLAT-2 PLAT-1",
		"sprint = 'PLAT Sprint 59'":          "PLAT-4",
		"sprint in openSprints()":            "WEB-1 PLAT-4",
		"sprint in futureSprints()":          "PLAT-2 PLAT-1",
		"sprint in closedSprints()":          "WEB-2 PLAT-1",
		"project = PLAT and sprint is empty": "PLAT-3",
	} {
		if got := g.keys("sandbox", query); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
	// A sprint that is over stays in an issue's past.
	moved("/sprint/63/issue", "WEB-2")
	moved("/sprint/63/issue", "WEB-2")
	if sprint("62") != "WEB-2" || sprint("63") != "WEB-1 WEB-2" {
		t.Errorf("sprint 62 has %s, sprint 63 %s", sprint("62"), sprint("63"))
	}
	moved("/backlog/issue", "PLAT-1", "WEB-2", "PLAT-3")
	if sprint("60") != "PLAT-2" || sprint("63") != "WEB-1" || sprint("62") != "WEB-2" {
		t.Errorf("after that sprint 60 has %s, 63 %s, 62 %s", sprint("60"), sprint("63"), sprint("62"))
	}
	moved("/backlog/1/issue", "PLAT-2")
	// Some are not the board's.
	a := move("sandbox", "/backlog/1/issue", "PLAT-4", "WEB-1")
	want := map[string]any{"entries": []any{
		map[string]any{"issueId": 10003.0, "issueKey": "PLAT-4", "status": 200.0},
		map[string]any{"issueId": 10004.0, "issueKey": "WEB-1", "status": 400.0, "errors": []any{"The issue is not on the board."}},
	}}
	if diff := cmp.Diff(any(want), a.body); a.status != http.StatusMultiStatus || diff != "" {
		t.Errorf("some of two = %d (-want +got):\n%s", a.status, diff)
	}
	if sprint("59") != "" || sprint("63") != "WEB-1" || g.members(agilePath+"/board/1/backlog?fields=summary") != "PLAT-1 PLAT-2 PLAT-4" {
		t.Errorf("at last sprint 59 has %s, 63 %s", sprint("59"), sprint("63"))
	}
}

func TestMovesThatAreRefused(t *testing.T) {
	t.Parallel()
	g := open(t)
	many := make([]string, 51)
	for i := range many {
		many[i] = strconv.Quote(fmt.Sprintf("PLAT-%d", i%4+1))
	}
	const grace = "sandbox;user=grace"
	for _, tt := range []struct {
		token, target, body string
		status              int
		want                string
	}{
		{"sandbox", "/sprint/62/issue", `{"issues":["WEB-1"]}`, 400, "Issues cannot be moved to a sprint that is closed."},
		{"sandbox", "/sprint/60/issue", `{"issues":["PLAT-2","PLAT-99"]}`, 400, "Issue does not exist or you do not have permission to see it."},
		{"sandbox", "/sprint/60/issue", `{"issues":[]}`, 400, "At least one issue is required."},
		{"sandbox", "/sprint/60/issue", `{"issues":[` + strings.Join(many, ",") + `]}`, 400, "The maximum number of issues that can be moved in one operation is 50."},
		{"sandbox", "/backlog/issue", `{"issues":[` + strings.Join(many, ",") + `]}`, 400, "The maximum number of issues that can be moved in one operation is 50."},
		{"sandbox", "/sprint/99/issue", `{"issues":["PLAT-2"]}`, 404, "Sprint does not exist."},
		{"sandbox", "/backlog/99/issue", `{"issues":["PLAT-1"]}`, 404, "Requested board cannot be viewed because it either does not exist or you do not have permission to view it."},
		{grace, "/sprint/60/issue", `{"issues":["PLAT-2"]}`, 403, "You do not have permission to schedule issues in this project."},
		{grace, "/backlog/issue", `{"issues":["PLAT-1"]}`, 403, "You do not have permission to schedule issues in this project."},
		{grace, "/backlog/1/issue", `{"issues":["PLAT-1"]}`, 403, "You do not have permission to schedule issues in this project."},
	} {
		a := g.send(http.MethodPost, tt.token, agilePath+tt.target, tt.body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{tt.want}, "errors": map[string]any{}}), a.body); a.status != tt.status || diff != "" {
			t.Errorf("%s with %.60s = %d (-want +got):\n%s", tt.target, tt.body, a.status, diff)
		}
	}
	if g.members(agilePath+"/sprint/60/issue") != "" || g.members(agilePath+"/sprint/59/issue") != "PLAT-1 PLAT-4" {
		t.Error("a refused move moved something")
	}
	if a := g.send(http.MethodPost, "sandbox", agilePath+"/sprint/60/issue", `{"issues":[`+strings.Join(many[:50], ",")+`]}`); a.status != http.StatusNoContent || g.members(agilePath+"/sprint/60/issue") != "PLAT-1 PLAT-2 PLAT-3 PLAT-4" {
		t.Errorf("fifty = %d %v", a.status, a.body)
	}
}
