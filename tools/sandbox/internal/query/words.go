package query

import (
	"strings"
	"unicode"
)

// term is one of the things a text must contain, or must not.
type term struct {
	words  []string // one after the other, in lower case; * and ? stand for characters
	not    bool
	option bool // joined to the term before by OR
}

// parseTerms reads the right side of ~: words in any order, phrases in quotes, - or NOT before what must
// not be there, OR between what may be there instead, and * and ? in words (facts §8). It reports false
// for what Lucene's parser refuses.
func parseTerms(s string) ([]term, bool) {
	var terms []term
	not, option := false, false
	add := func(words []string) {
		if len(words) > 0 {
			terms = append(terms, term{words: words, not: not, option: option && len(terms) > 0})
		}
		not, option = false, false
	}
	for rest := strings.TrimSpace(s); rest != ""; rest = strings.TrimSpace(rest) {
		if strings.HasPrefix(rest, `"`) {
			phrase, after, closed := cutPhrase(rest[1:])
			if !closed {
				return nil, false
			}
			add(words(phrase))
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
		plain, ok := unescape(one) // a sign alone is no word
		if !ok {
			return nil, false
		}
		add(words(plain))
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
func unescape(s string) (string, bool) {
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
			return "", false
		case r == '~' && i > 0 && i == len(s)-1:
		case strings.ContainsRune(`(){}[]^~:"`, r):
			return "", false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), !escaped && s != ""
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

func hasPhrase(text, phrase []string) bool {
	if len(phrase) > len(text) {
		return false
	}
	for i, pattern := range phrase {
		if !like(text[i], pattern) {
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
