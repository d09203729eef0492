package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
)

var _ = examples(map[string]example{
	"POST /rest/api/3/jql/parse": {target: "/rest/api/3/jql/parse?validation=strict", body: `{"queries":["project = PLAT"]}`},
})

func TestParseQueries(t *testing.T) {
	t.Parallel()
	g := open(t)
	const queries = `{"queries":["project = PLAT","project = NOPE AND status = Nope","project ="]}`
	for validation, want := range map[string]struct{ errors, warnings []int }{
		"strict": {[]int{0, 2, 1}, []int{0, 0, 0}},
		"warn":   {[]int{0, 0, 1}, []int{0, 2, 0}},
		"none":   {[]int{0, 0, 1}, []int{0, 0, 0}},
	} {
		parsed := g.send(http.MethodPost, "sandbox", acmeJira+"/rest/api/3/jql/parse?validation="+validation, queries).rows("queries")
		if len(parsed) != 3 {
			t.Fatalf("%s: %v", validation, parsed)
		}
		for i, p := range parsed {
			errors, _ := p["errors"].([]any)
			warnings, _ := p["warnings"].([]any)
			if len(errors) != want.errors[i] || len(warnings) != want.warnings[i] {
				t.Errorf("%s, query %d: errors %v, warnings %v", validation, i, errors, warnings)
			}
			if validation == "strict" && i == 1 && !strings.Contains(errors[0].(string), "'NOPE' does not exist for the field 'project'") {
				t.Errorf("an unknown project is told as %v", errors[0])
			}
		}
	}
	for target, body := range map[string]string{"?validation=some": queries, "": `{"queries":[]}`} {
		if a := g.send(http.MethodPost, "sandbox", acmeJira+"/rest/api/3/jql/parse"+target, body); a.status != http.StatusBadRequest {
			t.Errorf("%s %s: %d", target, body, a.status)
		}
	}
}
