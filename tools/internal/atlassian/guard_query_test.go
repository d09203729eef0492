package atlassian_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var within = []atlassian.Place{{ID: "10000", Key: "PLAT", Name: "Platform"}, {ID: "10001", Key: "DEMO", Name: "Demo Project"}}

// What of a query is kept, and which queries are refused.
func TestBoundariesOfQueryTexts(t *testing.T) {
	t.Parallel()
	const notPlain, elsewhere = "plain conditions", "within the projects"
	for text, want := range map[string]string{
		"":                                       "",
		" \t\r\n ":                               "",
		`project = "PL\u0041T"`:                  ` AND (project = "PL\u0041T")`,
		"a = \U0001F600":                         " AND (a = \U0001F600)",
		"project in (PLAT) and status = Done":    " AND (project in (PLAT) and status = Done)",
		"status = Done":                          " AND (status = Done)",
		"a\t=\n1\rand b=c":                       " AND (a\t=\n1\rand b=c)",
		`a="b"and'c'="d"`:                        ` AND (a="b"and'c'="d")`,
		"a = 1 ORDER BY b":                       " AND (a = 1) ORDER BY b",
		"a = 1 ORDER BY b DESC, c ASC":           " AND (a = 1) ORDER BY b DESC, c ASC",
		"ORDER BY cf[10001]":                     " ORDER BY cf[10001]",
		"order by \"Epic Link\"":                 " order by \"Epic Link\"",
		"(a = 1) order by b":                     " AND ((a = 1)) order by b",
		"a in (1, 2) AND ((b != 3))":             " AND (a in (1, 2) AND ((b != 3)))",
		"ordered = 1":                            " AND (ordered = 1)",
		`summary ~ "order by x) or ("`:           ` AND (summary ~ "order by x) or (")`,
		`a = 'it\'s "x" (y'`:                     ` AND (a = 'it\'s "x" (y')`,
		`a = "tab\t \n \r \\ \' \" \ x"`:         ` AND (a = "tab\t \n \r \\ \' \" \ x")`,
		`a = "\u0041"`:                           ` AND (a = "\u0041")`,
		"a = x-y.z_1:2+3":                        " AND (a = x-y.z_1:2+3)",
		"created >= -1d":                         " AND (created >= -1d)",
		"a = naïve AND b = \"日本\"":               " AND (a = naïve AND b = \"日本\")",
		"a !~ b | c & d":                         " AND (a !~ b | c & d)",
		"project = PLAT":                         " AND (project = PLAT)",
		"project = plat AND PROJECT = 10001":     " AND (project = plat AND PROJECT = 10001)",
		`"project" = "demo project"`:             ` AND ("project" = "demo project")`,
		"project in (PLAT, 'Platform')":          " AND (project in (PLAT, 'Platform'))",
		"project not in (PLAT)":                  " AND (project not in (PLAT))",
		"project is not EMPTY":                   " AND (project is not EMPTY)",
		"project was not null":                   " AND (project was not null)",
		"project in projectsLeadByUser()":        " AND (project in projectsLeadByUser())",
		"project = currentUser()":                " AND (project = currentUser())",
		"a = project":                            " AND (a = project)",
		"x = 1 ORDER BY project":                 " AND (x = 1) ORDER BY project",
		"sprint in openSprints()":                " AND (sprint in openSprints())",
		"fixVersion in releasedVersions()":       " AND (fixVersion in releasedVersions())",
		"fixVersion in releasedVersions(PLAT)":   " AND (fixVersion in releasedVersions(PLAT))",
		"status was in (Done) by (x) before (y)": " AND (status was in (Done) by (x) before (y))",
		"status changed from (A) to (B) after (x) on (y) during (1, 2)": " AND (status changed from (A) to (B) after (x) on (y) during (1, 2))",
		"not (a = 1) and (b = 2) or (c = 3)":                            " AND (not (a = 1) and (b = 2) or (c = 3))",
		"status WAS (Done)":                                             " AND (status WAS (Done))",
		"a = 'now'(1)":                                                  " AND (a = 'now'(1))",

		`project = "PLAT\u0032"`: elsewhere, `project = "PLAT\ "`: elsewhere,
		"(project = WEB)": elsewhere, `not"project" = WEB`: elsewhere, "not'project' = WEB": elsewhere, `project = "PL\tAT"`: elsewhere, `project in (PLAT) or project = WEB, x`: elsewhere,
		"project = WEB": elsewhere, "project=WEB": elsewhere, "project != WEB": elsewhere, `"PROJECT" = WEB`: elsewhere, "project = 10002": elsewhere, "project in (PLAT, WEB)": elsewhere,
		"project in ((PLAT), (WEB))": elsewhere, "project was WEB": elsewhere, "project is not WEB": elsewhere, "project not in (WEB) and a = 1": elsewhere, "project = Website": elsewhere,
		"a = 1 or project = WEB or b = 2": elsewhere, "project = 'PL\\u0041T2'": elsewhere, "project >= WEB": elsewhere, "project ~ WEB": elsewhere, `project = "EMPTY"`: elsewhere,
		"fixVersion in releasedVersions(WEB)": elsewhere, "fixVersion = latestReleasedVersion('WEB')": elsewhere, "fixVersion in unreleasedVersions(PLAT, WEB)": elsewhere, "fixVersion = earliestUnreleasedVersion(10002)": elsewhere,
		"key = WEB-1": elsewhere, "key = web-1": elsewhere, "a = 1 and WEB-1 = b": elsewhere, "key = \"WEB-1 \"": elsewhere, "x = \" web-1\"": elsewhere, "issue in linkedIssues(WEB-1)": elsewhere, "issue in linkedIssues('PLAT-1', 'WEB-1')": elsewhere, `"Epic Link" = WEB-1`: elsewhere, "x = 'WEB-1'": elsewhere,
		"PLAT-1 ~ WEB-1 or b = WEB-2": elsewhere,

		"a = 1)": notPlain, "(a = 1": notPlain, "a = 1) or (b = 2": notPlain, ")(": notPlain, "a = \"x": notPlain, "a = 'x\"": notPlain, `a = "x\`: notPlain, `a = "\x"`: notPlain, `a = "\u00"`: notPlain,
		`a = "\u0022"`: notPlain, `a = "\u0027"`: notPlain, `a = "\u005c"`: notPlain, `a = "\u005C"`: notPlain, `a = "\u00zz"`: notPlain, `a = "\u004`: notPlain,
		"a = {x}": notPlain, "a = b;": notPlain, "a = b\\c": notPlain, "a -- b": notPlain, "a=b--c": notPlain, "a /* b": notPlain, "a # b": notPlain, "a @ b": notPlain, "a = x\x00y": notPlain, "a = x\u200by": notPlain, "a = x\u00a0y": notPlain,
		"a = \uff57": notPlain, "a = \uffe5": notPlain, "a = \xff": notPlain, "a = \u202ex": notPlain, "a = x\u0085y": notPlain, "a = \ue000": notPlain, "a = x\u00ady": notPlain,
		"a = 1 order by b order by c": notPlain, "a = 1 order by b and c": notPlain, "a = 1 order by b or c": notPlain, "order by not b": notPlain, "order by b = 1": notPlain, "order by (b)": notPlain, "a in (1 order by b)": notPlain, "order = 1": notPlain, "order by b ~ c": notPlain,
		"order by b, order": notPlain, "a = 1 order": notPlain, "(a = 1 order by b)": notPlain,
		"issueFunction in linkedIssuesOf(x)": notPlain, "a in unknown()": notPlain, "\"in\" (1)": notPlain, "a = f(x)": notPlain, "project = f(PLAT)": notPlain,
	} {
		got, err := atlassian.NarrowJQL(text, within)
		refused := want == notPlain || want == elsewhere
		switch {
		case refused && (err == nil || !strings.Contains(tool.Explain(err).Message+tool.Explain(err).Prompt, want)),
			!refused && (err != nil || got != "project in (10000, 10001)"+want):
			t.Errorf("%q becomes %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                              `space in ("ENG", "~ada\"")`,
		"type = page":                   `space in ("ENG", "~ada\"") AND (type = page)`,
		"space = eng":                   `space in ("ENG", "~ada\"") AND (space = eng)`,
		"space.key in (ENG)":            `space in ("ENG", "~ada\"") AND (space.key in (ENG))`,
		"creator = anyFunction(\"HR\")": `space in ("ENG", "~ada\"") AND (creator = anyFunction("HR"))`,
		"text ~ WEB-1":                  `space in ("ENG", "~ada\"") AND (text ~ WEB-1)`,
		"title = WEB-1":                 `space in ("ENG", "~ada\"") AND (title = WEB-1)`,
		"space = HR":                    "", "space.key = HR": "", "space in (ENG, HR)": "", "space != HR": "",
	} {
		got, err := atlassian.NarrowCQL(text, []atlassian.Place{{ID: "1", Key: "ENG", Name: "Engineering"}, {ID: "2", Key: `~ada"`}})
		if (err != nil) != (want == "") || got != want {
			t.Errorf("%q becomes %q, %v; want %q", text, got, err, want)
		}
	}
}

// The issues that a query names are looked up where they are, and the query is
// not sent unless all are within.
func TestBoundariesOfIssuesInQueries(t *testing.T) {
	t.Parallel()
	type jqlQuery struct {
		JQL string `query:"jql,omitzero"`
	}
	type jqlBody struct {
		Body map[string]jsontext.Value `body:"json"`
	}
	query := atlassian.Get[jqlQuery, jsontext.Value]("/rest/api/3/list", "read:jira-work").Within(atlassian.JQLIn("query.jql"))
	body := atlassian.Post[jqlBody, jsontext.Value]("/rest/api/3/list", "read:jira-work").Reads().Within(atlassian.JQLIn("body.jql"))
	bodies := atlassian.Post[jqlBody, jsontext.Value]("/rest/api/3/list", "read:jira-work").Reads().Within(atlassian.JQLIn("body.queries"))
	answers := map[string]string{
		"GET /rest/api/3/list": `{}`, "POST /rest/api/3/list": `{}`,
		"POST /rest/api/3/issue/bulkfetch": `{"issues":[{"id":"1","key":"PLAT-1","fields":{"project":{"id":"10000","key":"PLAT"}}},{"id":"2","key":"WEB-1","fields":{"project":{"id":"10002","key":"WEB"}}}]}`,
	}
	const prefixed = "project in (10000, 10001)"
	for text, named := range map[string]string{
		"":                               "",
		"summary ~ PLAT-1":               "",
		"summary !~ 'PLAT-1'":            "",
		"status = 1":                     "",
		"key = PLAT-1":                   `"PLAT-1"`,
		"KEY in (plat-1, 1)":             `"1","PLAT-1"`,
		"issue = 1":                      `"1"`,
		"issuekey != 1":                  `"1"`,
		"id = 1":                         `"1"`,
		"parentEpic = 1":                 `"1"`,
		"key = ' 1 '":                    `"1"`,
		"parent in (1)":                  `"1"`,
		`"Epic Link" = 1`:                `"1"`,
		`"parent link" is 1`:             `"1"`,
		"issue in linkedIssues(1)":       `"1"`,
		"issue in linkedIssue('1', 'x')": `"1"`,
		"issue in portfolioChildIssuesOf(\"PLAT-1\")": `"PLAT-1"`,
		"issue in issueHistory()":                     "",
		"issue in updatedBy(1)":                       "",
		"x = PLAT-1":                                  `"PLAT-1"`,
		"key = PLAT-1 or key = PLAT-1":                `"PLAT-1"`,
	} {
		b := newBounded(t, answers, query)
		_, err := query.Do(t.Context(), b.site, jqlQuery{text})
		want := ""
		if named != "" {
			want = `POST /rest/api/3/issue/bulkfetch {"issueIdsOrKeys":[` + named + `],"fields":["project"]}`
		}
		if err != nil || b.count("bulkfetch") != min(1, len(named)) || want != "" && b.count(want) != 1 || b.count("GET /rest/api/3/list?jql="+prefixed) != 1 {
			t.Errorf("%q: %v, %q, want %s", text, err, b.asked, want)
		}
	}
	for _, text := range []string{"key = 2", "key = 3", "key = PLAT-2", "id in (1, 2)", "issue in linkedIssues(2)", "\"Epic Link\" = 2"} {
		for _, asked := range []func(*bounded) error{
			func(b *bounded) error { _, err := query.Do(t.Context(), b.site, jqlQuery{text}); return err },
			func(b *bounded) error {
				_, err := body.Do(t.Context(), b.site, jqlBody{map[string]jsontext.Value{"jql": jsontext.Value(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)}})
				return err
			},
			func(b *bounded) error {
				_, err := bodies.Do(t.Context(), b.site, jqlBody{map[string]jsontext.Value{"queries": jsontext.Value(`["a = 1", "` + strings.ReplaceAll(text, `"`, `\"`) + `"]`)}})
				return err
			},
		} {
			b := newBounded(t, answers, query, body, bodies)
			if err := asked(b); err == nil || !strings.Contains(outcome("", err), "there is nothing of this name within the projects") || b.count("/list") > 0 {
				t.Errorf("%q: %v, %q", text, err, b.asked)
			}
		}
	}
	for op, sent := range map[*atlassian.Op[jqlBody, jsontext.Value]][2]string{
		body:   {`{"jql":"a = 1"}`, `{"jql":"` + prefixed + ` AND (a = 1)"}`},
		bodies: {`{"queries":["a = 1","b = 2"]}`, `{"queries":["` + prefixed + ` AND (a = 1)","` + prefixed + ` AND (b = 2)"]}`},
	} {
		b := newBounded(t, answers, op)
		name, value, _ := strings.Cut(strings.Trim(sent[0], "{}"), ":")
		if _, err := op.Do(t.Context(), b.site, jqlBody{map[string]jsontext.Value{strings.Trim(name, `"`): jsontext.Value(value)}}); err != nil || b.count("POST /rest/api/3/list "+sent[1]) != 1 {
			t.Errorf("%s: %v, %q", sent[0], err, b.asked)
		}
	}
	// Where the user sees nothing of the lists, nothing is asked.
	b := newBounded(t, map[string]string{"GET /rest/api/3/project/search": `{"values":[]}`, "GET /rest/api/3/list": `{}`}, query)
	if _, err := query.Do(t.Context(), b.site, jqlQuery{"a = 1"}); err == nil || b.count("/list") > 0 {
		t.Errorf("%v, %q", err, b.asked)
	}
	long := strings.Repeat("a = 1 and ", 2000) + "b = 2"
	b = newBounded(t, answers, query)
	if _, err := query.Do(t.Context(), b.site, jqlQuery{long}); err == nil || b.count("/list") > 0 {
		t.Errorf("%v", err)
	}

	// What may be read without limits is read as it is asked for, although writing has some.
	g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
		if got := r.URL.Query().Get("jql"); got != "a = 1" {
			t.Errorf("%s asks for %q", r.URL.Path, got)
		}
		return answer(http.StatusOK, `{}`), nil
	}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Boundaries: atlassian.Boundaries{WriteProjects: []string{"PLAT"}}})
	s, err := c.User(newCall(secret), []tool.Operation{query}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := query.Do(t.Context(), s, jqlQuery{"a = 1"}); err != nil {
		t.Error(err)
	}
}
