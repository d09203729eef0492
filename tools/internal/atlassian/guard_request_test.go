package atlassian_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
)

// placed are the answers that tell where things are: PLAT may be written, DEMO be
// read, and WEB neither; so may the spaces 1, 2 and 3.
func placed() map[string]string {
	answers := map[string]string{
		"GET /rest/api/3/project/WEB": `{"id":"10002","key":"WEB"}`, "GET /rest/api/3/project/10002": `{"id":"10002","key":"WEB"}`,
		"GET /rest/api/3/project/PLAT": `{"id":"10000","key":"PLAT"}`, "GET /rest/api/3/project/10000": `{"id":"10000","key":"PLAT"}`,
		"GET /rest/api/3/project/DEMO": `{"id":"10001","key":"DEMO"}`, "GET /rest/api/3/project/OLD": `{"id":"10000","key":"PLAT"}`,
		"GET /rest/agile/1.0/board/4":  `{"id":4,"location":{"projectId":10001,"projectKey":"DEMO"}}`,
		"GET /rest/agile/1.0/board/5":  `{"id":5,"location":{"projectId":10001}}`,
		"GET /rest/agile/1.0/sprint/1": `{"originBoardId":1}`, "GET /rest/agile/1.0/sprint/2": `{"originBoardId":2}`, "GET /rest/agile/1.0/sprint/3": `{}`,
		"GET /rest/agile/1.0/sprint/4": `{"originBoardId":4}`, "GET /rest/agile/1.0/sprint/5": `{"originBoardId":-1}`, "GET /rest/agile/1.0/sprint/6": `{"originBoardId":404}`,
		"GET /rest/agile/1.0/board/0": `{"id":1,"location":{"projectId":10000,"projectKey":"PLAT"}}`,
		"GET /wiki/api/v2/pages/11":   `{"id":"11","spaceId":"1"}`, "GET /wiki/api/v2/pages/12": `{"id":"12","spaceId":"2"}`, "GET /wiki/api/v2/pages/13": `{"id":"13","spaceId":"3"}`,
		"GET /wiki/api/v2/pages/14?get-draft=true": `{"id":"14","spaceId":"1"}`, "GET /wiki/api/v2/pages/15?get-draft=true": `{"id":"15","spaceId":"3"}`,
		"GET /wiki/api/v2/pages/16": `{"id":"16"}`, "GET /wiki/api/v2/folders/21": `{"id":"21","spaceId":"1"}`, "GET /wiki/api/v2/folders/23": `{"id":"23","spaceId":"3"}`,
		"GET /rest/api/3/field": `[{"id":"customfield_1","schema":{"type":"array","items":"json","custom":"com.pyxis.greenhopper.jira:gh-sprint"}},
			{"id":"customfield_2","schema":{"type":"project","custom":"x:project"}},{"id":"customfield_3","schema":{"type":"any","custom":"com.pyxis.greenhopper.jira:gh-epic-link"}},
			{"id":"customfield_4","schema":{"type":"number","custom":"x:float"}},{"id":"customfield_5","schema":{"type":"any","custom":"app:field"}},
			{"id":"customfield_6","schema":{"type":"json","custom":"app:field"}},{"id":"customfield_7","schema":{"custom":"app:field"}},
			{"id":"customfield_8","schema":{"type":"array","items":"issuelinks","custom":"x:links"}},{"id":"customfield_9","schema":{"type":"issuelink"}},
			{"id":"customfield_10","schema":{"type":"any","custom":"com.atlassian.jpo:jpo-custom-field-parent"}},{"id":"customfield_11","schema":{"type":"option"}}]`,
	}
	in := map[string]string{"PLAT-1": "PLAT", "DEMO-1": "DEMO", "WEB-1": "WEB", "OLD-1": "PLAT", "PLAT-9": "WEB", "1": "PLAT", "2": "WEB"}
	ids := map[string]string{"PLAT": "10000", "DEMO": "10001", "WEB": "10002"}
	for name, project := range in {
		answers["GET /rest/api/3/issue/"+name+"?fields=project"] = fmt.Sprintf(`{"id":"7","key":%q,"fields":{"project":{"id":%q,"key":%q}}}`, name, ids[project], project)
	}
	return answers
}

type thing struct {
	ID    string                    `path:"id,given"`
	Query string                    `query:"q,omitzero"`
	Body  map[string]jsontext.Value `body:"json"`
}

type thingRead struct {
	ID    string `path:"id,given"`
	Query string `query:"q,omitzero"`
}

// What a request names is looked up, and the request not sent unless it is within
// the boundaries for what it does.
func TestBoundariesOfRequests(t *testing.T) {
	t.Parallel()
	const sent, given = `{"ok":true}`, "given: "
	type want struct{ read, write string }
	anywhere, nowhere := want{sent, sent}, want{outside(given), outside(given)}
	readOnly := want{sent, cannotWrite(given)}
	nowhereSpace := want{outsideSpaces(given), outsideSpaces(given)}
	for name, tt := range map[string]struct {
		reach atlassian.Reach
		cases map[string]want // by what the path names
	}{
		"issue":   {atlassian.IssueIn("id"), map[string]want{"PLAT-1": anywhere, "1": anywhere, "OLD-1": anywhere, "DEMO-1": readOnly, "WEB-1": nowhere, "2": nowhere, "PLAT-9": nowhere, "NONE-1": nowhere, "PLAT": nowhere, "a b": nowhere}},
		"project": {atlassian.ProjectIn("id"), map[string]want{"PLAT": anywhere, "10000": anywhere, "OLD": anywhere, "DEMO": readOnly, "WEB": nowhere, "10002": nowhere, "NONE": nowhere, "search": nowhere, "a b": nowhere}},
		"board":   {atlassian.BoardIn("id"), map[string]want{"1": anywhere, "4": readOnly, "2": nowhere, "3": nowhere, "5": {sent, outside(given)}, "404": nowhere}},
		"sprint":  {atlassian.SprintIn("id"), map[string]want{"1": anywhere, "4": readOnly, "2": nowhere, "3": nowhere, "5": nowhere, "6": nowhere, "404": nowhere}},
		"page":    {atlassian.PageIn("id"), map[string]want{"11": anywhere, "12": {sent, cannotWrite(given)}, "14": anywhere, "13": nowhereSpace, "15": nowhereSpace, "16": nowhereSpace, "404": nowhereSpace}},
		"space":   {atlassian.SpaceIn("id"), map[string]want{"1": anywhere, "2": {sent, outsideSpaces(given)}, "3": nowhereSpace, "404": nowhereSpace, "ENG": nowhereSpace}},
		"unknown attachment": {atlassian.AttachmentIn("id"), map[string]want{"1": {
			strings.Replace(outside(given), "there is nothing of this name within the projects that these tools may use", "it is not known to which issue the attachment belongs. List the attachments of its issue first", 1),
			strings.Replace(outside(given), "there is nothing of this name within the projects that these tools may use", "it is not known to which issue the attachment belongs. List the attachments of its issue first", 1),
		}}},
		"all projects": {atlassian.Nowhere(), map[string]want{"1": {
			strings.Replace(outside(""), "there is nothing of this name within the projects that these tools may use", "the answer would be about all projects alike", 1),
			strings.Replace(outside(""), "there is nothing of this name within the projects that these tools may use", "the answer would be about all projects alike", 1),
		}}},
		"what is in no project": {atlassian.Everywhere(), map[string]want{"1": anywhere}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(tt.reach)
			write := atlassian.Put[thing, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(tt.reach)
			for id, want := range tt.cases {
				answers := placed()
				for _, method := range []string{"GET", "PUT"} {
					answers[method+" /rest/api/3/thing/"+strings.ReplaceAll(id, " ", "%20")] = sent
				}
				b := newBounded(t, answers, read, write)
				resp, err := read.Do(t.Context(), b.site, thingRead{ID: id})
				if got := outcome(resp, err); got != want.read || (b.count("GET /rest/api/3/thing/") > 0) != (want.read == sent) {
					t.Errorf("reading %s: %s\nwant %s; %q", id, got, want.read, b.asked)
				}
				resp, err = write.Do(t.Context(), b.site, thing{ID: id, Body: map[string]jsontext.Value{"a": jsontext.Value(`1`)}})
				if name == "what is in no project" && b.count("/search") > 0 {
					t.Errorf("asked %q", b.asked)
				}
				if got := outcome(resp, err); got != want.write || (b.count("PUT") > 0) != (want.write == sent) {
					t.Errorf("writing %s: %s\nwant %s; %q", id, got, want.write, b.asked)
				}
			}
		})
	}
}

// So is what parameters name, and what a body does.
func TestBoundariesOfQueriesAndBodies(t *testing.T) {
	t.Parallel()
	const sent = `{"ok":true}`
	read := func(reach atlassian.Reach) *atlassian.Op[thingRead, jsontext.Value] {
		return atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(reach)
	}
	for reach, cases := range map[*atlassian.Op[thingRead, jsontext.Value]]map[string]string{
		read(atlassian.IssueInQuery("q")):   {"": sent, "PLAT-1": sent, "DEMO-1": sent, "WEB-1": outside("issue: "), "NONE-1": outside("issue: ")},
		read(atlassian.ProjectInQuery("q")): {"": sent, "PLAT": sent, "10000": sent, "WEB": outside("project: "), "NONE": outside("project: ")},
	} {
		for value, want := range cases {
			answers := placed()
			answers["GET /rest/api/3/thing/1"] = sent
			b := newBounded(t, answers, reach)
			resp, err := reach.Do(t.Context(), b.site, thingRead{ID: "1", Query: value})
			if got := outcome(resp, err); got != want {
				t.Errorf("%q: %s, want %s", value, got, want)
			}
		}
	}

	many := strings.Repeat(`"1",`, 100)
	for name, tt := range map[string]struct {
		reach atlassian.Reach
		cases map[string]string // by the body
	}{
		"issues": {atlassian.IssuesInBody("issues", "issue_ids"), map[string]string{
			`{"issues":["PLAT-1"]}`: sent, `{"issues":["1"]}`: sent, `{"issues":[1]}`: sent, `{"issues":["PLAT-1","WEB-1"]}`: outside("issue_ids: "), `{"issues":["2"]}`: outside("issue_ids: "),
			`{"issues":["NONE-1"]}`: outside("issue_ids: "), `{"issues":["OLD-1"]}`: outside("issue_ids: "), `{"issues":[]}`: outside("issue_ids: "), `{}`: outside("issue_ids: "), `{"issues":"PLAT-1"}`: outside("issue_ids: "),
			`{"issues":["DEMO-1"]}`: cannotWrite("issue_ids: "), `{"issues":[` + many + `"1"]}`: sent, `{"issues":[` + many + `"2"]}`: outside("issue_ids: "),
		}},
		"spaces and parents": {atlassian.PageFields(), map[string]string{
			`{}`: sent, `{"spaceId":"1"}`: sent, `{"spaceId":1}`: sent, `{"spaceId":"2"}`: cannotWrite("space_identifier: "), `{"spaceId":"3"}`: outsideSpaces("space_identifier: "), `{"spaceId":"404"}`: outsideSpaces("space_identifier: "),
			`{"spaceId":""}`: outsideSpaces("space_identifier: "), `{"spaceId":null}`: outsideSpaces("space_identifier: "),
			`{"spaceId":"1","parentId":"11"}`: sent, `{"spaceId":"1","parentId":"14"}`: sent, `{"spaceId":"1","parentId":"21"}`: sent, `{"parentId":""}`: sent,
			`{"spaceId":"1","parentId":"12"}`: cannotWrite("parent_id: "), `{"spaceId":"1","parentId":"13"}`: outsideSpaces("parent_id: "), `{"spaceId":"1","parentId":"23"}`: outsideSpaces("parent_id: "), `{"parentId":404}`: outsideSpaces("parent_id: "), `{"parentId":"15"}`: outsideSpaces("parent_id: "),
		}},
		"fields": {atlassian.IssueFields(), map[string]string{
			`{}`: sent, `{"other":{"project":{"key":"WEB"}}}`: sent, `{"fields":{"summary":"WEB-1","labels":["WEB-1"],"n":7}}`: sent,
			`{"fields":{"project":{"key":"PLAT"}}}`: sent, `{"fields":{"project":{"id":"10000"}}}`: sent, `{"fields":{"project":{"id":10000}}}`: sent,
			`{"fields":{"project":{"key":"WEB"}}}`: outside("project: "), `{"fields":{"project":{"id":"10002"}}}`: outside("project: "), `{"fields":{"project":{"key":"DEMO"}}}`: cannotWrite("project: "),
			`{"fields":{"project":{"id":"10000","key":"PLAT"}}}`: outside("project: "), // which of the two would count?
			`{"fields":{"project":{"set":{"key":"WEB"}}}}`:       outside("project: "), `{"update":{"project":[{"set":{"key":"WEB"}}]}}`: outside("project: "), `{"update":{"project":[{"set":{"key":"PLAT"}}]}}`: sent,
			`{"fields":{"parent":{"key":"PLAT-1"}}}`: sent, `{"fields":{"parent":{"id":"1"}}}`: sent, `{"fields":{"parent":null}}`: sent, `{"fields":{"parent":{"key":"WEB-1"}}}`: outside("parent_issue: "),
			`{"fields":{"parent":{"id":"2"}}}`: outside("parent_issue: "), `{"update":{"parent":[{"set":{"id":1}}]}}`: sent, `{"update":{"parent":[{"set":{"id":2}}]}}`: outside("parent_issue: "), `{"fields":{"parent":{"key":"DEMO-1"}}}`: cannotWrite("parent_issue: "),
			`{"fields":{"customfield_99":{"key":"WEB-1"}}}`: outside("custom_fields: "), `{"fields":{"customfield_99":{"key":"PLAT-1"}}}`: sent, `{"fields":{"customfield_99":[[{"key":"WEB"}]]}}`: outside("custom_fields: "),
			`{"fields":{"customfield_99":{"key":"PLAT"}}}`: sent, `{"fields":{"customfield_99":{"key":"a b"}}}`: sent, `{"fields":{"assignee":{"id":"2"}}}`: sent,
			`{"fields":{"customfield_99":"WEB-1"}}`: outside("custom_fields: "), `{"fields":{"customfield_99":" web-1 "}}`: outside("custom_fields: "), `{"fields":{"customfield_99":["PLAT-1","WEB-1"]}}`: outside("custom_fields: "),
			`{"fields":{"customfield_99":"PLAT-1"}}`: sent, `{"fields":{"customfield_99":"plat-1"}}`: sent, `{"fields":{"customfield_99":"see WEB-1"}}`: sent, `{"fields":{"customfield_99":true}}`: sent,
			`{"fields":{"customfield_99":"7"}}`: outside("custom_fields: "), `{"fields":{"customfield_99":7}}`: outside("custom_fields: "), `{"fields":{"customfield_99":{"id":"7"}}}`: outside("custom_fields: "), // there is no such field
			`{"fields":{"customfield_1":1}}`: sent, `{"fields":{"customfield_1":2.0}}`: outside("custom_fields: "), `{"fields":{"customfield_1":"2"}}`: outside("custom_fields: "), `{"fields":{"customfield_1":[2]}}`: outside("custom_fields: "), `{"fields":{"customfield_1":4}}`: cannotWrite("custom_fields: "), `{"fields":{"customfield_1":{"id":2}}}`: outside("custom_fields: "),
			`{"fields":{"customfield_2":10000}}`: sent, `{"fields":{"customfield_2":{"id":"10002"}}}`: outside("custom_fields: "), `{"fields":{"customfield_3":1}}`: sent, `{"fields":{"customfield_3":2}}`: outside("custom_fields: "),
			`{"fields":{"customfield_4":2}}`: sent, `{"fields":{"customfield_11":{"id":"2"}}}`: sent, `{"fields":{"customfield_5":1}}`: outside("custom_fields: "), `{"fields":{"customfield_6":1}}`: outside("custom_fields: "), `{"fields":{"customfield_7":1}}`: outside("custom_fields: "),
			`{"fields":{"customfield_8":[1]}}`: sent, `{"fields":{"customfield_8":["2"]}}`: outside("custom_fields: "), `{"fields":{"customfield_9":"2"}}`: outside("custom_fields: "), `{"fields":{"customfield_9":"1"}}`: sent, `{"fields":{"customfield_10":"2"}}`: outside("custom_fields: "), `{"fields":{"customfield_10":"1"}}`: sent,
			`{"fields":{"customfield_4":{"id":"2","value":"x","child":{"key":"WEB-1"}}}}`:        outside("custom_fields: "),
			`{"fields":{"customfield_99":{"type":"doc","content":[{"key":"WEB-1"}]}}}`:           sent,
			`{"fields":{"x":` + strings.Repeat(`[`, 7) + `1` + strings.Repeat(`]`, 7) + `}}`:     sent,
			`{"fields":{"x":` + strings.Repeat(`[`, 8) + `1` + strings.Repeat(`]`, 8) + `}}`:     outside("custom_fields: "),
			`{"fields":{"x":` + strings.Repeat(`{"a":`, 7) + `1` + strings.Repeat(`}`, 7) + `}}`: sent,
			`{"fields":{"x":` + strings.Repeat(`{"a":`, 8) + `1` + strings.Repeat(`}`, 8) + `}}`: outside("custom_fields: "),
			`{"fields":{"customfield_99":{"a":[{"b":{"key":"WEB-1"}}]}}}`:                        outside("custom_fields: "),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := atlassian.Put[thing, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(tt.reach)
			for body, want := range tt.cases {
				answers := placed()
				answers["PUT /rest/api/3/thing/1"] = sent
				answers["POST /rest/api/3/issue/bulkfetch"] = `{"issues":[{"id":"1","key":"PLAT-1","fields":{"project":{"id":"10000","key":"PLAT"}}},{"id":"2","key":"WEB-1","fields":{"project":{"id":"10002","key":"WEB"}}},{"id":"3","key":"DEMO-1","fields":{"project":{"id":"10001","key":"DEMO"}}}]}`
				b := newBounded(t, answers, op)
				var fields map[string]jsontext.Value
				if err := json.Unmarshal([]byte(body), &fields); err != nil {
					t.Fatal(err)
				}
				resp, err := op.Do(t.Context(), b.site, thing{ID: "1", Body: fields})
				if got := outcome(resp, err); got != want || (b.count("PUT") > 0) != (want == sent) {
					t.Errorf("%s: %s\nwant %s; %q", body, got, want, b.asked)
				}
				if want == sent && name != "issues" && sorted(strings.TrimPrefix(b.asked[len(b.asked)-1], "PUT /rest/api/3/thing/1 ")) != sorted(body) {
					t.Errorf("%s was sent otherwise: %q", body, b.asked)
				}
			}
		})
	}
}

// A thing that is not there is told like one that is outside, where the answer
// alone tells where it is.
func TestBoundariesOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reach        atlassian.Reach
		want, inside string
	}{
		"issue":    {atlassian.IssueAnswer("id"), outside("given: "), `{"id":"1","key":"PLAT-1","fields":{"project":{"id":"10000","key":"PLAT"}}}`},
		"project":  {atlassian.ProjectAnswer("id"), outside("given: "), `{"id":"10000","key":"PLAT"}`},
		"page":     {atlassian.PageAnswer("id"), outsideSpaces("given: "), `{"id":"11","spaceId":"1"}`},
		"space":    {atlassian.SpaceAnswer("id"), outsideSpaces("given: "), `{"id":"1","key":"ENG"}`},
		"children": {atlassian.ChildrenOf("id"), outsideSpaces("given: "), `{"results":[{"spaceId":"1"}]}`},
	} {
		op := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(tt.reach)
		for _, answer := range []string{
			"", `{"id":"10002","key":"WEB","spaceId":"3","fields":{"project":{"id":"10002","key":"WEB"}},"results":[]}`, `{"results":[{}]}`, `[]`,
			`{"id":"10000","fields":{"project":{"id":"10000"}}}`, `{"key":"PLAT","fields":{"project":{"key":"PLAT"}}}`, `{"id":"1"}`, `{"key":"ENG"}`,
		} {
			b := newBounded(t, nil, op)
			if answer != "" {
				b.answers["GET /rest/api/3/thing/1"] = answer
			}
			resp, err := op.Do(t.Context(), b.site, thingRead{ID: "1"})
			if got := outcome(resp, err); got != tt.want {
				t.Errorf("%s %q: %s, want %s", name, answer, got, tt.want)
			}
		}
		b := newBounded(t, map[string]string{"GET /rest/api/3/thing/1": tt.inside}, op)
		resp, err := op.Do(t.Context(), b.site, thingRead{ID: "1"})
		if got := outcome(resp, err); got != sorted(tt.inside) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Elsewhere it is told as it is.
	plain := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.ProjectIn("id"))
	b := newBounded(t, placed(), plain)
	if resp, err := plain.Do(t.Context(), b.site, thingRead{ID: "PLAT"}); !strings.Contains(outcome(resp, err), "It is not there.") {
		t.Error(outcome(resp, err))
	}
	answered := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.ProjectAnswer("id"))
	const refused = `403 {"errorMessages":["It is not yours."],"errors":{}}`
	b = newBounded(t, map[string]string{"GET /rest/api/3/thing/PLAT": refused}, answered)
	if resp, err := answered.Do(t.Context(), b.site, thingRead{ID: "PLAT"}); !strings.Contains(outcome(resp, err), "It is not yours.") {
		t.Error(outcome(resp, err))
	}
	b = newBounded(t, map[string]string{"GET /rest/api/3/thing/PLAT": `404 {"timestamp":"2026-03-02T09:00:00Z","status":404,"error":"Not Found","path":"/x"}`}, answered)
	if resp, err := answered.Do(t.Context(), b.site, thingRead{ID: "PLAT"}); !strings.Contains(outcome(resp, err), "gateway does not know the address") {
		t.Error(outcome(resp, err))
	}
	for _, lookup := range []string{"GET /rest/api/3/project/PLAT", "GET /rest/api/3/project/search"} {
		answers := placed()
		answers[lookup], answers["GET /rest/api/3/thing/PLAT"] = refused, `{}`
		b = newBounded(t, answers, plain)
		if resp, err := plain.Do(t.Context(), b.site, thingRead{ID: "PLAT"}); !strings.Contains(outcome(resp, err), "It is not yours.") || b.count("/thing") > 0 {
			t.Errorf("%s fails: %s", lookup, outcome(resp, err))
		}
	}
	unclassified := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work")
	b = newBounded(t, map[string]string{"GET /rest/api/3/thing/1": `{}`}, unclassified)
	if resp, err := unclassified.Do(t.Context(), b.site, thingRead{ID: "1"}); err == nil || !strings.Contains(err.Error(), "not known to keep within limits") || len(b.asked) > 0 {
		t.Error(outcome(resp, err), b.asked)
	}
}

// An attachment is where the issue is with which it was shown.
func TestBoundariesOfAttachments(t *testing.T) {
	t.Parallel()
	type ref = thingRead
	issue := atlassian.Get[ref, jsontext.Value]("/rest/api/3/shown/{id}", "read:jira-work").Within(atlassian.IssueAnswer("id"))
	file := atlassian.Get[ref, jsontext.Value]("/rest/api/3/attachment/{id}", "read:jira-work").Within(atlassian.AttachmentIn("id"))
	made := atlassian.Put[thing, jsontext.Value]("/rest/api/3/made/{id}", "read:jira-work").Within(atlassian.IssueIn("id"), atlassian.AttachmentsMade("id"))
	answers := placed()
	answers["GET /rest/api/3/shown/1"] = `{"id":"1","key":"PLAT-1","fields":{"project":{"id":"10000","key":"PLAT"},"attachment":[{"id":"51"},{"id":52},{"name":"x"}]}}`
	answers["GET /rest/api/3/shown/2"] = `{"id":"2","key":"WEB-1","fields":{"project":{"id":"10002","key":"WEB"},"attachment":[{"id":"53"}]}}`
	answers["GET /rest/api/3/shown/3"] = `{"key":"PLAT-3","fields":{"project":{"id":"10000","key":"PLAT"},"attachment":[{"id":"54"}]}}`
	answers["PUT /rest/api/3/made/PLAT-1"] = `[{"id":"55"}]`
	for _, id := range []string{"51", "52", "53", "54", "55"} {
		answers["GET /rest/api/3/attachment/"+id] = `{"ok":true}`
	}
	b := newBounded(t, answers, issue, file, made)
	may := func(want string) {
		t.Helper()
		for _, id := range []string{"51", "52", "53", "54", "55"} {
			if _, err := file.Do(t.Context(), b.site, ref{ID: id}); (err == nil) != strings.Contains(want, id) {
				t.Errorf("%s: %v, want %q", id, err, want)
			}
		}
	}
	may("")
	for _, id := range []string{"1", "2", "3"} {
		_, _ = issue.Do(t.Context(), b.site, ref{ID: id})
	}
	may("51 52")
	if _, err := made.Do(t.Context(), b.site, thing{ID: "PLAT-1", Body: map[string]jsontext.Value{}}); err != nil {
		t.Error(err)
	}
	may("51 52 55")
}

// Of issues that an answer lists is asked in which project they are.
func TestBoundariesAskForProjects(t *testing.T) {
	t.Parallel()
	type listQuery struct {
		Fields []string `query:"fields,comma"`
	}
	list := atlassian.Get[listQuery, jsontext.Value]("/rest/api/3/list", "read:jira-work").Within(atlassian.IssueList())
	for want, fields := range map[string][]string{"?fields=summary,project": {"summary"}, "?fields=project,summary": {"project", "summary"}, "": nil} {
		b := newBounded(t, map[string]string{"GET /rest/api/3/list": `{"issues":[]}`}, list)
		if _, err := list.Do(t.Context(), b.site, listQuery{fields}); err != nil || b.asked[len(b.asked)-1] != "GET /rest/api/3/list"+want {
			t.Errorf("%v: %v, %q", fields, err, b.asked)
		}
	}
	type issueQuery struct {
		ID     string   `path:"id,given"`
		Fields []string `query:"fields,comma"`
	}
	one := atlassian.Get[issueQuery, jsontext.Value]("/rest/api/3/one/{id}", "read:jira-work").Within(atlassian.IssueAnswer("id"))
	b := newBounded(t, map[string]string{"GET /rest/api/3/one/1": `{"id":"1","key":"PLAT-1","fields":{"project":{"id":"10000","key":"PLAT"}}}`}, one)
	if _, err := one.Do(t.Context(), b.site, issueQuery{"1", []string{"summary"}}); err != nil || b.count("GET /rest/api/3/one/1?fields=summary,project") != 1 {
		t.Errorf("%v, %q", err, b.asked)
	}
	fetch := atlassian.Post[thing, jsontext.Value]("/rest/api/3/fetch/{id}", "read:jira-work").Reads().Within(atlassian.IssuesNamed())
	for body, want := range map[string]string{`{"fields":["summary"]}`: `{"fields":["summary","project"]}`, `{"fields":["project"]}`: `{"fields":["project"]}`, `{"a":1}`: `{"a":1}`} {
		b := newBounded(t, map[string]string{"POST /rest/api/3/fetch/1": `{"issues":[]}`}, fetch)
		var fields map[string]jsontext.Value
		if err := json.Unmarshal([]byte(body), &fields); err != nil {
			t.Fatal(err)
		}
		if _, err := fetch.Do(t.Context(), b.site, thing{ID: "1", Body: fields}); err != nil || b.asked[len(b.asked)-1] != "POST /rest/api/3/fetch/1 "+want {
			t.Errorf("%s: %v, %q", body, err, b.asked)
		}
	}
}

// What stands in answers about an issue or project inside leads nowhere outside.
func TestBoundariesWithinWhatIsInside(t *testing.T) {
	t.Parallel()
	for id, reach := range map[string]atlassian.Reach{"PLAT-1": atlassian.IssueIn("id"), "PLAT": atlassian.ProjectIn("id"), "10000": atlassian.ProjectAnswer("id"), "1": atlassian.IssueAnswer("id")} {
		op := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(reach)
		answers := placed()
		answers["GET /rest/api/3/thing/"+id] = `{"id":"10000","key":"PLAT","fields":{"project":{"id":"10000","key":"PLAT"}},"allowedValues":[{"self":"/rest/api/3/project/10002","id":"10002"}],"parent":{"key":"WEB-1"}}`
		b := newBounded(t, answers, op)
		resp, err := op.Do(t.Context(), b.site, thingRead{ID: id})
		if got := outcome(resp, err); got != `{"allowedValues":[],"fields":{"project":{"id":"10000","key":"PLAT"}},"id":"10000","key":"PLAT"}` {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// Lists of spaces and pages are asked for those inside, unless some are named.
func TestBoundariesOfListsByCursor(t *testing.T) {
	t.Parallel()
	type listQuery struct {
		IDs      []string `query:"ids"`
		Keys     []string `query:"keys"`
		Pages    []string `query:"id"`
		SpaceIDs []string `query:"space-id"`
		Limit    int      `query:"limit"`
	}
	spaces := atlassian.Get[listQuery, jsontext.Value]("/wiki/api/v2/spaces/all", "read:jira-work").Within(atlassian.SpaceList())
	pages := atlassian.Get[listQuery, jsontext.Value]("/wiki/api/v2/pages", "read:jira-work").Within(atlassian.ContentList())
	children := atlassian.Get[listQuery, jsontext.Value]("/wiki/api/v2/spaces/1/pages", "read:jira-work").Within(atlassian.ContentList())
	for _, tt := range []struct {
		op    *atlassian.Op[listQuery, jsontext.Value]
		query listQuery
		want  string
	}{
		{spaces, listQuery{Limit: 5}, "GET /wiki/api/v2/spaces/all?ids=1&ids=2&limit=5"},
		{spaces, listQuery{IDs: []string{"3"}, Limit: 5}, "GET /wiki/api/v2/spaces/all?ids=3&limit=5"},
		{spaces, listQuery{Keys: []string{"HR"}, Limit: 5}, "GET /wiki/api/v2/spaces/all?keys=HR&limit=5"},
		{pages, listQuery{Limit: 5}, "GET /wiki/api/v2/pages?limit=5&space-id=1&space-id=2"},
		{pages, listQuery{Pages: []string{"9"}, Limit: 5}, "GET /wiki/api/v2/pages?id=9&limit=5"},
		{pages, listQuery{SpaceIDs: []string{"3"}, Limit: 5}, "GET /wiki/api/v2/pages?limit=5&space-id=3"},
		{children, listQuery{Limit: 5}, "GET /wiki/api/v2/spaces/1/pages?limit=5"},
	} {
		b := newBounded(t, map[string]string{tt.want: `{"results":[{"id":"9","key":"HR","spaceId":"3"}]}`}, spaces, pages, children)
		resp, err := tt.op.Do(t.Context(), b.site, tt.query)
		if got := outcome(resp, err); got != `{"results":[]}` || b.asked[len(b.asked)-1] != tt.want {
			t.Errorf("%q gets %s, want %q", b.asked, got, tt.want)
		}
	}
	none := map[string]string{"GET /wiki/api/v2/spaces": `{"results":[]}`, "GET /wiki/api/v2/spaces/all": `{"results":[]}`}
	b := newBounded(t, none, spaces)
	if _, err := spaces.Do(t.Context(), b.site, listQuery{Limit: 5}); err == nil || b.count("/all") > 0 {
		t.Errorf("%v, %q", err, b.asked)
	}
}
