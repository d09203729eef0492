package jira

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// ownParameters are the parameters for fields that custom_fields is not for, by
// the fields' IDs. About a wrong parent Jira speaks as parentId.
var ownParameters = map[string]string{
	"summary": "title", "issuetype": "issue_type", "project": "project", "duedate": "due_date", "description": "description",
	"environment": "environment", "labels": "labels", "parent": "parent_issue", "parentId": "parent_issue", "priority": "priority",
	"assignee": "assignee", "reporter": "reporter",
}

// otherTools are the tools for what Jira lists as fields and no field can be
// written as.
var otherTools = map[string]string{
	"attachment": "AttachFileToIssue", "comment": "AddCommentToIssue", "status": "TransitionIssueToNewStatus",
}

// listedFields are among the fields of screens and take no value: what they
// show is made elsewhere.
var listedFields = []string{"issuelinks", "subtasks", "worklog", "votes", "watches"}

// issueBody is what Jira takes to write an issue: values by the IDs of fields,
// and operations on fields. A field is in one of them (facts §7).
type issueBody struct {
	Fields map[string]jsontext.Value `json:"fields,omitzero"`
	Update map[string]jsontext.Value `json:"update,omitzero"`
}

// body is the request that writes the values. A parent is taken away in a way of
// its own (facts §7).
func body(inputs []fieldInput) issueBody {
	b := issueBody{Fields: map[string]jsontext.Value{}}
	for _, in := range inputs {
		if id := in.field.id(); id == parentField.FieldID && isEmptyValue(in.value) {
			b.Update = map[string]jsontext.Value{id: jsontext.Value(`[{"set":{"none":true}}]`)}
		} else {
			b.Fields[id] = in.value
		}
	}
	return b
}

// parameter is a value that a parameter gives for a field. An empty one takes
// the field's value away.
type parameter struct {
	field screenField
	name  string
	value string
}

// encodeParameters makes the values of parameters ready to be sent, while the
// other tasks go on.
func (e fieldEncoder) encodeParameters(ctx context.Context, given []parameter, others ...func(context.Context) error) ([]fieldInput, error) {
	inputs := make([]fieldInput, len(given))
	tasks := others
	for i, p := range given {
		tasks = append(tasks, func(ctx context.Context) (err error) {
			inputs[i], err = e.encode(ctx, p.name, p.field, marshal(p.value))
			return err
		})
	}
	if err := lookup.Parallel(ctx, mostAtOnce, tasks...); err != nil {
		return nil, err
	}
	return inputs, nil
}

// screen is where the fields that custom_fields names are looked for.
type screen struct {
	fields lookup.List[screenField]
	closed bool              // whether no other field can be written
	own    map[string]string // parameters that set a field, by its ID
	// elsewhere tells of a field that is not on the screen: what to do instead, or
	// the field when it can be written all the same.
	elsewhere func(ctx context.Context, param, name string) (screenField, error)
}

// checkCustomFields refuses names that cannot be one before anything is asked.
func checkCustomFields(given map[string]jsontext.Value) error {
	var errs []error
	for name := range given {
		if strings.TrimSpace(name) == "" {
			errs = append(errs, tool.BadInput("custom_fields", "has a value without the name of a field", "Give each value under the name or ID of its field."))
		}
		errs = append(errs, atlassian.CheckVisible("custom_fields", name))
	}
	return errors.Join(errs...)
}

// encodeCustom makes the values of custom_fields ready to be sent. The error
// names everything that is wrong with them; the result then only tells which
// fields were meant.
func (e fieldEncoder) encodeCustom(ctx context.Context, on screen, given map[string]jsontext.Value) ([]fieldInput, error) {
	taken := map[string]bool{}
	var errs []error
	var inputs []fieldInput
	for _, name := range slices.Sorted(maps.Keys(given)) {
		param := "custom_fields." + text.Line(name, longestName)
		f, err := on.find(ctx, param, name)
		switch {
		case err != nil:
		case on.own[f.id()] != "":
			err = tool.BadInput(param, "has a parameter of its own", "Use the parameter "+on.own[f.id()]+".")
		case otherTools[f.id()] != "":
			err = tool.BadInput(param, "has a tool of its own", "Use the tool "+otherTools[f.id()]+".")
		case slices.Contains(listedFields, f.id()):
			err = tool.BadInput(param, "cannot be set as a field", "Leave it out.")
		case taken[f.id()]:
			err = tool.BadInput(param, "is given twice, by name and ID", "Give the field once.")
		default:
			taken[f.id()] = true
			inputs = append(inputs, fieldInput{field: f, param: param, given: given[name]})
		}
		errs = append(errs, err)
	}
	encoded, err := lookup.Map(ctx, mostAtOnce, inputs, func(ctx context.Context, in fieldInput) (fieldInput, error) {
		return e.encode(ctx, in.param, in.field, in.given)
	})
	if err == nil {
		inputs = encoded
	}
	return inputs, errors.Join(append(errs, err)...)
}

// find finds a field by its ID or the name that the site gives it.
func (on screen) find(ctx context.Context, param, name string) (screenField, error) {
	f, err := lookup.Choose(lookup.Query{
		Parameter: param, Value: name, Noun: "field", Plural: "fields", Incomplete: !on.fields.Complete,
	}, on.fields.Items, func(f screenField) lookup.Candidate {
		c := lookup.Candidate{ID: f.id(), Name: f.Name, OtherNames: []string{strings.ReplaceAll(f.Name, " ", "_")}, Detail: f.Schema.String()}
		if f.Schema.Custom == sprintKind {
			c.OtherNames = append(c.OtherNames, "Sprint")
		}
		return c
	})
	if err == nil || tool.Explain(err).Kind != tool.KindRetry {
		return f, err
	}
	for id, parameter := range on.own { // what callers know it by
		if fold(name) == fold(parameter) {
			return screenField{FieldID: id}, nil
		}
	}
	known, elsewhere := on.elsewhere(ctx, param, name)
	if elsewhere != nil && tool.Explain(elsewhere).Kind == tool.KindRetry {
		return f, err // no such field anywhere; those of the screen are the better suggestions
	}
	return known, elsewhere
}

// notOnScreen tells of a field that the site has and the screen has not.
func notOnScreen(s *atlassian.Site, reason, accepted string) func(context.Context, string, string) (screenField, error) {
	return func(ctx context.Context, param, name string) (screenField, error) {
		f, err := knownField(ctx, s, param, name)
		if err == nil && otherTools[f.id()] == "" {
			err = tool.BadInput(param, reason, accepted)
		}
		return f, err
	}
}

// knownField finds a field of the site.
func knownField(ctx context.Context, s *atlassian.Site, param, name string) (screenField, error) {
	known, err := listFields.Do(ctx, s, struct{}{})
	if err != nil {
		return screenField{}, err
	}
	f, err := findField(param, known, name)
	return screenField{FieldID: f.ID, Name: f.Name, Schema: f.Schema}, err
}

// missing are the fields that the screen requires and that are not among the
// given ones, by ID.
func (on screen) missing(given []string) []screenField {
	var missing []screenField
	for _, f := range on.fields.Items {
		if f.Required && !f.HasDefault && !slices.Contains(given, f.id()) {
			missing = append(missing, f)
		}
	}
	return missing
}

// refuse names all fields that are missing, with the values that each can have.
func (on screen) refuse(missing []screenField) error {
	var errs []error
	for _, f := range missing {
		param := on.own[f.id()]
		if param == "" {
			param = "custom_fields." + text.Line(f.Name, longestName)
		}
		errs = append(errs, tool.BadInput(param, "is required here", acceptedValues(f)))
	}
	return errors.Join(errs...)
}

// idsOf are the IDs of the fields that have a value.
func idsOf(inputs []fieldInput) []string {
	return each(inputs, func(in fieldInput) string { return in.field.id() })
}

// systemField is a field that every site has.
func systemField(id, kind string) screenField {
	return screenField{FieldID: id, Schema: fieldSchema{Type: kind}}
}

// The fields that parameters set.
var (
	summaryField     = systemField("summary", "string")
	projectField     = systemField("project", "project")
	issueTypeField   = systemField("issuetype", "issuetype")
	descriptionField = systemField("description", "string")
	environmentField = systemField("environment", "string")
	dueDateField     = systemField("duedate", "date")
	priorityField    = systemField("priority", "priority")
	parentField      = systemField("parent", "issuelink")
	assigneeField    = systemField("assignee", "user")
	reporterField    = systemField("reporter", "user")
	labelsField      = screenField{FieldID: "labels", Schema: fieldSchema{Type: "array", Items: "string"}}
)

// byID is a value that names a thing by its ID.
func byID(f screenField, param, given, id string) fieldInput {
	return fieldInput{field: f, param: param, given: marshal(given), value: marshal(map[string]string{"id": id})}
}

// checkTitle refuses a title that Jira does not take (facts §6).
func checkTitle(title string) error {
	if strings.ContainsAny(title, "\r\n") {
		return tool.BadInput("title", "must be a single line", "Put the rest into description.")
	}
	return nil
}

// findParent reads the issue that the parameter parent_issue names.
func findParent(ctx context.Context, s *atlassian.Site, value string) (issue, error) {
	parent, err := getIssue.Do(ctx, s, issueRef{issueKey(value), []string{"project"}, nil})
	if atlassian.IsNotFound(err) {
		err = tool.Retry("parent_issue: there is no issue with this ID or key, or the user may not see it.", "Call again with the key of the parent in parent_issue.")
	}
	return parent, err
}

// idAndKey tells which of both names an issue; the other is empty.
func idAndKey(idOrKey string) (id, key string) {
	if isDigits(idOrKey) {
		return idOrKey, ""
	}
	return "", idOrKey
}

// writtenIssue is the answer of the tools that write an issue.
type writtenIssue struct {
	Issue issueView `json:"issue" doc:"What is stored of the issue, without long texts."`
	shape.Verification
	Differences []fieldDifference `json:"differences,omitzero" doc:"What is stored otherwise than asked."`
	Losses      []string          `json:"losses,omitzero" doc:"What of the Markdown could not be stored."`
	Notes       []string          `json:"notes,omitzero" doc:"What else to know about the answer."`
}

type fieldDifference struct {
	Field  string `json:"field" doc:"The parameter."`
	Asked  string `json:"asked,omitzero" doc:"What was asked for, unless it is long."`
	Stored string `json:"stored,omitzero" doc:"What it stores, unless that is nothing or long." untrusted:"true"`
}

// verify reads the issue with the ID or key back and compares what is stored with
// what was sent. The answer shows that, and the named fields besides.
func (w *writtenIssue) verify(ctx context.Context, s *atlassian.Site, idOrKey string, sent []fieldInput, besides ...string) {
	for _, in := range sent {
		for _, loss := range in.losses {
			w.Losses = append(w.Losses, in.param+": "+loss)
		}
	}
	var shown fieldSelection
	for _, name := range besides {
		shown.addViewed(name)
	}
	read := shown
	read.ids, read.names = slices.Clone(shown.ids), slices.Clone(shown.names)
	for _, in := range sent {
		id := in.field.id()
		read.add(id, id)
		if id != descriptionField.FieldID && id != environmentField.FieldID {
			shown.add(id, id)
		}
	}
	w.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		format := issueFormat{fields: read, inList: true}
		i, err := getIssue.Do(ctx, s, issueRef{idOrKey, read.upstream(), format.expand()})
		if err != nil {
			return "", err
		}
		stored, err := fieldValues(i)
		if err != nil {
			return "", err
		}
		format.fields = shown
		w.Issue = viewIssue(s, i, i.fieldInfo, format)
		w.Differences = differences(sent, stored)
		return differing(w.Differences), nil
	})
}

// differences are the fields that hold something else than what was sent.
func differences(sent []fieldInput, stored map[string]jsontext.Value) (found []fieldDifference) {
	for _, in := range sent {
		if now := stored[in.field.id()]; !stores(now, in.value) {
			found = append(found, fieldDifference{Field: in.param, Asked: shortValue(in.given), Stored: shortValue(now)})
		}
	}
	return found
}

// differing says that there are differences, or is "".
func differing(found []fieldDifference) string {
	if len(found) == 0 {
		return ""
	}
	return "It is stored otherwise than asked, see differences."
}

// fieldValues are the values of an issue by the IDs of the fields.
func fieldValues(i issue) (values map[string]jsontext.Value, err error) {
	lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	raw, err := json.Marshal(i.Fields, lenient)
	if err == nil {
		err = json.Unmarshal(raw, &values, lenient)
	}
	return values, err
}

// shortValue shows a value that is not long.
func shortValue(v jsontext.Value) string {
	r := reader{longest: longestName}
	shown := r.read(v, 0)
	switch {
	case r.lost != "" || len(shown) > longestInput:
		return ""
	case shown.Kind() == '"':
		return scalarText(shown)
	}
	return string(shown)
}

// nameFields puts the parameters in which fields were given in place of their
// IDs into what Jira says about them.
func nameFields(err error, sent []fieldInput) error {
	e, ok := errors.AsType[*atlassian.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Messages = slices.Clone(e.Messages)
	var about []string
	for i, message := range named.Messages {
		for _, in := range sent {
			id := in.field.id()
			reason, ofField := strings.CutPrefix(message, id+": ")
			if ofField && in.param != id {
				message = in.param + ": " + reason
				about = append(about, in.param)
			}
			if isCustom(id) {
				message = strings.ReplaceAll(message, "'"+id+"'", "'"+in.param+"'")
			}
		}
		named.Messages[i] = message
	}
	told := named.ToolError()
	if e.Status == http.StatusBadRequest && len(about) > 0 {
		told.Kind = tool.KindBadInput
		told.Prompt = strings.TrimSpace(told.Prompt + " Correct " + strings.Join(about, ", ") + " and call again.")
	}
	return told
}
