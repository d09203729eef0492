package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
)

const issueFetch = acmeJira + "/rest/api/3/issue/bulkfetch"

var _ = examples(map[string]example{
	"POST /rest/api/3/issue/bulkfetch": {target: "/rest/api/3/issue/bulkfetch", body: `{"issueIdsOrKeys":["PLAT-1","10001"],"fields":["summary"]}`},
})

func TestIssuesAreFetched(t *testing.T) {
	t.Parallel()
	g := open(t)
	fetch := func(body string) answer { return g.send(http.MethodPost, "sandbox", issueFetch, body) }
	a := fetch(`{"issueIdsOrKeys":["plat-2","10000","PLAT-1","PLAT-99"],"fields":["summary"]}`)
	rows := a.rows("issues")
	if got := strings.Join(texts(rows, "key"), " "); got != "PLAT-1 PLAT-2" || fields(answer{body: rows[0]})["summary"] == nil || fields(answer{body: rows[0]})["status"] != nil {
		t.Errorf("fetched: %v", a.body)
	}
	if list, ok := a.object()["issueErrors"].([]any); !ok || len(list) != 0 {
		t.Errorf("errors: %v", a.object()["issueErrors"])
	}
	many := strings.Repeat(`"PLAT-1",`, 100) + `"PLAT-1"`
	for body, want := range map[string]string{
		`{"issueIdsOrKeys":[]}`:             "At least one issue ID or key is required.",
		`{"issueIdsOrKeys":[` + many + `]}`: "The maximum number of issues that can be fetched in one operation is 100.",
	} {
		a := fetch(body)
		if messages, _ := a.object()["errorMessages"].([]any); a.status != http.StatusBadRequest || len(messages) != 1 || messages[0] != want {
			t.Errorf("%.40s = %d %v", body, a.status, a.body)
		}
	}
}
