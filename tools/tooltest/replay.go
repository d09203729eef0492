package tooltest

import (
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// Replayed is what a recorded case came to with tools that were bound in another
// way.
type Replayed struct {
	Tool, Case string
	Inputs     jsontext.Value
	Value      jsontext.Value // nil after a failure
	Failure    *tool.Error
	Requests   []Exchange // those that the tool sent, without answers
	// Recorded is the output in the scenario's file, nil for a recorded failure.
	Recorded jsontext.Value
	// Uses are the operations that the tool declares.
	Uses []tool.Operation
}

// Replay runs every case that needs no scripted answers, of every tool or of
// those that write, with tools bound by bind. What comes before a case is done with the toolkit's own.
func Replay(t *testing.T, k Toolkit, onlyWriting bool, bind func(testing.TB, string, http.RoundTripper) tool.BoundKit) (all []Replayed) {
	t.Helper()
	for _, declared := range k.tools(t) {
		if onlyWriting && declared.ReadOnly() {
			continue
		}
		b := k.battery(t, declared)
		b.bind = bind
		for _, c := range b.scenario.cases {
			if c.scripted != nil {
				continue
			}
			o := b.run(t, call{scenarioCase: c})
			r := Replayed{Tool: declared.Name, Case: c.name, Inputs: c.input(), Value: o.value, Failure: o.failure, Recorded: c.files["output.json"], Uses: declared.Uses}
			for _, a := range o.attempts {
				r.Requests = append(r.Requests, a.Exchange)
			}
			all = append(all, r)
		}
	}
	return all
}
