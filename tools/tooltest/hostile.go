package tooltest

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// hostileTexts are what a model may be talked into sending.
var hostileTexts = []string{
	"../../x", "A/../B", "a?b#c", "..", ".", "%2e%2e%2f", `..\..\x`, "a\x00b", "a\r\nHost: evil.example",
	"https://evil.example/", "@evil.example", "evil.example#", "\u202e\u200b", `" OR 1=1 --`, `\`, `'`, "a AND (b", "{issueIdOrKey}",
	"-1", "null", strings.Repeat("é", 2000),
}

// briefTexts are those of them that are tried in common parameters with every tool.
var briefTexts = []string{"../../x", "https://evil.example/", "\u202e\u200b"}

// hostileNumbers are at and beyond the limits of number types.
var hostileNumbers = []string{
	"0", "-1", "2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.5", "1e308", "-0",
}

// blank texts look like nothing.
var blank = []string{"", " ", "\u00a0\u2003", "\u200b"}

const (
	// long is more than most texts of tools may have, in bytes, and tooLong more than
	// any, except files.
	long, tooLong = 1 << 18, 1 << 20
	// tooManyItems is more than any list of a tool may have.
	tooManyItems = 10_000
	// invisible makes a value look like another.
	invisible = "\u200b"
)

// place is where a hostile value can stand: a parameter, or a member or item at
// any depth of one.
type place struct {
	name      string // "fields.summary", "labels[]"
	parameter string
	schema    schema.Value
	required  bool
	base      jsontext.Value                      // what stands there in the case, nil if nothing
	in        func(jsontext.Value) jsontext.Value // the parameter with the value in its place
}

// hostile puts hostile values into every place for texts and numbers: only the
// declared operations may reach the service, nothing of a value may be taken
// for syntax, and what fails must fail clearly.
func (b *battery) hostile(t *testing.T) (problems []string) {
	for _, p := range b.tool.Definition.Input.Parameters {
		c := b.caseWith(p.Name)
		if c == nil {
			return []string{"no case succeeds"}
		}
		inputs := map[string]jsontext.Value{}
		if err := json.Unmarshal(c.input(), &inputs); err != nil {
			t.Fatal(err)
		}
		try := func(at place, value jsontext.Value) outcome {
			all := map[string]jsontext.Value{p.Name: at.in(value)}
			for name, other := range inputs {
				if name != p.Name {
					all[name] = other
				}
			}
			raw, err := json.Marshal(all, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			return b.run(t, call{scenarioCase: c, inputs: raw})
		}
		top := place{
			name: p.Name, parameter: p.Name, schema: p.ValueSchema, required: p.Required, base: inputs[p.Name],
			in: func(v jsontext.Value) jsontext.Value { return v },
		}
		for _, at := range places(top) {
			problems = append(problems, b.hostileAt(at, func(v jsontext.Value) outcome { return try(at, v) })...)
		}
	}
	return problems
}

// caseWith is the first successful case that has the parameter, or the first
// one.
func (b *battery) caseWith(parameter string) (found *scenarioCase) {
	for _, c := range b.scenario.cases {
		var inputs map[string]jsontext.Value
		if !c.succeeds() || json.Unmarshal(c.input(), &inputs) != nil {
			continue
		}
		if _, ok := inputs[parameter]; ok {
			return c
		}
		if found == nil {
			found = c
		}
	}
	return found
}

// places lists p and the places within it.
func places(p place) (all []place) {
	within := func(name string, s schema.Value, required bool, base jsontext.Value, in func(jsontext.Value) jsontext.Value) {
		all = append(all, places(place{name, p.parameter, s, required, base, func(v jsontext.Value) jsontext.Value { return p.in(in(v)) }})...)
	}
	all = append(all, p)
	switch p.schema.Type {
	case schema.TypeArray:
		var items []jsontext.Value
		_ = json.Unmarshal(p.base, &items) // no base, no items
		var first jsontext.Value
		if len(items) > 0 {
			first = items[0]
		}
		within(p.name+"[]", item(p.schema), true, first, func(v jsontext.Value) jsontext.Value {
			return slices.Concat(jsontext.Value("["), v, jsontext.Value("]"))
		})
	case schema.TypeJSON:
		if p.schema.Properties == nil { // a map: its values, and its keys
			text := schema.Value{Type: schema.TypeString}
			within(p.name+".*", text, false, nil, func(v jsontext.Value) jsontext.Value { return object(map[string]jsontext.Value{"name": v}) })
			within(p.name+" key", text, false, nil, func(v jsontext.Value) jsontext.Value {
				var key string
				_ = json.Unmarshal(v, &key) // it is a text
				return object(map[string]jsontext.Value{key: jsontext.Value(`"x"`)})
			})
			return all
		}
		members := sampleMembers(p.schema, p.base)
		for _, property := range p.schema.Properties {
			required := slices.Contains(p.schema.RequiredKeys, property.Name)
			within(p.name+"."+property.Name, property.Value, required, members[property.Name], func(v jsontext.Value) jsontext.Value {
				with := map[string]jsontext.Value{property.Name: v}
				for name, value := range members {
					if name != property.Name {
						with[name] = value
					}
				}
				return object(with)
			})
		}
	}
	return all
}

// item is the schema of an array's items.
func item(s schema.Value) schema.Value {
	return schema.Value{Type: *s.Inner, Enum: s.Enum, Properties: s.InnerProperties, RequiredKeys: s.InnerRequiredKeys}
}

func object(members map[string]jsontext.Value) jsontext.Value {
	raw, err := json.Marshal(members, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil { // a value that is no JSON: places only make JSON
		return jsontext.Value("{}")
	}
	return raw
}

// sampleMembers are the members of base, completed with samples of those that
// are required.
func sampleMembers(s schema.Value, base jsontext.Value) map[string]jsontext.Value {
	members := map[string]jsontext.Value{}
	_ = json.Unmarshal(base, &members) // no base, no members
	for _, p := range s.Properties {
		if _, ok := members[p.Name]; !ok && slices.Contains(s.RequiredKeys, p.Name) {
			members[p.Name] = sample(p.Value)
		}
	}
	return members
}

// sample is some value of a schema.
func sample(s schema.Value) jsontext.Value {
	switch s.Type {
	case schema.TypeString:
		if len(s.Enum) > 0 {
			return quote(s.Enum[0])
		}
		return quote("x")
	case schema.TypeBoolean:
		return jsontext.Value("false")
	case schema.TypeArray:
		return slices.Concat(jsontext.Value("["), sample(item(s)), jsontext.Value("]"))
	case schema.TypeJSON:
		return object(sampleMembers(s, nil))
	}
	return jsontext.Value("1")
}

func quote(text string) jsontext.Value {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil { // not UTF-8: the texts here are
		return jsontext.Value(`""`)
	}
	return quoted
}

// hostileAt tries all values in one place.
func (b *battery) hostileAt(at place, try func(jsontext.Value) outcome) (problems []string) {
	report := func(value jsontext.Value, more ...string) {
		for _, problem := range more {
			label := string(value)
			if len(label) > 40 {
				label = fmt.Sprintf("%.30s… (%d bytes)", label, len(value))
			}
			problems = append(problems, fmt.Sprintf("%s=%s: %s", at.name, label, problem))
		}
	}
	if !b.first && slices.Contains(b.CommonParameters, at.parameter) {
		for _, text := range briefTexts {
			report(quote(text), b.afterHostile(at, try(quote(text)))...)
		}
		return problems
	}
	switch at.schema.Type {
	case schema.TypeString:
		for _, text := range hostileTexts {
			o := try(quote(text))
			report(quote(text), b.afterHostile(at, o)...)
		}
		for _, size := range []int{long, tooLong} {
			value := quote(strings.Repeat("a", size))
			o := try(value)
			report(value, b.afterHostile(at, o)...)
			if o.failure != nil { // a longer one says nothing new, and costs time
				break
			}
			if size == tooLong && !slices.Contains(b.FileParameters, at.parameter) {
				report(value, "accepted, although no text may be so long")
			}
		}
		for _, text := range blank {
			o := try(quote(text))
			report(quote(text), b.afterHostile(at, o)...)
			if at.required && (o.failure == nil || len(o.exchanges) > 0) {
				report(quote(text), "a required text that shows nothing must be refused without a request")
			}
		}
		var usual string
		if json.Unmarshal(at.base, &usual) == nil && usual != "" && len(at.schema.Enum) == 0 {
			value := quote(invisible + usual)
			o := try(value)
			report(value, b.afterHostile(at, o)...)
			report(value, b.afterInvisible(o)...)
		}
	case schema.TypeInteger, schema.TypeNumber:
		for _, number := range hostileNumbers {
			o := try(jsontext.Value(number))
			report(jsontext.Value(number), b.afterHostile(at, o)...)
		}
	case schema.TypeArray:
		value := jsontext.Value("[" + strings.Repeat(string(sample(item(at.schema)))+",", tooManyItems-1) + string(sample(item(at.schema))) + "]")
		if o := try(value); o.failure == nil || o.failure.Kind != tool.KindBadInput {
			report(value, "accepted, although no list may be so long")
		}
	}
	return problems
}

// afterHostile judges a run with a hostile value.
func (b *battery) afterHostile(at place, o outcome) (problems []string) {
	for _, x := range o.exchanges {
		name := b.operation(x)
		switch {
		case b.declared(name) == nil && !slices.Contains(b.Common, name):
			problems = append(problems, fmt.Sprintf("reached %s %.200s", x.Method, x.uri()))
		case x.Status >= 500 && !x.Scripted:
			problems = append(problems, fmt.Sprintf("broke the service: %s", x.Answer))
		case b.isGrammarError(x) && !x.Scripted && !slices.Contains(b.QueryParameters, at.parameter):
			problems = append(problems, fmt.Sprintf("was taken for syntax: %s %.200s: %.300s", x.Method, x.uri(), x.Answer))
		}
	}
	if e := o.failure; e != nil && (e.Kind == tool.KindFatal || len(e.Message) > 4000) {
		problems = append(problems, fmt.Sprintf("fails unclearly: %s %.200s", e.Kind, e.Message))
	}
	if len(o.value) > maxOutput {
		problems = append(problems, fmt.Sprintf("the output has %d bytes", len(o.value)))
	}
	return problems
}

func (b *battery) isGrammarError(x *Exchange) bool {
	if b.IsGrammarError == nil {
		return x.Status == 400
	}
	return b.IsGrammarError(*x)
}

// afterInvisible judges a run with a value that looks like another: it is
// refused with the reason, or used as it is. Dropping the character would act on
// something that the caller did not name.
func (b *battery) afterInvisible(o outcome) []string {
	if o.failure != nil {
		if text := o.failure.Message + o.failure.Prompt; !strings.Contains(text, "invisible") {
			return []string{"the error does not say that the value holds an invisible character: " + o.failure.Message}
		}
		return nil
	}
	ours := slices.DeleteFunc(slices.Clone(o.exchanges), func(x *Exchange) bool { return slices.Contains(b.Common, b.operation(x)) })
	if len(ours) == 0 || slices.ContainsFunc(ours, sendsInvisible) {
		return nil
	}
	return []string{"an invisible character is dropped in silence"}
}

func sendsInvisible(x *Exchange) bool {
	uri, _ := url.PathUnescape(x.uri()) // a service decodes it likewise
	return strings.Contains(uri, invisible) || bytes.Contains(x.Body, []byte(invisible)) || bytes.Contains(x.Body, []byte(`\u200b`))
}
