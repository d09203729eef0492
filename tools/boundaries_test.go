package tools_test

import (
	"strconv"
	"strings"
	"testing"

	"arcade-atlassian/tools"
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
