package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// fetchIssues gets up to a hundred issues as they are stored, which a search
// does not promise (facts §3). Those that are not there, or not for the user,
// are left out.
var fetchIssues = atlassian.Post[fetchQuery, fetchedIssues]("/rest/api/3/issue/bulkfetch", "read:jira-work").Reads().
	Within(atlassian.IssuesNamed())

type fetchQuery struct {
	Body struct {
		Issues []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fields"`
	} `body:"json"`
}

type fetchedIssues struct {
	Issues []issue `json:"issues"`
	Errors []struct {
		ID      string `json:"id"`
		Message string `json:"errorMessage"`
	} `json:"issueErrors"`
}

// Check holds that there is a list, of issues.
func (f fetchedIssues) Check() error {
	if f.Issues == nil {
		return errors.New("no issues")
	}
	for _, i := range f.Issues {
		if err := i.Check(); err != nil {
			return err
		}
	}
	return nil
}

const (
	mostFetched = 100 // issues that one request gets
	mostMoved   = 50  // issues that one request moves (facts §11)
)

// sprintMove is what moves issues into a sprint or out of it.
type sprintMove struct {
	site   *atlassian.Site
	sprint sprint
	field  string // the ID of the field that has an issue's sprints
	issues []movedIssue
	unread []jiraProblem
}

// movedIssue is an issue that a call names.
type movedIssue struct {
	given   string // how the call names it, the first time
	issue   *issue // nil when there is none
	sprints []sprint
}

// jiraProblem is an issue that Jira could not read, and why.
type jiraProblem struct{ id, reason string }

// sprintMoveLookup are the operations that a move is prepared with.
var sprintMoveLookup = uses{getSprint, listFields, fetchIssues}

// readSprint reads the sprint.
func (m *sprintMove) readSprint(ctx context.Context, sprintID string) (err error) {
	m.sprint, err = getSprint.Do(ctx, m.site, sprintRef{sprintID})
	return err
}

// readIssues reads the issues with the sprints that they are in.
func (m *sprintMove) readIssues(ctx context.Context, given []string) (err error) {
	if m.field, err = sprintField(ctx, m.site); err != nil {
		return err
	}
	names := make([]string, len(given))
	for i, name := range given {
		names[i] = issueKey(name)
	}
	slices.Sort(names)
	found, unread, err := m.fetch(ctx, slices.Compact(names))
	if err != nil {
		return err
	}
	m.unread = unread
	m.issues, err = m.match(given, found)
	return err
}

// sprintAmong takes the sprint from an issue that is or was in it, which saves a
// request.
func (m *sprintMove) sprintAmong(sprintID string) bool {
	id, err := strconv.Atoi(sprintID)
	if err != nil {
		return false
	}
	for _, one := range m.issues {
		if i := slices.IndexFunc(one.sprints, func(s sprint) bool { return s.ID == id }); i >= 0 {
			m.sprint = one.sprints[i]
			m.sprint.OriginBoardID = m.sprint.BoardID
			return true
		}
	}
	return false
}

// checkState refuses a closed sprint: Jira moves nothing into it or out of it
// (facts §11).
func (m *sprintMove) checkState() error {
	if m.sprint.State != closedSprint {
		return nil
	}
	return tool.BadInput("sprint_id", "names a closed sprint, which keeps its issues",
		"Give an active or future sprint; ListSprintsForBoards tells them with the state future_and_active.")
}

// sprintField is the ID of the field that has an issue's sprints. Every site
// gives it another one.
func sprintField(ctx context.Context, s *atlassian.Site) (string, error) {
	known, err := listFields.Do(ctx, s, struct{}{})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(known, func(f field) bool { return f.Schema.Custom == sprintKind })
	if i < 0 {
		return "", &tool.Error{
			Kind: tool.KindUpstreamUnmapped, Message: "Jira shows the user no field for sprints, so that nobody can tell in which sprint an issue is. Nothing was moved.",
		}
	}
	return known[i].ID, nil
}

// fetch gets issues with their titles, projects and sprints.
func (m *sprintMove) fetch(ctx context.Context, names []string) (found []issue, unread []jiraProblem, err error) {
	parts, err := lookup.Map(ctx, 2, slices.Collect(slices.Chunk(names, mostFetched)), func(ctx context.Context, part []string) (fetchedIssues, error) {
		var q fetchQuery
		q.Body.Issues, q.Body.Fields = part, []string{"summary", "project", m.field}
		return fetchIssues.Do(ctx, m.site, q)
	})
	for _, part := range parts {
		found = append(found, part.Issues...)
		for _, e := range part.Errors {
			unread = append(unread, jiraProblem{e.ID, clean(e.Message)})
		}
	}
	return found, unread, err
}

// match finds the issue that each name means. Jira also finds issues by keys
// that they had before they were moved, so that one issue without a name is that
// of the one name without an issue.
func (m *sprintMove) match(given []string, found []issue) (matched []movedIssue, err error) {
	taken := map[string]bool{} // issues, and names without one
	var without []int
	for _, name := range given {
		key := issueKey(name)
		i := slices.IndexFunc(found, func(i issue) bool { return i.ID == key || i.Key == key })
		switch {
		case i < 0 && !taken[key]:
			taken[key] = true
			if _, unread := m.why(name); !unread {
				without = append(without, len(matched))
			}
			matched = append(matched, movedIssue{given: name})
		case i >= 0 && !taken[found[i].ID]:
			taken[found[i].ID] = true
			matched = append(matched, movedIssue{given: name, issue: &found[i]})
		}
	}
	left := slices.DeleteFunc(slices.Clone(found), func(i issue) bool { return taken[i.ID] })
	if len(without) == 1 && len(left) == 1 {
		matched[without[0]].issue = &left[0]
	}
	for i, one := range matched {
		if one.issue == nil {
			continue
		}
		if matched[i].sprints, err = m.sprintsOf(*one.issue); err != nil {
			return nil, err
		}
	}
	return matched, nil
}

// sprintsOf are the sprints that an issue is or was in.
func (m *sprintMove) sprintsOf(i issue) (all []sprint, err error) {
	value, ok := i.Fields.Others[m.field]
	if !ok || value.Kind() == 'n' {
		return nil, nil
	}
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, tool.Undecodable(false)
	}
	return all, nil
}

// open are the sprints of an issue that are not closed. There should be one at
// most (facts §11).
func (one movedIssue) open() []sprint {
	return slices.DeleteFunc(slices.Clone(one.sprints), func(s sprint) bool { return s.State == closedSprint })
}

// isIn reports whether the issue is in the sprint.
func (m *sprintMove) isIn(sprints []sprint) bool {
	return slices.ContainsFunc(sprints, func(s sprint) bool { return s.ID == m.sprint.ID })
}

// elsewhere names the open sprints other than this one.
func (m *sprintMove) elsewhere(sprints []sprint) string {
	var names []string
	for _, s := range sprints {
		if s.ID != m.sprint.ID {
			names = append(names, fmt.Sprintf("%s (ID %d)", text.Line(s.Name, longestName), s.ID))
		}
	}
	return strings.Join(names, ", ")
}

// why says why there is no issue of this name, and whether that is because Jira
// could not read it.
func (m *sprintMove) why(given string) (reason string, unread bool) {
	for _, problem := range m.unread {
		if problem.id == issueKey(given) {
			return "Jira could not read it: " + problem.reason, true
		}
	}
	return "There is no issue with this ID or key, or the user may not see it.", false
}

// moveResult is what became of issues that were to be moved.
type moveResult struct {
	moved   []movedIssue
	unmoved []unmovedResult
	shape.Verification
}

type unmovedResult struct {
	movedIssue
	reason string
}

// perform moves issues in as many requests as it takes, and reads them back. An
// error is returned only when nothing was moved; what fails later is told of the
// issues that it concerns.
func (m *sprintMove) perform(ctx context.Context, issues []movedIssue, in bool, what string, do func(ctx context.Context, ids []string) error) (r moveResult, err error) {
	if len(issues) == 0 {
		r.NotVerified = "Nothing was moved."
		return r, nil
	}
	accepted := 0
	var failure string
	for part := range slices.Chunk(issues, mostMoved) {
		ids, keys, objects := make([]string, len(part)), make([]string, len(part)), make([]tool.Object, len(part))
		for i, one := range part {
			ids[i], keys[i], objects[i] = one.issue.ID, one.issue.Key, tool.Object{Type: "issue", ID: one.issue.ID, Key: one.issue.Key}
		}
		if err := do(ctx, ids); err != nil {
			if accepted == 0 {
				return r, err
			}
			failure = tool.Explain(err).Message
			break
		}
		m.site.Changed(strings.Join(keys, ", ")+what, objects...)
		accepted += len(part)
	}
	var there map[string]bool
	r.Verification, there = m.verify(ctx, issues, accepted, in)
	for i, one := range issues {
		there, known := there[one.issue.ID]
		switch {
		case known && there, !known && i < accepted:
			r.moved = append(r.moved, one)
		case i < accepted:
			r.unmoved = append(r.unmoved, unmovedResult{one, "Jira accepted the move, but it did not happen."})
		case known:
			r.unmoved = append(r.unmoved, unmovedResult{one, "It was not moved: " + failure})
		default:
			r.unmoved = append(r.unmoved, unmovedResult{one, "Whether it was moved is unknown: " + failure})
		}
	}
	return r, nil
}

// verify reads the issues again, of which Jira accepted the first so many, and
// tells by ID whether each is where it should be: in the sprint, or out of it.
// Those that could not be read are not among the answers.
func (m *sprintMove) verify(ctx context.Context, issues []movedIssue, accepted int, in bool) (v shape.Verification, there map[string]bool) {
	there = map[string]bool{}
	v = shape.Verify(ctx, func(ctx context.Context) (string, error) {
		ids := make([]string, len(issues))
		for i, one := range issues {
			ids[i] = one.issue.ID
		}
		stored, _, err := m.fetch(ctx, ids)
		if err != nil {
			return "", err
		}
		for _, i := range stored {
			sprints, err := m.sprintsOf(i)
			if err != nil {
				return "", err
			}
			there[i.ID] = m.isIn(sprints) == in
		}
		var wrong, unseen []string
		for _, one := range issues[:accepted] {
			switch is, seen := there[one.issue.ID]; {
			case !seen:
				unseen = append(unseen, one.issue.Key)
			case !is:
				wrong = append(wrong, one.issue.Key)
			}
		}
		switch {
		case len(wrong) > 0:
			return "Jira accepted the move, but it did not happen to " + strings.Join(wrong, ", ") + ".", nil
		case len(unseen) > 0:
			return "Jira shows no longer " + strings.Join(unseen, ", ") + ".", nil
		}
		return "", nil
	})
	return v, there
}

// checkIssues refuses what cannot name issues, each by its place.
func checkIssues(param string, given []string) error {
	var errs []error
	for i, name := range given {
		errs = append(errs, checkIssue(param+"."+strconv.Itoa(i), name))
	}
	return errors.Join(errs...)
}
