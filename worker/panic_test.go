package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// marker is what must not come out anywhere.
const marker = "hunter2-XYZZY"

type carrier struct{ text string }

func put(m map[string]int) { m[marker] = 1 }
func set(c *carrier)       { c.text = marker }
func store(list []string)  { list[len(marker)] = marker }

func TestPanicIsOneFailedCall(t *testing.T) {
	t.Parallel()
	panics := map[string]struct {
		raise func()
		named string // the type in the message
	}{
		"error":          {func() { panic(errors.New(marker)) }, "*errors.errorString"},
		"wrapped error":  {func() { panic(fmt.Errorf("%w", errors.New(marker))) }, "*fmt.wrapError"},
		"string":         {func() { panic(marker) }, "string"},
		"value":          {func() { panic(carrier{marker}) }, "worker_test.carrier"},
		"nil":            {func() { panic(nil) }, "*runtime.PanicNilError"}, //nolint:govet // on purpose
		"nil map":        {func() { put(nil) }, "runtime.plainError"},
		"nil pointer":    {func() { set(nil) }, "runtime.errorString"},
		"index":          {func() { store(nil) }, "runtime.boundsError"},
		"type assertion": {func() { var v any = carrier{marker}; _ = v.(string) }, "*runtime.TypeAssertionError"},
		"aborted":        {func() { panic(http.ErrAbortHandler) }, "*errors.errorString"},
	}
	var log logged
	h := newServer(t, open(&log), func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		if p, ok := panics[in.Text]; ok {
			p.raise()
		}
		return echo(ctx, inv, in)
	}).Handler()
	for name, p := range panics {
		w := invoke(t, h, call("GetThing", `{"text":"`+name+`"}`))
		got := read(t, w.Code, w.Body.Bytes())
		if got.Success || got.Output.Error == nil {
			t.Errorf("%s: got %s", name, w.Body)
			continue
		}
		e := got.Output.Error
		want := "[TOOL_RUNTIME_FATAL] FatalToolError during execution of tool 'get_thing': An unhandled " + p.named + " was raised by the tool."
		if e.Kind != tool.KindFatal || e.Message != want {
			t.Errorf("%s: got %s %q, want %q", name, e.Kind, e.Message, want)
		}
		if e.Stacktrace == nil || !strings.Contains(*e.Stacktrace, "worker_test.TestPanicIsOneFailedCall") || !strings.Contains(*e.Stacktrace, "(panic_test.go:") {
			t.Errorf("%s: the stack does not show where: %s", name, w.Body)
			continue
		}
		for line := range strings.Lines(*e.Stacktrace) {
			if !frame.MatchString(line) {
				t.Errorf("%s: frame %q", name, line)
			}
		}
		if strings.Contains(w.Body.String(), marker) {
			t.Errorf("%s: the value is repeated in %s", name, w.Body)
		}
	}
	if got := read(t, http.StatusOK, invoke(t, h, call("GetThing", `{"text":"fine"}`)).Body.Bytes()); !got.Success {
		t.Errorf("afterwards: %+v", got)
	}
	if got := len(log.lines(t, "call")); got != len(panics)+1 || strings.Contains(log.String(), marker) {
		t.Errorf("%d lines for %d calls, or a value in:\n%s", got, len(panics)+1, log.String())
	}
}

// frame is a line of a stack: a function, and a file without its path.
var frame = regexp.MustCompile(`^\S+ \([\w.]+:\d+\)\n$`)

// broken is a response writer that fails in the middle of an answer.
type broken struct {
	http.ResponseWriter
	failed bool
}

func (b *broken) Write(p []byte) (int, error) {
	if !b.failed {
		b.failed = true
		panic(marker)
	}
	return b.ResponseWriter.Write(p)
}

func TestPanicOfTheWorkerItselfEndsOneRequest(t *testing.T) {
	t.Parallel()
	var log logged
	h := newServer(t, worker.Options{NoAuth: true, Log: zerolog.New(&log)}, echo).Handler()
	wrapped := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&broken{ResponseWriter: w}, r) })
	w := invoke(t, wrapped, call("Ping", `{}`))
	if want := `{"detail":"Internal Server Error"}`; w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
	if got := log.lines(t, "request failed"); len(got) != 1 || strings.Contains(log.String(), marker) {
		t.Errorf("logged %s", log.String())
	}
}
