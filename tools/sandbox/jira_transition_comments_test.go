package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTransitionsWithComments(t *testing.T) {
	t.Parallel()
	g := open(t)
	const issue = issuePath + "/PLAT-2"
	state := func() []any {
		return []any{inner(fields(g.found(issue))["status"], "name"), g.found(issue + "/comment").object()["total"]}
	}
	for body, want := range map[string]string{
		`{"transition":{"id":"11"},"update":{"comment":[{"add":{"body":"text"}}]}}`:                            "comment",
		`{"transition":{"id":"11"},"update":{"comment":[{"add":{"body":` + hello + `}},{"edit":{"id":"1"}}]}}`: "comment",
		`{"transition":{"id":"11"},"update":{"labels":[{"add":"x"}]}}`:                                         "labels",
	} {
		a := g.send(http.MethodPost, "sandbox", issue+"/transitions", body)
		if a.status != http.StatusBadRequest || inner(a.object()["errors"], want) == nil {
			t.Errorf("%s = %d %v", body, a.status, a.body)
		}
	}
	if diff := cmp.Diff([]any{"To Do", 0.0}, state()); diff != "" {
		t.Errorf("a refused transition changed something (-want +got):\n%s", diff)
	}
	if a := g.send(http.MethodPost, "sandbox", issue+"/transitions", `{"transition":{"id":"11"},"update":{"comment":[{"add":{"body":`+hello+`}}]}}`); a.status != http.StatusNoContent {
		t.Errorf("with a comment = %d %v", a.status, a.body)
	}
	if diff := cmp.Diff([]any{"In Progress", 1.0}, state()); diff != "" {
		t.Errorf("after that (-want +got):\n%s", diff)
	}

	// The document wants a text where Jira takes a number too, as some clients send it.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+issue+"/transitions", strings.NewReader(`{"transition":{"id":21},"fields":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sandbox")
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("by a number = %d %s", resp.StatusCode, body)
	}
}
