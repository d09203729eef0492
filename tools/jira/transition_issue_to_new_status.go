package jira

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var makeTransition = atlassian.Post[transitionRequest, struct{}]("/rest/api/3/issue/{issueIdOrKey}/transitions", "write:jira-work").
	Updates().Fields(map[string]string{"comment": "comment", "transition": "transition"}).
	Within(atlassian.IssueIn("issueIdOrKey"), atlassian.IssueFields())

type transitionRequest struct {
	IDOrKey string         `path:"issueIdOrKey,issue,issue"`
	Body    transitionBody `body:"json"`
}

type transitionBody struct {
	Transition transitionRef `json:"transition"`
	issueBody
}

type transitionRef struct {
	ID string `json:"id"`
}

type transitionIssueIn struct {
	Issue        string                    `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Transition   string                    `json:"transition" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The status to get to, or the name or ID of a transition."`
	Comment      string                    `json:"comment,omitzero" jsonschema:"maxLength=32767" doc:"A comment to add, in Markdown; @[Name] mentions a person."`
	CustomFields map[string]jsontext.Value `json:"custom_fields,omitzero" jsonschema:"maxLength=100000" doc:"Values of fields on the transition's screen by field name or ID: {\"Resolution\": \"Done\"}."`
	onSite
}

// Check refuses what cannot name anything.
func (in transitionIssueIn) Check() error {
	return errors.Join(checkIssue("issue", in.Issue), checkCustomFields(in.CustomFields))
}

type transitionIssueOut struct {
	Issue      issueStatusView    `json:"issue" doc:"The issue, with the status that is stored."`
	Transition *namedView         `json:"transition,omitzero" doc:"The transition that was made. There is none when the issue had the status before."`
	Comment    *transitionComment `json:"comment,omitzero" doc:"What came of the comment."`
	Fields     []string           `json:"fields,omitzero" doc:"The fields that were sent with the transition."`
	shape.Verification
	Differences []fieldDifference `json:"differences,omitzero" doc:"What is stored otherwise than asked."`
	Losses      []string          `json:"losses,omitzero" doc:"What of the Markdown could not be stored."`
	Notes       []string          `json:"notes,omitzero" doc:"What else to know about the answer."`
}

// transitionComment tells what came of a comment beside a transition.
type transitionComment struct {
	Added  bool   `json:"added" doc:"Whether it is stored."`
	ID     string `json:"id,omitzero" doc:"The comment's ID."`
	URL    string `json:"url,omitzero" doc:"The issue's page at the comment."`
	Reason string `json:"reason,omitzero" doc:"Why it is not, or not certainly."`
}

var _ = add(tool.Spec{
	Name: "TransitionIssueToNewStatus",
	Doc: "Move a Jira issue to another status, with the fields that the transition asks for and a comment. " +
		"Nothing is changed unless every value is known and allowed.",
	Returns:       "The status that is stored, and what came of each part.",
	Uses:          slices.Concat(uses{listTransitions, getIssue, listFields, makeTransition, addComment, listComments}, mentionUses),
	Destructive:   true,
	NotIdempotent: true,
}, func(ctx context.Context, s *atlassian.Site, in transitionIssueIn) (out transitionIssueOut, err error) {
	w := issueTransition{site: s, in: in, issue: issueKey(in.Issue)}
	there, err := w.choose(ctx)
	switch {
	case err != nil:
		return out, err
	case there:
		return w.alreadyThere(), nil
	}
	if err := w.findValues(ctx); err != nil {
		return out, err
	}
	request := transitionBody{transitionRef{w.chosen.ID}, body(w.inputs)}
	if w.commentsOnScreen() {
		request.Update = map[string]jsontext.Value{"comment": marshal([]map[string]commentFields{{"add": {Body: w.comment}}})}
	}
	if _, err := makeTransition.Do(ctx, s, transitionRequest{w.issue, request}); err != nil {
		return out, nameFields(err, w.inputs)
	}
	s.Changed("issue " + w.issue + " was moved to the status " + w.chosen.To.Name)
	return w.finish(ctx), nil
})

// issueTransition gathers what an issue is moved with.
type issueTransition struct {
	site    *atlassian.Site
	in      transitionIssueIn
	issue   string // its ID or key
	chosen  transition
	before  issue // only read where the status before matters
	inputs  []fieldInput
	comment jsontext.Value // nil when there is none
	losses  []string
}

// choose finds the transition, and reports whether there is none because the
// issue has the status already.
func (w *issueTransition) choose(ctx context.Context) (there bool, err error) {
	transitions, err := transitionsOf(ctx, w.site, w.issue)
	if err != nil {
		return false, err
	}
	value := strings.Join(strings.Fields(w.in.Transition), " ")
	chosen, failure := chooseTransition("transition", value, transitions)
	w.chosen = chosen
	switch {
	case failure != nil && tool.Explain(failure).Kind != tool.KindRetry:
		return false, failure
	case failure == nil && (!chosen.IsLooped || value == chosen.ID || strings.EqualFold(value, chosen.Name)):
		return false, nil
	}
	if w.before, err = getIssue.Do(ctx, w.site, issueRef{w.issue, []string{"status"}, nil}); err != nil {
		return false, err
	}
	if now := w.before.Fields.Status; now != nil && (value == now.ID || strings.EqualFold(value, now.Name)) {
		return true, nil
	}
	return false, failure
}

// alreadyThere is the answer when the issue has the status that it was to get.
func (w *issueTransition) alreadyThere() (out transitionIssueOut) {
	out.Issue = viewIssueStatus(w.site, w.before)
	out.Notes = []string{"The issue had this status before; no transition was made."}
	out.Verified = true
	if strings.TrimSpace(w.in.Comment) != "" || len(w.in.CustomFields) > 0 {
		out.Verification = shape.Verification{NotVerified: "Comment and fields go with a transition, so they were not written. AddCommentToIssue and UpdateIssue write them."}
	}
	return out
}

// findValues makes the fields and the comment ready to be sent. It refuses to
// leave out what the screen requires and the issue does not have.
func (w *issueTransition) findValues(ctx context.Context) error {
	return lookup.Parallel(ctx, mostAtOnce, w.findFields, func(ctx context.Context) (err error) {
		if strings.TrimSpace(w.in.Comment) != "" {
			w.comment, w.losses, err = writeRichText(ctx, w.site, "comment", w.in.Comment, workplace{issue: w.issue})
		}
		return err
	})
}

func (w *issueTransition) findFields(ctx context.Context) (err error) {
	fields := lookup.List[screenField]{Items: screenFields(w.chosen.Fields), Complete: true}
	on := screen{fields, true, nil, notOnScreen(w.site, "is not on the screen of this transition", "UpdateIssue may set it.")}
	inputs, err := fieldEncoder{w.site, workplace{issue: w.issue}}.encodeCustom(ctx, on, w.in.CustomFields)
	w.inputs = inputs
	missing := on.missing(idsOf(inputs))
	if len(missing) == 0 {
		return err
	}
	ids := make([]string, len(missing))
	for i, f := range missing {
		ids[i] = f.id()
	}
	has, readErr := getIssue.Do(ctx, w.site, issueRef{w.issue, ids, nil})
	if readErr != nil {
		return readErr
	}
	values, readErr := fieldValues(has)
	if readErr != nil {
		return readErr
	}
	missing = slices.DeleteFunc(missing, func(f screenField) bool { return !isEmptyValue(values[f.id()]) })
	return errors.Join(err, on.refuse(missing))
}

// commentsOnScreen reports whether the comment goes with the transition. One
// without a screen takes none, so that it has to be added afterwards.
func (w *issueTransition) commentsOnScreen() bool { return w.comment != nil && w.chosen.HasScreen }

// finish adds the comment where it could not go with the transition, and reads
// back what is stored.
func (w *issueTransition) finish(ctx context.Context) (out transitionIssueOut) {
	out.Issue.ID, out.Issue.Key = idAndKey(w.issue)
	out.Transition = &namedView{ID: w.chosen.ID, Name: w.chosen.Name}
	for _, in := range w.inputs {
		out.Fields = append(out.Fields, in.param)
		for _, loss := range in.losses {
			out.Losses = append(out.Losses, in.param+": "+loss)
		}
	}
	for _, loss := range w.losses {
		out.Losses = append(out.Losses, "comment: "+loss)
	}
	switch {
	case w.commentsOnScreen():
		out.Comment = &transitionComment{Reason: "It was sent with the transition and not read back."}
	case w.comment != nil:
		out.Comment = w.addComment(ctx)
	}
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (string, error) { return w.readBack(ctx, &out) })
	if out.Verified && out.Comment != nil && !out.Comment.Added {
		out.Verification = shape.Verification{NotVerified: "The issue was moved, but the comment is not there."}
	}
	return out
}

// addComment adds the comment after the transition was made, which stands
// whatever becomes of it.
func (w *issueTransition) addComment(ctx context.Context) *transitionComment {
	made, err := addComment.Do(ctx, w.site, newComment{w.issue, commentFields{Body: w.comment}})
	if err != nil {
		return &transitionComment{Reason: "Adding it after the transition failed: " + tool.Explain(err).Message}
	}
	w.site.Changed("comment "+made.ID+" was added to issue "+w.issue, tool.Object{Type: "comment", ID: made.ID})
	return &transitionComment{Added: sameText(w.comment, made.Body), ID: made.ID}
}

// readBack compares what is stored with what was asked for.
func (w *issueTransition) readBack(ctx context.Context, out *transitionIssueOut) (difference string, err error) {
	var i issue
	var newest commentPage
	tasks := []func(context.Context) error{func(ctx context.Context) (err error) {
		i, err = getIssue.Do(ctx, w.site, issueRef{w.issue, append([]string{"status"}, idsOf(w.inputs)...), nil})
		return err
	}}
	if w.commentsOnScreen() {
		const few = 10
		tasks = append(tasks, func(ctx context.Context) (err error) {
			newest, err = listComments.Do(ctx, w.site, commentQuery{w.issue, 0, few, "-created"})
			return err
		})
	}
	if err := lookup.Parallel(ctx, mostAtOnce, tasks...); err != nil {
		return "", err
	}
	stored, err := fieldValues(i)
	if err != nil {
		return "", err
	}
	out.Issue = viewIssueStatus(w.site, i)
	if now := i.Fields.Status; now == nil || now.ID != w.chosen.To.ID {
		d := fieldDifference{Field: "transition", Asked: w.chosen.To.Name}
		if now != nil {
			d.Stored = now.Name
		}
		out.Differences = append(out.Differences, d)
	}
	out.Differences = append(out.Differences, differences(w.inputs, stored)...)
	if w.commentsOnScreen() {
		out.Comment.Reason = "It was sent with the transition and is not among the newest comments."
		if at := slices.IndexFunc(newest.Comments, func(c comment) bool { return sameText(w.comment, c.Body) }); at >= 0 {
			*out.Comment = transitionComment{Added: true, ID: newest.Comments[at].ID}
		}
	}
	if out.Comment != nil && out.Comment.ID != "" {
		out.Comment.URL = commentURL(w.site, i.Key, out.Comment.ID)
	}
	return differing(out.Differences), nil
}
