package jira_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"arcade-atlassian/tools/tool"
)

// Bug class B9: priorities that Jira does not show to the user are told as
// that, and only a screen without any as none.
func TestB9HiddenPrioritiesAreNotNone(t *testing.T) {
	t.Parallel()
	const (
		types    = `{"issueTypes":[{"id":"1","name":"Task"}],"total":1}`
		fields   = `{"fields":[{"fieldId":"summary","name":"Summary"}],"total":1}`
		offering = `{"fields":[{"fieldId":"priority","name":"Priority","allowedValues":[]}],"total":1}`
	)
	for _, tt := range []struct {
		name, tool, input string
		answers           map[string]string // by a part of the path, all of status 200
		kind              tool.Kind
	}{
		{"may not create", "ListPrioritiesAvailableToAProject", `{"project":"1"}`, map[string]string{"/issuetypes": `{"issueTypes":[],"total":0}`}, tool.KindUpstreamAuth},
		{"no such field", "ListPrioritiesAvailableToAProject", `{"project":"1"}`, map[string]string{"/issuetypes/1": fields, "/issuetypes": types}, ""},
		{"offers none", "ListPrioritiesAvailableToAProject", `{"project":"1"}`, map[string]string{"/issuetypes/1": offering, "/issuetypes": types}, ""},
		{"may not edit", "ListPrioritiesAvailableToAnIssue", `{"issue":"A-1"}`, map[string]string{"/issue/A-1": `{"id":"1","key":"A-1","editmeta":{"fields":{}}}`}, tool.KindUpstreamAuth},
		{"is not told", "ListPrioritiesAvailableToAnIssue", `{"issue":"A-1"}`, map[string]string{"/issue/A-1": `{"id":"1","key":"A-1"}`}, tool.KindUpstreamAuth},
		{"odd values", "ListPrioritiesAvailableToAnIssue", `{"issue":"A-1"}`, map[string]string{"/issue/A-1": `{"id":"1","key":"A-1","editmeta":{"fields":{"priority":{"allowedValues":[{}]}}}}`}, tool.KindNetworkUnmapped},
	} {
		value, failure, _ := asked(t, tt.tool, tt.input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			for _, part := range []string{"/issuetypes/1", "/issuetypes", "/issue/A-1"} {
				if answer, ok := tt.answers[part]; ok && strings.HasSuffix(r.URL.Path, part) {
					_, _ = io.WriteString(w, answer)
					return
				}
			}
			_, _ = io.WriteString(w, `{"id":"1","key":"A","name":"A"}`)
		})
		switch {
		case failure != nil && failure.Kind != tt.kind, failure == nil && tt.kind != "":
			t.Errorf("%s: %s, %v", tt.name, value, failure)
		case failure == nil && !strings.Contains(string(value), `"priorities_available":[]`):
			t.Errorf("%s: %s", tt.name, value)
		}
	}
}
