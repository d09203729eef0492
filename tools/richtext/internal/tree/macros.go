package tree

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ConfluenceMacro is the extension type ADF has for Confluence's macros.
const ConfluenceMacro = "com.atlassian.confluence.macro.core"

// PlainBody is the parameter in which ADF holds a macro's plain-text body.
const PlainBody = "__bodyContent"

// Macro is what an extension says about the Confluence macro it stands for.
type Macro struct {
	ID, SchemaVersion string
	Parameters        []MacroParameter
	// Body is the plain-text body, if HasBody is set.
	Body    string
	HasBody bool
}

// MacroParameter is one parameter of a macro, with all that ADF says of it.
type MacroParameter struct {
	Name, Value string
	Members     Members
}

// ReadMacro returns the macro that an extension stands for. It reports false
// for extensions that are not macros of Confluence, and for malformed ones.
func ReadMacro(n *Node) (Macro, bool) {
	var m Macro
	if n.Attrs.String("extensionType") != ConfluenceMacro {
		return m, false
	}
	raw := n.Attrs.Get("parameters")
	if raw == nil {
		return m, true
	}
	var p struct {
		Params   jsontext.Value `json:"macroParams"`
		Metadata struct {
			ID      struct{ Value string } `json:"macroId"`
			Version struct{ Value string } `json:"schemaVersion"`
		} `json:"macroMetadata"`
	}
	if err := json.Unmarshal(raw, &p, json.MatchCaseInsensitiveNames(true)); err != nil {
		return m, false
	}
	m.ID, m.SchemaVersion = p.Metadata.ID.Value, p.Metadata.Version.Value
	if p.Params == nil {
		return m, true
	}
	params, err := ReadMembers(p.Params)
	if err != nil {
		return m, false
	}
	for _, param := range params {
		members, err := ReadMembers(param.Value)
		if err != nil {
			return m, false
		}
		value := members.String("value")
		switch raw := members.Get("value"); raw.Kind() {
		case '0', 't', 'f':
			value = string(raw)
		case '{', '[':
			return m, false
		}
		if param.Name == PlainBody {
			m.Body, m.HasBody = value, true
			continue
		}
		m.Parameters = append(m.Parameters, MacroParameter{param.Name, value, members})
	}
	return m, true
}

// MacroName returns the name of the macro an extension stands for.
func MacroName(n *Node) string {
	if k := n.Attrs.String("extensionKey"); k != "" {
		return k
	}
	return "unknown"
}

// IsAnchor reports whether an extension is a macro that marks a place, and shows
// nothing.
func IsAnchor(n *Node) bool {
	return (n.Kind == TypeInlineExtension || n.Kind == TypeExtension) && MacroName(n) == "anchor" &&
		n.Attrs.String("extensionType") == ConfluenceMacro && len(n.Content) == 0
}

// A label shows so many parameters of a macro, each so long.
const (
	parametersShown = 12
	parameterShown  = 200
)

// MacroLabel shows the name of a macro and its parameters.
func MacroLabel(n *Node) string {
	label := "[macro: " + MacroName(n)
	m, _ := ReadMacro(n)
	var shown []string
	for _, p := range m.Parameters {
		value := Clip(strings.Join(strings.Fields(p.Value), " "), parameterShown)
		switch {
		case len(shown) == parametersShown:
			shown = append(shown, "…")
		case value == "":
			continue
		case p.Name == "":
			shown = append(shown, value)
		default:
			shown = append(shown, Clip(p.Name, parameterShown)+": "+value)
		}
		if len(shown) > parametersShown {
			break
		}
	}
	if len(shown) > 0 {
		label += " (" + strings.Join(shown, ", ") + ")"
	}
	return label + "]"
}

// CardTarget returns the address a card shows and what that is called. A card
// with data names both in it.
func CardTarget(n *Node) (url, name string) {
	if name = TextOf(n.Content...); n.Attrs.String("url") != "" {
		return n.Attrs.String("url"), name
	}
	data, err := ReadMembers(n.Attrs.Get("data"))
	if err != nil {
		return "", name
	}
	return data.String("url"), data.String("name")
}
