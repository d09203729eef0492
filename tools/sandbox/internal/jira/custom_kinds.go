package jira

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

// customKind is a kind of custom fields.
type customKind struct {
	// vendor has the kind; empty is Jira itself.
	vendor string
	// kind is the type of its values, and items what they are when that is an array.
	kind, items string
	// read makes of a value in a request what is kept: the same with nothing in it but identifiers. The problem is what is
	// wrong with the value.
	read func(c *service.Call, i *issue, f *customField, value jsontext.Value) (kept jsontext.Value, problem string)
	// show is what is kept, as answers have it.
	show func(*service.Call, *customField, jsontext.Value) any
	// options are the values to choose from in a project; nil when they are not listed.
	options func(*service.Call, *customField, *project) []any
	// search is what a query may say about the field.
	search func(*service.Call, *customField) query.Field[*issue]
}

// custom is the kind's full name.
func (k *customKind) custom(name string) string {
	return cmp.Or(k.vendor, "com.atlassian.jira.plugin.system.customfieldtypes") + ":" + name
}

// customKinds are those that the sandbox knows, by the ends of their full names.
var customKinds = map[string]*customKind{
	"textfield":        {kind: "string", read: readLine, show: showKept, search: searchTexts},
	"textarea":         {kind: "string", read: readDocumentValue, show: showKept, search: searchTexts},
	"url":              {kind: "string", read: readAddress, show: showKept, search: searchTexts},
	"float":            {kind: "number", read: readNumber, show: showNumber, search: searchNumber},
	"jsw-story-points": {vendor: "com.pyxis.greenhopper.jira", kind: "number", read: readNumber, show: showNumber, search: searchNumber},
	"datepicker":       {kind: "date", read: readDay, show: showKept, search: searchTime},
	"datetime":         {kind: "datetime", read: readMoment, show: showKept, search: searchTime},
	"select":           {kind: "option", read: readOption, show: showOption, options: listOptions, search: searchOptions},
	"radiobuttons":     {kind: "option", read: readOption, show: showOption, options: listOptions, search: searchOptions},
	"cascadingselect":  {kind: "option-with-child", read: readCascade, show: showOption, options: listOptions, search: searchOptions},
	"multiselect":      {kind: "array", items: "option", read: listOf(readOption), show: listed(showOption), options: listOptions, search: searchOptions},
	"multicheckboxes":  {kind: "array", items: "option", read: listOf(readOption), show: listed(showOption), options: listOptions, search: searchOptions},
	"userpicker":       {kind: "user", read: readUser, show: showUser, search: searchKept},
	"multiuserpicker":  {kind: "array", items: "user", read: listOf(readUser), show: listed(showUser), search: searchKept},
	"grouppicker":      {kind: "group", read: readGroup, show: showGroup, search: searchKept},
	"multigrouppicker": {kind: "array", items: "group", read: listOf(readGroup), show: listed(showGroup), search: searchKept},
	"version":          {kind: "version", read: readVersion, show: showVersion, options: listVersionOptions, search: searchVersions},
	"multiversion":     {kind: "array", items: "version", read: listOf(readVersion), show: listed(showVersion), options: listVersionOptions, search: searchVersions},
	"project":          {kind: "project", read: readProject, show: showProject, search: searchKept},
	"labels":           {kind: "array", items: "string", read: listOf(readLabel), show: listed(showKept), search: searchKept},
}

// listOf reads a list, each value as read does. The same value twice is kept once.
func listOf(read func(*service.Call, *issue, *customField, jsontext.Value) (jsontext.Value, string)) func(*service.Call, *issue, *customField, jsontext.Value) (jsontext.Value, string) {
	return func(c *service.Call, i *issue, f *customField, value jsontext.Value) (jsontext.Value, string) {
		var values []jsontext.Value
		if value.Kind() != '[' || json.Unmarshal(value, &values) != nil {
			return nil, badList
		}
		var all []string
		for _, one := range values {
			kept, problem := read(c, i, f, one)
			if problem != "" {
				return nil, problem
			}
			if !slices.Contains(all, string(kept)) {
				all = append(all, string(kept))
			}
		}
		return jsontext.Value("[" + strings.Join(all, ",") + "]"), ""
	}
}

// listed shows a list, each value as show does. An empty one is shown as no value.
func listed(show func(*service.Call, *customField, jsontext.Value) any) func(*service.Call, *customField, jsontext.Value) any {
	return func(c *service.Call, f *customField, kept jsontext.Value) any {
		var all []any
		for _, one := range keptList(kept) {
			all = append(all, show(c, f, jsontext.Value(one)))
		}
		if all == nil {
			return nil
		}
		return all
	}
}

func showKept(_ *service.Call, _ *customField, kept jsontext.Value) any { return kept }

// keep writes what is kept of a value.
func keep(v any) jsontext.Value {
	kept, err := json.Marshal(v)
	if err != nil { // it is made of texts
		return jsontext.Value("null")
	}
	return kept
}

func readLine(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	var text string
	switch {
	case json.Unmarshal(value, &text) != nil:
		return nil, badText
	case utf8.RuneCountInString(text) > 255:
		return nil, "The entered text is too long. It exceeds the allowed limit of 255 characters."
	}
	return keep(text), ""
}

func readDocumentValue(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (kept jsontext.Value, problem string) {
	problem = setDocument(&kept, value)
	return kept, problem
}

func readAddress(c *service.Call, i *issue, f *customField, value jsontext.Value) (jsontext.Value, string) {
	kept, problem := readLine(c, i, f, value)
	if problem != "" {
		return nil, problem
	}
	var text string
	err := json.Unmarshal(kept, &text)
	if u, parseErr := url.Parse(text); err != nil || parseErr != nil || u.Scheme == "" || u.Host == "" {
		return nil, "Not a valid URL"
	}
	return kept, ""
}

func readNumber(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	if value.Kind() != '0' {
		return nil, "Operation value must be a number"
	}
	return value.Clone(), ""
}

// showNumber writes a whole number as Jira does: 5.0.
func showNumber(_ *service.Call, _ *customField, kept jsontext.Value) any {
	if strings.ContainsAny(string(kept), ".eE") {
		return kept
	}
	return jsontext.Value(string(kept) + ".0")
}

func readDay(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return nil, badDate
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return nil, badDate
	}
	return keep(text), ""
}

func readMoment(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		for _, format := range []string{timeFormat, "2006-01-02T15:04:05-0700", time.RFC3339} {
			if at, err := time.Parse(format, text); err == nil {
				return keep(at.UTC().Format(timeFormat)), ""
			}
		}
	}
	return nil, "Operation value must be a string in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ"
}

// chosenOption is how a value names an option and the one below it.
type chosenOption struct {
	ID    string        `json:"id,omitzero"`
	Value string        `json:"value,omitzero"`
	Child *chosenOption `json:"child,omitzero"`
}

func (o chosenOption) among(options []customOption) (found *customOption, problem string) {
	i := slices.IndexFunc(options, func(option customOption) bool {
		return service.Decimal(option.ID) == o.ID || o.ID == "" && option.Value == o.Value
	})
	switch {
	case i >= 0:
		return &options[i], ""
	case o.ID != "":
		return nil, "Option id '" + service.Clip(o.ID) + "' is not valid"
	case o.Value != "":
		return nil, "Option value '" + service.Clip(o.Value) + "' is not valid"
	default:
		return nil, noOption
	}
}

const noOption = "Could not find valid 'id' or 'value' in the Parent Option object."

func readOption(_ *service.Call, _ *issue, f *customField, value jsontext.Value) (jsontext.Value, string) {
	var chosen chosenOption
	if json.Unmarshal(value, &chosen) != nil {
		return nil, noOption
	}
	option, problem := chosen.among(f.Options)
	if problem != "" {
		return nil, problem
	}
	return keep(chosenOption{ID: service.Decimal(option.ID)}), ""
}

func readCascade(_ *service.Call, _ *issue, f *customField, value jsontext.Value) (jsontext.Value, string) {
	var chosen chosenOption
	if json.Unmarshal(value, &chosen) != nil {
		return nil, noOption
	}
	option, problem := chosen.among(f.Options)
	if problem != "" {
		return nil, problem
	}
	kept := chosenOption{ID: service.Decimal(option.ID)}
	if chosen.Child != nil {
		child, problem := chosen.Child.among(option.Children)
		if problem != "" {
			return nil, problem
		}
		kept.Child = &chosenOption{ID: service.Decimal(child.ID)}
	}
	return keep(kept), ""
}

type optionView struct {
	Self     string       `json:"self"`
	ID       string       `json:"id"`
	Value    string       `json:"value"`
	Child    *optionView  `json:"child,omitzero"`
	Children []optionView `json:"children,omitzero"`
}

func viewOption(c *service.Call, o *customOption) optionView {
	return optionView{Self: c.Gateway + "/rest/api/3/customFieldOption/" + service.Decimal(o.ID), ID: service.Decimal(o.ID), Value: o.Value}
}

func showOption(c *service.Call, f *customField, kept jsontext.Value) any {
	var chosen chosenOption
	if json.Unmarshal(kept, &chosen) != nil {
		return nil
	}
	option, _ := chosen.among(f.Options)
	v := viewOption(c, option)
	if chosen.Child != nil {
		child, _ := chosen.Child.among(option.Children)
		below := viewOption(c, child)
		v.Child = &below
	}
	return v
}

func listOptions(c *service.Call, f *customField, _ *project) []any {
	all := []any{}
	for i := range f.Options {
		v := viewOption(c, &f.Options[i])
		for j := range f.Options[i].Children {
			v.Children = append(v.Children, viewOption(c, &f.Options[i].Children[j]))
		}
		all = append(all, v)
	}
	return all
}

func readUser(c *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	p, named, problem := readPerson(c, value)
	switch {
	case problem != "":
		return nil, problem
	case p == nil:
		return nil, "User '" + service.Clip(named) + "' was not found in the system."
	}
	return keep(reference{AccountID: p.AccountID}), ""
}

func showUser(c *service.Call, _ *customField, kept jsontext.Value) any {
	p, _, _ := readPerson(c, kept)
	return viewUser(c, p)
}

func readGroup(c *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	var ref struct {
		Name string `json:"name"`
		ID   string `json:"groupId"`
	}
	if json.Unmarshal(value, &ref) != nil {
		return nil, badData
	}
	for _, g := range c.State.Groups {
		if ref.ID == g.ID || ref.ID == "" && ref.Name == g.Name {
			return keep(reference{Name: g.Name}), ""
		}
	}
	return nil, "Could not find group names: " + service.Clip(ref.Name+ref.ID)
}

func showGroup(c *service.Call, _ *customField, kept jsontext.Value) any {
	var ref reference
	if json.Unmarshal(kept, &ref) != nil {
		return nil
	}
	g := c.State.Group(ref.Name)
	return groupView{Name: g.Name, GroupID: g.ID, Self: c.Gateway + "/rest/api/3/group?groupId=" + g.ID}
}

func readVersion(c *service.Call, i *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	v, problem := projectVersion(c, i.Project, value)
	if problem != "" {
		return nil, problem
	}
	return keep(reference{ID: service.Decimal(v.ID)}), ""
}

func showVersion(c *service.Call, _ *customField, kept jsontext.Value) any {
	return viewVersion(c, versions.Get(c.Site, keptID(kept)))
}

func listVersionOptions(c *service.Call, _ *customField, p *project) []any {
	return versionOptions(c, p)
}

func readProject(c *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	p, problem := liveProject(c, value)
	if problem != "" {
		return nil, problem
	}
	return keep(reference{ID: service.Decimal(p.ID)}), ""
}

func showProject(c *service.Call, _ *customField, kept jsontext.Value) any {
	return viewProject(c, projects.Get(c.Site, keptID(kept)), nil)
}

func readLabel(_ *service.Call, _ *issue, _ *customField, value jsontext.Value) (jsontext.Value, string) {
	var label string
	if json.Unmarshal(value, &label) != nil {
		return nil, badText
	}
	if problem := wrongLabel(label); problem != "" {
		return nil, problem
	}
	return keep(label), ""
}

// keptID is the identifier of what is kept.
func keptID(kept jsontext.Value) int64 {
	var ref reference
	if json.Unmarshal(kept, &ref) != nil {
		return 0
	}
	return parseID(ref.ID)
}

// searchKept finds issues by the identifier or the name in what is kept.
func searchKept(_ *service.Call, f *customField) query.Field[*issue] {
	return query.Field[*issue]{Values: f.identifiers}
}

// identifiers are those in the value that an issue has: of an option also that of the one below it.
func (f *customField) identifiers(i *issue) []string {
	kept := i.Custom[f.ID]
	list := keptList(kept)
	if kept != nil && kept.Kind() != '[' {
		list = []string{string(kept)}
	}
	var all []string
	for _, one := range list {
		var text string
		if json.Unmarshal([]byte(one), &text) == nil {
			all = append(all, text)
			continue
		}
		var ref struct {
			reference
			Child *reference `json:"child"`
		}
		if json.Unmarshal([]byte(one), &ref) != nil {
			continue
		}
		all = append(all, cmp.Or(ref.ID, ref.AccountID, ref.Name))
		if ref.Child != nil {
			all = append(all, ref.Child.ID)
		}
	}
	return all
}

func searchTexts(_ *service.Call, f *customField) query.Field[*issue] {
	return query.Field[*issue]{Texts: func(i *issue) []string {
		kept := i.Custom[f.ID]
		if kept.Kind() == '{' {
			return documentTexts(kept)
		}
		return f.identifiers(i)
	}}
}

func searchNumber(_ *service.Call, f *customField) query.Field[*issue] {
	number := func(i *issue) (float64, bool) {
		var n float64
		kept, some := i.Custom[f.ID]
		some = some && json.Unmarshal(kept, &n) == nil
		return n, some
	}
	return query.Field[*issue]{Number: number, Compare: func(a, b *issue) int {
		m, _ := number(a)
		n, _ := number(b)
		return cmp.Compare(m, n)
	}}
}

func searchTime(c *service.Call, f *customField) query.Field[*issue] {
	return timeField(func(i *issue) time.Time {
		for _, text := range f.identifiers(i) {
			if day, err := time.ParseInLocation(time.DateOnly, text, location(c)); err == nil {
				return day
			}
			if at, err := time.Parse(timeFormat, text); err == nil {
				return at
			}
		}
		return time.Time{}
	})
}

func searchOptions(_ *service.Call, f *customField) query.Field[*issue] {
	var options []*customOption
	for i := range f.Options {
		options = append(options, &f.Options[i])
		for j := range f.Options[i].Children {
			options = append(options, &f.Options[i].Children[j])
		}
	}
	return query.Field[*issue]{
		Values:  f.identifiers,
		Resolve: resolver(options, func(o *customOption) (int64, []string) { return o.ID, []string{o.Value} }),
	}
}

func searchVersions(c *service.Call, f *customField) query.Field[*issue] {
	return query.Field[*issue]{
		Values:  f.identifiers,
		Resolve: resolver(versions.Rows(c.Site), func(v *version) (int64, []string) { return v.ID, []string{v.Name} }),
	}
}
