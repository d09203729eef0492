package atlassian_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type projectRef struct {
	Project string `path:"projectIdOrKey,project,project"`
}

// However long an operation remembers its answers, where a thing is now decides
// soon, and before a write at once.
func TestBoundariesForgetWhereThingsWere(t *testing.T) {
	t.Parallel()
	read := atlassian.Get[projectRef, anything]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work").Remember(5 * time.Minute).
		Within(atlassian.ProjectAnswer("projectIdOrKey"))
	write := atlassian.Put[projectRef, anything]("/rest/api/3/project/{projectIdOrKey}", "write:jira-work").
		Within(atlassian.ProjectIn("projectIdOrKey"))
	kept := atlassian.Get[projectRef, anything]("/rest/api/3/project/{projectIdOrKey}/versions", "read:jira-work").Remember(5 * time.Minute).
		Within(atlassian.ProjectIn("projectIdOrKey"))
	synctest.Test(t, func(t *testing.T) {
		listed := 0
		const was, is = `{"id":"10000","key":"PLAT"}`, `{"id":"10000","key":"GONE"}`
		project, written := was, 0
		g := &gateway{t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work")}}
		g.product = func(r *http.Request) (*http.Response, error) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/search"):
				return answer(http.StatusOK, `{"values":[`+project+`]}`), nil
			case strings.HasSuffix(r.URL.Path, "/versions"):
				listed++
			case r.Method == http.MethodPut:
				written++
			}
			return answer(http.StatusOK, project), nil
		}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Boundaries: atlassian.Boundaries{ReadProjects: []string{"PLAT"}}})
		s, err := c.User(newCall(secret), []tool.Operation{read, write, kept}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		step := func(name string, mayRead, mayWrite bool) {
			t.Helper()
			before := written
			if _, err := read.Do(t.Context(), s, projectRef{"10000"}); (err == nil) != mayRead {
				t.Errorf("%s: reading it: %v", name, err)
			}
			if _, err := write.Do(t.Context(), s, projectRef{"10000"}); (err == nil) != mayWrite || (written > before) != mayWrite {
				t.Errorf("%s: writing it: %v", name, err)
			}
		}
		step("at first", true, true)
		project = is
		step("just renamed", true, false)
		after(31 * time.Second)
		step("renamed", false, false)
		project = was
		after(31 * time.Second)
		step("as it was", true, true)

		// What is in a place that is looked up is remembered as long as without boundaries.
		for range 3 {
			if _, err := kept.Do(t.Context(), s, projectRef{"10000"}); err != nil {
				t.Error(err)
			}
			after(time.Minute)
		}
		if listed != 1 {
			t.Errorf("asked %d times", listed)
		}
	})
}
