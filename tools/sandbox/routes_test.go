package sandbox_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/sandbox/internal/service"
)

func TestRoutesFitTheFacts(t *testing.T) {
	t.Parallel()
	const facts = `{"operations":[{"document":"things-v1","method":"GET","path":"/things","scopes":[["read:things"]]}]}`
	serve := func(names ...string) *service.Service {
		things := service.New("things")
		v1 := things.Add(service.API{Document: "things-v1"})
		for _, name := range names {
			v1.Serve(map[string]service.Handler{name: func(*service.Call) service.Reply { return service.OK(nil) }})
		}
		return things
	}
	for _, tt := range []struct {
		name       string
		product    *service.Service
		operations string
		want       string // part of the error
	}{
		{"as it should be", serve("GET /things"), facts, ""},
		{"an operation without facts", serve("GET /things", "POST /things"), facts, "operations.json knows no POST /things of things-v1"},
		{"an operation in two files", serve("GET /things", "GET /things"), facts, "GET /things of things-v1 is served twice"},
		{"no facts at all", serve("GET /things"), "[]", "read operations.json"},
	} {
		err := sandbox.RoutesError(tt.product, tt.operations)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
