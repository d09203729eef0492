package jira

import (
	"math"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/jql"
	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

// software is the API of boards and sprints.
var software = Service.Add(service.API{Document: "jira-software-1.0", Fault: fault})

// softwarePage is one page of boards or sprints.
type softwarePage[T any] struct {
	MaxResults int64 `json:"maxResults"`
	StartAt    int64 `json:"startAt"`
	Total      int64 `json:"total"`
	IsLast     bool  `json:"isLast"`
	Values     []T   `json:"values"`
}

// softwareRange reads which part of a list is asked for: no more than fifty at a time (facts §3).
func softwareRange(params *service.Params) (start, limit int64) {
	return params.Integer("startAt", 0, 0, math.MaxInt32), min(params.Integer("maxResults", 50, 0, math.MaxInt32), 50)
}

func softwareList[S, V any](items []S, start, limit int64, show func(S) V) service.Reply {
	shown := softwarePage[V]{MaxResults: limit, StartAt: start, Total: int64(len(items)), Values: []V{}}
	for _, item := range cut(items, start, limit) {
		shown.Values = append(shown.Values, show(item))
	}
	shown.IsLast = start+int64(len(shown.Values)) >= shown.Total
	return service.OK(shown)
}

// narrowed are the issues that the query in the parameter jql finds too, in its order.
func narrowed(c *service.Call, found []*issue) ([]*issue, *service.Reply) {
	text := c.Query.Get("jql")
	q, err := jql.Parse(text)
	if err != nil {
		re := c.Refuse(http.StatusBadRequest, err.Error())
		return nil, &re
	}
	plan, messages := jql.Compile(q, issueEnvironment(c))
	if messages != nil {
		re := c.Refuse(http.StatusBadRequest, messages...)
		return nil, &re
	}
	found = filter(found, plan.Match)
	slices.SortStableFunc(found, plan.Compare)
	return found, nil
}

// shownFields are the fields that an issue list of boards shows: all unless it is told which.
func shownFields(params *service.Params) []string {
	if wanted := params.List("fields", math.MaxInt); len(wanted) > 0 {
		return wanted
	}
	return []string{"*all"}
}

// softwareExpand are the parts of issues that the query asks for. Names and schemas belong to the page,
// and those that are paged by offset do not have them.
func softwareExpand(params *service.Params) []string {
	return filter(params.List("expand", math.MaxInt), func(part string) bool { return part == "renderedFields" })
}

// issueLister chooses the issues of a list, or refuses.
type issueLister func(*service.Call) ([]*issue, *service.Reply)

// byOffset answers a list of issues in pages that do not say whether they are the last. All lists like
// that are deprecated, and live (facts §11).
func byOffset(list issueLister) service.Handler {
	return func(c *service.Call) service.Reply {
		params := c.Params()
		start, limit := params.Integer("startAt", 0, 0, math.MaxInt32), min(params.Integer("maxResults", 50, 0, math.MaxInt32), 100)
		if params.Failed() {
			return params.BadRequest(c)
		}
		found, refusal := narrowedList(c, list)
		if refusal != nil {
			return *refusal
		}
		views := []issueView{}
		for _, i := range cut(found, start, limit) {
			views = append(views, viewIssue(c, i, shownFields(params), softwareExpand(params)))
		}
		return service.OK(struct {
			Expand     string      `json:"expand"`
			StartAt    int64       `json:"startAt"`
			MaxResults int64       `json:"maxResults"`
			Total      int64       `json:"total"`
			Issues     []issueView `json:"issues"`
		}{"schema,names", start, limit, int64(len(found)), views})
	}
}

// byToken answers a list of issues in pages by token, without a total.
func byToken(list issueLister) service.Handler {
	return func(c *service.Call) service.Reply {
		params := c.Params()
		limit := params.Integer("maxResults", 50, 1, 5000)
		if params.Failed() {
			return params.BadRequest(c)
		}
		question := c.Path + " " + c.Query.Get("jql")
		from, ok := openToken(c.Query.Get("nextPageToken"), question)
		if !ok {
			return c.Refuse(http.StatusBadRequest, "The nextPageToken is not valid.")
		}
		found, refusal := narrowedList(c, list)
		if refusal != nil {
			return *refusal
		}
		page := searchPage{Issues: []any{}}
		shown := cut(found, int64(from), limit)
		for _, i := range shown {
			page.Issues = append(page.Issues, viewIssue(c, i, shownFields(params), softwareExpand(params)))
		}
		page.Names, page.Schema = describeFields(c.Site, params.List("expand", math.MaxInt), func(f *issueField) bool { return f.wanted(shownFields(params)) })
		page.IsLast = from+len(shown) >= len(found)
		if !page.IsLast {
			page.NextPageToken = newToken(from+len(shown), question)
		}
		return service.OK(page)
	}
}

// countedIssues answers how many issues a list has, which Jira does not promise to be exact.
func countedIssues(list issueLister) service.Handler {
	return func(c *service.Call) service.Reply {
		found, refusal := narrowedList(c, list)
		if refusal != nil {
			return *refusal
		}
		return service.OK(map[string]int{"count": len(found)})
	}
}

func narrowedList(c *service.Call, list issueLister) ([]*issue, *service.Reply) {
	found, refusal := list(c)
	if refusal != nil {
		return nil, refusal
	}
	return narrowed(c, found)
}

// unfinished reports whether there is still work to do on an issue.
func unfinished(c *service.Call, i *issue) bool {
	return statuses.Get(c.Site, i.Status).Category != "done"
}

// maxMoved is how many issues one request moves (facts §11).
const maxMoved = 50

// move is a request to put issues somewhere else. Where they are put within it is not kept.
type move struct {
	Issues            []string `json:"issues"`
	RankBeforeIssue   string   `json:"rankBeforeIssue"`
	RankAfterIssue    string   `json:"rankAfterIssue"`
	RankCustomFieldID int64    `json:"rankCustomFieldId"`
}

// movedIssues are the issues that a request names, or its refusal: it moves all of them or none.
func movedIssues(c *service.Call, names []string) ([]*issue, *service.Reply) {
	var re service.Reply
	var moved []*issue
	for _, name := range names {
		if i := issueNamed(c, name); i != nil {
			moved = append(moved, i)
		}
	}
	switch {
	case len(names) == 0:
		re = c.Refuse(http.StatusBadRequest, "At least one issue is required.")
	case len(names) > maxMoved:
		re = c.Refuse(http.StatusBadRequest, "The maximum number of issues that can be moved in one operation is 50.")
	case !c.State.InGroup(c.User, schedulers), slices.ContainsFunc(moved, func(i *issue) bool { return !changesIssue(c, i) }):
		re = c.Refuse(http.StatusForbidden, "You do not have permission to schedule issues in this project.")
	case len(moved) < len(names):
		re = c.Refuse(http.StatusBadRequest, noSuchIssue)
	default:
		return moved, nil
	}
	return nil, &re
}

// schedulers is the group that has the permission "Schedule issues" in every project.
const schedulers = "jira-users"

// sprintFunctions are the functions of JQL that stand for sprints.
func sprintFunctions(c *service.Call) map[string]func([]string) ([]string, error) {
	in := func(state string) func([]string) ([]string, error) {
		return func([]string) ([]string, error) {
			ids := []string{}
			for _, s := range sprints.Select(c.Site, func(s *sprint) bool { return s.State == state }) {
				ids = append(ids, service.Decimal(s.ID))
			}
			return ids, nil
		}
	}
	return map[string]func([]string) ([]string, error){
		"opensprints": in("active"), "closedsprints": in("closed"), "futuresprints": in("future"),
	}
}

// The sprints of an issue are a custom field.
var _ = issueFields.add(issueField{
	name:   "customfield_10020",
	title:  "Sprint",
	schema: fieldSchema{Type: "array", Items: "json", Custom: "com.pyxis.greenhopper.jira:gh-sprint", CustomID: 10020},
	show: func(c *service.Call, i *issue) any {
		var shown []issueSprint
		for _, id := range i.Sprints {
			s := sprints.Get(c.Site, id)
			shown = append(shown, issueSprint{ID: s.ID, Name: s.Name, State: s.State, BoardID: s.Board, Goal: s.Goal, StartDate: moment(s.Start), EndDate: moment(s.End), CompleteDate: moment(s.Complete)})
		}
		if shown == nil {
			return nil
		}
		return shown
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var id int64
		if json.Unmarshal(value, &id) != nil {
			return "Number value expected as the Sprint id."
		}
		s := sprints.Get(c.Site, id)
		switch {
		case s == nil:
			return "Sprint with id '" + service.Decimal(id) + "' does not exist."
		case s.State == "closed":
			return "Issue can be assigned only active or future sprints."
		}
		leaveOpenSprint(c, i)
		i.Sprints = append(slices.Clone(i.Sprints), id)
		return ""
	},
	clear:   leaveOpenSprint,
	aliases: []string{"sprint"},
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values: func(i *issue) []string {
				var ids []string
				for _, id := range i.Sprints {
					ids = append(ids, service.Decimal(id))
				}
				return ids
			},
			Resolve: resolver(sprints.Rows(c.Site), func(s *sprint) (int64, []string) { return s.ID, []string{s.Name} }),
		}
	},
})
