package tooltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// scopes runs every successful case with exactly the declared scopes: it has
// to succeed. Then it withholds each scope: some case has to fail, and to name
// what is missing.
func (b *battery) scopes(t *testing.T) (problems []string) {
	scopes := b.tool.Scopes()
	if b.WithScopes == nil || len(scopes) == 0 {
		return nil
	}
	var successes []*scenarioCase
	usual := map[*scenarioCase]jsontext.Value{}
	for _, c := range b.scenario.cases {
		if c.succeeds() {
			successes = append(successes, c)
		}
	}
	restricted := func(c *scenarioCase, scopes []string) outcome {
		return b.run(t, call{scenarioCase: c, token: b.WithScopes(b.tokenOf(call{scenarioCase: c}), scopes)})
	}
	for _, c := range successes {
		o := restricted(c, scopes)
		usual[c] = o.value
		if o.failure != nil {
			problems = append(problems, fmt.Sprintf("%s: the declared scopes %v are not enough: %s", c.name, scopes, o.failure.Message))
		}
	}
	for i, withheld := range scopes {
		left := append(slices.Delete(slices.Clone(scopes), i, i+1), b.OtherScopes...)
		needed := false
		for _, c := range successes {
			o := restricted(c, left)
			switch {
			case o.failure == nil && !unverified(o.value, usual[c]):
				continue
			case o.failure != nil && (o.failure.Kind != tool.KindUpstreamAuth || !strings.Contains(o.failure.Message, withheld)):
				problems = append(problems, fmt.Sprintf("%s: without scope %s the error is %s: %s", c.name, withheld, o.failure.Kind, o.failure.Message))
			}
			needed = true
			break
		}
		if !needed {
			problems = append(problems, fmt.Sprintf("every case succeeds without scope %s: it is not needed, or no case needs it", withheld))
		}
	}
	return problems
}

// unverified reports whether an output says that its change was not verified,
// where the usual output says that it was.
func unverified(output, usual jsontext.Value) bool {
	is, known := verified(output)
	was, _ := verified(usual)
	return known && !is && was
}

func verified(output jsontext.Value) (is, known bool) {
	var members struct {
		Verified *bool `json:"verified"`
	}
	if json.Unmarshal(output, &members) != nil || members.Verified == nil {
		return false, false
	}
	return *members.Verified, true
}
