package lookup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

// Query is a parameter whose value names one thing.
type Query struct {
	Parameter string // the tool's parameter: "assignee"
	Value     string // what the caller gave
	Noun      string // what it names, for messages: "user"
	Plural    string // "users"
	// Incomplete says that the items are not all there are. Then a name that
	// fits one of them may fit another one too, so only an ID, key or e-mail
	// address decides.
	Incomplete bool
	// PartOfName accepts the only item whose name contains the value. Without it
	// such items are only suggested: a part of a name is enough to find a board,
	// not to assign an issue.
	PartOfName bool
}

// Candidate is an item as a value may name it. What it does not have, or hides,
// is empty.
type Candidate struct {
	ID, Key, Name, Email string
	OtherNames           []string // such as the name in the site's own language
	Detail               string   // what tells it from another of the same name: "project PLAT"
	URL                  string   // its page, for people
}

// Choose returns the item that the query's value names. The strongest sign that
// any item shows decides: ID or key, name or e-mail address as they are
// written, key, name or e-mail address in any case, and, where the query allows
// it, a part of the name. White space around the value and repeated within it
// does not matter.
//
// When several items show that sign, the error is tool.NeedContext and lists
// them: a person has to choose. When none does, it is tool.Retry and lists the
// nearest, or all that there are: the model can mend its call. A blank value is
// tool.BadInput. Errors never quote the value.
func Choose[T any](q Query, items []T, describe func(T) Candidate) (chosen T, err error) {
	value := normalize(q.Value)
	if value == "" {
		return chosen, tool.BadInput(q.Parameter, "must not be blank", fmt.Sprintf("Give the ID or name of one of the %s.", q.Plural))
	}
	candidates := make([]Candidate, len(items))
	for i, item := range items {
		candidates[i] = describe(item)
	}
	for _, sign := range signs {
		if sign.partOfName && !q.PartOfName {
			continue
		}
		found := indexes(candidates, func(c Candidate) bool { return sign.shows(c, value) })
		switch {
		case len(found) == 1 && (sign.unique || !q.Incomplete):
			return items[found[0]], nil
		case len(found) > 0:
			return chosen, q.ambiguous(pick(candidates, found))
		}
	}
	return chosen, q.notFound(value, candidates)
}

// sign is one way in which a value names an item, the strongest first.
type sign struct {
	unique     bool // no two items of a service show it for one value
	partOfName bool
	shows      func(c Candidate, value string) bool
}

var signs = []sign{
	{unique: true, shows: func(c Candidate, v string) bool { return v == c.ID || v == c.Key }},
	{shows: func(c Candidate, v string) bool {
		return v == normalize(c.Email) || named(c, func(n string) bool { return n == v })
	}},
	{unique: true, shows: func(c Candidate, v string) bool {
		return strings.EqualFold(v, c.Key) || strings.EqualFold(v, normalize(c.Email))
	}},
	{shows: func(c Candidate, v string) bool {
		return named(c, func(n string) bool { return strings.EqualFold(n, v) })
	}},
	{partOfName: true, shows: containsInName},
}

func containsInName(c Candidate, value string) bool {
	value = strings.ToLower(value)
	return named(c, func(n string) bool { return strings.Contains(strings.ToLower(n), value) })
}

func named(c Candidate, fits func(name string) bool) bool {
	return fits(normalize(c.Name)) || slices.ContainsFunc(c.OtherNames, func(n string) bool { return fits(normalize(n)) })
}

func normalize(s string) string { return strings.Join(strings.Fields(s), " ") }

func indexes(candidates []Candidate, fits func(Candidate) bool) (found []int) {
	for i, c := range candidates {
		if fits(c) {
			found = append(found, i)
		}
	}
	return found
}

func pick(candidates []Candidate, at []int) []Candidate {
	picked := make([]Candidate, len(at))
	for i, index := range at {
		picked[i] = candidates[index]
	}
	return picked
}

func (q Query) ambiguous(found []Candidate) error {
	message := fmt.Sprintf("%s: several %s have this name; one has to be chosen.", q.Parameter, q.Plural)
	if len(found) == 1 {
		message = fmt.Sprintf("%s: one %s has this name, but the list of %s is too long to be sure that it is the only one.", q.Parameter, q.Noun, q.Plural)
	}
	return tool.NeedContext(message,
		fmt.Sprintf("Ask the user which %s is meant, then call again with its ID in %s. %s", q.Noun, q.Parameter, q.listing("Candidates", found)))
}

// mostSuggested bounds the nearest items that an error names.
const mostSuggested = 5

func (q Query) notFound(value string, all []Candidate) error {
	message := fmt.Sprintf("%s: there is no %s with this ID or name, or the user may not see it.", q.Parameter, q.Noun)
	if q.Incomplete {
		message = fmt.Sprintf("%s: no %s with this ID or name is among those that were looked at, which are not all.", q.Parameter, q.Noun)
	}
	if schema.HasInvisible(value) {
		message += " The value holds invisible characters, which are part of it."
	}
	prompt := q.listing("Available", all)
	if near := nearest(value, all); len(near) > 0 {
		prompt = q.listing("The nearest are", near)
	}
	return tool.Retry(message, fmt.Sprintf("Call again with the ID or exact name in %s. %s", q.Parameter, prompt))
}

// nearest returns the candidates that look most like the value, the most
// similar first: those whose name contains it or is contained in it, and those
// that differ from it by a slip.
func nearest(value string, all []Candidate) []Candidate {
	const longest = 100 // characters; nothing longer is mistyped into something else
	value = strings.ToLower(value)
	if len([]rune(value)) > longest {
		return nil
	}
	type rated struct {
		at    int
		score float64
	}
	var similar []rated
	for i, c := range all {
		score := 0.0
		for _, word := range append([]string{c.Key, c.Name, c.Email}, c.OtherNames...) {
			word = strings.ToLower(normalize(word))
			switch {
			case word == "" || len([]rune(word)) > longest:
			case strings.Contains(word, value), len([]rune(word)) > 2 && strings.Contains(value, word):
				score = max(score, 0.9)
			default:
				score = max(score, levenshtein.Similarity(value, word, nil))
			}
		}
		if score >= 0.6 {
			similar = append(similar, rated{i, score})
		}
	}
	slices.SortStableFunc(similar, func(a, b rated) int { return cmp.Compare(b.score, a.score) })
	var near []Candidate
	for _, r := range similar[:min(len(similar), mostSuggested)] {
		near = append(near, all[r.at])
	}
	return near
}

// listing names candidates for a prompt. Their texts are other people's, so
// each is cleaned and clipped.
func (q Query) listing(title string, candidates []Candidate) string {
	const most = 20
	if len(candidates) == 0 {
		return fmt.Sprintf("There are no %s that the user can see.", q.Plural)
	}
	parts := make([]string, 0, most)
	for _, c := range candidates[:min(len(candidates), most)] {
		parts = append(parts, c.String())
	}
	line := title + ": " + strings.Join(parts, "; ")
	if more := len(candidates) - most; more > 0 {
		line += fmt.Sprintf("; and %d more", more)
	}
	return line + "."
}

// String is the candidate in one line: "Ada Lovelace (ID 5b10, ada@acme.example)".
func (c Candidate) String() string {
	const longestFact, longestURL = 100, 300 // bytes
	var facts []string
	name := text.Line(c.Name, longestFact)
	for _, fact := range []struct{ label, value string }{{"ID ", c.ID}, {"key ", c.Key}, {"", c.Email}, {"", c.Detail}} {
		if fact.value != "" {
			facts = append(facts, fact.label+text.Line(fact.value, longestFact))
		}
	}
	if c.URL != "" && len(c.URL) <= longestURL { // one that is cut leads nowhere
		facts = append(facts, c.URL)
	}
	switch {
	case name == "":
		return strings.Join(facts, ", ")
	case len(facts) == 0:
		return name
	}
	return name + " (" + strings.Join(facts, ", ") + ")"
}
