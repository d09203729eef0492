package jira

import (
	"net/http"

	"arcade-atlassian/tools/sandbox/internal/jql"
	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"POST /rest/api/3/jql/parse": parseQueries,
})

type parsedQuery struct {
	Query    string   `json:"query"`
	Errors   []string `json:"errors,omitzero"`
	Warnings []string `json:"warnings,omitzero"`
}

// parseQueries answers POST /rest/api/3/jql/parse. Strictly, what a query names and is not there is an
// error; otherwise it is a warning; nothing but the grammar is looked at without validation. The
// structure of queries is left out.
func parseQueries(c *service.Call) service.Reply {
	params := c.Params()
	validation := params.Choice("validation", "strict", "warn", "none")
	if params.Failed() {
		return params.BadRequest(c)
	}
	var in struct {
		Queries []string `json:"queries"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	if len(in.Queries) == 0 {
		return c.Refuse(http.StatusBadRequest, "At least one query is required.")
	}
	parsed := make([]parsedQuery, len(in.Queries))
	for i, text := range in.Queries {
		parsed[i].Query = text
		q, err := jql.Parse(text)
		if err != nil {
			parsed[i].Errors = []string{err.Error()}
			continue
		}
		switch _, messages := jql.Compile(q, issueEnvironment(c)); validation {
		case "none":
		case "warn":
			parsed[i].Warnings = messages
		default:
			parsed[i].Errors = messages
		}
	}
	return service.OK(map[string]any{"queries": parsed})
}
