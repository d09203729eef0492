package worker_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// The Engine's secrets and metadata reach the tool that declares them; the case
// of keys does not matter, and the first of several counts. No secret is
// logged.
func TestSecretsAndMetadataOfACall(t *testing.T) {
	t.Parallel()
	keys := tool.NewKit[string](tool.Toolkit{Name: "Keys", Description: "Tools for tests.", Domain: "documents", Version: "1.2.3"})
	tool.Add(keys, tool.Spec{
		Name: "Show", Doc: "Show what was handed over.", Returns: "Secret and metadata.",
		Secrets: []string{"API_KEY"}, Metadata: []string{"region"},
	}, func(_ context.Context, _ string, inv *tool.Invocation, _ struct{}) (string, error) {
		key, _ := inv.Secret("API_KEY")
		region, _ := inv.MetadataValue("region")
		if len(inv.Secrets) > 1 || len(inv.Metadata) > 1 { // what it does not declare is none of its business
			t.Errorf("got %d secrets and %d metadata", len(inv.Secrets), len(inv.Metadata))
		}
		return key.Reveal() + " " + region, nil
	})
	catalog, err := tool.Build(tool.Options{}, keys.Bind(""))
	if err != nil {
		t.Fatal(err)
	}
	var log logged
	s, err := worker.New(catalog, open(&log))
	if err != nil {
		t.Fatal(err)
	}
	const noKey, noRegion = "Secret 'API_KEY' not found in context.", "Metadata 'region' not found in context."
	for context, want := range map[string]string{
		`{"secrets":[{"key":"API_KEY","value":"` + marker + `"}],"metadata":[{"key":"region","value":"eu"}]}`: `"` + marker + ` eu"`,
		`{"secrets":[{"key":"Api_Key","value":"a"},{"key":"API_KEY","value":"b"}],
		  "metadata":[{"key":"x","value":"y"},{"key":"REGION","value":""},{"key":"region","value":"z"}]}`: `"a "`,
		`{"secrets":[],"metadata":[{"key":"API_KEY","value":"` + marker + `"},{"key":"region","value":"eu"}]}`: noKey,
		`{"secrets":[{"key":"OTHER","value":"x"},{"key":"API_KEY","value":"` + marker + `"}],"metadata":null}`: noRegion,
		`{}`: noKey + " " + noRegion,
	} {
		w := invoke(t, s.Handler(), `{"tool":{"name":"Show","toolkit":"Keys"},"context":`+context+`}`)
		got := read(t, w.Code, w.Body.Bytes())
		switch {
		case got.Success && string(got.Output.Value) != want:
			t.Errorf("%s: got %s, want %s", context, got.Output.Value, want)
		case !got.Success && (got.Output.Error.Kind != tool.KindFatal || !strings.HasSuffix(got.Output.Error.Message, ": "+want)):
			t.Errorf("%s: got %s, want %s", context, w.Body, want)
		case !got.Success && strings.Contains(w.Body.String(), marker):
			t.Errorf("%s: a secret is told in %s", context, w.Body)
		}
	}
	w := invoke(t, s.Handler(), `{"tool":{"name":"Show","toolkit":"Keys"},"context":{"secrets":[{"key":"API_KEY","value":5}]}}`)
	if w.Code != http.StatusBadRequest {
		t.Errorf("a secret that is a number: got %d %s", w.Code, w.Body)
	}
	if strings.Contains(log.String(), marker) {
		t.Errorf("a secret is logged in %s", log.String())
	}
}
