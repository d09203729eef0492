package tooltest

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// The contract check has to find the mistakes it is there for.
func TestContractFindsMistakes(t *testing.T) {
	t.Parallel()
	dir := openAPIDir(t)
	type byKey struct {
		Key string `path:"projectIdOrKey,project"`
	}
	type misspelled struct {
		Quary string `query:"quary"`
	}
	for _, tt := range []struct {
		op   tool.Operation
		want string // "" is no problem
	}{
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work"), ""},
		{atlassian.Get[struct{}, struct{}]("/rest/agile/1.0/board", "read:board-scope:jira-software", "read:project:jira"), ""},
		{atlassian.Get[struct{}, struct{}]("/wiki/api/v2/spaces", "read:space:confluence"), ""},
		{atlassian.Get[struct{}, struct{}]("/wiki/rest/api/user/current", "read:content-details:confluence"), ""},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "write:jira-work"), "none of the documented sets"},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work", "read:jira-user"), "none of the documented sets"},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}"), "none of the documented sets"},
		{atlassian.Get[misspelled, struct{}]("/rest/api/3/project/search", "read:jira-work"), `query parameter "quary"`},
		{atlassian.Post[struct{}, struct{}]("/rest/api/3/myself", "read:jira-user"), "is not in jira-platform-v3.json"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/3/projects", "read:jira-work"), "is not in jira-platform-v3.json"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/3/search", "read:jira-work"), "is deprecated"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/2/myself", "read:jira-user"), "no document describes"},
	} {
		problems := strings.Join(contract(dir, tt.op), "; ")
		if tt.want == "" && problems != "" || !strings.Contains(problems, tt.want) {
			t.Errorf("%s %v: got %q, want %q", tt.op.Name(), tt.op.Scopes(), problems, tt.want)
		}
	}
}
