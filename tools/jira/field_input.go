package jira

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// fieldInput is a value for a field of an issue, as Jira takes it.
type fieldInput struct {
	field  screenField
	param  string         // where it was given: "assignee", "custom_fields.Story Points"
	given  jsontext.Value // what was given there
	value  jsontext.Value // what Jira is sent; null takes the value away
	losses []string
}

// fieldEncoder makes the values that Jira takes of those that callers give.
type fieldEncoder struct {
	site *atlassian.Site
	at   workplace
}

// Kinds of custom fields whose values their type does not tell.
const (
	textAreaKind   = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
	urlKind        = "com.atlassian.jira.plugin.system.customfieldtypes:url"
	epicLinkKind   = "com.pyxis.greenhopper.jira:gh-epic-link"
	parentLinkKind = "com.atlassian.jpo:jpo-custom-field-parent"
)

// encode makes the value for a field of one that was given in a parameter, by
// the type that Jira tells of the field. Null, "" and [] take the value away. A
// single value stands for a list of it, and an object of Jira's own form, such as
// {"value": "High"}, for what it names. The error says what is accepted.
func (e fieldEncoder) encode(ctx context.Context, param string, f screenField, given jsontext.Value) (in fieldInput, err error) {
	in = fieldInput{field: f, param: param, given: given}
	list := f.Schema.Type == "array" && f.Schema.Custom != sprintKind
	if isEmptyValue(given) && given.Kind() != '{' {
		in.value = jsontext.Value("null")
		if list {
			in.value = jsontext.Value("[]")
		}
		if f.Required && !f.HasDefault {
			err = tool.BadInput(param, "must have a value", acceptedValues(f))
		}
		return in, err
	}
	if !list {
		in.value, in.losses, err = e.one(ctx, param, f, f.Schema.Type, given)
		return in, err
	}
	items := []jsontext.Value{given}
	if given.Kind() == '[' {
		if err := json.Unmarshal(given, &items); err != nil {
			return in, err
		}
	}
	if len(items) > mostItems {
		return in, tool.BadInput(param, fmt.Sprintf("has more than %d values", mostItems), "Give fewer values.")
	}
	values, err := lookup.Map(ctx, mostAtOnce, items, func(ctx context.Context, item jsontext.Value) (jsontext.Value, error) {
		value, _, err := e.one(ctx, param, f, f.Schema.Items, item)
		return value, err
	})
	in.value = marshal(values)
	return in, err
}

// mostAtOnce is how many things are looked up at once.
const mostAtOnce = 4

// isEmptyValue reports whether a value shows nothing.
func isEmptyValue(v jsontext.Value) bool {
	switch v.Kind() {
	case '"':
		var s string
		return json.Unmarshal(v, &s) == nil && strings.TrimSpace(s) == ""
	case '[', '{':
		within := bytes.TrimSpace(v)
		return len(bytes.TrimSpace(within[1:len(within)-1])) == 0
	}
	return v.Kind() != '0' && v.Kind() != 't' && v.Kind() != 'f'
}

// one makes a value of a type: that of a field, or of the items of a list.
func (e fieldEncoder) one(ctx context.Context, param string, f screenField, kind string, given jsontext.Value) (jsontext.Value, []string, error) {
	switch f.Schema.Custom {
	case textAreaKind:
		return e.richText(ctx, param, given)
	case urlKind:
		value, err := encodeURL(param, given)
		return value, nil, err
	case sprintKind:
		value, err := encodeID(param, "the ID of a sprint", given)
		return value, nil, err
	case epicLinkKind, parentLinkKind:
		key, err := encodeIssue(param, given)
		return marshal(key), nil, err
	}
	if id := f.id(); id == "description" || id == "environment" {
		return e.richText(ctx, param, given)
	}
	value, err := e.ofType(ctx, param, f, kind, given)
	return value, nil, err
}

func (e fieldEncoder) ofType(ctx context.Context, param string, f screenField, kind string, given jsontext.Value) (jsontext.Value, error) {
	switch kind {
	case "string":
		return encodeText(param, f, given)
	case "number":
		return encodeNumber(param, given)
	case "date":
		return encodeDate(param, given)
	case "datetime":
		return encodeTime(param, given)
	case "option-with-child":
		return encodeCascade(param, f, given)
	case "user":
		who, err := nameIn(param, "a person: an account ID, name, e-mail address or me", given)
		if err != nil {
			return nil, err
		}
		u, err := findPerson(ctx, e.site, param, who, e.at)
		return marshal(map[string]string{"accountId": u.AccountID}), err
	case "group":
		name, err := nameIn(param, "the name of a group", given)
		return marshal(map[string]string{"name": name}), err
	case "issuelink":
		key, err := encodeIssue(param, given)
		return marshal(map[string]string{"key": key}), err
	case "project":
		return encodeProject(param, f, given)
	case "team":
		id, err := nameIn(param, "the ID of a team", given)
		return marshal(id), err
	case "timetracking":
		return encodeEstimate(param, given)
	case "option", "priority", "resolution", "version", "component", "issuetype", "securitylevel", "status":
		return encodeChoice(param, f, kind, given)
	}
	return given, nil // a type of an app, whose values nobody else knows
}

// richText makes a document of Markdown. A document is taken as it is.
func (e fieldEncoder) richText(ctx context.Context, param string, given jsontext.Value) (jsontext.Value, []string, error) {
	if doc, err := richtext.ParseADF(given, richtext.Limits{}); err == nil {
		return storedText(param, doc)
	}
	markdown, err := textIn(param, "a text in Markdown", given)
	if err != nil {
		return nil, nil, err
	}
	return writeRichText(ctx, e.site, param, markdown, e.at)
}

// textIn is the text of a string.
func textIn(param, accepted string, given jsontext.Value) (string, error) {
	var s string
	if given.Kind() != '"' || json.Unmarshal(given, &s) != nil {
		return "", tool.BadInput(param, "must be "+accepted, "Give "+accepted+".")
	}
	return s, nil
}

// nameIn is what a value names something by: a text, an ID, or an object of
// Jira's own form that has one of them.
func nameIn(param, accepted string, given jsontext.Value) (string, error) {
	name := ""
	switch given.Kind() {
	case '"', '0':
		name = scalarText(given)
	case '{':
		var members map[string]jsontext.Value
		if json.Unmarshal(given, &members) == nil {
			for _, member := range []string{"id", "accountId", "value", "key", "name", "emailAddress", "displayName"} {
				name = cmp.Or(name, scalarText(members[member]))
			}
		}
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > longestInput {
		return "", tool.BadInput(param, "must be "+accepted, "Give "+accepted+".")
	}
	return name, atlassian.CheckVisible(param, name)
}

// longestInput is the longest text that can name something or be a line, in
// bytes.
const longestInput = 1000

// scalarText is the text of a string or the digits of a number.
func scalarText(v jsontext.Value) string {
	if v.Kind() == '0' {
		return string(v)
	}
	var s string
	if v.Kind() == '"' {
		_ = json.Unmarshal(v, &s) // decoded before; anything else is no name
	}
	return s
}

// encodeText is the value of a field of one line or, with items, a label.
func encodeText(param string, f screenField, given jsontext.Value) (jsontext.Value, error) {
	if f.Schema.Type == "array" {
		label, err := nameIn(param, "a label", given)
		return marshal(label), errors.Join(err, checkLabels(param, []string{label}))
	}
	s, err := textIn(param, "a text", given)
	switch {
	case err != nil:
		return nil, err
	case strings.ContainsAny(s, "\r\n"):
		return nil, tool.BadInput(param, "must be a single line", "Leave the line breaks out.")
	case len([]rune(s)) > longestLine:
		return nil, tool.BadInput(param, fmt.Sprintf("has more than %d characters", longestLine), "Shorten it.")
	}
	return given, nil
}

// longestLine is how many characters Jira stores in a field of one line.
const longestLine = 255

func encodeNumber(param string, given jsontext.Value) (jsontext.Value, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(scalarText(given)), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return nil, tool.BadInput(param, "must be a number", "Give a number, such as 3 or 0.5.")
	}
	if given.Kind() == '0' {
		return given, nil
	}
	return marshal(n), nil
}

// encodeID is a number that names something.
func encodeID(param, what string, given jsontext.Value) (jsontext.Value, error) {
	name, err := nameIn(param, what, given)
	if err != nil {
		return nil, err
	}
	id, err := strconv.Atoi(name)
	if err != nil || id <= 0 {
		return nil, tool.BadInput(param, "must be "+what, "Give "+what+", such as 42.")
	}
	return marshal(id), nil
}

func encodeDate(param string, given jsontext.Value) (jsontext.Value, error) {
	s, err := textIn(param, "a day, such as 2026-01-31", given)
	if err != nil {
		return nil, err
	}
	day, err := checkDay(param, s)
	return marshal(day.Format(time.DateOnly)), err
}

// jiraTime is how Jira writes moments (facts §7).
const jiraTime = "2006-01-02T15:04:05.000-0700"

// encodeTime takes a moment in any usual notation that says its offset: without
// one nobody knows which moment is meant.
func encodeTime(param string, given jsontext.Value) (jsontext.Value, error) {
	const accepted = "a date and time with its offset, such as 2026-01-31T15:04:00+01:00"
	s, err := textIn(param, accepted, given)
	if err != nil {
		return nil, err
	}
	s = strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	for _, layout := range []string{time.RFC3339, jiraTime, "2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04-0700"} {
		if at, err := time.Parse(layout, s); err == nil {
			return marshal(at.Format(jiraTime)), nil
		}
	}
	return nil, tool.BadInput(param, "must be "+accepted, "Give "+accepted+".")
}

func encodeURL(param string, given jsontext.Value) (jsontext.Value, error) {
	const accepted = "an address, such as https://example.com/page"
	s, err := textIn(param, accepted, given)
	if err != nil {
		return nil, err
	}
	s = strings.TrimSpace(s)
	if u, err := url.Parse(s); err != nil || u.Scheme == "" || u.Host == "" || schema.HasInvisible(s) {
		return nil, tool.BadInput(param, "must be "+accepted, "Give "+accepted+".")
	}
	return marshal(s), nil
}

// encodeIssue is the key or ID of an issue.
func encodeIssue(param string, given jsontext.Value) (string, error) {
	name, err := nameIn(param, "the key or ID of an issue", given)
	if err != nil {
		return "", err
	}
	return issueKey(name), checkIssue(param, name)
}

func encodeProject(param string, f screenField, given jsontext.Value) (jsontext.Value, error) {
	if len(f.AllowedValues) > 0 {
		return encodeChoice(param, f, "project", given)
	}
	name, err := nameIn(param, "the key or ID of a project", given)
	if err != nil {
		return nil, err
	}
	name = strings.ToUpper(name)
	switch {
	case !atlassian.Fits("project", name):
		return nil, tool.BadInput(param, "must be the key or ID of a project", "Give the key or ID of a project, such as ABC.")
	case isDigits(name):
		return marshal(map[string]string{"id": name}), nil
	}
	return marshal(map[string]string{"key": name}), nil
}

// estimates are the parts of a time estimate that can be given.
var estimates = regexp.MustCompile(`^([0-9]{1,6}[wdhm]? ?)+$`)

// encodeEstimate takes an estimate such as "2d 4h", or Jira's object with the
// original and the remaining one.
func encodeEstimate(param string, given jsontext.Value) (jsontext.Value, error) {
	parts := map[string]string{}
	if given.Kind() == '"' {
		parts["originalEstimate"] = scalarText(given)
	} else if json.Unmarshal(given, &parts, json.RejectUnknownMembers(true)) != nil {
		parts = nil
	}
	for name, estimate := range parts {
		if name != "originalEstimate" && name != "remainingEstimate" || !estimates.MatchString(strings.TrimSpace(estimate)) {
			parts = nil
		}
	}
	if len(parts) == 0 {
		return nil, tool.BadInput(param, "must be an estimate, such as 2d 4h",
			`Give an estimate in weeks, days, hours and minutes, or {"originalEstimate": "2d", "remainingEstimate": "4h"}.`)
	}
	return marshal(parts), nil
}

// allowedValue is one of the values that a field can have.
type allowedValue struct {
	ID               jsontext.Value `json:"id"`
	Value            string         `json:"value"`
	Name             string         `json:"name"`
	Key              string         `json:"key"`
	UntranslatedName string         `json:"untranslatedName"`
	Children         []allowedValue `json:"children"`
	Disabled         bool           `json:"disabled"`
	Archived         bool           `json:"archived"`
}

// allowedOf reads the values that a field can have.
func allowedOf(f screenField) (values []allowedValue) {
	for _, raw := range f.AllowedValues {
		var v allowedValue
		switch {
		case raw.Kind() == '"':
			v.Value = scalarText(raw)
		case json.Unmarshal(raw, &v, jsontext.AllowDuplicateNames(true)) != nil:
			continue
		}
		if !v.Disabled && !v.Archived {
			values = append(values, v)
		}
	}
	return values
}

func (v allowedValue) candidate() lookup.Candidate {
	return lookup.Candidate{ID: scalarText(v.ID), Key: v.Key, Name: cmp.Or(v.Name, v.Value), OtherNames: []string{v.UntranslatedName}}
}

// reference is how a request names the value.
func (v allowedValue) reference() map[string]jsontext.Value {
	switch id := scalarText(v.ID); {
	case id != "":
		return map[string]jsontext.Value{"id": marshal(id)}
	case v.Name != "":
		return map[string]jsontext.Value{"name": marshal(v.Name)}
	}
	return map[string]jsontext.Value{"value": marshal(v.Value)}
}

func chooseAllowed(param, name string, values []allowedValue) (allowedValue, error) {
	return lookup.Choose(lookup.Query{Parameter: param, Value: name, Noun: "value", Plural: "values"}, values, allowedValue.candidate)
}

// encodeChoice finds the value among those that the field can have. Where Jira
// does not list them, it has to find the name itself.
func encodeChoice(param string, f screenField, kind string, given jsontext.Value) (jsontext.Value, error) {
	name, err := nameIn(param, "the name or ID of a value", given)
	if err != nil {
		return nil, err
	}
	if f.AllowedValues == nil {
		if given.Kind() == '{' {
			return given, nil
		}
		member := "name"
		if kind == "option" {
			member = "value"
		}
		return marshal(map[string]string{member: name}), nil
	}
	found, err := chooseAllowed(param, name, allowedOf(f))
	if err != nil {
		return nil, err
	}
	if len(f.AllowedValues) > 0 && f.AllowedValues[0].Kind() == '"' {
		return marshal(found.Value), nil
	}
	return marshal(found.reference()), nil
}

// encodeCascade finds an option and, if one is given, the option below it: as
// "Europe > Paris", ["Europe", "Paris"] or Jira's object with a child.
func encodeCascade(param string, f screenField, given jsontext.Value) (jsontext.Value, error) {
	const accepted = "an option, or one and the one below it, such as Europe > Paris"
	var path []jsontext.Value
	switch given.Kind() {
	case '[':
		_ = json.Unmarshal(given, &path) // anything but two names is refused below
	case '{':
		var members map[string]jsontext.Value
		_ = json.Unmarshal(given, &members)
		path = []jsontext.Value{given}
		if child, ok := members["child"]; ok {
			path = append(path, child)
		}
	case '"':
		path = []jsontext.Value{given}
		whole := strings.TrimSpace(scalarText(given))
		above, below, divided := strings.Cut(whole, ">")
		isOption := slices.ContainsFunc(allowedOf(f), func(v allowedValue) bool { return strings.EqualFold(v.Value, whole) })
		if divided && !isOption {
			path = []jsontext.Value{marshal(strings.TrimSpace(above)), marshal(strings.TrimSpace(below))}
		}
	}
	if len(path) < 1 || len(path) > 2 {
		return nil, tool.BadInput(param, "must be "+accepted, "Give "+accepted+".")
	}
	names := make([]string, len(path))
	for i, part := range path {
		var err error
		if names[i], err = nameIn(param, accepted, part); err != nil {
			return nil, err
		}
	}
	if f.AllowedValues == nil {
		value := map[string]jsontext.Value{"value": marshal(names[0])}
		if len(names) == 2 {
			value["child"] = marshal(map[string]string{"value": names[1]})
		}
		return marshal(value), nil
	}
	parent, err := chooseAllowed(param, names[0], allowedOf(f))
	if err != nil {
		return nil, err
	}
	value := parent.reference()
	if len(names) == 2 {
		child, err := chooseAllowed(param, names[1], parent.Children)
		if err != nil {
			return nil, err
		}
		value["child"] = marshal(child.reference())
	}
	return marshal(value), nil
}

// acceptedValues says, for an error, what a field takes.
func acceptedValues(f screenField) string {
	name := text.Line(f.Name, longestName)
	var names []string
	for _, v := range allowedOf(f) {
		names = append(names, v.candidate().String())
	}
	switch {
	case len(names) > mostCandidates:
		return fmt.Sprintf("%s takes one of: %s; and %d more.", name, strings.Join(names[:mostCandidates], "; "), len(names)-mostCandidates)
	case len(names) > 0:
		return fmt.Sprintf("%s takes one of: %s.", name, strings.Join(names, "; "))
	}
	return fmt.Sprintf("%s takes a value of the type %s.", name, text.Line(f.Schema.String(), longestName))
}
