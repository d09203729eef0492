package atlassiantest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// Ask runs one tool of a kit against a service that lists sites "0", "1", …
// and answers everything on them with product. It returns the tool's value or
// failure and how many requests there were.
func Ask(t *testing.T, kit *atlassian.Kit, name, input string, sites int, product func(w http.ResponseWriter, r *http.Request, site string)) (jsontext.Value, *tool.Error, int) {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/oauth/token/accessible-resources" {
			var rows []string
			for i := range sites {
				rows = append(rows, fmt.Sprintf(`{"id":"%d","name":"Site %d","url":"https://site%d.atlassian.net",
					"scopes":["read:jira-user","read:jira-work","read:space:confluence"]}`, i, i, i))
			}
			_, _ = io.WriteString(w, "["+strings.Join(rows, ",")+"]")
			return
		}
		product(w, r, strings.Split(r.URL.Path, "/")[3])
	}))
	t.Cleanup(server.Close)
	client, err := atlassian.NewClient(atlassian.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	catalog, err := tool.Build(tool.Options{Version: "1.0.0"}, kit.Bind(client).Only(name))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range catalog.Tools() {
		if found.Name == name {
			value, err := found.Run(t.Context(), &tool.Invocation{Token: tool.NewToken("token"), Inputs: jsontext.Value(input)})
			if err != nil {
				return nil, tool.Explain(err), int(requests.Load())
			}
			return value, nil, int(requests.Load())
		}
	}
	t.Fatalf("no tool %s", name)
	return nil, nil, 0
}
