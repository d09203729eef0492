package jira

import (
	"math"
	"slices"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/label": listLabels,
})

// listLabels answers GET /rest/api/3/label: every label that an issue has which the user sees.
func listLabels(c *service.Call) service.Reply {
	params := c.Params()
	start := params.Integer("startAt", 0, 0, math.MaxInt64)
	limit := min(params.Integer("maxResults", 1000, 1, math.MaxInt32), 1000)
	if params.Failed() {
		return params.BadRequest(c)
	}
	var labels []string
	for _, i := range seenIssues(c, anyIssue) {
		labels = append(labels, i.Labels...)
	}
	slices.SortFunc(labels, func(a, b string) int {
		if by := strings.Compare(strings.ToLower(a), strings.ToLower(b)); by != 0 {
			return by
		}
		return strings.Compare(a, b)
	})
	return offsetPage(c, slices.Compact(labels), start, limit, func(label string) string { return label })
}
