package jira

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// issueField is one field of issues: how it is shown, written and searched.
type issueField struct {
	name string
	// title is what people call it.
	title  string
	schema fieldSchema
	// allowed are the values it may have in a project; nil when they are not listed.
	allowed func(*service.Call, *project, *issueType) []any
	// show is its value in an answer.
	show func(*service.Call, *issue) any
	// set writes it and returns what is wrong with the value; nil makes the field read-only.
	set func(*service.Call, *issue, jsontext.Value) string
	// clear takes its value away; nil when it always has one.
	clear func(*service.Call, *issue)
	// merge adds the one value that another issue has in the field, or removes it; nil unless the field is a list.
	merge func(i, one *issue, operation string)
	// missing is what is wrong with an issue that is created without it, if anything.
	missing string
	// required limits missing to the issues of some projects and types; nil requires it everywhere.
	required func(project, issueType int64) bool
	// used limits the field to the issues of some projects and types; nil is every issue.
	used func(project, issueType int64) bool
	// onTransitions says that only the screens of transitions have it.
	onTransitions bool
	// aliases are what a query may call it besides its name.
	aliases []string
	// search is what a query may say about it; nil when nothing.
	search func(*service.Call) query.Field[*issue]
}

// wanted reports whether a list of fields asks for this one; one with a minus is left out.
func (f *issueField) wanted(list []string) bool {
	if slices.Contains(list, "-"+f.name) {
		return false
	}
	return slices.Contains(list, "*all") || slices.Contains(list, "*navigable") || slices.Contains(list, f.name)
}

// isUsed reports whether an issue has the field.
func (f *issueField) isUsed(i *issue) bool { return f.used == nil || f.used(i.Project, i.Type) }

// isRequired reports whether an issue must have a value in the field.
func (f *issueField) isRequired(i *issue) bool {
	return f.missing != "" && (f.required == nil || f.required(i.Project, i.Type))
}

// merging is [issueField.merge] for the list that an issue keeps at a place.
func merging[T comparable](list func(*issue) *[]T) func(i, one *issue, operation string) {
	return func(i, one *issue, operation string) {
		*list(i) = withOrWithout(*list(i), *list(one), operation)
	}
}

// withOrWithout is a list after values were added or removed. What is there already is not added again, and what is not
// there is removed without a word.
func withOrWithout[T comparable](list, values []T, operation string) []T {
	if operation == "add" {
		return slices.Concat(list, filter(values, func(v T) bool { return !slices.Contains(list, v) }))
	}
	return filter(list, func(v T) bool { return !slices.Contains(values, v) })
}

// fieldList gathers fields from the files that declare them.
type fieldList struct{ all []*issueField }

// add declares a field. Those of one file are written in the order in which they were declared.
func (l *fieldList) add(f issueField) service.Served { //nolint:unparam // the result lets a declaration stand at package level
	l.all = append(l.all, &f)
	return service.Served{}
}

// issueFields are those of every site.
var issueFields = new(fieldList)

// fieldsOf are the fields of a site, its own after those of every site. One may depend on those before it, as components
// on the project.
func fieldsOf(site *state.Site) []*issueField {
	all := slices.Clip(issueFields.all)
	for _, f := range customFields.Rows(site) {
		all = append(all, f.field())
	}
	return all
}

// fieldNamed is the field that an answer calls so, or nil.
func fieldNamed(site *state.Site, name string) *issueField {
	all := fieldsOf(site)
	i := slices.IndexFunc(all, func(f *issueField) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

// reference is how a request names a thing that has an id and perhaps a key or a name.
type reference struct {
	ID        string `json:"id,omitzero"`
	Key       string `json:"key,omitzero"`
	Name      string `json:"name,omitzero"`
	AccountID string `json:"accountId,omitzero"`
}

// parseID is an identifier as a request spells it, or 0 when it is none.
func parseID(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// What is wrong with values of the wrong shape.
const (
	badData = "data was not an object"
	badText = "Operation value must be a string"
	badList = "data was not an array"
	badDate = "Operation value must be a string in the format yyyy-MM-dd"
)

var _ = issueFields.add(issueField{
	name:    "project",
	title:   "Project",
	schema:  fieldSchema{Type: "project"},
	allowed: func(c *service.Call, p *project, _ *issueType) []any { return []any{viewProject(c, p, nil)} },
	show:    func(c *service.Call, i *issue) any { return viewProject(c, projects.Get(c.Site, i.Project), nil) },
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		p, problem := liveProject(c, value)
		if problem == "" {
			i.Project = p.ID
		}
		return problem
	},
	missing: "Specify a valid project ID or key",
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values:  func(i *issue) []string { return []string{service.Decimal(i.Project)} },
			Resolve: resolver(filter(projects.Rows(c.Site), func(p *project) bool { return sees(c, p) }), func(p *project) (int64, []string) { return p.ID, append([]string{p.Key, p.Name}, p.FormerKeys...) }),
			Compare: func(a, b *issue) int {
				return strings.Compare(projects.Get(c.Site, a.Project).Name, projects.Get(c.Site, b.Project).Name)
			},
		}
	},
})

// liveProject is the project that a value names, or what is wrong with it.
func liveProject(c *service.Call, value jsontext.Value) (*project, string) {
	var ref reference
	if json.Unmarshal(value, &ref) != nil {
		return nil, badData
	}
	p := seenProject(c, func(p *project) bool {
		return p.status() == "live" && (service.Decimal(p.ID) == ref.ID || p.isCalled(ref.Key))
	})
	if p == nil {
		return nil, "valid project is required"
	}
	return p, ""
}

var _ = issueFields.add(issueField{
	name:    "issuetype",
	title:   "Issue Type",
	schema:  fieldSchema{Type: "issuetype"},
	allowed: func(c *service.Call, _ *project, t *issueType) []any { return []any{viewIssueType(c, t)} },
	show: func(c *service.Call, i *issue) any {
		return viewIssueType(c, issueTypes.Get(c.Site, i.Type))
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var ref reference
		if json.Unmarshal(value, &ref) != nil {
			return badData
		}
		p := projects.Get(c.Site, i.Project)
		t := issueTypes.Find(c.Site, func(t *issueType) bool {
			return p != nil && t.usedBy(c.Site, p) && (service.Decimal(t.ID) == ref.ID || t.Name == ref.Name)
		})
		if t == nil {
			return "Specify a valid issue type"
		}
		i.Type = t.ID
		return ""
	},
	missing: "Specify a valid issue type",
	aliases: []string{"type"},
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values:  func(i *issue) []string { return []string{service.Decimal(i.Type)} },
			Resolve: resolver(issueTypes.Rows(c.Site), func(t *issueType) (int64, []string) { return t.ID, []string{t.Name} }),
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "summary",
	title:  "Summary",
	schema: fieldSchema{Type: "string"},
	show:   func(_ *service.Call, i *issue) any { return i.Summary },
	set: func(_ *service.Call, i *issue, value jsontext.Value) string {
		if json.Unmarshal(value, &i.Summary) != nil {
			return badText
		}
		switch i.Summary = strings.TrimSpace(i.Summary); {
		case i.Summary == "":
			return "You must specify a summary of the issue."
		case utf8.RuneCountInString(i.Summary) > 255:
			return "Summary can't exceed 255 characters."
		case strings.ContainsAny(i.Summary, "\r\n"):
			return "The summary is invalid because it contains newline characters."
		}
		return ""
	},
	missing: "You must specify a summary of the issue.",
	search: func(*service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Texts:   func(i *issue) []string { return []string{i.Summary} },
			Compare: func(a, b *issue) int { return strings.Compare(a.Summary, b.Summary) },
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "description",
	title:  "Description",
	schema: fieldSchema{Type: "string"},
	show:   func(_ *service.Call, i *issue) any { return i.Description },
	set: func(_ *service.Call, i *issue, value jsontext.Value) string {
		return setDocument(&i.Description, value)
	},
	clear: func(_ *service.Call, i *issue) { i.Description = nil },
	search: func(*service.Call) query.Field[*issue] {
		return query.Field[*issue]{Texts: func(i *issue) []string { return documentTexts(i.Description) }}
	},
})

var _ = issueFields.add(issueField{
	name:   "environment",
	title:  "Environment",
	schema: fieldSchema{Type: "string"},
	show:   func(_ *service.Call, i *issue) any { return i.Environment },
	set: func(_ *service.Call, i *issue, value jsontext.Value) string {
		return setDocument(&i.Environment, value)
	},
	clear: func(_ *service.Call, i *issue) { i.Environment = nil },
	search: func(*service.Call) query.Field[*issue] {
		return query.Field[*issue]{Texts: func(i *issue) []string { return documentTexts(i.Environment) }}
	},
})

// setDocument keeps a document of Atlassian's format and returns what is wrong with it.
func setDocument(at *jsontext.Value, value jsontext.Value) string {
	if _, valid := readDocument(value); !valid {
		return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	}
	if tooLong(value) {
		return textTooLong
	}
	*at = value.Clone()
	return ""
}

const textTooLong = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."

// documentTexts is the text of a document of Atlassian's format, with a space after each block.
func documentTexts(document jsontext.Value) []string {
	var all strings.Builder
	name := ""
	for d := jsontext.NewDecoder(bytes.NewReader(document)); ; {
		t, err := d.ReadToken()
		if err != nil {
			return []string{strings.TrimSpace(all.String())}
		}
		switch around, n := d.StackIndex(d.StackDepth()); {
		case t.Kind() == ']':
			all.WriteByte(' ')
		case t.Kind() == '"' && around == '{' && n%2 == 1:
			name = t.String()
		case t.Kind() == '"' && name == "text":
			all.WriteString(t.String())
		}
	}
}

var _ = issueFields.add(issueField{
	name:   "status",
	title:  "Status",
	schema: fieldSchema{Type: "status"},
	show:   func(c *service.Call, i *issue) any { return viewStatus(c, i.Status) },
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values:  func(i *issue) []string { return []string{service.Decimal(i.Status)} },
			Resolve: resolver(statuses.Rows(c.Site), func(s *status) (int64, []string) { return s.ID, []string{s.Name} }),
			Was: func(i *issue) []string {
				all := []string{service.Decimal(i.Status)}
				for _, id := range i.PastStatuses {
					all = append(all, service.Decimal(id))
				}
				return all
			},
			Compare: func(a, b *issue) int { return int(a.Status - b.Status) },
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "assignee",
	title:  "Assignee",
	schema: fieldSchema{Type: "user"},
	show:   func(c *service.Call, i *issue) any { return userOrNil(c, i.Assignee) },
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		p, named, problem := readPerson(c, value)
		if problem == "" && (p == nil || !p.Active) {
			problem = "User '" + service.Clip(named) + "' cannot be assigned issues."
		}
		if problem == "" {
			i.Assignee = p.Handle
		}
		return problem
	},
	clear: func(_ *service.Call, i *issue) { i.Assignee = "" },
	search: func(c *service.Call) query.Field[*issue] {
		return userField(c, func(i *issue) string { return i.Assignee })
	},
})

var _ = issueFields.add(issueField{
	name:   "reporter",
	title:  "Reporter",
	schema: fieldSchema{Type: "user"},
	show:   func(c *service.Call, i *issue) any { return userOrNil(c, i.Reporter) },
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		p, _, problem := readPerson(c, value)
		if problem == "" && (p == nil || !p.Active) {
			problem = "The reporter specified is not a user."
		}
		if problem == "" {
			i.Reporter = p.Handle
		}
		return problem
	},
	search: func(c *service.Call) query.Field[*issue] {
		return userField(c, func(i *issue) string { return i.Reporter })
	},
})

var _ = issueFields.add(issueField{
	name:   "creator",
	title:  "Creator",
	schema: fieldSchema{Type: "user"},
	show:   func(c *service.Call, i *issue) any { return userCalled(c, creator(i)) },
	search: func(c *service.Call) query.Field[*issue] { return userField(c, creator) },
})

// readPerson is the account that a value names, or nil, and how it is named. The problem is that it names none.
func readPerson(c *service.Call, value jsontext.Value) (p *state.Person, named, problem string) {
	var ref reference
	if json.Unmarshal(value, &ref) != nil {
		return nil, "", badData
	}
	named = cmp.Or(ref.AccountID, ref.ID)
	return c.State.Account(named), named, ""
}

// creator is who created an issue.
func creator(i *issue) string { return cmp.Or(i.Creator, i.Reporter) }

// userOrNil is the user with a handle, or null for an empty one.
func userOrNil(c *service.Call, handle string) any {
	if handle == "" {
		return nil
	}
	return userCalled(c, handle)
}

// userField is a field that holds a user. People are found by account id, name or e-mail address.
func userField(c *service.Call, of func(*issue) string) query.Field[*issue] {
	return query.Field[*issue]{
		Values: func(i *issue) []string {
			if of(i) == "" {
				return nil
			}
			return []string{of(i)}
		},
		Resolve: func(v query.Value) []string {
			var handles []string
			for _, p := range c.State.People {
				if v.Text == p.AccountID || strings.EqualFold(v.Text, p.DisplayName) || !p.EmailHidden && p.EmailAddress != "" && strings.EqualFold(v.Text, p.EmailAddress) {
					handles = append(handles, p.Handle)
				}
			}
			return handles
		},
		Compare: func(a, b *issue) int { return strings.Compare(of(a), of(b)) },
	}
}

var _ = issueFields.add(issueField{
	name:   "labels",
	title:  "Labels",
	schema: fieldSchema{Type: "array", Items: "string"},
	show:   func(_ *service.Call, i *issue) any { return append([]string{}, i.Labels...) },
	set: func(_ *service.Call, i *issue, value jsontext.Value) string {
		if json.Unmarshal(value, &i.Labels) != nil {
			return "Operation value must be an array of strings"
		}
		for _, label := range i.Labels {
			if problem := wrongLabel(label); problem != "" {
				return problem
			}
		}
		slices.Sort(i.Labels)
		i.Labels = slices.Compact(i.Labels)
		return ""
	},
	clear: func(_ *service.Call, i *issue) { i.Labels = nil },
	merge: merging(func(i *issue) *[]string { return &i.Labels }),
	search: func(*service.Call) query.Field[*issue] {
		return query.Field[*issue]{Values: func(i *issue) []string { return i.Labels }}
	},
})

// wrongLabel is what is wrong with a label.
func wrongLabel(label string) string {
	switch {
	case strings.ContainsAny(label, " \t\r\n"):
		return "The label '" + service.Clip(label) + "' contains spaces which is invalid."
	case utf8.RuneCountInString(label) > 255:
		return "The label '" + service.Clip(label) + "' exceeds the maximum length for a single label (255 characters)."
	}
	return ""
}

var _ = issueFields.add(issueField{
	name:   "components",
	title:  "Components",
	schema: fieldSchema{Type: "array", Items: "component"},
	allowed: func(c *service.Call, p *project, _ *issueType) []any {
		var all []any
		for _, comp := range componentsOf(c, p) {
			all = append(all, reference{ID: comp.ID, Name: comp.Name})
		}
		return all
	},
	show: func(c *service.Call, i *issue) any {
		views := []reference{}
		for _, id := range i.Components {
			views = append(views, reference{ID: service.Decimal(id), Name: components.Get(c.Site, id).Name})
		}
		return views
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var refs []reference
		if json.Unmarshal(value, &refs) != nil {
			return "Operation value must be an array"
		}
		for _, ref := range refs {
			comp := components.Find(c.Site, func(comp *component) bool {
				return comp.Project == i.Project && (service.Decimal(comp.ID) == ref.ID || ref.ID == "" && comp.Name == ref.Name)
			})
			if comp == nil {
				return "Component name '" + service.Clip(ref.Name+ref.ID) + "' is not valid"
			}
			i.Components = append(i.Components, comp.ID)
		}
		return ""
	},
	clear:   func(_ *service.Call, i *issue) { i.Components = nil },
	merge:   merging(func(i *issue) *[]int64 { return &i.Components }),
	aliases: []string{"component"},
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values: func(i *issue) []string {
				var ids []string
				for _, id := range i.Components {
					ids = append(ids, service.Decimal(id))
				}
				return ids
			},
			Resolve: resolver(components.Rows(c.Site), func(comp *component) (int64, []string) { return comp.ID, []string{comp.Name} }),
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "duedate",
	title:  "Due date",
	schema: fieldSchema{Type: "date"},
	show: func(_ *service.Call, i *issue) any {
		if i.Due == "" {
			return nil
		}
		return i.Due
	},
	set: func(_ *service.Call, i *issue, value jsontext.Value) string {
		if json.Unmarshal(value, &i.Due) == nil {
			if _, err := time.Parse(time.DateOnly, i.Due); err == nil {
				return ""
			}
		}
		return badDate
	},
	clear:   func(_ *service.Call, i *issue) { i.Due = "" },
	aliases: []string{"due"},
	search: func(c *service.Call) query.Field[*issue] {
		return timeField(func(i *issue) time.Time {
			due, err := time.ParseInLocation(time.DateOnly, i.Due, location(c))
			if err != nil {
				return time.Time{} // it has none
			}
			return due
		})
	},
})

var _ = issueFields.add(issueField{
	name:   "created",
	title:  "Created",
	schema: fieldSchema{Type: "datetime"},
	show:   func(_ *service.Call, i *issue) any { return i.Created.Format(timeFormat) },
	search: func(*service.Call) query.Field[*issue] {
		return timeField(func(i *issue) time.Time { return i.Created })
	},
})

var _ = issueFields.add(issueField{
	name:   "updated",
	title:  "Updated",
	schema: fieldSchema{Type: "datetime"},
	show:   func(_ *service.Call, i *issue) any { return i.Updated.Format(timeFormat) },
	search: func(*service.Call) query.Field[*issue] {
		return timeField(func(i *issue) time.Time { return i.Updated })
	},
})

// timeField is a field that holds a moment.
func timeField(of func(*issue) time.Time) query.Field[*issue] {
	return query.Field[*issue]{Time: of, Compare: func(a, b *issue) int { return of(a).Compare(of(b)) }}
}

// resolver finds rows by their id or, whatever the case, by one of their names.
func resolver[Row any](rows []*Row, of func(*Row) (int64, []string)) func(query.Value) []string {
	return func(v query.Value) []string {
		var ids []string
		for _, row := range rows {
			id, names := of(row)
			if v.Number && v.Text == service.Decimal(id) || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, v.Text) }) {
				ids = append(ids, service.Decimal(id))
			}
		}
		return ids
	}
}
