package tree

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fate says what became of something a format cannot hold.
type Fate string

const (
	// Shown means a named placeholder or the plain words stand in its place.
	Shown Fate = "shown"
	// Changed means it became the nearest thing the format does have.
	Changed Fate = "changed"
	// Dropped means nothing is left of it.
	Dropped Fate = "dropped"
)

// Loss is one kind of thing that a conversion could not carry.
type Loss struct {
	// Kind names it: a node or mark type, "macro:" and its name, or a type and
	// an attribute joined by a dot.
	Kind string
	// Fate says what stands in its place.
	Fate Fate
	// Count is how often it occurred.
	Count int
	// Where holds the first few places as JSON Pointers into the document tree,
	// each followed by the heading it stands under.
	Where []string
}

// String returns the loss as one line for people and models.
func (l Loss) String() string {
	s := fmt.Sprintf("%d × %s %s", l.Count, l.Kind, l.Fate)
	if len(l.Where) > 0 {
		s += " at " + strings.Join(l.Where, ", ")
		if l.Count > len(l.Where) {
			s += ", …"
		}
	}
	return s
}

// Losses is everything a conversion could not carry, ordered by kind. It is
// empty when the result means the same as the source.
type Losses []Loss

// String returns one line per loss.
func (l Losses) String() string {
	lines := make([]string, len(l))
	for i := range l {
		lines[i] = l[i].String()
	}
	return strings.Join(lines, "\n")
}

// placesKept bounds how many places a loss names: enough to look, not a dump.
const placesKept = 3

// Recorder collects losses while a format walks a document.
type Recorder struct {
	path []int
	// heading is the last one until its words, the section, are asked for.
	heading *Node
	section string
	losses  map[lossKey]*Loss
}

type lossKey struct {
	kind string
	fate Fate
}

// Enter says that what is recorded now is at an index of the current node.
func (r *Recorder) Enter(i int) { r.path = append(r.path, i) }

// Leave undoes the last enter.
func (r *Recorder) Leave() { r.path = r.path[:len(r.path)-1] }

// Under remembers the heading that later places are described by.
func (r *Recorder) Under(heading *Node) { r.heading = heading }

// Lose records something that the format cannot hold.
func (r *Recorder) Lose(kind string, fate Fate) {
	if kind == "" { // a node without a type
		kind = "unknown"
	}
	if r.losses == nil {
		r.losses = make(map[lossKey]*Loss)
	}
	key := lossKey{Clip(kind, kindLength), fate}
	l := r.losses[key]
	if l == nil {
		l = &Loss{Kind: key.kind, Fate: fate}
		r.losses[key] = l
	}
	l.Count++
	if len(l.Where) < placesKept {
		l.Where = append(l.Where, r.place())
	}
}

// Adopt takes over the losses of a recorder that began as a copy of this one.
func (r *Recorder) Adopt(other Recorder) { r.losses = other.losses }

func (r *Recorder) place() string {
	var b strings.Builder
	for _, i := range r.path {
		b.WriteString("/content/")
		b.WriteString(strconv.Itoa(i))
	}
	if len(r.path) == 0 {
		b.WriteByte('/')
	}
	if r.heading != nil {
		r.section, r.heading = Clip(TextOf(r.heading), 60), nil
	}
	if r.section != "" {
		fmt.Fprintf(&b, " (under %q)", r.section)
	}
	return b.String()
}

// Result returns the recorded losses joined with those of parsing.
func (r *Recorder) Result(before Losses) Losses {
	if len(r.losses) == 0 && len(before) == 0 {
		return nil
	}
	out := slices.Clone(before)
	for _, l := range r.losses {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Loss) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return strings.Compare(string(a.Fate), string(b.Fate))
	})
	return out
}

// Clip shortens a name taken from a document before it is quoted.
func Clip(s string, limit int) string {
	more := ""
	n := 0
	for i := range s {
		if n == limit {
			s, more = s[:i], "…"
			break
		}
		n++
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s) + more
}

// kindLength is how many characters of a loss's kind are kept.
const kindLength = 100

// Part names a part of something, such as an attribute of a node, as the kind of
// a loss. Long names are cut first, because there may be as many parts as the
// name of the whole has characters.
func Part(whole, part string) string { return Clip(whole, kindLength) + "." + part }
