package schema

import (
	"slices"
	"strings"
)

// Parameters projects the object on Arcade's parameter list, in declaration
// order.
func (o *Object) Parameters() []Parameter {
	props := o.root.props
	params := make([]Parameter, len(props.names)) // never nil: written []
	for i, name := range props.names {
		p := props.nodes[i]
		params[i] = Parameter{
			Name:        name,
			Required:    props.required[i] && !p.nullable,
			Description: strings.TrimSpace(p.description + " " + p.describeRules()),
			ValueSchema: p.value(false),
			Inferrable:  true,
		}
	}
	return params
}

// describeRules says in words what the wire has no keys for: numeric range,
// list length and default.
func (n *node) describeRules() string {
	var rules []string
	var lo, hi string
	if n.limits != nil {
		lo, hi = n.limits.minS, n.limits.maxS
	}
	switch {
	case lo != "" && hi != "":
		rules = append(rules, lo+" to "+hi)
	case lo != "":
		rules = append(rules, "at least "+lo)
	case hi != "":
		rules = append(rules, "at most "+hi)
	}
	if n.maxItems != nil {
		rules = append(rules, "at most "+count(*n.maxItems, "item"))
	}
	if n.def != nil && string(n.def) != `""` {
		rules = append(rules, "default "+strings.Trim(string(n.def), `"`))
	}
	if len(rules) == 0 {
		return ""
	}
	text := strings.Join(rules, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// value projects a node on Arcade's smaller vocabulary. Descriptions and
// nullability are only written on members of json values (protocol §3.4).
func (n *node) value(member bool) Value {
	v := Value{Type: n.kind, Enum: n.enum}
	if member {
		v.Description = &n.description
		if n.nullable {
			v.Nullable = new(true)
		}
	}
	switch n.kind {
	case TypeJSON:
		v.Properties, v.RequiredKeys = n.members()
	case TypeArray:
		v.Inner = new(n.items.kind)
		v.InnerProperties, v.InnerRequiredKeys = n.items.members()
		v.Enum = n.items.enum // protocol §3.4: a list of enums keeps it on the list
	}
	return v
}

func (n *node) members() (Properties, []string) {
	if n.props == nil {
		return nil, nil
	}
	return n.props.published, n.props.requiredKeys
}

// publish projects the properties on Arcade's vocabulary, once for all who hold
// them.
func (ps *properties) publish() {
	ps.published, ps.requiredKeys = make(Properties, len(ps.names)), []string{}
	for i, name := range ps.names {
		ps.published[i] = Property{name, ps.nodes[i].value(true)}
		if ps.required[i] {
			ps.requiredKeys = append(ps.requiredKeys, name)
		}
	}
	slices.Sort(ps.requiredKeys)
}
