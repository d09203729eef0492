package jira

import (
	_ "embed" // for issues.json
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"POST /rest/api/3/issue":                  createIssue,
	"GET /rest/api/3/issue/{issueIdOrKey}":    getIssue,
	"DELETE /rest/api/3/issue/{issueIdOrKey}": deleteIssue,
})

type issue struct {
	ID          int64          `json:"id"`
	Project     int64          `json:"project"`
	Number      int64          `json:"number"`     // within its project
	FormerKeys  []string       `json:"formerKeys"` // those it had in other projects, by which it is still found
	Type        int64          `json:"type"`
	Summary     string         `json:"summary"`
	Description jsontext.Value `json:"description"` // a document of Atlassian's format; nil when there is none
	Status      int64          `json:"status"`
	Priority    int64          `json:"priority"` // 0 when it has none
	Assignee    string         `json:"assignee"` // empty when there is none
	Reporter    string         `json:"reporter"`
	Creator     string         `json:"creator"` // empty in a seed when it is the reporter
	Labels      []string       `json:"labels"`
	Components  []int64        `json:"components"`
	Due         string         `json:"due"` // 2006-01-02, or empty
	Created     time.Time      `json:"created"`
	Updated     time.Time      `json:"updated"`
	Environment jsontext.Value `json:"environment"` // as Description
	Parent      int64          `json:"parent"`      // 0 when it is not a part of another issue
	Versions    []int64        `json:"versions"`    // those it concerns
	FixVersions []int64        `json:"fixVersions"` // those that settle it
	Resolution  int64          `json:"resolution"`  // 0 while it is not resolved
	Resolved    time.Time      `json:"resolved"`

	// Sprints are those it is or was in. At most one of them is not over.
	Sprints []int64 `json:"sprints"`
	// PastStatuses are those it had before the one it has.
	PastStatuses []int64 `json:"pastStatuses"`
	// Custom are the values of custom fields, by the identifiers of the fields, as their kinds keep them.
	Custom map[int64]jsontext.Value `json:"custom"`
}

//go:embed issues.json
var issuesJSON []byte

var issues = state.NewTable(&Service.Tables, state.Definition[issue]{
	Name:      "issues.json",
	Seed:      issuesJSON,
	Older:     manyIssues,
	ID:        func(i *issue) *int64 { return &i.ID },
	Normalize: keepCustomValues,
	Check:     checkIssue,
})

// manyIssues are two hundred and sixteen of one project of globex, more than a page of any list holds, and one of another
// with two hundred custom fields.
func manyIssues(site string) []*issue {
	if site != "globex" {
		return nil
	}
	at := time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)
	many := []*issue{measuredIssue(issue{
		ID: 8001, Project: measuredProject, Number: 1, Type: 10002, Summary: "Measure everything once",
		Status: 10000, Priority: 3, Reporter: "kim", Created: at, Updated: at,
	})}
	for n := range int64(216) {
		i := &issue{
			ID: 9001 + n, Project: 10000, Number: n + 1,
			Type:     []int64{10002, 10003, 10001}[n%3],
			Summary:  fmt.Sprintf("Inspect site %d of 216", n+1),
			Status:   []int64{10000, 10000, 10001}[n%3],
			Priority: []int64{3, 1, 3, 5}[n%4],
			Assignee: []string{"bob", "", "kim", "ada", "alex"}[n%5],
			Reporter: []string{"bob", "ada"}[n%2],
			Labels:   [][]string{{"north"}, {"south", "winter"}, nil}[n%3],
			Created:  at,
			Updated:  at.AddDate(0, 0, 3),
		}
		if n%4 == 0 {
			i.Description = jsontext.Value(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Bring the `)
			i.Description = append(i.Description, []string{"ladder", "camera", "long report"}[n%3]...)
			i.Description = append(i.Description, ` and write down what you see."}]}]}`...)
		}
		many = append(many, i)
		at = at.Add(7 * time.Hour)
	}
	return many
}

func checkIssue(s *state.State, site *state.Site, i *issue) error {
	problems := []error{s.CheckPerson(i.Reporter)}
	if i.Assignee != "" {
		problems = append(problems, s.CheckPerson(i.Assignee))
	}
	p, t := projects.Get(site, i.Project), issueTypes.Get(site, i.Type)
	if p == nil || t == nil || !t.usedBy(site, p) {
		problems = append(problems, errors.New("its project or its type is not there"))
	}
	if len(workflows.Rows(site)) == 0 {
		problems = append(problems, errors.New("it has no workflow"))
	}
	for _, id := range append(slices.Clone(i.PastStatuses), i.Status) {
		if statuses.Get(site, id) == nil {
			problems = append(problems, fmt.Errorf("there is no status %d", id))
		}
	}
	if i.Priority != 0 && p != nil && !slices.Contains(schemeOf(site, i.Project).Priorities, i.Priority) {
		problems = append(problems, fmt.Errorf("its project has no priority %d", i.Priority))
	}
	open := 0
	for _, id := range i.Sprints {
		s := sprints.Get(site, id)
		if s == nil {
			problems = append(problems, fmt.Errorf("there is no sprint %d", id))
		} else if s.State != "closed" {
			open++
		}
	}
	if open > 1 {
		problems = append(problems, errors.New("it is in several sprints at once"))
	}
	for _, id := range i.Components {
		if comp := components.Get(site, id); comp == nil || comp.Project != i.Project {
			problems = append(problems, fmt.Errorf("its project has no component %d", id))
		}
	}
	for _, id := range slices.Concat(i.Versions, i.FixVersions) {
		if v := versions.Get(site, id); v == nil || v.Project != i.Project {
			problems = append(problems, fmt.Errorf("its project has no version %d", id))
		}
	}
	if i.Resolution != 0 && resolutionNamed(service.Decimal(i.Resolution), "") == nil {
		problems = append(problems, fmt.Errorf("there is no resolution %d", i.Resolution))
	}
	return errors.Join(problems...)
}

// issuesOf are those of a project.
func issuesOf(site *state.Site, p *project) []*issue {
	return issues.Select(site, func(i *issue) bool { return i.Project == p.ID })
}

// issueKey is what people call an issue.
func issueKey(site *state.Site, i *issue) string {
	return projects.Get(site, i.Project).Key + "-" + service.Decimal(i.Number)
}

// wantedIssue is the issue that the path names by id or, whatever its case, by key (facts §7), or the
// answer that there is none.
func wantedIssue(c *service.Call) (*issue, service.Reply) {
	return issueNamed(c, c.Vars["issueIdOrKey"]), c.Refuse(http.StatusNotFound, noSuchIssue)
}

const noSuchIssue = "Issue does not exist or you do not have permission to see it."

// issueNamed is the issue with an id or, whatever its case, a key that it has or had; nil when there is none that the
// user sees.
func issueNamed(c *service.Call, wanted string) *issue {
	i := issues.Find(c.Site, func(i *issue) bool {
		like := func(key string) bool { return strings.EqualFold(key, wanted) }
		return service.Decimal(i.ID) == wanted || like(issueKey(c.Site, i)) || slices.ContainsFunc(i.FormerKeys, like) ||
			slices.ContainsFunc(projects.Get(c.Site, i.Project).FormerKeys, func(key string) bool { return like(key + "-" + service.Decimal(i.Number)) })
	})
	if i == nil || !seesIssue(c, i) {
		return nil
	}
	return i
}

type issueView struct {
	Expand string         `json:"expand"`
	ID     string         `json:"id"`
	Self   string         `json:"self"`
	Key    string         `json:"key"`
	Fields map[string]any `json:"fields"`

	RenderedFields map[string]any         `json:"renderedFields,omitzero"`
	Names          map[string]string      `json:"names,omitzero"`
	Schema         map[string]fieldSchema `json:"schema,omitzero"`
	EditMeta       *editMeta              `json:"editmeta,omitzero"`
}

// viewIssue shows an issue with the fields that were asked for. What else expand may name is left out.
func viewIssue(c *service.Call, i *issue, wanted, expand []string) issueView {
	v := issueView{
		Expand: "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
		ID:     service.Decimal(i.ID),
		Self:   c.Gateway + "/rest/api/3/issue/" + service.Decimal(i.ID),
		Key:    issueKey(c.Site, i),
		Fields: map[string]any{},
	}
	for _, f := range fieldsOf(c.Site) {
		if f.wanted(wanted) && f.isUsed(i) {
			v.Fields[f.name] = f.show(c, i)
		}
	}
	if slices.Contains(expand, "renderedFields") {
		v.RenderedFields = renderFields(c, i, v.Fields)
	}
	v.Names, v.Schema = describeFields(c.Site, expand, func(f *issueField) bool { return f.wanted(wanted) && f.isUsed(i) })
	return v
}

// renderFields shows fields as a page does: a document in HTML, and null for one that looks the same as
// it is stored.
func renderFields(c *service.Call, i *issue, shown map[string]any) map[string]any {
	rendered := map[string]any{}
	for name := range shown {
		rendered[name] = nil
	}
	if _, some := shown["description"]; some && i.Description != nil {
		rendered["description"] = renderDocument(i.Description)
	}
	if _, some := shown["comment"]; some {
		found := commentsOf(c, i)
		page := commentPage{MaxResults: int64(len(found)), Total: int64(len(found)), Comments: []commentView{}}
		for _, com := range found {
			page.Comments = append(page.Comments, viewComment(c, com, true))
		}
		rendered["comment"] = page
	}
	return rendered
}

// describeFields are the names that people give to fields and the kinds of their values, as far as expand
// asks for them.
func describeFields(site *state.Site, expand []string, wanted func(*issueField) bool) (names map[string]string, schema map[string]fieldSchema) {
	if slices.Contains(expand, "names") {
		names = map[string]string{}
	}
	if slices.Contains(expand, "schema") {
		schema = map[string]fieldSchema{}
	}
	for _, f := range fieldsOf(site) {
		if names != nil && wanted(f) {
			names[f.name] = f.title
		}
		if schema != nil && wanted(f) {
			schema[f.name] = f.typed()
		}
	}
	return names, schema
}

// getIssue answers GET /rest/api/3/issue/{issueIdOrKey}, which shows every field unless it is told which.
func getIssue(c *service.Call) service.Reply {
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	wanted := c.Params().List("fields", math.MaxInt)
	if len(wanted) == 0 {
		wanted = []string{"*all"}
	}
	expand := c.Params().List("expand", math.MaxInt)
	v := viewIssue(c, i, wanted, expand)
	if slices.Contains(expand, "editmeta") {
		v.EditMeta = new(viewEditMeta(c, i))
	}
	return service.OK(v)
}

type createdIssue struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Self string `json:"self"`
}

// createIssue answers POST /rest/api/3/issue. All that is wrong with the fields is told at once.
func createIssue(c *service.Call) service.Reply {
	var in struct {
		Fields map[string]jsontext.Value `json:"fields"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	now := c.State.Now()
	i := &issue{Status: projectWorkflow(c.Site).Initial, Reporter: c.User.Handle, Creator: c.User.Handle, Created: now, Updated: now}
	wrong := map[string]string{}
	unknown := maps.Clone(in.Fields)
	for _, f := range fieldsOf(c.Site) {
		value, given := in.Fields[f.name]
		delete(unknown, f.name)
		switch {
		case f.set == nil || f.onTransitions || !f.isUsed(i):
			if given {
				wrong[f.name] = offScreen(f.name)
			}
		case given && value.Kind() != 'n':
			if problem := f.set(c, i, value); problem != "" {
				wrong[f.name] = problem
			}
		case f.isRequired(i):
			wrong[f.name] = f.missing
		}
	}
	for name := range unknown {
		wrong[name] = offScreen(name)
	}
	if wrong["issuetype"] == "" && wrong["parent"] == "" {
		if name, problem := wrongParent(c.Site, i); problem != "" {
			wrong[name] = problem
		}
	}
	if p := projects.Get(c.Site, i.Project); p != nil && !changes(c, p) {
		return c.Refuse(http.StatusForbidden, mayNotCreate)
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	if i.Priority == 0 {
		i.Priority = schemeOf(c.Site, i.Project).DefaultPriority
	}
	for _, other := range issuesOf(c.Site, projects.Get(c.Site, i.Project)) {
		i.Number = max(i.Number, other.Number)
	}
	i.Number++
	issues.Add(c.Site, i)
	v := viewIssue(c, i, nil, nil)
	return service.Created(createdIssue{ID: v.ID, Key: v.Key, Self: v.Self})
}

// deleteIssue answers DELETE /rest/api/3/issue/{issueIdOrKey}. Who may configure a project may delete
// its issues.
func deleteIssue(c *service.Call) service.Reply {
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	if !administers(c, projects.Get(c.Site, i.Project)) {
		return c.Refuse(http.StatusForbidden, "You do not have permission to delete issues in this project.")
	}
	parts := issues.Select(c.Site, func(part *issue) bool { return part.Parent == i.ID })
	for _, part := range parts {
		if issueTypes.Get(c.Site, part.Type).Subtask && c.Query.Get("deleteSubtasks") != "true" {
			return c.Refuse(http.StatusBadRequest, "The issue '"+issueKey(c.Site, i)+"' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.")
		}
	}
	for _, part := range parts {
		if part.Parent = 0; issueTypes.Get(c.Site, part.Type).Subtask {
			forgetIssue(c.Site, part)
		}
	}
	forgetIssue(c.Site, i)
	return service.NoContent()
}

// forgetIssue deletes an issue and its links.
func forgetIssue(site *state.Site, i *issue) {
	for _, l := range issueLinks.Select(site, func(l *issueLink) bool { return l.From == i.ID || l.To == i.ID }) {
		issueLinks.Delete(site, l)
	}
	issues.Delete(site, i)
}
