package jira

import (
	"cmp"
	"net/http"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"POST /rest/api/3/issue/bulkfetch": fetchIssues,
})

// mostFetched is how many issues one request gets.
const mostFetched = 100

// fetchIssues answers POST /rest/api/3/issue/bulkfetch: the issues in the order of their ids. Those that
// are not there are left out, and nothing says so.
func fetchIssues(c *service.Call) service.Reply {
	var in struct {
		Issues       []string `json:"issueIdsOrKeys"`
		Fields       []string `json:"fields"`
		FieldsByKeys bool     `json:"fieldsByKeys"`
		Expand       []string `json:"expand"`
		Properties   []string `json:"properties"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	switch {
	case len(in.Issues) == 0:
		return c.Refuse(http.StatusBadRequest, "At least one issue ID or key is required.")
	case len(in.Issues) > mostFetched:
		return c.Refuse(http.StatusBadRequest, "The maximum number of issues that can be fetched in one operation is 100.")
	}
	wanted := in.Fields
	if len(wanted) == 0 {
		wanted = []string{"*navigable"}
	}
	var found []*issue
	for _, name := range in.Issues {
		if i := issueNamed(c, name); i != nil && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *issue) int { return cmp.Compare(a.ID, b.ID) })
	views := []issueView{}
	for _, i := range found {
		views = append(views, viewIssue(c, i, wanted, filter(in.Expand, func(part string) bool { return part == "renderedFields" })))
	}
	return service.OK(map[string]any{"issues": views, "issueErrors": []any{}})
}
