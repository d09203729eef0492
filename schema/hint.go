package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// An unknown name gets a suggestion only while comparing is cheap: a caller
// may send a thousand of them, of any length.
const (
	maxSuggestions    = 10 // unknown names that are compared
	maxSuggestionName = 40 // bytes of a name that is compared
)

// hint tells which parameters exist, and which one an unknown name probably
// meant.
func (o *Object) hint(unknown []string) string {
	var b strings.Builder
	for _, name := range unknown[:min(len(unknown), maxSuggestions)] {
		if near := nearest(name, o.root.props.names); near != "" {
			fmt.Fprintf(&b, "%q is not a parameter, did you mean %q? ", printable(name), near)
		}
	}
	if len(o.root.props.names) == 0 {
		b.WriteString("This tool takes no parameters.")
		return b.String()
	}
	b.WriteString("Accepted parameters: ")
	for i, name := range o.root.props.names {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name)
		b.WriteString(" (")
		b.WriteString(o.root.props.nodes[i].accepts(o.root.props.required[i]))
		b.WriteString(")")
	}
	b.WriteString(".")
	return b.String()
}

// accepts says in a few words what a parameter takes.
func (n *node) accepts(required bool) string {
	item := n
	parts := []string{n.kind}
	if n.kind == TypeArray {
		item = n.items
		parts[0] = "array of " + item.kind
	}
	if required && !n.nullable {
		parts = append(parts, "required")
	} else {
		parts = append(parts, "optional")
	}
	if item.enum != nil {
		parts = append(parts, alternatives(item.enum))
	}
	length := ""
	switch {
	case item.maxLength != nil:
		length = "at most " + count(*item.maxLength, "character")
	case item.maxBytes != nil:
		length = "at most " + count(*item.maxBytes, "byte")
	}
	if length != "" && item == n {
		parts = append(parts, length)
	}
	if rules := n.describeRules(); rules != "" {
		parts = append(parts, strings.ToLower(strings.TrimSuffix(rules, ".")))
	}
	if length != "" && item != n {
		parts = append(parts, length+" each")
	}
	return strings.Join(parts, ", ")
}

// alternatives words a list the way the reference does: 'a', 'b' or 'c'.
func alternatives(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + v + "'"
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

func count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}

// nearest is the known name an unknown one is most likely a slip of, or "".
func nearest(name string, known []string) string {
	if len(name) > maxSuggestionName {
		return ""
	}
	folded := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
	best, bestName := 3, ""
	for _, k := range known {
		d := distance(folded, strings.ReplaceAll(k, "_", ""))
		if d < best && d < len(k)/2+1 {
			best, bestName = d, k
		}
	}
	return bestName
}

// distance is Levenshtein's, on bytes.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			substitute := prev[j]
			if a[i] != b[j] {
				substitute++
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, substitute)
		}
		prev = cur
	}
	return prev[len(b)]
}
