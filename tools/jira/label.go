package jira

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// checkLabels refuses labels that Jira does not take: those with white space
// (facts §7).
func checkLabels(param string, labels []string) error {
	var errs []error
	for _, label := range labels {
		if strings.ContainsAny(label, " \t\r\n") {
			errs = append(errs, tool.BadInput(param, "holds a label with white space", "Give labels of one word each, such as needs-review."))
		}
	}
	return errors.Join(errs...)
}

// labelChangeIn is what the tools take that add labels to an issue or remove
// some.
type labelChangeIn struct {
	Issue          string   `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Labels         []string `json:"labels" jsonschema:"format=name,minItems=1,maxItems=100,minLength=1,maxLength=255" doc:"The labels, one word each; upper and lower case differ."`
	NotifyWatchers bool     `json:"notify_watchers,omitzero" jsonschema:"default=true" doc:"Whether watchers get an e-mail. Only administrators of the project can prevent it."`
	onSite
}

// Check refuses what cannot name an issue or be a label, before anything is
// asked.
func (in labelChangeIn) Check() error {
	return errors.Join(checkIssue("issue", in.Issue), checkLabels("labels", in.Labels))
}

type labelChangeOut struct {
	Issue labeledIssue `json:"issue" doc:"The issue."`
	shape.Verification
	Notes []string `json:"notes,omitzero" doc:"What else to know about the answer."`
}

type labeledIssue struct {
	ID     string   `json:"id,omitzero" doc:"The issue's ID."`
	Key    string   `json:"key,omitzero" doc:"The issue's key."`
	URL    string   `json:"url,omitzero" doc:"The issue's page."`
	Labels []string `json:"labels,omitzero" doc:"All labels that it has now."`
}

// labelVerb is what is done with labels. Jira does it to the labels that the
// issue has at that moment, so that nobody's change is lost (facts §7).
type labelVerb string

const (
	addLabels    labelVerb = "add"
	removeLabels labelVerb = "remove"
)

// labelChangeUses are the operations of changeLabels.
var labelChangeUses = uses{updateIssue, getIssue}

// changeLabels adds labels to an issue or removes some, and reads what it has
// then.
func changeLabels(ctx context.Context, s *atlassian.Site, verb labelVerb, in labelChangeIn) (out labelChangeOut, err error) {
	key := issueKey(in.Issue)
	var edits []map[labelVerb]string
	var labels []string
	for _, label := range in.Labels {
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
			edits = append(edits, map[labelVerb]string{verb: label})
		}
	}
	update := map[string]jsontext.Value{labelsField.FieldID: marshal(edits)}
	if _, err := updateIssue.Do(ctx, s, issueUpdate{key, in.NotifyWatchers, issueBody{Update: update}}); err != nil {
		return out, err
	}
	s.Changed("labels of issue " + key + " were changed")
	out.Issue.ID, out.Issue.Key = idAndKey(key)
	if !in.NotifyWatchers {
		out.Notes = append(out.Notes, maybeNotified)
	}
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		i, err := getIssue.Do(ctx, s, issueRef{IDOrKey: key, Fields: []string{labelsField.FieldID}})
		if err != nil {
			return "", err
		}
		out.Issue = labeledIssue{ID: i.ID, Key: i.Key, URL: issueURL(s, i.Key), Labels: i.Fields.Labels}
		if verb == removeLabels {
			out.Notes = append(out.Notes, otherCase(i.Fields.Labels, labels)...)
		}
		return wrongLabels(i.Fields.Labels, labels, verb), nil
	})
	return out, nil
}

// wrongLabels tells which labels an issue lacks that were added, or still has
// that were removed.
func wrongLabels(stored, changed []string, verb labelVerb) string {
	wrong := slices.DeleteFunc(slices.Clone(changed), func(label string) bool {
		return slices.Contains(stored, label) == (verb == addLabels)
	})
	switch {
	case len(wrong) == 0:
		return ""
	case verb == addLabels:
		return "The issue does not have " + strings.Join(wrong, ", ") + "."
	}
	return "The issue still has " + strings.Join(wrong, ", ") + "."
}

// otherCase notes the labels of an issue that differ from the removed ones in
// nothing but upper and lower case, for which Jira leaves them alone.
func otherCase(stored, removed []string) (notes []string) {
	for _, label := range stored {
		if slices.ContainsFunc(removed, func(r string) bool { return r != label && strings.EqualFold(r, label) }) {
			notes = append(notes, "The issue has "+label+", which is another label: upper and lower case differ.")
		}
	}
	return notes
}
