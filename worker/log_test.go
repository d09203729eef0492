package worker_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

var always = []string{
	"duration", "environment", "execution_id", "level", "message", "outcome",
	"tool_name", "toolkit_name", "toolkit_version", "upstream_calls", "upstream_retries",
}

func TestOneLogLinePerCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, tool string
		err        error
		want       map[string]any
	}{
		{"success", "GetThing", nil, map[string]any{
			"level": "info", "tool_name": "GetThing", "outcome": "success",
		}},
		{"deprecated", "OldThing", nil, map[string]any{
			"level": "info", "tool_name": "OldThing", "outcome": "success",
		}},
		{"refused by the service", "MakeThing", &tool.Error{
			Kind: tool.KindUpstreamServer, Message: marker, Prompt: marker, Developer: "GET /thing", Status: 503, CanRetry: true,
			Extra: map[string]string{"endpoint": marker}, Err: errors.New(marker),
		}, map[string]any{
			"level": "warn", "tool_name": "MakeThing", "outcome": "error", "error_kind": "UPSTREAM_RUNTIME_SERVER_ERROR",
			"error_status_code": 503.0, "error_can_retry": true, "error_developer_message": "GET /thing",
		}},
		{"unforeseen", "GetThing", errors.New(marker), map[string]any{
			"level": "warn", "tool_name": "GetThing", "outcome": "error", "error_kind": "TOOL_RUNTIME_FATAL",
			"error_status_code": 500.0, "error_can_retry": false,
			"error_developer_message": "*errors.errorString (text withheld: it may quote inputs)",
		}},
		{"bad value", "GetThing", tool.BadInput("text", marker, marker), map[string]any{
			"level": "warn", "tool_name": "GetThing", "outcome": "error", "error_kind": "TOOL_RUNTIME_BAD_INPUT_VALUE",
			"error_status_code": 400.0, "error_can_retry": false,
		}},
		{"person needed", "GetThing", tool.NeedContext(marker, marker), map[string]any{
			"level": "warn", "tool_name": "GetThing", "outcome": "error", "error_kind": "TOOL_RUNTIME_CONTEXT_REQUIRED",
			"error_status_code": 0.0, "error_can_retry": false, "error_developer_message": "",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log logged
			h := newServer(t, worker.Options{NoAuth: true, Environment: "test", Log: zerolog.New(&log)},
				func(_ context.Context, inv *tool.Invocation, in sample) (thing, error) {
					inv.Upstream.Called("GET /thing", false)
					inv.Upstream.Called("GET /thing", true)
					return thing{Text: in.Text}, tt.err
				}).Handler()
			body := strings.ReplaceAll(`{"run_id":"@","execution_id":"te_1","created_at":"@",
				"tool":{"name":"`+tt.tool+`","toolkit":"lab","version":""},"inputs":{"text":"@"},
				"context":{"authorization":{"token":"@","user_info":{"sub":"@"}},"user_id":"@",
				"secrets":[{"key":"@","value":"@"}],"metadata":[{"key":"@","value":"@"}]}}`, "@", marker)
			if w := invoke(t, h, body); !strings.Contains(w.Body.String(), "te_1") {
				t.Fatalf("got %s", w.Body)
			}

			lines := log.lines(t, "call")
			if len(lines) != 1 {
				t.Fatalf("%d lines in:\n%s", len(lines), log.String())
			}
			got := lines[0]
			if ms, ok := got["duration"].(float64); !ok || ms < 0 {
				t.Errorf("duration is %v", got["duration"])
			}
			delete(got, "duration")
			want := map[string]any{
				"execution_id": "te_1", "toolkit_name": "Lab", "toolkit_version": "1.2.3", "environment": "test",
				"upstream_calls": 2.0, "upstream_retries": 1.0, "message": "call",
			}
			maps.Copy(want, tt.want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if strings.Contains(log.String(), marker) {
				t.Errorf("something private in:\n%s", log.String())
			}
		})
	}
}

func TestRejectedInputsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log logged
	h := newServer(t, open(&log), echo).Handler()
	for _, inputs := range []string{
		`{"` + marker + `":"` + marker + `"}`,
		`{"text":["` + marker + `"],"count":"` + marker + `"}`,
		`{"text":"a","text":"` + marker + `"}`,
	} {
		w := invoke(t, h, call("GetThing", inputs))
		if e := read(t, w.Code, w.Body.Bytes()).Output.Error; e == nil || e.Kind != tool.KindBadInput {
			t.Errorf("got %s", w.Body)
		}
	}
	if got := len(log.lines(t, "call")); got != 3 {
		t.Errorf("%d lines", got)
	}
	if strings.Contains(log.String(), marker) {
		t.Errorf("inputs in:\n%s", log.String())
	}
}

// A request that never becomes a call has a line of its own kind, without what
// was in the body.
func TestRefusedRequestsAreLogged(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"malformed":  `{"execution_id":"` + marker + `"`,
		"incomplete": `{"inputs":{"text":"` + marker + `"}}`,
		"wrong type": `{"tool":"` + marker + `"}`,
		"secret":     `{"tool":{"name":"Ping","toolkit":"Lab"},"context":{"secrets":["` + marker + `"]}}`,
		"no tool":    `{"tool":{"name":"Nope","toolkit":"Lab"},"inputs":{"text":"` + marker + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log logged
			w := invoke(t, newServer(t, open(&log), echo).Handler(), body)
			if w.Code != http.StatusBadRequest && w.Code != http.StatusNotFound {
				t.Errorf("got %d", w.Code)
			}
			if len(log.lines(t, "refused")) != 1 || len(log.lines(t, "call")) != 0 {
				t.Errorf("logged %s", log.String())
			}
			if strings.Contains(w.Body.String()+log.String(), marker) {
				t.Errorf("%s and %s repeat the body", w.Body, log.String())
			}
		})
	}
}

func TestLongNamesAreClippedInTheLog(t *testing.T) {
	t.Parallel()
	var log logged
	h := newServer(t, open(&log), echo).Handler()
	invoke(t, h, strings.Replace(call("Ping", `{}`), "te_1", strings.Repeat("é", 1<<16), 1))
	lines := log.lines(t, "call")
	if len(lines) != 1 {
		t.Fatalf("logged %.200s", log.String())
	}
	if want := strings.Repeat("é", 50) + "…"; lines[0]["execution_id"] != want {
		t.Errorf("got %v", lines[0]["execution_id"])
	}
	if got := slices.Sorted(maps.Keys(lines[0])); !slices.Equal(got, always) {
		t.Errorf("fields are %v, want %v", got, always)
	}
}

func TestTheZeroLoggerDiscards(t *testing.T) {
	t.Parallel()
	w := invoke(t, newServer(t, worker.Options{NoAuth: true}, echo).Handler(), call("Ping", `{}`))
	if !read(t, w.Code, w.Body.Bytes()).Success {
		t.Errorf("got %s", w.Body)
	}
}
