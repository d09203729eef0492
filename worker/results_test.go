package worker_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// write is a call of a tool that writes, as an Engine sends it each time.
const write = `{"execution_id":"te_1","tool":{"name":"MakeThing","toolkit":"Lab"},"inputs":{"text":"a"},` +
	`"context":{"user_id":"ada","authorization":{"token":"t"}}}`

// counted is a lab that counts the calls that reached it.
func counted(n *atomic.Int64, do lab) lab {
	return func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		n.Add(1)
		return do(ctx, inv, in)
	}
}

// A write that is the same call is made once and answered the same, by any
// replica.
func TestARepeatedWriteIsMadeOnce(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	var log logged
	o := open(&log)
	o.Shared = shared.NewMemory(0)
	one, other := newServer(t, o, counted(&made, echo)).Handler(), newServer(t, o, counted(&made, echo)).Handler()
	first := invoke(t, one, write)
	if !read(t, first.Code, first.Body.Bytes()).Success {
		t.Fatalf("got %s", first.Body)
	}
	for _, h := range []http.Handler{one, other} {
		if again := invoke(t, h, write); again.Code != first.Code || again.Body.String() != first.Body.String() {
			t.Errorf("first got %s, then %d %s", first.Body, again.Code, again.Body)
		}
	}
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	const replayed = "replayed: the call was made before and got the same answer again"
	if lines := log.lines(t, replayed); len(lines) != 2 || lines[0]["execution_id"] != "te_1" || lines[0]["tool_name"] != "MakeThing" {
		t.Errorf("logged %s", log.String())
	}
	if strings.Contains(log.String(), "ada") {
		t.Errorf("logged the user: %s", log.String())
	}
}

func TestWhatIsAnotherCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, new string }{
		{"another execution", "te_1", "te_2"},
		{"other inputs", `"text":"a"`, `"text":"b"`},
		{"another user", `"ada"`, `"bob"`},
		{"another token of nobody", `"token":"t"`, `"token":"u"`},
	} {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, counted(&made, echo)).Handler()
		first := write
		if strings.Contains(tt.name, "nobody") {
			first = strings.Replace(first, `"ada"`, `""`, 1)
		}
		for _, body := range []string{first, strings.Replace(first, tt.old, tt.new, 1)} {
			if w := invoke(t, h, body); !read(t, w.Code, w.Body.Bytes()).Success {
				t.Errorf("%s: got %s", tt.name, w.Body)
			}
		}
		if n := made.Load(); n != 2 {
			t.Errorf("%s: made %d times", tt.name, n)
		}
	}
}

// An execution id belongs to one call, but whoever gives two tools the same must
// not get the answer of the wrong one.
func TestAnotherToolIsAnotherCall(t *testing.T) {
	t.Parallel()
	writes := tool.NewKit[string](tool.Toolkit{Name: "Lab", Description: "Tools for tests.", Domain: "documents", Provider: "atlassian", Version: "1.2.3"})
	for _, name := range []string{"MakeThing", "BreakThing"} {
		tool.Add(writes, tool.Spec{Name: name, Doc: "Write.", Returns: "The tool's name.", Uses: []tool.Operation{postThing}},
			func(context.Context, string, *tool.Invocation, sample) (string, error) { return name, nil })
	}
	catalog, err := tool.Build(tool.Options{}, writes.Bind(""))
	if err != nil {
		t.Fatal(err)
	}
	s, err := worker.New(catalog, worker.Options{NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"MakeThing", "BreakThing", "MakeThing"} {
		w := invoke(t, s.Handler(), strings.Replace(write, "MakeThing", name, 1))
		if got := read(t, w.Code, w.Body.Bytes()); string(got.Output.Value) != `"`+name+`"` {
			t.Errorf("%s got %s", name, w.Body)
		}
	}
}

// strict is a store that does nothing for a call whose time is over, as one over
// the network.
type strict struct{ *shared.Memory }

func (s strict) Put(ctx context.Context, k shared.Key, value []byte, keep time.Duration) {
	if ctx.Err() == nil {
		s.Memory.Put(ctx, k, value, keep)
	}
}

// The answer is kept also when the call has used up its time.
func TestTheAnswerOfALateWriteIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true, Shared: strict{shared.NewMemory(0)}}, counted(&made, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			<-ctx.Done()
			<-time.After(time.Second)
			return echo(ctx, inv, in)
		})).Handler()
		invoke(t, h, write)
		<-time.After(2 * time.Second)
		w := invoke(t, h, write)
		if !read(t, w.Code, w.Body.Bytes()).Success || made.Load() != 1 {
			t.Errorf("made %d times, then got %s", made.Load(), w.Body)
		}
	})
}

// A repetition that nobody waits for any more gives its place to another call.
func TestARepetitionEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newServer(t, worker.Options{NoAuth: true}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			<-release
			return echo(ctx, inv, in)
		}).Handler()
		var wg sync.WaitGroup
		wg.Go(func() { invoke(t, h, write) })
		<-time.After(time.Second)
		waiting, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		start := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(waiting, http.MethodPost, worker.PathInvoke, strings.NewReader(write)))
		if took := time.Since(start); took != time.Second {
			t.Errorf("it went on for %s", took)
		}
		close(release)
		wg.Wait()
	})
}

// The Engine may have refreshed the user's token before it repeats a call.
func TestARefreshedTokenIsTheSameUsers(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	h := newServer(t, worker.Options{NoAuth: true}, counted(&made, echo)).Handler()
	first := invoke(t, h, write)
	second := invoke(t, h, strings.Replace(write, `"token":"t"`, `"token":"u"`, 1))
	if made.Load() != 1 || first.Body.String() != second.Body.String() {
		t.Errorf("made %d times: %s, then %s", made.Load(), first.Body, second.Body)
	}
}

// Without an execution id a call cannot be told from another, and a read may
// have changed.
func TestWhatIsNotRemembered(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		strings.Replace(write, `"execution_id":"te_1",`, "", 1),
		strings.Replace(write, "te_1", "", 1),
		strings.Replace(write, "MakeThing", "GetThing", 1),
	} {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, counted(&made, echo)).Handler()
		invoke(t, h, body)
		invoke(t, h, body)
		if n := made.Load(); n != 2 {
			t.Errorf("%s: made %d times", body, n)
		}
	}
}

func TestResultsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, counted(&made, echo)).Handler()
		invoke(t, h, write)
		<-time.After(10*time.Minute - time.Second)
		if invoke(t, h, write); made.Load() != 1 {
			t.Errorf("made %d times within ten minutes", made.Load())
		}
		<-time.After(time.Second)
		if invoke(t, h, write); made.Load() != 2 {
			t.Errorf("made %d times after ten minutes", made.Load())
		}
	})
}

// The usual case of a repeated call: its caller went away while it ran.
func TestARepeatedWriteWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, counted(&made, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			<-time.After(8 * time.Second)
			return echo(ctx, inv, in)
		})).Handler()
		gone, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		first := httptest.NewRecorder()
		wg.Go(func() {
			h.ServeHTTP(first, httptest.NewRequestWithContext(gone, http.MethodPost, worker.PathInvoke, strings.NewReader(write)))
		})
		<-time.After(time.Second)
		leave()
		start := time.Now()
		second := invoke(t, h, write)
		if took := time.Since(start); took < 7*time.Second || took > 7*time.Second+300*time.Millisecond {
			t.Errorf("answered after %s", took)
		}
		wg.Wait()
		if second.Body.String() != first.Body.String() || !read(t, second.Code, second.Body.Bytes()).Success {
			t.Errorf("first got %s, then %s", first.Body, second.Body)
		}
		if made.Load() != 1 {
			t.Errorf("made %d times", made.Load())
		}
	})
}

// A runner that died leaves a call of which nothing is known, and so does one
// that does not end in time. One that ends late is heard.
func TestAWriteThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := worker.Options{NoAuth: true, Shared: shared.NewMemory(0)}
		var made atomic.Int64
		release := make(chan struct{})
		h := newServer(t, o, counted(&made, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			<-release
			return echo(ctx, inv, in)
		})).Handler()
		var wg sync.WaitGroup
		wg.Go(func() { invoke(t, h, write) })
		<-time.After(time.Second)

		ask := func(want time.Duration) {
			t.Helper()
			start := time.Now()
			w := invoke(t, h, write)
			took := time.Since(start)
			got := read(t, w.Code, w.Body.Bytes())
			if got.Success || got.Output.Error.Kind != tool.KindNetworkTimeout || got.Output.Error.CanRetry ||
				!strings.Contains(got.Output.Error.Message, "with this execution id is or was under way") ||
				!strings.Contains(w.Body.String(), tool.UnknownOutcome) {
				t.Errorf("got %s", w.Body)
			}
			if took != want {
				t.Errorf("answered after %s, want %s", took, want)
			}
		}
		ask(worker.DefaultTimeout)
		<-time.After(time.Minute)
		ask(0) // its runner must be dead by now

		close(release)
		wg.Wait()
		synctest.Wait()
		if w := invoke(t, h, write); !read(t, w.Code, w.Body.Bytes()).Success {
			t.Errorf("after the late end got %s", w.Body)
		}
		if made.Load() != 1 {
			t.Errorf("made %d times", made.Load())
		}
	})
}

// Who waits for a write that failed without doing anything makes it.
func TestAWaitingWriteTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			if made.Add(1) == 1 {
				<-time.After(time.Second)
				return thing{}, &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down", CanRetry: true}
			}
			return echo(ctx, inv, in)
		}).Handler()
		var wg sync.WaitGroup
		wg.Go(func() {
			if w := invoke(t, h, write); read(t, w.Code, w.Body.Bytes()).Success {
				t.Errorf("the first got %s", w.Body)
			}
		})
		synctest.Wait()
		if w := invoke(t, h, write); !read(t, w.Code, w.Body.Bytes()).Success {
			t.Errorf("the second got %s", w.Body)
		}
		wg.Wait()
	})
}

func TestWhichFailuresAreRemembered(t *testing.T) {
	t.Parallel()
	refused := &tool.Error{Kind: tool.KindUpstreamAuth, Message: "No", Status: 403}
	for _, tt := range []struct {
		name       string
		err        error
		changed    bool
		remembered bool
	}{
		{"bad input", tool.BadInput("text", "No such thing", "A thing."), false, false},
		{"to be mended by the model", tool.Retry("Too many", "Use one."), false, false},
		{"to be decided by a person", tool.NeedContext("Two match", "Ask."), false, false},
		{"refused by the service", refused, false, false},
		{"not processed by the service", tool.StatusError(http.StatusTooManyRequests, true), false, false},
		{"may be repeated", &tool.Error{Kind: tool.KindNetworkUnreachable, Message: "No way", CanRetry: true}, false, false},
		{"failed at the service", tool.StatusError(http.StatusBadGateway, true), false, true},
		{"not understood", tool.Undecodable(true), false, true},
		{"no answer", context.DeadlineExceeded, false, true},
		{"unforeseen", errors.New("hunter2"), false, true},
		{"bad input after a change", tool.BadInput("text", "No such thing", "A thing."), true, true},
		{"may be repeated after a change", tool.StatusError(http.StatusTooManyRequests, true), true, true},
		{"one refused, one unknown", errors.Join(refused, tool.StatusError(http.StatusBadGateway, true)), false, true},
		{"panic", nil, false, true},
	} {
		var made atomic.Int64
		h := newServer(t, worker.Options{NoAuth: true}, counted(&made, func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
			if tt.changed {
				inv.Changed("thing T-1 was created")
			}
			if tt.err == nil {
				panic("hunter2")
			}
			return thing{}, tt.err
		})).Handler()
		first, second := invoke(t, h, write), invoke(t, h, write)
		if read(t, first.Code, first.Body.Bytes()).Success {
			t.Errorf("%s: got %s", tt.name, first.Body)
		}
		want := int64(2)
		if tt.remembered {
			want = 1
			if first.Body.String() != second.Body.String() {
				t.Errorf("%s: first got %s, then %s", tt.name, first.Body, second.Body)
			}
		}
		if n := made.Load(); n != want {
			t.Errorf("%s: made %d times, want %d", tt.name, n, want)
		}
	}
}

func TestALargeResultIsNotKept(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	store := shared.NewMemory(0)
	h := newServer(t, worker.Options{NoAuth: true, Shared: store}, counted(&made, func(_ context.Context, inv *tool.Invocation, _ sample) (thing, error) {
		inv.Changed("thing T-1 was created")
		return thing{Text: strings.Repeat("x", 256<<10)}, nil
	})).Handler()
	if w := invoke(t, h, write); !read(t, w.Code, w.Body.Bytes()).Success {
		t.Errorf("the first got %.300s", w.Body)
	}
	w := invoke(t, h, write)
	got := read(t, w.Code, w.Body.Bytes())
	if got.Success || got.Output.Error.CanRetry || got.Output.Error.Kind != tool.KindBadOutput ||
		!strings.Contains(got.Output.Error.Message, "thing T-1 was created") || !strings.Contains(w.Body.String(), "Do not repeat this call") {
		t.Errorf("the second got %.300s", w.Body)
	}
	if w.Body.Len() > 2000 {
		t.Errorf("the second got %d bytes", w.Body.Len())
	}
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

// BenchmarkWrite is a call that is remembered.
func BenchmarkWrite(b *testing.B) {
	h := newServer(b, worker.Options{NoAuth: true}, echo).Handler()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		body := strings.Replace(write, "te_1", "te_"+time.Duration(i).String(), 1)
		if w := invoke(b, h, body); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
