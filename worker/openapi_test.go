package worker_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// What the worker answers, and what its tools take, is what its OpenAPI document
// says.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := newServer(t, open(io.Discard), func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		if in.Text == "fail" {
			return thing{}, errors.New("no")
		}
		return echo(ctx, inv, in)
	}).Handler()
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
		return w
	}
	doc, err := openapi3.NewLoader().LoadFromData(ask(http.MethodGet, worker.PathOpenAPI, "").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Version != "1.2.3" {
		t.Errorf("version %s", doc.Info.Version)
	}
	for input, want := range map[string]bool{`{"text":"a","count":3,"tags":["x"]}`: true, `{}`: false, `{"text":1}`: false, `{"text":"a","more":1}`: false, `{"text":"a","count":-1}`: false} {
		var inputs any
		if err := json.Unmarshal([]byte(input), &inputs); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas["Lab.GetThing"].Value.VisitJSON(inputs); (err == nil) != want {
			t.Errorf("%s: %v", input, err)
		}
	}
	for name, body := range map[string]string{
		"success":    `{"execution_id":"1","tool":{"toolkit":"Lab","name":"GetThing"},"inputs":{"text":"a"},"context":{"user_id":"ada","authorization":{"token":"t"},"secrets":[{"key":"a","value":"b"}]}}`,
		"failure":    `{"tool":{"toolkit":"Lab","name":"GetThing"},"inputs":{"text":"fail"}}`,
		"bad input":  `{"tool":{"toolkit":"Lab","name":"GetThing","version":null},"inputs":{}}`,
		"deprecated": `{"tool":{"toolkit":"Lab","name":"OldThing"},"inputs":{"text":"a"}}`,
		"nothing":    `{"tool":{"toolkit":"Lab","name":"Ping"}}`,
		"unknown":    `{"tool":{"toolkit":"Lab","name":"None"}}`,
	} {
		fits(t, doc, name, http.MethodPost, worker.PathInvoke, body, ask(http.MethodPost, worker.PathInvoke, body), true)
	}
	fits(t, doc, "malformed", http.MethodPost, worker.PathInvoke, `{"tool":1}`, ask(http.MethodPost, worker.PathInvoke, `{"tool":1}`), false)
	for _, path := range []string{worker.PathHealth, worker.PathTools} {
		fits(t, doc, path, http.MethodGet, path, "", ask(http.MethodGet, path, ""), true)
	}
}

// fits holds a request, unless it is meant to be wrong, and its answer to the
// document.
func fits(t *testing.T, doc *openapi3.T, name, method, path, body string, w *httptest.ResponseRecorder, right bool) {
	t.Helper()
	operation := doc.Paths.Find(path).GetOperation(method)
	check := func(content openapi3.Content, raw []byte) {
		t.Helper()
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := content["application/json"].Schema.Value.VisitJSON(value); err != nil {
			t.Errorf("%s: %s: %v", name, raw, err)
		}
	}
	if body != "" && right {
		check(operation.RequestBody.Value.Content, []byte(body))
	}
	response := operation.Responses.Value(strconv.Itoa(w.Code))
	if response == nil {
		t.Errorf("%s: %d is not documented", name, w.Code)
		return
	}
	check(response.Value.Content, w.Body.Bytes())
}

func TestOpenAPINeedsAToken(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	h := newServer(t, worker.Options{Secret: secret}, echo).Handler()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, worker.PathOpenAPI, http.NoBody))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("answers %d", w.Code)
	}
}
