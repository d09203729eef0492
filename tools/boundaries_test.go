package tools_test

import (
	"strconv"
	"strings"
	"testing"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
)

// In the sandbox PLAT-1 is linked with WEB-1, which is also found by the key
// PLAT-900 that it had before it was moved. PSEC had the key HARD. Sprint 63 is
// of WEB's board.

// refuses calls across a boundary and wants nothing to be written, and the same
// words for what is outside as for what does not exist.
func (e *engine) refuses(name, inputs string) {
	e.t.Helper()
	before := len(e.requests(""))
	e.fails(name, inputs, "sandbox", tool.KindFatal, "within the")
	for _, request := range e.requests("")[before:] {
		if strings.HasPrefix(request, "PUT") || strings.HasPrefix(request, "POST") && !strings.Contains(request, "/bulkfetch") {
			e.t.Errorf("%s %s: %s was sent", name, inputs, request)
		}
	}
}

// shows calls and wants a success that tells the first text and none of the others.
func (e *engine) shows(name, inputs, shown string, hidden ...string) {
	e.t.Helper()
	o := e.call(name, inputs, "sandbox")
	if o.Output.Error != nil || !strings.Contains(string(o.Output.Value), shown) {
		e.t.Errorf("%s %s: %s, want %q", name, inputs, o.said(), shown)
	}
	for _, text := range hidden {
		if strings.Contains(string(o.Output.Value), text) {
			e.t.Errorf("%s %s: tells %q: %s", name, inputs, text, o.said())
		}
	}
}

// Whatever an issue is called, where it is decides.
func TestIssuesAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	for _, issue := range []string{"WEB-1", "web-1", "10004", "PLAT-900", "HARD-1", "PLAT-99999"} {
		for _, name := range []string{
			"GetIssueById", "GetIssueComments", "ListIssueAttachmentsMetadata", "GetTransitionsAvailableForIssue", "ListPrioritiesAvailableToAnIssue",
		} {
			e.refuses(name, `{"issue":"`+issue+`"}`)
		}
		e.refuses("GetCommentById", `{"issue_id":"`+issue+`","comment_id":"10003"}`)
		e.refuses("AddCommentToIssue", `{"issue":"`+issue+`","body":"x"}`)
		e.refuses("UpdateIssue", `{"issue":"`+issue+`","title":"x"}`)
		e.refuses("AddLabelsToIssue", `{"issue":"`+issue+`","labels":["x"]}`)
		e.refuses("AttachFileToIssue", `{"issue":"`+issue+`","filename":"x.txt","file_content_str":"x"}`)
		e.refuses("TransitionIssueToNewStatus", `{"issue":"`+issue+`","transition":"Done"}`)
		e.refuses("SearchIssuesWithJql", `{"jql":"issue = \"`+issue+`\""}`)
		e.refuses("SearchIssuesWithJql", `{"jql":"parent in (\"`+issue+`\")"}`)
		e.refuses("GetIssuesWithoutId", `{"parent_issue":"`+issue+`"}`)
	}
	e.shows("SearchIssuesWithJql", `{"jql":"key = PLAT-1 AND text ~ \"UTF-8\" OR id = 10000"}`, `"PLAT-1"`, "WEB-1", "Checkout")
	e.shows("GetIssueById", `{"issue":"PLAT-1","fields":["*all"]}`, `"PLAT-1"`, "WEB-1", "Checkout", "10004")

	// A project is asked for by the key that it had, and limited by the one it has.
	renamed := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PSEC"}}})
	renamed.shows("GetIssueById", `{"issue":"HARD-1"}`, `"PSEC-1"`)
	renamed.shows("GetProjectById", `{"project":"HARD"}`, `"PSEC"`)
	former := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"HARD"}}})
	former.refuses("GetIssueById", `{"issue":"HARD-1"}`)
	former.refuses("GetProjectById", `{"project":"PSEC"}`)
}

// A value of a field leads to no issue, project or sprint outside, by whichever
// name, and none is told.
func TestFieldsLeadNowhereOutside(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{WriteProjects: []string{"PLAT"}}})
	only := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	for _, fields := range []string{
		`{"Sprint":63}`, `{"Sprint":"63"}`, `{"customfield_10020":{"id":63}}`,
		`{"Epic Link":"PSEC-1"}`, `{"Epic Link":"hard-1"}`, `{"Epic Link":"9001"}`, `{"Epic Link":9001}`, `{"Epic Link":{"id":"9001"}}`,
		`{"Related project":"WEB"}`, `{"Related project":{"id":"10002"}}`, `{"Related project":"HARD"}`,
	} {
		only.refuses("UpdateIssue", `{"issue":"PLAT-2","custom_fields":`+fields+`}`)
		e.fails("UpdateIssue", `{"issue":"PLAT-2","custom_fields":`+fields+`}`, "sandbox", tool.KindFatal, "Not allowed")
	}
	for _, parent := range []string{"PSEC-1", "HARD-1", "9001"} {
		e.fails("UpdateIssue", `{"issue":"PLAT-2","parent_issue":"`+parent+`"}`, "sandbox", tool.KindFatal, "Not allowed")
		e.fails("CreateIssue", `{"title":"x","issue_type":"Story","project":"PLAT","parent_issue":"`+parent+`"}`, "sandbox", tool.KindFatal, "Not allowed")
	}
	if put := e.requests("PUT"); len(put) > 0 {
		t.Errorf("written: %v", put)
	}
	e.shows("UpdateIssue", `{"issue":"PLAT-2","custom_fields":{"Sprint":60,"Related project":"PLAT"}}`, "PLAT Sprint 60")
}

// Sprints of other projects' boards are not told where issues and boards show
// them.
func TestSprintsBelongToTheirBoards(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"WEB"}}})
	e.shows("GetIssueById", `{"issue":"WEB-1"}`, `"Checkout"`)
	e.shows("ListSprintsForBoards", `{"board_identifiers_list":["2"]}`, `"Checkout"`)

	// The user puts an issue of PLAT into a sprint of WEB.
	free := start(t, tools.Config{})
	free.shows("UpdateIssue", `{"issue":"PLAT-2","custom_fields":{"Sprint":63}}`, `"Checkout"`)
	e = start(t, tools.Config{AtlassianURL: free.upstream, Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	e.shows("GetIssueById", `{"issue":"PLAT-2"}`, `"PLAT-2"`, "Checkout", `"board_id":2`)
	e.shows("SearchIssuesWithJql", `{"jql":"key = PLAT-2","fields":["Sprint"]}`, `"PLAT-2"`, "Checkout")
	e.shows("ListSprintsForBoards", `{"board_identifiers_list":["1"]}`, "PLAT Sprint 60", "Checkout")
}

// The same key on two sites means one of them behind its name.
func TestKeysOfOneSite(t *testing.T) {
	t.Parallel()
	const both = "sandbox;sites=acme,globex"
	e := start(t, tools.Config{Boundaries: tools.Boundaries{
		ReadSites: []string{"https://acme.atlassian.net/", "globex.atlassian.net"}, ReadProjects: []string{"acme.atlassian.net/OPS"}, WriteSites: []string{acmeID},
	}})
	o := e.call("GetProjectById", `{"project":"OPS","atlassian_cloud_id":"acme"}`, both)
	if !strings.Contains(o.said(), `"Operations"`) {
		t.Error(o.said())
	}
	e.fails("GetProjectById", `{"project":"OPS","atlassian_cloud_id":"globex"}`, both, tool.KindFatal, "within the projects")
	e.fails("SearchIssuesWithJql", `{"jql":"project = OPS","atlassian_cloud_id":"globex"}`, both, tool.KindFatal, "within the projects")
	one := start(t, tools.Config{Boundaries: tools.Boundaries{ReadSites: []string{acmeID}}})
	one.fails("GetProjectById", `{"project":"OPS","atlassian_cloud_id":"globex"}`, both, tool.KindRetry, "acme")
}

// A query finds nothing beyond its limits, whatever it is made of.
func TestQueriesStayWithin(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}, ReadSpaces: []string{"ENG"}}})
	for _, jql := range []string{
		`key = PLAT-1) OR (project = WEB`, `key = PLAT-1) OR (summary ~ Checkout`, `text ~ total -- )`, `text ~ total /* ) */`, `text ~ "total`, `text ~ total ORDER BY created) OR (text ~ total`,
		`project in (PLAT, WEB)`, `project not in (WEB)`, `"pro\u006aect" = WEB`, "project = \uff37\uff25\uff22", "project = W\u200bEB", "project = \u202eBEW", `project = web`,
		`issue in linkedIssues(10004)`, `issue in linkedIssues("PLAT-900")`, `issueFunction in linkedIssuesOf("project = WEB")`, `fixVersion in releasedVersions(WEB)`,
	} {
		o := e.call("SearchIssuesWithJql", `{"jql":`+strconv.Quote(jql)+`}`, "sandbox")
		if o.Output.Error == nil || len(e.requests("search/jql")) > 0 {
			t.Errorf("%s: %s", jql, o.said())
		}
	}
	e.shows("SearchIssuesWithJql", `{"jql":"text ~ total OR key = PLAT-1 OR sprint in openSprints() OR created >= startOfYear(-5) ORDER BY created DESC"}`, `"PLAT-1"`, "WEB-", "PSEC-")
	for _, cql := range []string{`type = page) OR (space = HR`, `space in (ENG, HR)`, `title ~ "policy`, "space = \uff28\uff32", `space.key = HR`} {
		o := e.call("Confluence.SearchContent", `{"cql":`+strconv.Quote(cql)+`}`, "sandbox")
		if o.Output.Error == nil || len(e.requests("/wiki/rest/api/search")) > 0 {
			t.Errorf("%s: %s", cql, o.said())
		}
	}
	e.shows("Confluence.SearchContent", `{"cql":"type = page OR title ~ policy"}`, "Release checklist", "Holiday policy")
}

// Pages are where their spaces are, by key and by ID, and lie below nothing
// outside.
func TestPagesAreInTheirSpaces(t *testing.T) {
	t.Parallel()
	for _, space := range []string{"ENG", "98306", "acme.atlassian.net/ENG", acmeID + "/98306"} {
		e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadSpaces: []string{space}}})
		e.shows("Confluence.GetPage", `{"page_identifier":"98501"}`, "Release checklist")
		e.refuses("Confluence.GetPage", `{"page_identifier":"196800"}`)
		e.refuses("Confluence.GetSpace", `{"space_identifier":"196619"}`)
		e.refuses("Confluence.GetAttachmentsForPage", `{"page_identifier":"196800"}`)
		e.refuses("Confluence.ListDirectChildren", `{"parent_id":"196716","parent_type":"page"}`)
		e.refuses("Confluence.RenamePage", `{"page_identifier":"196800","title":"x"}`)
		e.refuses("Confluence.UpdatePageContent", `{"page_identifier":"196800","content":"x"}`)
		e.refuses("Confluence.CreatePage", `{"space_identifier":"98306","title":"New","content":"x","parent_id":"196800"}`)
		e.shows("Confluence.CreatePage", `{"space_identifier":"98306","title":"New","content":"x","parent_id":"98503"}`, `"New"`) // a folder
		e.shows("Confluence.GetPagesById", `{"page_ids":["98501","196800"]}`, "Release checklist", "Holiday policy", "left out here")
	}
}

// An attachment can be read after its issue was shown, and by that user only.
func TestAttachmentsOfAnIssueThatWasShown(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	e.fails("DownloadAttachment", `{"attachment_id":"10000"}`, "sandbox", tool.KindFatal, "not known to which issue")
	e.fails("DownloadAttachment", `{"attachment_id":"10003"}`, "sandbox", tool.KindFatal, "not known to which issue")
	e.shows("ListIssueAttachmentsMetadata", `{"issue":"PLAT-1"}`, "gateway.log")
	e.shows("DownloadAttachment", `{"attachment_id":"10000"}`, "POST /upload")
	e.shows("GetAttachmentMetadata", `{"attachment_id":"10000"}`, "gateway.log")
	e.fails("GetAttachmentMetadata", `{"attachment_id":"10003"}`, "sandbox", tool.KindFatal, "not known to which issue")
	e.fails("DownloadAttachment", `{"attachment_id":"10000"}`, "sandbox;user=bob", tool.KindFatal, "not known to which issue")
}

// Names that could be read as others stop the start, all of them at once.
func TestNamesOfBoundariesArePlain(t *testing.T) {
	t.Parallel()
	_, err := tools.New(tools.Config{Boundaries: tools.Boundaries{
		ReadSites: []string{"acme", "acme.atlassian.net/x"}, WriteProjects: []string{"PL\u200bAT", "\uff30LAT", "plat", "\u202eTALP", "a b/PLAT"}, ReadSpaces: []string{"EN\u00adG"},
	}})
	if err == nil {
		t.Fatal("it starts")
	}
	for _, said := range []string{`--read-sites: "acme"`, `"acme.atlassian.net/x"`, `"PL\u200bAT"`, `"ＰLAT"`, `"plat"`, `"\u202eTALP"`, `"a b/PLAT"`, `--read-spaces: "EN\u00adG"`} {
		if !strings.Contains(err.Error(), said) {
			t.Errorf("does not tell %s: %v", said, err)
		}
	}
}

// pageIn is a page as Confluence tells it, in the space.
func pageIn(space string) string {
	return `{"id":"98501","status":"current","title":"Release checklist","spaceId":"` + space + `","version":{"number":2},"body":{"storage":{"representation":"storage","value":"<p>x</p>"}}}`
}

// A page is where it is now. One that was known to be in a space and is moved to
// another is read and written there no more, also when that happens after the
// tool has found it.
func TestPagesThatMoveAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	const path = "/wiki/api/v2/pages/98501"
	const rename, update = `{"page_identifier":"98501","title":"x"}`, `{"page_identifier":"98501","content":"x"}`
	within := func(b tools.Boundaries, moves int) *engine {
		return start(t, tools.Config{Boundaries: b}, sandbox.Scripted{Method: "GET", Path: path, Nth: moves, Body: pageIn("196619")})
	}
	read, written := tools.Boundaries{ReadSpaces: []string{"ENG"}}, tools.Boundaries{WriteSpaces: []string{"ENG"}}

	e := within(read, 2)
	e.shows("Confluence.GetPage", `{"page_identifier":"98501"}`, "Release checklist")
	e.refuses("Confluence.GetPage", `{"page_identifier":"98501"}`)
	e = within(read, 3)
	e.shows("Confluence.GetAttachmentsForPage", `{"page_identifier":"98501"}`, "attachments") // its space is remembered
	e.refuses("Confluence.RenamePage", rename)
	for name, inputs := range map[string]string{"Confluence.RenamePage": rename, "Confluence.UpdatePageContent": update} {
		for _, b := range []tools.Boundaries{read, written} {
			e = within(b, 2) // the first finds it, the second is the check
			e.fails(name, inputs, "sandbox", tool.KindFatal, "Not allowed")
			if sent := e.requests("PUT"); len(sent) > 0 {
				t.Errorf("%s: %v", name, sent)
			}
		}
	}

	// Neither is a parent that has moved.
	e = start(t, tools.Config{Boundaries: written}, sandbox.Scripted{Method: "GET", Path: path, Body: pageIn("196619")})
	for _, parent := range []string{"98501", "196800", "196716"} {
		e.fails("Confluence.CreatePage", `{"space_identifier":"ENG","title":"New","content":"x","parent_id":"`+parent+`"}`, "sandbox", tool.KindFatal, "Not allowed")
	}
	if sent := e.requests("POST"); len(sent) > 0 {
		t.Errorf("created: %v", sent)
	}

	// What the lists name is looked up again before a write: a space that has lost
	// its key is not the one that is meant.
	e = start(t, tools.Config{Boundaries: written}, sandbox.Scripted{Method: "GET", Path: "/wiki/api/v2/spaces", Nth: 2, Body: `{"results":[{"id":"98306","key":"OLD","name":"Engineering"}]}`})
	e.shows("Confluence.RenamePage", `{"page_identifier":"98501","title":"Checklist"}`, `"Checklist"`)
	e.fails("Confluence.RenamePage", rename, "sandbox", tool.KindFatal, "Not allowed")
}

// An issue that was moved is where it is now, by its old key too, for every tool
// that takes issues.
func TestIssuesThatMovedAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	only := start(t, tools.Config{Boundaries: tools.Boundaries{WriteProjects: []string{"PLAT"}}})
	for name, inputs := range map[string]string{
		"RemoveLabelsFromIssue":     `{"issue":"PLAT-900","labels":["x"]}`,
		"GetTransitionById":         `{"issue":"PLAT-900","transition_id":"11"}`,
		"GetTransitionByStatusName": `{"issue":"PLAT-900","transition":"Done"}`,
	} {
		e.refuses(name, inputs)
	}
	only.fails("RemoveLabelsFromIssue", `{"issue":"PLAT-900","labels":["checkout"]}`, "sandbox", tool.KindFatal, "Not allowed")
	for name, inputs := range map[string]string{
		"CreateIssue": `{"title":"x","issue_type":"Story","project":"PLAT","parent_issue":"PLAT-900"}`,
		"UpdateIssue": `{"issue":"PLAT-2","parent_issue":"PLAT-900"}`,
	} {
		e.fails(name, inputs, "sandbox", tool.KindRetry, "there is no issue")
		only.fails(name, inputs, "sandbox", tool.KindFatal, "Not allowed")
	}
	only.fails("UpdateIssue", `{"issue":"PLAT-2","custom_fields":{"Epic Link":"PLAT-900"}}`, "sandbox", tool.KindFatal, "Not allowed")
	for _, query := range []string{"key = PLAT-900", "id in (PLAT-1, 10004)", `issue in linkedIssues(\"PLAT-900\")`, "key >= plat-900", `\"Epic Link\" = PLAT-900`} {
		e.refuses("SearchIssuesWithJql", `{"jql":"`+query+`"}`)
	}
	if put := append(e.requests("PUT"), only.requests("PUT")...); len(put) > 0 {
		t.Errorf("written: %v", put)
	}
	there := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"WEB"}}})
	there.shows("GetIssueById", `{"issue":"PLAT-900"}`, `"WEB-1"`)

	// Moved after it was known where it is.
	moved := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}}, sandbox.Scripted{
		Method: "GET", Path: "/rest/api/3/issue/PLAT-2", Nth: 2, Body: `{"id":"10001","key":"WEB-9","fields":{"project":{"id":"10002","key":"WEB"}}}`,
	})
	moved.shows("GetIssueComments", `{"issue":"PLAT-2"}`, "comments")
	moved.fails("UpdateIssue", `{"issue":"PLAT-2","title":"x"}`, "sandbox", tool.KindFatal, "Not allowed")
	if put := moved.requests("PUT"); len(put) > 0 {
		t.Errorf("written: %v", put)
	}

	// Several of them, of which some are elsewhere, are the same as some that do not exist.
	for _, name := range []string{"AddIssuesToSprint", "MoveIssuesFromSprintToBacklog"} {
		given := "issue_ids"
		if name != "AddIssuesToSprint" {
			given = "issue_identifiers"
		}
		told := func(issue string) string {
			o := e.call(name, `{"sprint_id":"60","`+given+`":["PLAT-2","`+issue+`"]}`, "sandbox")
			return strings.ReplaceAll(o.said(), issue, "X")
		}
		nothing := told("PLAT-99999")
		if !strings.Contains(nothing, "PLAT-2") {
			t.Errorf("%s: %s", name, nothing)
		}
		told("PLAT-99999") // PLAT-2 is there by now
		nothing = told("PLAT-99999")
		for _, issue := range []string{"PLAT-900", "WEB-1", "10004", "HARD-1"} {
			if is := told(issue); is != nothing {
				t.Errorf("%s: of %s it says\n%s\nand of what does not exist\n%s", name, issue, is, nothing)
			}
		}
	}
	unread := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}}, sandbox.Scripted{
		Method: "POST", Path: "/rest/api/3/issue/bulkfetch", Body: `{"issues":[],"issueErrors":[{"id":"10004","errorMessage":"Checkout is broken."}]}`,
	})
	unread.shows("AddIssuesToSprint", `{"sprint_id":"60","issue_ids":["10004"]}`, "There is no issue", "Checkout", "could not read")
}

// A board shows issues and sprints of several projects and belongs to one, or to
// a person: it is within the limits with that one, and of what it shows only what
// is within them is told.
func TestBoardsOfSeveralProjects(t *testing.T) {
	t.Parallel()
	const (
		plat    = `{"id":1,"name":"PLAT board","type":"scrum","location":{"projectId":10000,"projectKey":"PLAT","projectName":"Platform"}}`
		web     = `{"id":2,"name":"WEB board","type":"scrum","location":{"projectId":10002,"projectKey":"WEB","projectName":"Website"}}`
		persons = `{"id":98,"name":"Adas board","type":"scrum","location":{"userId":7,"displayName":"Ada Moreau"}}`
		nowhere = `{"id":99,"name":"Stray board","type":"scrum"}`
		two     = `{"id":97,"name":"Double board","type":"scrum","location":{"projectId":10000,"projectKey":"WEB"}}`
	)
	answers := []sandbox.Scripted{
		{Method: "GET", Path: "/rest/agile/1.0/board", Body: `{"values":[` + strings.Join([]string{web, persons, plat, nowhere, two}, ",") + `],"total":5,"isLast":true}`},
		{Method: "GET", Path: "/rest/agile/1.0/board/97", Body: two},
		{Method: "GET", Path: "/rest/agile/1.0/board/98", Body: persons},
		{Method: "GET", Path: "/rest/agile/1.0/board/99", Body: nowhere},
		{Method: "GET", Path: "/rest/agile/1.0/board/1/sprint", Body: `{"values":[
			{"id":59,"name":"PLAT Sprint 59","state":"active","originBoardId":1},{"id":63,"name":"Checkout","state":"active","originBoardId":2},
			{"id":90,"name":"Stray sprint","state":"future"},{"id":91,"name":"Adas sprint","state":"future","originBoardId":98},
			{"id":92,"name":"Double sprint","state":"future","originBoardId":97},{"id":93,"name":"Lost sprint","state":"closed","originBoardId":404}
		],"total":6,"isLast":true}`},
		{Method: "GET", Path: "/rest/software/1.0/board/1/backlog", Body: `{"issues":[
			{"id":"10004","key":"WEB-1","fields":{"summary":"Checkout","project":{"id":"10002","key":"WEB"}}},
			{"id":"10001","key":"PLAT-2","fields":{"summary":"Mine","project":{"id":"10000","key":"PLAT"},"parent":{"id":"10004","key":"WEB-1","fields":{"summary":"Checkout"}}}},
			{"id":"10009","key":"PLAT-9","fields":{"summary":"Astray","project":{"id":"10002","key":"WEB"}}},
			{"id":"10008","key":"PLAT-8","fields":{"summary":"Unplaced"}}
		],"isLast":true}`},
	}
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}}, answers...)
	hidden := []string{"WEB", "Website", "Adas", "Stray", "Double", "Ada Moreau", "Checkout", "Lost", "Astray", "Unplaced", `"total":5`, `"total":6`}
	e.shows("GetBoards", `{}`, `"total":1`, hidden...)
	e.shows("ListSprintsForBoards", `{}`, "PLAT Sprint 59", hidden...)
	e.shows("ListSprintsForBoards", `{"board_identifiers_list":["1"]}`, `"total":1`, hidden...)
	e.shows("GetBoardBacklogIssues", `{"board_id":"1"}`, "Mine", hidden...)
	for _, board := range []string{"2", "97", "98", "99", "404"} {
		e.refuses("GetBoardBacklogIssues", `{"board_id":"`+board+`"}`)
		for _, name := range []string{"GetBoards", "ListSprintsForBoards"} {
			o := e.call(name, `{"board_identifiers_list":["`+board+`"]}`, "sandbox")
			none := e.call(name, `{"board_identifiers_list":["405"]}`, "sandbox")
			if is, want := strings.ReplaceAll(o.said(), board, "N"), strings.ReplaceAll(none.said(), "405", "N"); is != want {
				t.Errorf("%s says of board %s\n%s\nand of one that does not exist\n%s", name, board, is, want)
			}
		}
	}

	// A sprint shows issues of several projects, too.
	free := start(t, tools.Config{})
	free.shows("UpdateIssue", `{"issue":"WEB-1","custom_fields":{"Sprint":60}}`, `"WEB-1"`)
	free.shows("UpdateIssue", `{"issue":"PLAT-2","custom_fields":{"Sprint":60}}`, `"PLAT-2"`)
	free.shows("GetSprintIssues", `{"sprint_id":"60"}`, `"WEB-1"`)
	e = start(t, tools.Config{AtlassianURL: free.upstream, Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}})
	e.shows("GetSprintIssues", `{"sprint_id":"60"}`, `"PLAT-2"`, "WEB-1", "Checkout")
	web1 := start(t, tools.Config{AtlassianURL: free.upstream, Boundaries: tools.Boundaries{ReadProjects: []string{"WEB"}}})
	web1.fails("GetSprintIssues", `{"sprint_id":"60"}`, "sandbox", tool.KindFatal, "within the projects")
	web1.fails("MoveIssuesFromSprintToBacklog", `{"sprint_id":"60","issue_identifiers":["WEB-1"]}`, "sandbox", tool.KindFatal, "within the projects")
	web1.fails("AddIssuesToSprint", `{"sprint_id":"60","issue_ids":["WEB-1"]}`, "sandbox", tool.KindFatal, "within the projects")
}

// Users are in no project: their lists are the same within limits, and nobody can
// find out by them to whom issues outside can be assigned.
func TestListsOfUsers(t *testing.T) {
	t.Parallel()
	free := start(t, tools.Config{})
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}, ReadSpaces: []string{"ENG"}}})
	for _, call := range [][2]string{
		{"ListUsers", `{}`},
		{"GetUsersWithoutId", `{"name_or_email":"a"}`},
		{"GetUserById", `{"user_id":"5f8a1c2e9d3b4a0069e1f7b2"}`},
	} {
		if is, want := e.call(call[0], call[1], "sandbox").said(), free.call(call[0], call[1], "sandbox").said(); is != want {
			t.Errorf("%s says\n%s\nand without limits\n%s", call[0], is, want)
		}
	}

	// Who may not browse users asks for those to whom issues can be assigned.
	nobody := sandbox.Scripted{Method: "GET", Path: "/rest/api/3/user/search", Body: "[]"}
	e = start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}}}, nobody)
	e.shows("UpdateIssue", `{"issue":"PLAT-2","assignee":"Bob Tanaka"}`, "PLAT-2")
	before := len(e.requests("user/assignable/search"))
	if before == 0 {
		t.Error("nobody was looked for")
	}
	e.refuses("UpdateIssue", `{"issue":"WEB-1","assignee":"Bob Tanaka"}`)
	e.refuses("UpdateIssue", `{"issue":"PLAT-900","assignee":"Bob Tanaka"}`)
	e.refuses("UpdateIssue", `{"issue":"10004","assignee":"Nobody At All"}`)
	e.fails("CreateIssue", `{"project":"WEB","issue_type":"Task","title":"x","assignee":"Bob Tanaka"}`, "sandbox", tool.KindRetry, "project")
	e.fails("CreateIssue", `{"project":"10002","issue_type":"Task","title":"x","assignee":"Bob Tanaka"}`, "sandbox", tool.KindRetry, "project")
	if after := len(e.requests("user/assignable/search")); after != before {
		t.Errorf("those to whom issues outside can be assigned were asked for: %v", e.requests("user/assignable/search")[before:])
	}
}

// What is left out of an answer is told by its number, unless it was asked for by
// name, and nothing is said of limits that did not matter.
func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}, ReadSpaces: []string{"ENG"}}})
	const some, number = "not shown and not counted.", "not shown and not counted: "
	for _, tt := range []struct{ name, inputs, shown, hidden string }{
		{"GetProjectById", `{"project":"PLAT"}`, "Platform", "operator_limits"},
		{"GetIssueById", `{"issue":"PLAT-2"}`, "PLAT-2", "operator_limits"},
		{"GetIssueById", `{"issue":"PLAT-1","fields":["*all"]}`, number, some},
		{"GetBoards", `{}`, number + "4 left out here", some},
		{"ListProjects", `{}`, some, number},
		{"SearchIssuesWithJql", `{"jql":"project = PLAT"}`, some, number},
		{"Confluence.ListSpaces", `{}`, some, number},
		{"Confluence.SearchContent", `{"cql":"type = page"}`, some, number},
		{"Confluence.ListAttachments", `{}`, number, some},
		{"Confluence.GetPagesById", `{"page_ids":["98501"]}`, some, number},
		{"Confluence.GetPagesById", `{"page_ids":["98501","196800"]}`, some, number},
		{"Confluence.GetPage", `{"page_identifier":"98501"}`, "Release", "operator_limits"},
	} {
		e.shows(tt.name, tt.inputs, tt.shown, tt.hidden)
	}
}
