package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// moveToBacklog takes issues out of every active and future sprint, whichever
// it is (facts §11).
var moveToBacklog = atlassian.Post[backlogMove, struct{}](
	"/rest/agile/1.0/backlog/issue", "write:board-scope:jira-software").Updates().Expect(http.StatusNoContent).
	Within(atlassian.IssuesInBody("issues", "issue_identifiers"))

type backlogMove struct {
	Body issueRefs `body:"json"`
}

// Objects are the issues that are moved.
func (m backlogMove) Objects() []tool.Object { return m.Body.objects() }

type moveIssuesFromSprintToBacklogIn struct {
	SprintID    string   `json:"sprint_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The ID of an active or future sprint; ListSprintsForBoards tells it."`
	Identifiers []string `json:"issue_identifiers" jsonschema:"format=name,minLength=1,minItems=1,maxItems=200,maxLength=255" doc:"IDs or keys of issues in the sprint."`
	onSite
}

// Check refuses what cannot name a sprint or issue.
func (in moveIssuesFromSprintToBacklogIn) Check() error {
	return errors.Join(checkNumber("sprint_id", in.SprintID), checkIssues("issue_identifiers", in.Identifiers))
}

type backlogMoveOut struct {
	SprintID string          `json:"sprint_id" doc:"The sprint's ID, as it was given."`
	Sprint   boardSprintView `json:"sprint" doc:"The sprint."`
	Removed  []removedIssue  `json:"successfully_removed" doc:"The issues that were moved to the backlog."`
	Errors   []unmovedIssue  `json:"errors" doc:"Those that were not, and why."`
	Backlog  string          `json:"backlog_jira_gui_url,omitzero" doc:"The page of the backlog."`
	shape.Verification
}

type removedIssue struct {
	ID      string `json:"id" doc:"The issue's ID."`
	Key     string `json:"key" doc:"Its key."`
	Summary string `json:"summary,omitzero" doc:"Its summary." untrusted:"true"`
	URL     string `json:"url,omitzero" doc:"Its page."`
}

type unmovedIssue struct {
	Identifier string `json:"issue_identifier" doc:"The issue, as it was given."`
	Error      string `json:"error" doc:"Why it was not moved."`
}

var _ = add(tool.Spec{
	Name:        "MoveIssuesFromSprintToBacklog",
	Doc:         "Move issues out of an active or future Jira sprint, to the backlog. Only issues of this sprint are moved.",
	Returns:     "What became of each issue, read back.",
	Uses:        slices.Concat(sprintMoveLookup, uses{moveToBacklog}),
	Destructive: true, // that an issue was planned for the sprint is lost
}, func(ctx context.Context, s *atlassian.Site, in moveIssuesFromSprintToBacklogIn) (out backlogMoveOut, err error) {
	m := &sprintMove{site: s}
	if err := m.readIssues(ctx, in.Identifiers); err != nil {
		return out, err
	}
	if !m.sprintAmong(in.SprintID) {
		if err := m.readSprint(ctx, in.SprintID); err != nil {
			return out, err
		}
	}
	if err := m.checkState(); err != nil {
		return out, err
	}
	out = backlogMoveOut{
		SprintID: in.SprintID, Sprint: viewBoardSprint(m.sprint), Backlog: backlogURL(s, m.sprint.OriginBoardID),
		Removed: []removedIssue{}, Errors: []unmovedIssue{},
	}
	refuse := func(one movedIssue, reason string) {
		out.Errors = append(out.Errors, unmovedIssue{one.given, reason})
	}
	var movable []movedIssue
	for _, one := range m.issues {
		others := m.elsewhere(one.open())
		switch {
		case one.issue == nil:
			reason, _ := m.why(one.given)
			refuse(one, reason)
		case len(one.open()) == 0:
			refuse(one, "It is in no active or future sprint.")
		case !m.isIn(one.sprints):
			refuse(one, "It is not in this sprint; it is in "+others+".")
		case others != "": // Jira would take it out of both
			refuse(one, "It is also in "+others+", which it would leave too.")
		default:
			movable = append(movable, one)
		}
	}
	result, err := m.perform(ctx, movable, false, fmt.Sprintf(" left the sprint %d", m.sprint.ID), func(ctx context.Context, ids []string) error {
		_, err := moveToBacklog.Do(ctx, s, backlogMove{issueRefs{ids}})
		return err
	})
	if err != nil {
		return out, err
	}
	out.Verification = result.Verification
	for _, one := range result.moved {
		out.Removed = append(out.Removed, removedIssue{one.issue.ID, one.issue.Key, one.issue.Fields.Summary, issueURL(s, one.issue.Key)})
	}
	for _, one := range result.unmoved {
		refuse(one.movedIssue, one.reason)
	}
	return out, nil
})
