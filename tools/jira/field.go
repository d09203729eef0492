package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// field is a field of issues as Jira describes it.
type field struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Custom bool        `json:"custom"`
	Schema fieldSchema `json:"schema"`
}

type fieldSchema struct {
	Type   string `json:"type"`
	Items  string `json:"items"`
	Custom string `json:"custom"` // the kind of a custom field
}

// String is the type in words: "array of option".
func (s fieldSchema) String() string {
	if s.Items != "" {
		return s.Type + " of " + s.Items
	}
	return s.Type
}

// Kinds of custom fields that are shown in a way of their own.
const (
	sprintKind = "com.pyxis.greenhopper.jira:gh-sprint"
	rankKind   = "com.pyxis.greenhopper.jira:gh-lexo-rank" // an order, which means nothing to a reader
)

// Check holds that there is a field.
func (f field) Check() error {
	if f.ID == "" {
		return errors.New("a field without id")
	}
	return nil
}

type fieldList []field

// Check holds that there is a list of fields. A site without any has no issues.
func (l fieldList) Check() error {
	if len(l) == 0 {
		return errors.New("no fields")
	}
	for _, f := range l {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// listFields is remembered, because the list is long and seldom changes.
var listFields = atlassian.Get[struct{}, fieldList]("/rest/api/3/field", "read:jira-work").Remember(10 * time.Minute).
	Within(atlassian.Configuration(""))

// fieldSelection is the fields that issues are asked for and shown with.
type fieldSelection struct {
	ids    []string // at Jira
	names  []string // in answers
	custom bool     // every custom field
	others bool     // every field that there is
}

// selects reports whether a field is to be shown.
func (f fieldSelection) selects(id string) bool {
	return f.others || f.custom && isCustom(id) || slices.Contains(f.ids, id)
}

// needsInfo reports whether answers have to come with the names of fields:
// when some are shown by the names that the site gives them.
func (f fieldSelection) needsInfo() bool {
	return f.custom || f.others || slices.ContainsFunc(f.ids, func(id string) bool { return !isViewed(id) })
}

// upstream is what Jira is asked for. There is no word for all custom fields,
// so everything is asked for but the long lists, which have tools of their own.
func (f fieldSelection) upstream() []string {
	switch {
	case f.others:
		return []string{allFields}
	case !f.custom:
		return f.ids
	}
	upstream := []string{allFields}
	for _, long := range []string{"comment", "worklog"} {
		if !f.selects(long) {
			upstream = append(upstream, "-"+long)
		}
	}
	return upstream
}

func isViewed(id string) bool {
	return slices.ContainsFunc(viewedFields, func(f viewedField) bool { return f.id == id })
}

// The names that select several fields at once.
const (
	customFields = "custom_fields"
	allFields    = "*all"
)

// rowFields are shown in lists where the caller does not say which.
func rowFields() fieldSelection {
	var f fieldSelection
	for _, name := range []string{"title", "issue_type", "status", "priority", "assignee", "labels", "due_date", "updated"} {
		f.addViewed(name)
	}
	return f
}

// wholeIssue is shown of a single issue where the caller does not say.
func wholeIssue() fieldSelection {
	var f fieldSelection
	for _, field := range viewedFields {
		f.addViewed(field.name)
	}
	f.custom = true
	f.names = append(f.names, "sprint", customFields)
	return f
}

func (f *fieldSelection) add(id, name string) {
	if !slices.Contains(f.ids, id) {
		f.ids, f.names = append(f.ids, id), append(f.names, name)
	}
}

// addViewed adds the field that answers or Jira call so, in any notation:
// "fix_versions", "fixVersions", "Fix versions".
func (f *fieldSelection) addViewed(name string) bool {
	name = fold(name)
	i := slices.IndexFunc(viewedFields, func(v viewedField) bool { return fold(v.name) == name || fold(v.id) == name })
	if i < 0 {
		return false
	}
	f.add(viewedFields[i].id, viewedFields[i].name)
	return true
}

// fold makes spellings of a field's name equal.
func fold(name string) string { return strings.ToLower(withoutSeparators.Replace(name)) }

var withoutSeparators = strings.NewReplacer("_", "", " ", "")

// selectFields finds the fields that the caller names, by the names of answers,
// by Jira's IDs or by the names that the site gives them. Only the last cost a
// request. Without names it is otherwise.
func selectFields(ctx context.Context, s *atlassian.Site, names []string, otherwise fieldSelection) (fieldSelection, error) {
	f, unknown := selectKnownFields(names, otherwise)
	if len(unknown) > 0 {
		known, err := listFields.Do(ctx, s, struct{}{})
		if err != nil {
			return f, err
		}
		var errs []error
		for _, name := range unknown {
			found, err := findField("fields", known, name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			f.add(found.ID, cmp.Or(text.Line(found.Name, longestName), found.ID))
		}
		if err := errors.Join(errs...); err != nil {
			return f, err
		}
	}
	return f.orIDs(), nil
}

// orIDs asks for IDs where no field is selected: nothing at all would mean
// everything to Jira.
func (f fieldSelection) orIDs() fieldSelection {
	if len(f.ids) == 0 && !f.custom && !f.others {
		f.ids = []string{"id"}
	}
	return f
}

// selectKnownFields is selectFields without a request. It returns the names
// that only the site knows.
func selectKnownFields(names []string, otherwise fieldSelection) (f fieldSelection, unknown []string) {
	if len(names) == 0 {
		return otherwise, nil
	}
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case slices.Contains([]string{"id", "key", "url", "jira_gui_url"}, strings.ToLower(name)): // always there
		case f.addViewed(name):
		case strings.EqualFold(name, customFields):
			f.custom = true
			f.names = append(f.names, customFields)
		case name == allFields:
			f.others = true
			f.names = append(f.names, allFields)
		case customFieldID(name):
			f.add(name, name)
		default:
			unknown = append(unknown, name)
		}
	}
	return f, unknown
}

// longestName is how much is shown of a name that the site gives a field, in
// bytes.
const longestName = 100

func customFieldID(name string) bool {
	digits, ok := strings.CutPrefix(name, "customfield_")
	return ok && digits != "" && len(digits) < 20 && strings.Trim(digits, "0123456789") == ""
}

// findField finds the field that the parameter names by its ID or the name that
// the site gives it. The sprint has one name for every site.
func findField(param string, known []field, name string) (field, error) {
	if strings.EqualFold(name, "sprint") {
		if i := slices.IndexFunc(known, func(f field) bool { return f.Schema.Custom == sprintKind }); i >= 0 {
			return known[i], nil
		}
	}
	return lookup.Choose(lookup.Query{Parameter: param, Value: name, Noun: "field", Plural: "fields"}, known,
		func(f field) lookup.Candidate { return lookup.Candidate{ID: f.ID, Name: f.Name} })
}

// absent notes fields that were asked for by ID and of which Jira knows
// nothing: it leaves them out in silence.
func (f fieldSelection) absent(info fieldInfo) (notes []string) {
	if len(info.Names) == 0 { // it was not told
		return nil
	}
	for _, id := range f.ids {
		if _, known := info.Names[id]; !known && customFieldID(id) {
			notes = append(notes, fmt.Sprintf("No issue here has the field %s: there is no such field, or not in these projects.", id))
		}
	}
	return notes
}

// checkNumber refuses what is not the number that Jira has for an ID.
func checkNumber(param, value string) error {
	if !isDigits(value) {
		return tool.BadInput(param, "must be a number", "Give the ID, such as 10001.")
	}
	return nil
}
