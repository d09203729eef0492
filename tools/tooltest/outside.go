package tooltest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// shortestTold is how long a text is, in bytes, that no answer has by chance.
const shortestTold = 4

// refusals are the kinds of failures that tell what the caller can do.
var refusals = []tool.Kind{tool.KindFatal, tool.KindRetry, tool.KindContextRequired, tool.KindBadInput, tool.KindUpstreamAuth, tool.KindUpstreamNotFound}

// outside runs each case that succeeds within boundaries that hold nothing of
// what it is about. The tool has to refuse, or to say that its answer is limited.
func (b *battery) outside(t *testing.T) (problems []string) {
	if b.Outside == nil {
		return nil
	}
	kit := b.Toolkit
	kit.Bind = b.Outside
	within := *b
	within.bind = b.Outside
	within.tool = kit.one(t, b.tool.Name, http.DefaultTransport) // with the operations that boundaries need
	unlimited := b.IsUnlimited != nil && b.IsUnlimited(b.tool)
	definition, err := json.Marshal(b.tool.Definition)
	if err != nil {
		t.Fatal(err)
	}
	succeeded := false
	for _, c := range b.scenario.cases {
		if c.scripted != nil || !c.succeeds() {
			continue
		}
		o := within.run(t, call{scenarioCase: c})
		limited := isLimited(o.value)
		succeeded = succeeded || o.failure == nil && !limited
		if unlimited {
			continue
		}
		for _, a := range o.attempts {
			if within.writes(&a.Exchange) {
				problems = append(problems, fmt.Sprintf("%s: outside of the boundaries %s %s was sent", c.name, a.Method, a.Path))
			}
		}
		switch {
		case o.failure != nil && !isRefusal(o.failure):
			problems = append(problems, fmt.Sprintf("%s: outside of the boundaries it is not refused, but fails: %s: %s", c.name, o.failure.Kind, o.failure.Message))
		case o.failure == nil && !limited:
			problems = append(problems, c.name+": outside of the boundaries it succeeds, and does not say that its answer is limited")
		}
		for _, text := range told(b.run(t, call{scenarioCase: c}), o, string(definition)+string(c.input())) {
			problems = append(problems, fmt.Sprintf("%s: outside of the boundaries it tells %q", c.name, text))
		}
	}
	if unlimited && !succeeded {
		problems = append(problems, "it is called unlimited, and boundaries limit it")
	}
	return problems
}

// isRefusal reports whether a failure is none of a tool that does not know what
// happened.
func isRefusal(e *tool.Error) bool {
	return slices.Contains(refusals, e.Kind) && e.Status < http.StatusInternalServerError
}

// isLimited reports whether an output says that boundaries limit it.
func isLimited(output jsontext.Value) bool {
	var members map[string]jsontext.Value
	return json.Unmarshal(output, &members) == nil && members[tool.LimitsMember] != nil
}

// told lists texts of the service's that a call has in its answer with and
// without boundaries, and that are not known before.
func told(without, within outcome, known string) (texts []string) {
	var sent []string
	for _, x := range without.exchanges {
		sent = append(sent, textsIn(x.Answer)...)
	}
	answer := strings.Join(textsIn(within.value), "\n")
	if f := within.failure; f != nil {
		answer = strings.Join([]string{f.Message, f.Prompt, f.Developer}, "\n")
	}
	for _, text := range slices.Compact(textsIn(without.value)) {
		if len(text) >= shortestTold && slices.Contains(sent, text) && !strings.Contains(known, text) && containsWord(answer, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// containsWord reports whether a text has another one that neither continues a
// word nor is continued.
func containsWord(text, word string) bool {
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for before, after, found := strings.Cut(text, word); found; before, after, found = strings.Cut(after, word) {
		if strings.LastIndexFunc(before, part) < len(before)-1 && strings.IndexFunc(after, part) != 0 {
			return true
		}
	}
	return false
}

// textsIn are the texts in a JSON value.
func textsIn(value jsontext.Value) (texts []string) {
	switch value.Kind() {
	case '"':
		var text string
		_ = json.Unmarshal(value, &text) // it is valid
		return []string{text}
	case '[':
		var items []jsontext.Value
		_ = json.Unmarshal(value, &items)
		for _, item := range items {
			texts = append(texts, textsIn(item)...)
		}
	case '{':
		var members map[string]jsontext.Value
		_ = json.Unmarshal(value, &members)
		for _, member := range members {
			texts = append(texts, textsIn(member)...)
		}
	}
	slices.Sort(texts)
	return texts
}
