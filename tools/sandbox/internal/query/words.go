package query

import (
	"strings"
	"unicode"
)

// Pattern is a word that a query looks for, in lower case: * and ? stand for characters.
type Pattern struct {
	Word string
	// Similar words fit too.
	Similar bool
}

// Match reports whether a word of a text, in lower case, fits.
func (p Pattern) Match(word string) bool {
	return like(word, p.Word) || p.Similar && similar([]rune(word), []rune(p.Word))
}

// similar reports whether few letters have to be added, taken away or changed to make one word of the other:
// none of a word of up to two, one of a word of up to five, and else two.
func similar(a, b []rune) bool {
	most := 2
	switch {
	case len(b) < 3:
		most = 0
	case len(b) < 6:
		most = 1
	}
	if len(a) > len(b)+most || len(b) > len(a)+most {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range a {
		before := row[0]
		row[0] = i + 1
		for j, s := range b {
			changed := before
			if r != s {
				changed++
			}
			before = row[j+1]
			row[j+1] = min(changed, before+1, row[j]+1)
		}
	}
	return row[len(b)] <= most
}

// Wanted are the words that a query looks for in texts, except those that must not be there.
func (q *Query) Wanted() []Pattern { return wanted(q.Where) }

func wanted(n Node) (all []Pattern) {
	switch n := n.(type) {
	case And:
		for _, part := range n {
			all = append(all, wanted(part)...)
		}
	case Or:
		for _, part := range n {
			all = append(all, wanted(part)...)
		}
	case Clause:
		v, isValue := n.Operand.(Value)
		if n.Op != Contains || !isValue {
			return nil
		}
		terms, _ := parseTerms(v.Text)
		for _, t := range terms {
			if !t.not {
				all = append(all, t.words...)
			}
		}
	}
	return all
}

// term is one of the things a text must contain, or must not.
type term struct {
	words  []Pattern // one after the other
	not    bool
	option bool // joined to the term before by OR
}

// parseTerms reads the right side of ~: words in any order, phrases in quotes, - or NOT before what must
// not be there, OR between what may be there instead, and * and ? in words (facts §8). It reports false
// for what Lucene's parser refuses.
func parseTerms(s string) ([]term, bool) {
	var terms []term
	not, option := false, false
	add := func(words []string, similar bool) {
		if len(words) > 0 {
			t := term{not: not, option: option && len(terms) > 0}
			for _, w := range words {
				t.words = append(t.words, Pattern{w, similar})
			}
			terms = append(terms, t)
		}
		not, option = false, false
	}
	for rest := strings.TrimSpace(s); rest != ""; rest = strings.TrimSpace(rest) {
		if strings.HasPrefix(rest, `"`) {
			phrase, after, closed := cutPhrase(rest[1:])
			if !closed {
				return nil, false
			}
			add(words(phrase), false)
			rest = after
			continue
		}
		one := rest
		if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
			one = rest[:i]
		}
		rest = rest[len(one):]
		switch one {
		case "AND", "&&":
			continue
		case "OR", "||":
			option = true
			continue
		case "NOT", "!":
			not = true
			continue
		}
		switch one[0] {
		case '-', '!':
			not, one = true, one[1:]
		case '+':
			one = one[1:]
		}
		plain, similar, ok := unescape(one) // a sign alone is no word
		if !ok {
			return nil, false
		}
		add(words(plain), similar)
	}
	return terms, true
}

// cutPhrase cuts a text after the quotation mark that ends a phrase; one after a backslash does not.
func cutPhrase(s string) (phrase, after string, closed bool) {
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// unescape takes the backslashes from a word. A character after one is none of the index's, as all
// punctuation; one of Lucene's special characters without one is refused, except wildcards after the
// beginning and a tilde at the end, which asks for similar words.
func unescape(s string) (plain string, similar, ok bool) {
	var b strings.Builder
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			b.WriteByte(' ')
			escaped = false
		case r == '\\':
			escaped = true
		case i == 0 && (r == '*' || r == '?'):
			return "", false, false
		case r == '~' && i > 0 && i == len(s)-1:
			similar = true
		case strings.ContainsRune(`(){}[]^~:"`, r):
			return "", false, false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), similar, !escaped && s != ""
}

// words cuts a text as an index does: at everything that is neither letter nor digit, wildcards aside.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '*' && r != '?'
	})
}

// matchTerms reports whether one of the texts has what the terms ask for.
func matchTerms(terms []term, texts []string) bool {
	var indexed [][]string
	for _, t := range texts {
		indexed = append(indexed, words(t))
	}
	has := func(t term) bool {
		for _, text := range indexed {
			for i := range text {
				if hasPhrase(text[i:], t.words) {
					return !t.not
				}
			}
		}
		return t.not
	}
	all := true
	for i, t := range terms {
		found := has(t)
		if t.option && i > 0 {
			all = all || found
		} else {
			all = all && found
		}
	}
	return all && len(terms) > 0
}

func hasPhrase(text []string, phrase []Pattern) bool {
	if len(phrase) > len(text) {
		return false
	}
	for i, pattern := range phrase {
		if !pattern.Match(text[i]) {
			return false
		}
	}
	return true
}

// like compares a word with a pattern: * stands for any characters and ? for one. It goes back to the
// last star only, so that it takes no more than the product of both lengths.
func like(word, pattern string) bool {
	w, p := []rune(word), []rune(pattern)
	i, j, star, from := 0, 0, -1, 0
	for i < len(w) {
		switch {
		case j < len(p) && p[j] == '*':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == w[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(string(p[j:]), "*") == ""
}
