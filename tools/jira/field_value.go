package jira

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/text"
)

// viewOtherFields shows the selected fields that have no place of their own in
// the view.
func viewOtherFields(v *issueView, values map[string]jsontext.Value, info fieldInfo, f issueFormat) {
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if !f.fields.selects(id) {
			continue
		}
		kind := info.Schemas[id].Custom
		named := slices.Contains(f.fields.ids, id)
		switch {
		case kind == sprintKind:
			v.Sprint, v.PastSprints = viewSprints(values[id])
			continue
		case !named && (kind == rankKind || string(values[id]) == `"{}"`): // nothing for a reader
			continue
		}
		r := reader{longest: f.longest()}
		shown := r.read(values[id], 0)
		if r.lost != "" {
			v.lose(cmp.Or(info.Names[id], id), r.lost)
		}
		if shown == nil {
			continue
		}
		if isCustom(id) {
			if v.CustomFields == nil {
				v.CustomFields = map[string]jsontext.Value{}
			}
			v.CustomFields[info.customName(id)] = shown
		} else {
			if v.OtherFields == nil {
				v.OtherFields = map[string]jsontext.Value{}
			}
			v.OtherFields[id] = shown
		}
	}
}

// customName is what a custom field is called in answers: by its name, behind
// which its ID stands where another one has the same name.
func (info fieldInfo) customName(id string) string {
	name := text.Line(info.Names[id], longestName)
	if name == "" {
		return id
	}
	for other, taken := range info.Names {
		if other != id && isCustom(other) && text.Line(taken, longestName) == name {
			return name + " (" + id + ")"
		}
	}
	return name
}

// reader makes the values of fields readable.
type reader struct {
	longest int    // bytes of a text
	lost    string // what is not shown, if anything
}

const (
	deepestValue = 4   // levels of a value that are shown
	mostItems    = 100 // of a list in a value
)

// read shows what a person sees of a value: a text, number or truth as it is, a
// rich text as Markdown, of an option, version or user the name, and of
// anything else its members. What is empty is nil.
func (r *reader) read(value jsontext.Value, depth int) jsontext.Value {
	switch value.Kind() {
	case '0', 't', 'f':
		return value
	case '"':
		return r.text(plainText(value))
	case '[':
		return r.list(value, depth)
	case '{':
		return r.object(value, depth)
	}
	return nil
}

func (r *reader) text(s string) jsontext.Value {
	if s == "" {
		return nil
	}
	if len(s) > r.longest {
		r.lost = "the rest is left out"
		s = text.Clip(s, r.longest)
	}
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil { // not UTF-8; cleaned text is
		return nil
	}
	return quoted
}

func (r *reader) list(value jsontext.Value, depth int) jsontext.Value {
	var items []jsontext.Value
	if json.Unmarshal(value, &items) != nil || depth == deepestValue {
		r.lost = "a part of the value is left out"
		return nil
	}
	if len(items) > mostItems {
		r.lost = "the rest is left out"
		items = items[:mostItems]
	}
	var shown []jsontext.Value
	for _, item := range items {
		if one := r.read(item, depth+1); one != nil {
			shown = append(shown, one)
		}
	}
	if shown == nil {
		return nil
	}
	return marshal(shown)
}

func (r *reader) object(value jsontext.Value, depth int) jsontext.Value {
	var members map[string]jsontext.Value
	if json.Unmarshal(value, &members, jsontext.AllowDuplicateNames(true)) != nil || depth == deepestValue {
		r.lost = "a part of the value is left out"
		return nil
	}
	member := func(name string) string { return plainText(members[name]) }
	switch {
	case member("type") == "doc":
		shown, losses, err := readRichText(value)
		if err != nil {
			r.lost = err.Error()
		}
		if len(losses) > 0 {
			r.lost = losses[0].String()
		}
		return r.text(shown)
	case member("accountId") != "":
		return marshal(map[string]string{"id": member("accountId"), "name": text.Line(member("displayName"), longestName)})
	case member("value") != "": // an option, and the one chosen below it
		shown := member("value")
		if child := new(reader{longest: r.longest}).read(members["child"], depth+1); child.Kind() == '"' {
			shown += " > " + plainText(child)
		}
		return r.text(shown)
	case member("name") != "":
		return r.text(member("name"))
	case member("title") != "": // a team
		return r.text(member("title"))
	case member("key") != "": // an issue
		return r.text(member("key"))
	}
	shown := map[string]jsontext.Value{}
	for name, one := range members {
		if slices.Contains([]string{"self", "iconUrl", "avatarUrls", "avatarId"}, name) {
			continue
		}
		if one = r.read(one, depth+1); one != nil && len(shown) < mostItems {
			shown[text.Line(name, longestName)] = one
		}
	}
	if len(shown) == 0 {
		return nil
	}
	return marshal(shown)
}

// plainText is the cleaned text of a JSON string, and "" of anything else.
func plainText(value jsontext.Value) string {
	if value.Kind() != '"' {
		return ""
	}
	s, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text.Clean(string(s)))
}

// marshal writes what consists of valid values and clean texts.
func marshal(v any) jsontext.Value {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return raw
}
