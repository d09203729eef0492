package tooltest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// phrase is how many words in a row are taken for text that somebody wrote. The
// names of things have fewer, as a rule.
const phrase = 5

// about are the members in which services speak about a request: what is wrong
// with it, and how they understood it.
var about = []string{"errors", "errorMessage", "errorMessages", "warnings", "query", "cqlQuery"}

var markup = regexp.MustCompile(`<[^<>]*>`)

// unmarked finds text of the service's in members of an output that are not
// among those which schema.UntrustedText names. People wrote it, and a model
// could take it for instructions.
func unmarked(o outcome) (problems []string) {
	marked := []string{schema.UntrustedText}
	var members map[string]jsontext.Value
	if json.Unmarshal(o.value, &members) == nil {
		var names []string
		_ = json.Unmarshal(members[schema.UntrustedText], &names) // absent
		marked = append(marked, names...)
	}
	own := wordsIn(o.value, marked)
	if len(own) == 0 {
		return nil
	}
	var sent strings.Builder
	for _, x := range o.exchanges {
		for _, words := range wordsIn(x.Answer, about) {
			sent.WriteString(" " + strings.Join(words, " ") + " \n")
		}
	}
	for _, words := range own {
		for i := range max(0, len(words)-phrase+1) {
			if text := strings.Join(words[i:i+phrase], " "); strings.Contains(sent.String(), " "+text+" ") {
				problems = append(problems, fmt.Sprintf("the output has text of the service's, %q, in a member that is not untrusted", text))
				break
			}
		}
	}
	return problems
}

// wordsIn lists the words of each text in a JSON value, without those in
// members of the given names. What is no JSON is one text.
func wordsIn(value jsontext.Value, except []string) (texts [][]string) {
	words := func(text string) {
		var words []string
		for word := range strings.FieldsSeq(markup.ReplaceAllString(text, " ")) {
			if word = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); word != "" {
				words = append(words, word)
			}
		}
		if len(words) >= phrase {
			texts = append(texts, words)
		}
	}
	if !value.IsValid() {
		words(string(value))
		return texts
	}
	var look func(jsontext.Value)
	look = func(value jsontext.Value) {
		switch value.Kind() {
		case '"':
			var text string
			_ = json.Unmarshal(value, &text)                                           // it is valid
			if inner := jsontext.Value(text); inner.Kind() == '{' && inner.IsValid() { // a document within a text
				look(inner)
				return
			}
			words(text)
		case '[':
			var items []jsontext.Value
			_ = json.Unmarshal(value, &items)
			for _, item := range items {
				look(item)
			}
		case '{':
			var members map[string]jsontext.Value
			_ = json.Unmarshal(value, &members)
			for name, member := range members {
				if !slices.Contains(except, name) {
					look(member)
				}
			}
		}
	}
	look(value)
	return texts
}
