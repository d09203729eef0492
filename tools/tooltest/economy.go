package tooltest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
)

// Economy tables what the first case of every tool costs the service: cold,
// when the backend knows nothing yet, and warm, each on a fresh service. The
// table is a golden file, so that a cost cannot grow unnoticed.
func Economy(t *testing.T, path string, kits ...Toolkit) {
	t.Helper()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		_, _ = fmt.Fprintf(w, strings.Repeat("%v\t", len(cells))+"\n", cells...) // to memory
	}
	row("tool", "cold requests", "points", "warm requests", "points")
	for _, k := range kits {
		for _, declared := range k.tools(t) {
			b := k.battery(t, declared)
			cells := []any{declared.FullName()}
			for _, o := range b.repeat(t, call{scenarioCase: b.scenario.cases[0]}, 2) {
				if o.failure != nil {
					t.Fatalf("%s: %s", declared.FullName(), o.failure.Message)
				}
				points := 0
				for _, x := range o.exchanges {
					points += k.points(x)
				}
				cells = append(cells, len(o.exchanges), points)
			}
			row(cells...)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
	for _, problem := range golden(path, table.Bytes()) {
		t.Error(problem)
	}
}

func (k Toolkit) points(x *Exchange) int {
	if k.Points == nil {
		return 1
	}
	return k.Points(*x)
}
