package atlassian_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// bounded is a service within boundaries: projects 10000 (PLAT) and 10001 (DEMO),
// spaces 1 (ENG) and 2 (~ada) may be read, and PLAT and ENG be written.
type bounded struct {
	t       *testing.T
	answers map[string]string // by method and path, with or without its query
	asked   []string
	site    *atlassian.Site
}

func newBounded(t *testing.T, answers map[string]string, uses ...tool.Operation) *bounded {
	t.Helper()
	b := &bounded{t: t, answers: map[string]string{
		"GET /rest/api/3/project/search": `{"values":[{"id":"10000","key":"PLAT","name":"Platform"},{"id":"10001","key":"DEMO","name":"Demo"},{"id":"10002","key":"WEB","name":"Website"}]}`,
		"GET /wiki/api/v2/spaces":        `{"results":[{"id":"1","key":"ENG","name":"Engineering"},{"id":2,"key":"~ada","name":"Ada"},{"id":"3","key":"HR","name":"People"}]}`,
		"GET /rest/agile/1.0/board/1":    `{"id":1,"location":{"projectId":10000,"projectKey":"PLAT"}}`,
		"GET /rest/agile/1.0/board/2":    `{"id":2,"location":{"projectId":10002,"projectKey":"WEB"}}`,
		"GET /rest/agile/1.0/board/3":    `{"id":3}`,
	}}
	maps.Copy(b.answers, answers)
	g := &gateway{t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work read:space:confluence")}, product: b.answer}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Boundaries: atlassian.Boundaries{
		ReadProjects: []string{"PLAT", "10001"}, WriteProjects: []string{"10000"}, ReadSpaces: []string{"1", "~ada"}, WriteSpaces: []string{"ENG"},
	}})
	s, err := c.User(newCall(secret), uses).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	b.site = s
	return b
}

func (b *bounded) answer(r *http.Request) (*http.Response, error) {
	_, path, _ := strings.Cut(r.URL.EscapedPath(), acmeID)
	request := r.Method + " " + path
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil {
		b.t.Error(err)
	}
	asked := request
	if query != "" {
		asked += "?" + query
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			b.t.Error(err)
		}
		asked += " " + string(body)
	}
	b.asked = append(b.asked, strings.TrimSpace(asked))
	for _, name := range []string{request + "?" + query, request} {
		if body, ok := b.answers[name]; ok {
			for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
				if refused, ok := strings.CutPrefix(body, fmt.Sprint(status, " ")); ok {
					return answer(status, refused), nil
				}
			}
			return answer(http.StatusOK, body), nil
		}
	}
	return answer(http.StatusNotFound, `{"errorMessages":["It is not there."],"errors":{}}`), nil
}

// count is how often requests with the text were sent.
func (b *bounded) count(text string) (n int) {
	for _, asked := range b.asked {
		if strings.Contains(asked, text) {
			n++
		}
	}
	return n
}

// outcome is what an operation came to: its answer, or how it was refused.
func outcome(resp any, err error) string {
	if err != nil {
		e := tool.Explain(err)
		return string(e.Kind) + ": " + e.Message
	}
	text, err := json.Marshal(resp, json.Deterministic(true))
	if err != nil {
		return err.Error()
	}
	return sorted(string(text))
}

// sorted is a JSON text with its members in order, or another text as it is.
func sorted(text string) string {
	v := jsontext.Value(text)
	if v.Format(jsontext.ReorderRawObjects(true)) != nil {
		return text
	}
	return string(v)
}

const (
	outsideProjects = "TOOL_RUNTIME_FATAL: Not allowed: %sthere is nothing of this name within the projects that these tools may use. The operator of these tools limits them to some sites, projects or spaces."
	notWritten      = "TOOL_RUNTIME_FATAL: Not allowed: %sthese tools may read this, and not write it. The operator of these tools limits them to some sites, projects or spaces."
)

func outside(param string) string { return fmt.Sprintf(outsideProjects, param) }

func outsideSpaces(param string) string {
	return strings.Replace(outside(param), "within the projects", "within the spaces", 1)
}

func cannotWrite(param string) string { return fmt.Sprintf(notWritten, param) }

// What an answer tells is told as far as it is within the boundaries.
func TestBoundariesOfAnswers(t *testing.T) {
	t.Parallel()
	const (
		in, out = `{"id":"10000","key":"PLAT"}`, `{"id":"10002","key":"WEB"}`
		inside  = `{"fields":{"project":` + in + `},"id":"1","key":"PLAT-1"}`
		beyond  = `{"fields":{"project":` + out + `},"id":"2","key":"WEB-1"}`
	)
	type cases = []struct{ answer, want string }
	for name, tt := range map[string]struct {
		reach atlassian.Reach
		cases cases
	}{
		"issues": {atlassian.IssueList(), cases{
			{`{"issues":[` + inside + `,` + beyond + `],"total":2,"totalSize":2,"x":1}`, `{"issues":[` + inside + `],"x":1}`},
			{`{"issues":[` + inside + `],"total":1,"totalSize":1}`, `{"issues":[` + inside + `],"total":1,"totalSize":1}`},
			{`{"issues":[` + beyond + `]}`, `{"issues":[]}`},
			{`{"issues":[]}`, `{"issues":[]}`},
			{`{"issues":[{"id":"3","key":"PLAT-2"},{"id":"3","key":"PLAT-2","fields":{"project":{"id":"10000"}}},{"id":"3","key":"PLAT-2","fields":{"project":{"key":"PLAT"}}}]}`, `{"issues":[]}`},
			{`{"issues":[{"id":"3","key":"PLAT-2","fields":{"project":{"id":"10002","key":"PLAT"}}}]}`, `{"issues":[{"fields":{"project":{"id":"10002","key":"PLAT"}},"id":"3","key":"PLAT-2"}]}`}, // both lists say PLAT by its key
			{`{"issues":[{"id":"3","key":"PLAT-2","fields":{"project":{"id":"10000","key":"WEB"}}}]}`, `{"issues":[]}`},
			{`{"x":1}`, `{"x":1}`},
			{`{"issues":{"id":"2"}}`, `{"issues":{"id":"2"}}`},
			{`7`, `7`},
			{``, "undecodable"},
			{`{`, "undecodable"},
		}},
		"issues that are named": {atlassian.IssuesNamed(), cases{
			{`{"issues":[` + inside + `,` + beyond + `],"issueErrors":[{"id":"2"}]}`, `{"issueErrors":[],"issues":[` + inside + `]}`},
		}},
		"configuration": {atlassian.Configuration("id"), cases{
			{`{"id":"1","name":"Bug"}`, `{"id":"1","name":"Bug"}`},
			{`{"id":"1","scope":{"type":"PROJECT","project":{"id":"10000"}}}`, `{"id":"1","scope":{"project":{"id":"10000"},"type":"PROJECT"}}`},
			{`{"id":"1","scope":{"type":"PROJECT","project":{"id":"10002"}}}`, outside("id: ")},
			{`{"id":"1","scope":{"type":"PROJECT"}}`, outside("id: ")},
			{`{"list":[{"id":"1","scope":{"type":"PROJECT","project":{"id":"10002"}}},{"id":"2","scope":{"type":"PROJECT","project":{"id":10001}}}]}`, `{"list":[{"id":"2","scope":{"project":{"id":10001},"type":"PROJECT"}}]}`},
		}},
		"what is in an answer": {atlassian.Configuration(""), cases{
			{`{"parent":` + beyond + `,"subtasks":[` + inside + `,` + beyond + `]}`, `{"subtasks":[` + inside + `]}`},
			{`{"a":{"key":"WEB-1"},"b":{"key":"plat-1"},"c":{"key":"DEMO-7"},"d":{"key":"web"}}`, `{"c":{"key":"DEMO-7"},"d":{"key":"web"}}`},
			{`{"issuelinks":[{"id":"1","type":{},"inwardIssue":` + beyond + `},{"id":"2","outwardIssue":` + beyond + `},{"id":"3","outwardIssue":` + inside + `}]}`, `{"issuelinks":[{"id":"3","outwardIssue":` + inside + `}]}`},
			{`{"customfield_1":"WEB-1","customfield_2":"PLAT-1","customfield_3":["WEB-1","DEMO-1"],"customfield_4":"see WEB-1","summary":"WEB-1"}`, `{"customfield_2":"PLAT-1","customfield_3":["DEMO-1"],"customfield_4":"see WEB-1","summary":"WEB-1"}`},
			{`{"description":{"type":"doc","content":[{"key":"WEB-1"}]},"version":{"projectId":10002},"other":{"projectId":"10000"}}`, `{"description":{"content":[{"key":"WEB-1"}],"type":"doc"},"other":{"projectId":"10000"}}`},
			{`{"epic":{"id":7,"name":"Theirs"},"p":{"id":"10002","key":"WEB","projectTypeKey":"software"},"q":{"id":"10000","key":"PLAT","projectTypeKey":"software"}}`, `{"q":{"id":"10000","key":"PLAT","projectTypeKey":"software"}}`},
			{`{"p":{"self":"https://x/rest/api/2/project/10002","id":"10002","key":"WEB"},"q":{"self":"https://x/rest/api/3/project/10000","id":10000},"r":{"self":"https://x/rest/api/3/project/10003"}}`, `{"q":{"id":10000,"self":"https://x/rest/api/3/project/10000"}}`},
			{`{"list":[{"scope":{"project":{"id":"10002"}}},{"scope":{"project":{"id":"10000"}}},{"scope":{"type":"TEMPLATE"}}]}`, `{"list":[{"scope":{"project":{"id":"10000"}}},{"scope":{"type":"TEMPLATE"}}]}`},
			{`{"list":[]}`, `{"list":[]}`},
			{`{"list":[{"key":"WEB-1"}]}`, `{"list":[]}`},
			{`{"key":"WEB-1"}`, outside("")},
			{`{"a":` + strings.Repeat(`{"a":`, 11) + `1` + strings.Repeat(`}`, 12), `{"a":` + strings.Repeat(`{"a":`, 11) + `1` + strings.Repeat(`}`, 12)},
			{`{"a":` + strings.Repeat(`{"a":`, 12) + `1` + strings.Repeat(`}`, 13), `{"a":` + strings.Repeat(`{"a":`, 11) + `{}` + strings.Repeat(`}`, 12)},
		}},
		"sprints": {atlassian.Configuration(""), cases{
			{
				`{"s":[{"id":1,"state":"active","originBoardId":1},{"id":2,"state":"CLOSED","boardId":2},{"id":3,"state":"future","boardId":"1"},{"id":4,"state":"future"},{"id":5,"state":"future","boardId":3},{"id":6,"state":"future","boardId":404},{"id":7,"state":"future","boardId":"1/2"},{"id":"8","state":"active","boardId":2},{"id":9,"state":"done","boardId":2}]}`,
				`{"s":[{"id":1,"originBoardId":1,"state":"active"},{"boardId":"1","id":3,"state":"future"},{"boardId":2,"id":"8","state":"active"},{"boardId":2,"id":9,"state":"done"}]}`,
			},
			{`{"s":[{"id":1,"state":"active","boardId":9},{"id":2,"state":"active","boardId":1}]}`, `{"s":[{"boardId":1,"id":2,"state":"active"}]}`},
			{`{"s":{"id":4,"state":"future"},"t":{"id":9,"state":"done"}}`, `{"t":{"id":9,"state":"done"}}`},
			{`{"d":{"type":"doc","s":{"id":2,"state":"active","boardId":2}}}`, `{"d":{"s":{"boardId":2,"id":2,"state":"active"},"type":"doc"}}`},
		}},
		"pages": {atlassian.ContentList(), cases{
			{`{"results":[{"id":"9","spaceId":"1"},{"id":"8","spaceId":2},{"id":"7","spaceId":"3"},{"id":"6"},{"id":"5","spaceId":"4"}]}`, `{"results":[{"id":"9","spaceId":"1"},{"id":"8","spaceId":2}]}`},
		}},
		"spaces": {atlassian.SpaceList(), cases{
			{`{"results":[{"id":"1","key":"ENG"},{"id":"3","key":"HR"},{"id":"1"},{"key":"ENG"},{"id":"2","key":"~ada"},{"id":"2","key":"HR"}]}`, `{"results":[{"id":"1","key":"ENG"},{"id":"2","key":"~ada"}]}`},
		}},
		"what a search finds": {atlassian.CQLIn("cql"), cases{
			{
				`{"results":[{"n":1,"space":{"key":"ENG"}},{"n":2,"space":{"key":"HR"}},{"n":3,"resultGlobalContainer":{"displayUrl":"/spaces/ENG"}},{"n":4,"resultGlobalContainer":{"displayUrl":"/spaces/~ada/overview"}},{"n":5,"resultGlobalContainer":{"displayUrl":"/spaces/HR"}},{"n":6,"resultGlobalContainer":{"displayUrl":"ENG"}},{"n":7},{"n":8,"space":{"key":"HR"},"resultGlobalContainer":{"displayUrl":"/spaces/ENG"}},{"n":9,"space":{}},{"n":10,"space":"ENG"}],"totalSize":10}`,
				`{"results":[{"n":1,"space":{"key":"ENG"}},{"n":3,"resultGlobalContainer":{"displayUrl":"/spaces/ENG"}},{"n":4,"resultGlobalContainer":{"displayUrl":"/spaces/~ada/overview"}}]}`,
			},
		}},
		"children": {atlassian.ChildrenOf("id"), cases{
			{`{"results":[{"id":"9","spaceId":"1"},{"id":"7","spaceId":"3"}]}`, `{"results":[{"id":"9","spaceId":"1"}]}`},
			{`{"results":[{"id":"7","spaceId":"3"}]}`, outsideSpaces("id: ")},
			{`{"results":[]}`, outsideSpaces("id: ")},
		}},
		"files": {atlassian.AttachmentList(), cases{
			{`{"results":[{"id":"f1","pageId":"9"},{"id":"f2","pageId":8},{"id":"f3","pageId":"7"},{"id":"f4"},{"id":"f5","blogPostId":"9"},{"id":"f6","pageId":"x"},{"id":"f7","pageId":"9"}]}`, `{"results":[{"id":"f1","pageId":"9"},{"id":"f2","pageId":8},{"id":"f7","pageId":"9"}]}`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := atlassian.Get[struct{}, jsontext.Value]("/rest/api/3/list", "read:jira-work").Within(tt.reach)
			for _, c := range tt.cases {
				b := newBounded(t, map[string]string{
					"GET /rest/api/3/list":        c.answer,
					"GET /rest/agile/1.0/board/9": `403 {"errorMessages":["It is not yours."],"errors":{}}`,
					"GET /wiki/api/v2/pages":      `{"results":[{"id":"9","spaceId":"1"},{"id":"8","spaceId":"2"},{"id":"7","spaceId":"3"}]}`,
				}, op)
				resp, err := op.Do(t.Context(), b.site, struct{}{})
				got := outcome(resp, err)
				if c.want == "undecodable" {
					if err == nil || !strings.HasPrefix(got, "NETWORK_TRANSPORT") {
						t.Errorf("%s becomes %s", c.answer, got)
					}
					continue
				}
				if b.count("id=x") > 0 {
					t.Errorf("asked for %q", b.asked)
				}
				if got != sorted(c.want) {
					t.Errorf("%s becomes\n%s\nwant\n%s", c.answer, got, c.want)
				}
			}
		})
	}
}

// A lookup that fails is no answer.
func TestBoundariesOfFailedLookups(t *testing.T) {
	t.Parallel()
	const refused = `403 {"errorMessages":["It is not yours."],"errors":{}}`
	files := atlassian.Get[struct{}, jsontext.Value]("/wiki/api/v2/attachments", "read:jira-work").Within(atlassian.AttachmentList())
	page := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.PageIn("id"))
	issue := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.IssueIn("id"))
	board := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.BoardIn("id"))
	sprint := atlassian.Get[thingRead, jsontext.Value]("/rest/api/3/thing/{id}", "read:jira-work").Within(atlassian.SprintIn("id"))
	b := newBounded(t, map[string]string{
		"GET /wiki/api/v2/attachments": `{"results":[{"id":"f1","pageId":"9"}]}`, "GET /wiki/api/v2/pages": refused, "GET /rest/api/3/thing/9": `{}`,
		"GET /wiki/api/v2/pages/9": refused, "GET /rest/api/3/issue/9": refused, "GET /rest/agile/1.0/board/9": refused, "GET /rest/agile/1.0/sprint/9": refused,
	}, files, page, issue, board, sprint)
	for name, err := range map[string]error{
		"files": second(files.Do(t.Context(), b.site, struct{}{})), "page": second(page.Do(t.Context(), b.site, thingRead{ID: "9"})), "issue": second(issue.Do(t.Context(), b.site, thingRead{ID: "9"})),
		"board": second(board.Do(t.Context(), b.site, thingRead{ID: "9"})), "sprint": second(sprint.Do(t.Context(), b.site, thingRead{ID: "9"})),
	} {
		if !strings.Contains(outcome("", err), "It is not yours.") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.count("/thing/") > 0 {
		t.Errorf("sent: %q", b.asked)
	}
}

type rangeQuery struct {
	StartAt    int `query:"startAt"`
	MaxResults int `query:"maxResults"`
}

// A list by offset is read to its end and cut where it was asked for.
func TestBoundariesOfListsByOffset(t *testing.T) {
	t.Parallel()
	list := func(path string, reach atlassian.Reach) *atlassian.Op[rangeQuery, jsontext.Value] {
		return atlassian.Get[rangeQuery, jsontext.Value](path, "read:jira-work").Within(reach)
	}
	row := func(i int) string {
		if i%2 == 1 {
			return fmt.Sprintf(`{"id":%d,"location":{"projectId":10002,"projectKey":"WEB"}}`, i)
		}
		return fmt.Sprintf(`{"id":%d,"location":{"projectId":10000,"projectKey":"PLAT"}}`, i)
	}
	page := func(from, until int, rest string) string {
		var rows []string
		for i := from; i < until; i++ {
			rows = append(rows, row(i))
		}
		return `{"values":[` + strings.Join(rows, ",") + `]` + rest + `}`
	}
	boards := list("/rest/agile/1.0/board", atlassian.BoardList())
	for name, answers := range map[string]map[string]string{
		"that says which is its last page":  {"0": page(0, 50, `,"isLast":false`), "50": page(50, 60, `,"isLast":true`)},
		"that says how much it has":         {"0": page(0, 50, `,"total":60`), "50": page(50, 60, `,"total":60`)},
		"that ends with nothing":            {"0": page(0, 50, ``), "50": page(50, 60, ``), "60": `{"values":[]}`},
		"with pages shorter than asked for": {"0": page(0, 20, ``), "20": page(20, 60, `,"isLast":false`), "60": page(60, 60, `,"isLast":true`)},
	} {
		pages := map[string]string{}
		for start, answer := range answers {
			pages["GET /rest/agile/1.0/board?maxResults=50&startAt="+start] = answer
		}
		for q, want := range map[rangeQuery]string{
			{0, 2}:   `{"isLast":false,"maxResults":2,"startAt":0,"total":30,"values":[` + row(0) + `,` + row(2) + `]}`,
			{28, 5}:  `{"isLast":true,"maxResults":5,"startAt":28,"total":30,"values":[` + row(56) + `,` + row(58) + `]}`,
			{28, 2}:  `{"isLast":true,"maxResults":2,"startAt":28,"total":30,"values":[` + row(56) + `,` + row(58) + `]}`,
			{30, 50}: `{"isLast":true,"maxResults":50,"startAt":30,"total":30,"values":[]}`,
			{99, 50}: `{"isLast":true,"maxResults":50,"startAt":99,"total":30,"values":[]}`,
		} {
			b := newBounded(t, pages, boards)
			resp, err := boards.Do(t.Context(), b.site, q)
			if got := outcome(resp, err); got != sorted(want) {
				t.Errorf("a list %s, %v:\n%s\nwant\n%s", name, q, got, want)
			}
			if asked := b.count("GET /rest/agile/1.0/board?"); asked != len(answers) {
				t.Errorf("a list %s is asked for %d times: %v", name, asked, b.asked)
			}
		}
	}

	endless := newBounded(t, map[string]string{"GET /rest/agile/1.0/board": page(0, 50, ``)}, boards)
	if resp, err := boards.Do(t.Context(), endless.site, rangeQuery{0, 50}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("an endless list: %s", outcome(resp, err))
	}
	if n := endless.count("GET /rest/agile/1.0/board?"); n != 40 {
		t.Errorf("an endless list is asked for %d times", n)
	}
	none := newBounded(t, map[string]string{"GET /rest/agile/1.0/board": `{"values":{}}`}, boards)
	if resp, err := boards.Do(t.Context(), none.site, rangeQuery{0, 50}); outcome(resp, err) != `{"values":{}}` {
		t.Errorf("no list: %s", outcome(resp, err))
	}

	// Projects are asked for by their IDs.
	projects := list("/rest/api/3/project/search", atlassian.ProjectList())
	b := newBounded(t, map[string]string{
		"GET /rest/api/3/project/search?id=10000&id=10001&maxResults=50&startAt=0": `{"values":[{"id":"10000","key":"PLAT"},{"id":"10001","key":"DEMO"},{"id":"10002","key":"WEB"}],"isLast":true}`,
	}, projects)
	resp, err := projects.Do(t.Context(), b.site, rangeQuery{0, 50})
	if got := outcome(resp, err); !strings.Contains(got, "PLAT") || !strings.Contains(got, "DEMO") || strings.Contains(got, "WEB") {
		t.Error(got)
	}
	if n := b.count("startAt="); n != 1 {
		t.Errorf("asked for %q", b.asked)
	}
	b = newBounded(t, map[string]string{"GET /rest/api/3/project/search": `{"values":[]}`}, projects)
	resp, err = projects.Do(t.Context(), b.site, rangeQuery{0, 50})
	if got := outcome(resp, err); got != outside("") {
		t.Error(got)
	}
}

// No more boards are looked up for one answer than that.
func TestBoundariesOfManyBoards(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[struct{}, jsontext.Value]("/rest/api/3/list", "read:jira-work").Within(atlassian.Configuration(""))
	var sprints []string
	answers := map[string]string{}
	for i := range 25 {
		sprints = append(sprints, fmt.Sprintf(`{"id":%d,"state":"active","boardId":%d}`, i, 100+i), fmt.Sprintf(`{"id":%d,"state":"active","boardId":%d}`, 1000+i, 100+i))
		answers[fmt.Sprintf("GET /rest/agile/1.0/board/%d", 100+i)] = `{"location":{"projectId":10000,"projectKey":"PLAT"}}`
	}
	answers["GET /rest/api/3/list"] = `{"sprints":[` + strings.Join(sprints, ",") + `]}`
	b := newBounded(t, answers, op)
	resp, err := op.Do(t.Context(), b.site, struct{}{})
	if shown := strings.Count(outcome(resp, err), `"state"`); shown != 40 || b.count("/board/") != 20 {
		t.Errorf("%d sprints of %d boards: %s", shown, b.count("/board/"), outcome(resp, err))
	}
	answers["GET /rest/agile/1.0/board/101"] = `<html>`
	b = newBounded(t, answers, op)
	if resp, err := op.Do(t.Context(), b.site, struct{}{}); err == nil {
		t.Errorf("a board that is not known to be inside: %s", outcome(resp, err))
	}
}
