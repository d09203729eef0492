package worker_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// full is a disk that takes no more.
type full struct{ tried atomic.Int64 }

func (f *full) Write([]byte) (int, error) {
	f.tried.Add(1)
	return 0, errors.New("no space left on device")
}

// A call whose line cannot be written is answered, and the loss is counted and
// logged, but not once for each.
func TestCallsAreAnsweredWithoutAnAuditLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		disk := &full{}
		o := open(&log)
		o.Audit = disk
		metrics := watch(&o)
		h := newServer(t, o, echo).Handler()
		const calls = 5
		for i := range calls {
			if i == calls-1 {
				<-time.After(11 * time.Second)
			}
			if w := invoke(t, h, call("MakeThing", `{"text":"a"}`)); !read(t, w.Code, w.Body.Bytes()).Success {
				t.Errorf("got %s", w.Body)
			}
			invoke(t, h, call("GetThing", `{"text":"a"}`))
		}
		// All but the first are the same call again, which has a line too.
		if n := disk.tried.Load(); n != calls {
			t.Errorf("%d lines", n)
		}
		lines := log.lines(t, "a line of the audit log could not be written")
		if len(lines) != 2 || lines[0]["lost"] != 1.0 || lines[1]["lost"] != float64(calls) || lines[0]["level"] != "error" || lines[0]["error"] != "no space left on device" {
			t.Errorf("logged %v", lines)
		}
		if _, points := metrics.points(t, "worker.audit.lost"); points[""] != calls {
			t.Errorf("counted %v", points)
		}
	})
}

// The line is written before the answer: otherwise the end of the process could
// come between.
func TestTheAuditLogIsWrittenBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		h := newServer(t, worker.Options{NoAuth: true, Audit: writer}, echo).Handler()
		var answered atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() {
			invoke(t, h, call("MakeThing", `{"text":"a"}`))
			answered.Store(true)
		})
		synctest.Wait()
		if answered.Load() {
			t.Error("answered without a line")
		}
		line := make([]byte, 1000)
		n, err := reader.Read(line)
		wg.Wait()
		if err != nil || !strings.HasSuffix(string(line[:n]), "}\n") {
			t.Errorf("%v, got %s", err, line[:n])
		}
	})
}

// How a call ended follows from what the client recorded, and from what the
// caller was told.
func TestAuditedOutcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   lab
		want string
	}{
		{"changed before it failed", func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
			inv.Writing("POST /thing")(tool.WriteDone)
			inv.Writing("POST /thing")(tool.WriteUnknown)
			return thing{}, tool.Retry("no", "no")
		}, `"failed_after_change","error_kind":"TOOL_RUNTIME_RETRY"`},
		{"failed with a request under way", func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
			inv.Writing("POST /thing")
			return thing{}, tool.Retry("no", "no")
		}, `"unknown","error_kind":"TOOL_RUNTIME_RETRY"`},
		{"told that nobody knows", func(context.Context, *tool.Invocation, sample) (thing, error) {
			return thing{}, context.DeadlineExceeded
		}, `"unknown","error_kind":"NETWORK_TRANSPORT_RUNTIME_TIMEOUT"`},
		{"nothing was done", func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
			inv.Writing("POST /thing")(tool.WriteNotDone)
			return thing{}, tool.Retry("no", "no")
		}, `"failed","error_kind":"TOOL_RUNTIME_RETRY"`},
		{"overdue", func(context.Context, *tool.Invocation, sample) (thing, error) {
			<-time.After(time.Minute)
			return thing{}, nil
		}, `"unknown","error_kind":"NETWORK_TRANSPORT_RUNTIME_TIMEOUT"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var audit logged
				o := open(io.Discard)
				o.Audit = &audit
				answer := invoke(t, newServer(t, o, tt.do).Handler(), call("MakeThing", `{"text":"a"}`))
				if got := audit.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"outcome":`+tt.want+`,"duration_ms":`) {
					t.Errorf("got %s after %s", got, answer.Body)
				}
				<-time.After(time.Hour) // for the handler that is late
			})
		})
	}
}

// Nothing gets into a line but by its shape, and no line is long.
func TestAuditLinesAreBounded(t *testing.T) {
	t.Parallel()
	var audit logged
	o := open(io.Discard)
	o.Audit = &audit
	h := newServer(t, o, func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
		inv.WorksOn("words of somebody")
		inv.Changed("words", tool.Object{Type: "thing", ID: "words", Key: "WORDS"})
		for i := range 1000 {
			inv.Writing("POST /thing", tool.Object{Type: "thing", ID: strings.Repeat("1", 1+i%20) + strings.Repeat("0", i/20)})(tool.WriteDone)
		}
		return thing{}, nil
	}).Handler()
	long := strings.Repeat("\\u00e4\\n", 10_000)
	invoke(t, h, `{"execution_id":"`+long+`","tool":{"name":"MakeThing","toolkit":"Lab"},"inputs":{"text":"words"},"context":{"user_id":"`+long+`"}}`)
	got := audit.String()
	if len(got) > 40_000 || strings.Contains(strings.ToLower(got), "words") || strings.Count(got, "\n") != 1 {
		t.Errorf("%d bytes: %.2000s", len(got), got)
	}
	if strings.Count(got, "POST /thing") != 100 || !strings.Contains(got, `"objects_left_out":`) || !strings.Contains(got, `"outcome":"success"`) {
		t.Errorf("%d operations: %.2000s", strings.Count(got, "POST /thing"), got)
	}
}
