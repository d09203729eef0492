package tooltest

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
)

// Economy tables what the first scenario of every tool costs upstream: cold,
// when nothing is known about the user's token, and warm. The table is a golden
// file beside the calling test, so that a cost cannot grow unnoticed. kits maps
// the folder of a kit to the kit.
//
// Requests are counted as they reach the sandbox. Points are Atlassian's hourly
// quota (facts §4): one per request, one more per object returned and two more
// per user; writes cost one. What the list of sites costs is not documented and
// counted the same way.
func Economy(t *testing.T, path string, folders []string, kits map[string]*atlassian.Kit) {
	t.Helper()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		_, _ = fmt.Fprintf(w, strings.Repeat("%v\t", len(cells))+"\n", cells...) // to memory
	}
	row("tool", "cold requests", "points", "warm requests", "points")
	for _, folder := range folders {
		u := newUpstream(t)
		for _, declared := range catalog(t, kits[folder], atlassian.Options{URL: u.server.URL}).Tools() {
			first := readScenario(t, filepath.Join(folder, "testdata"), declared).cases[0]
			u := newUpstream(t)
			same := find(catalog(t, kits[folder], atlassian.Options{URL: u.server.URL}), declared.Name)
			var costs []any
			requests, points := 0, 0
			for range 2 {
				if _, failure := run(t.Context(), same, first.token(), first.input()); failure != nil {
					t.Fatalf("%s: %s", declared.FullName(), failure.Message)
				}
				costs = append(costs, len(u.seen())-requests, u.points-points)
				requests, points = len(u.seen()), u.points
			}
			row(append([]any{declared.FullName()}, costs...)...)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
	golden(t, path, table.Bytes())
}

// points is what Atlassian's quota counts for a request and its answer.
func points(r *http.Request, answer jsontext.Value) int {
	if r.Method != http.MethodGet {
		return 1
	}
	each := 1
	if strings.Contains(r.URL.Path, "/user") || strings.HasSuffix(r.URL.Path, "/myself") {
		each = 2
	}
	return 1 + each*objects(answer)
}

// objects counts what an answer is about: the elements of its list, or itself.
func objects(answer jsontext.Value) int {
	if answer.Kind() == '[' {
		var list []jsontext.Value
		if json.Unmarshal(answer, &list) == nil {
			return len(list)
		}
	}
	var page map[string]jsontext.Value
	if json.Unmarshal(answer, &page) == nil {
		for _, name := range []string{"values", "results", "issues", "comments"} {
			if page[name].Kind() == '[' {
				return objects(page[name])
			}
		}
	}
	return 1
}
