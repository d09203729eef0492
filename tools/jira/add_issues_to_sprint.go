package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var addToSprint = atlassian.Post[sprintAddition, struct{}](
	"/rest/agile/1.0/sprint/{sprintId}/issue", "write:sprint:jira-software").Updates().Expect(http.StatusNoContent).
	Within(atlassian.SprintIn("sprintId"), atlassian.IssuesInBody("issues", "issue_ids"))

type sprintAddition struct {
	SprintID string    `path:"sprintId,sprint_id,digits"`
	Body     issueRefs `body:"json"`
}

// Objects are the issues that are moved.
func (a sprintAddition) Objects() []tool.Object { return a.Body.objects() }

type issueRefs struct {
	Issues []string `json:"issues"`
}

func (r issueRefs) objects() []tool.Object {
	issues := make([]tool.Object, len(r.Issues))
	for i, id := range r.Issues {
		issues[i] = tool.Object{Type: "issue", ID: id}
	}
	return issues
}

// listBoardIssues lists the issues that a board shows, in whatever sprint.
var listBoardIssues = atlassian.Get[boardIssuesQuery, issuePage](
	"/rest/software/1.0/board/{boardId}/issue", "read:board-scope:jira-software", "read:issue-details:jira").
	Within(atlassian.BoardIn("boardId"), atlassian.JQLIn("query.jql"), atlassian.IssueList())

type boardIssuesQuery struct {
	BoardID       string   `path:"boardId,sprint_id,digits"`
	JQL           string   `query:"jql"`
	Fields        []string `query:"fields,comma"`
	MaxResults    int      `query:"maxResults"`
	Reconcile     []string `query:"reconcileIssues"`
	NextPageToken string   `query:"nextPageToken,omitzero"`
}

type addIssuesToSprintIn struct {
	SprintID string   `json:"sprint_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The ID of an active or future sprint; ListSprintsForBoards tells it."`
	IssueIDs []string `json:"issue_ids" jsonschema:"format=name,minLength=1,minItems=1,maxItems=200,maxLength=255" doc:"IDs or keys of the issues."`
	onSite
}

// Check refuses what cannot name a sprint or issue.
func (in addIssuesToSprintIn) Check() error {
	return errors.Join(checkNumber("sprint_id", in.SprintID), checkIssues("issue_ids", in.IssueIDs))
}

type sprintAdditionOut struct {
	SprintID  string            `json:"sprint_id" doc:"The sprint's ID, as it was given."`
	Sprint    boardSprintView   `json:"sprint" doc:"The sprint."`
	Backlog   string            `json:"jira_backlog_gui_url,omitzero" doc:"The page on which the sprint is planned."`
	Requested []string          `json:"requested_issues" doc:"The issues, as they were given."`
	Added     []addedIssue      `json:"successfully_added" doc:"The issues that were added."`
	Already   []addedIssue      `json:"already_in_sprint" doc:"Those that had been in the sprint."`
	InOther   []unaddedIssue    `json:"in_other_sprint" doc:"Those that stay in another active or future sprint."`
	NotFound  []unaddedIssue    `json:"not_found" doc:"Those that do not exist or that the user may not see."`
	Wrong     []unaddedIssue    `json:"wrong_board" doc:"Those that the sprint's board does not show."`
	Errors    []unaddedIssue    `json:"errors" doc:"Those that were not added for another reason."`
	Summary   sprintAdditionSum `json:"summary" doc:"How many of each there are."`
	Notes     []string          `json:"notes,omitzero" doc:"What else to know about the answer."`
	shape.Verification
}

type addedIssue struct {
	Given string `json:"issue_id" doc:"The issue, as it was given."`
	Key   string `json:"key" doc:"Its key."`
	URL   string `json:"url,omitzero" doc:"Its page."`
}

type unaddedIssue struct {
	Given   string `json:"issue_id" doc:"The issue, as it was given."`
	Message string `json:"message" doc:"Why it was not added."`
	Project string `json:"issue_project,omitzero" doc:"The key of its project."`
}

type sprintAdditionSum struct {
	Requested int `json:"total_requested" doc:"Issues that were given."`
	Added     int `json:"successfully_added" doc:"Those that were added."`
	Already   int `json:"already_in_sprint" doc:"Those that had been there."`
	InOther   int `json:"in_other_sprint" doc:"Those in another sprint."`
	NotFound  int `json:"not_found" doc:"Those that are not there."`
	Wrong     int `json:"wrong_board" doc:"Those of another board."`
	Errors    int `json:"errors" doc:"The others that were not added."`
}

var _ = add(tool.Spec{
	Name:    "AddIssuesToSprint",
	Doc:     "Add issues to an active or future Jira sprint. None is taken out of another sprint, or put where its board does not show it.",
	Returns: "What became of each issue, read back.",
	Uses:    slices.Concat(sprintMoveLookup, uses{listBoardIssues, addToSprint}),
}, func(ctx context.Context, s *atlassian.Site, in addIssuesToSprintIn) (out sprintAdditionOut, err error) {
	m := &sprintMove{site: s}
	err = lookup.Parallel(ctx, 2,
		func(ctx context.Context) error { return m.readSprint(ctx, in.SprintID) },
		func(ctx context.Context) error { return m.readIssues(ctx, in.IssueIDs) })
	if err == nil {
		err = m.checkState()
	}
	if err != nil {
		return out, err
	}
	out = sprintAdditionOut{
		SprintID: in.SprintID, Sprint: viewBoardSprint(m.sprint), Backlog: backlogURL(s, m.sprint.OriginBoardID), Requested: in.IssueIDs,
		Added: []addedIssue{}, Already: []addedIssue{}, InOther: []unaddedIssue{}, NotFound: []unaddedIssue{}, Wrong: []unaddedIssue{}, Errors: []unaddedIssue{},
	}
	var fit []movedIssue
	for _, one := range m.issues {
		switch reason, unread := m.why(one.given); {
		case one.issue == nil && unread:
			out.Errors = append(out.Errors, unaddedIssue{Given: one.given, Message: reason})
		case one.issue == nil:
			out.NotFound = append(out.NotFound, unaddedIssue{Given: one.given, Message: reason})
		case m.isIn(one.sprints):
			out.Already = append(out.Already, viewAdded(s, one))
		case len(one.open()) > 0:
			out.InOther = append(out.InOther, one.unadded("It is in the sprint "+m.elsewhere(one.open())+", which it would leave. To move it, call MoveIssuesFromSprintToBacklog for that sprint first."))
		default:
			fit = append(fit, one)
		}
	}
	shown, note, err := m.onBoard(ctx, fit)
	if err != nil {
		return out, err
	}
	if note != "" {
		out.Notes = []string{note}
	}
	var addable []movedIssue
	for _, one := range fit {
		if shown[one.issue.ID] {
			addable = append(addable, one)
		} else {
			out.Wrong = append(out.Wrong, one.unadded(fmt.Sprintf("The board of the sprint (ID %d) does not show it.", m.sprint.OriginBoardID)))
		}
	}
	result, err := m.perform(ctx, addable, true, fmt.Sprintf(" went into the sprint %d", m.sprint.ID), func(ctx context.Context, ids []string) error {
		_, err := addToSprint.Do(ctx, s, sprintAddition{strconv.Itoa(m.sprint.ID), issueRefs{ids}})
		return err
	})
	if err != nil {
		return out, err
	}
	out.Verification = result.Verification
	for _, one := range result.moved {
		out.Added = append(out.Added, viewAdded(s, one))
	}
	for _, one := range result.unmoved {
		out.Errors = append(out.Errors, one.unadded(one.reason))
	}
	out.Summary = sprintAdditionSum{len(in.IssueIDs), len(out.Added), len(out.Already), len(out.InOther), len(out.NotFound), len(out.Wrong), len(out.Errors)}
	return out, nil
})

func viewAdded(s *atlassian.Site, one movedIssue) addedIssue {
	return addedIssue{one.given, one.issue.Key, issueURL(s, one.issue.Key)}
}

func (one movedIssue) unadded(message string) unaddedIssue {
	u := unaddedIssue{Given: one.given, Message: message}
	if p := one.issue.Fields.Project; p != nil {
		u.Project = p.Key
	}
	return u
}

// onBoard tells which issues the board of the sprint shows, by ID. A board that
// the user may not see cannot be asked, which the note then says; Jira takes the
// issues all the same.
func (m *sprintMove) onBoard(ctx context.Context, issues []movedIssue) (shown map[string]bool, note string, err error) {
	shown = map[string]bool{}
	if len(issues) == 0 {
		return shown, "", nil
	}
	parts, err := lookup.Map(ctx, 2, slices.Collect(slices.Chunk(issues, mostMoved)), func(ctx context.Context, part []movedIssue) ([]issue, error) {
		ids := make([]string, len(part))
		for i, one := range part {
			ids[i] = one.issue.ID
		}
		q := boardIssuesQuery{
			BoardID: strconv.Itoa(m.sprint.OriginBoardID), JQL: "id in (" + strings.Join(ids, ", ") + ")",
			Fields: []string{"id"}, MaxResults: len(ids), Reconcile: ids, // what was created just now is found too
		}
		list, err := lookup.Walk(ctx, lookup.Bounds{}, func(ctx context.Context, next string) (lookup.Page[issue], error) {
			q.NextPageToken = next
			page, err := listBoardIssues.Do(ctx, m.site, q)
			return lookup.Page[issue]{Items: page.Issues, Next: page.next()}, err
		}, nil)
		return list.Items, err
	})
	switch {
	case atlassian.IsNotFound(err):
		for _, one := range issues {
			shown[one.issue.ID] = true
		}
		return shown, "The user may not see the sprint's board, so whether it shows the issues was not checked.", nil
	case err != nil:
		return nil, "", err
	}
	for _, i := range slices.Concat(parts...) {
		shown[i.ID] = true
	}
	return shown, "", nil
}
