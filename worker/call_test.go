package worker_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

func TestACallCarriesTheUsersTokenAndName(t *testing.T) {
	t.Parallel()
	var token, user string
	h := newServer(t, worker.Options{NoAuth: true}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		token, user = inv.Token.Reveal(), inv.UserID
		return echo(ctx, inv, in)
	}).Handler()
	invoke(t, h, `{"tool":{"name":"Ping","toolkit":"Lab"},"context":{"authorization":{"token":"t0ken"},"user_id":"u@example.com"}}`)
	if token != "t0ken" || user != "u@example.com" {
		t.Errorf("got %q and %q", token, user)
	}
	invoke(t, h, `{"tool":{"name":"Ping","toolkit":"Lab"}}`)
	if token != "" || user != "" {
		t.Errorf("without context got %q and %q", token, user)
	}
}

// Ten calls that end only when all ten have begun: run one after the other
// they would never end.
func TestCallsRunInParallel(t *testing.T) {
	t.Parallel()
	const n = 10
	var begun sync.WaitGroup
	begun.Add(n)
	server := httptest.NewServer(newServer(t, worker.Options{NoAuth: true}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		begun.Done()
		begun.Wait()
		return echo(ctx, inv, in)
	}).Handler())
	defer server.Close()

	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			status, body, err := post(t.Context(), server.Client(), server.URL, call("GetThing", `{"text":"a"}`))
			if err != nil {
				t.Error(err)
				return
			}
			if status != http.StatusOK || !strings.Contains(body, `"success":true`) {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
	calls.Wait()
}

func TestACallEndsAtItsTimeLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		limit time.Duration // in Options
		want  time.Duration
	}{
		{"GetThing", 0, worker.DefaultTimeout},
		{"MakeThing", time.Minute, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newServer(t, worker.Options{NoAuth: true, Timeout: tt.limit}, func(ctx context.Context, _ *tool.Invocation, _ sample) (thing, error) {
					<-ctx.Done()
					return thing{}, ctx.Err()
				}).Handler()
				w := invoke(t, h, call(tt.name, `{"text":"a"}`))
				got := read(t, w.Code, w.Body.Bytes())
				if got.Output.Error == nil || got.Output.Error.Kind != tool.KindNetworkTimeout {
					t.Errorf("got %s", w.Body)
				}
				if want := float64(tt.want.Milliseconds()); got.Duration != want {
					t.Errorf("ended after %v ms, want %v", got.Duration, want)
				}
			})
		})
	}
}

// When the caller goes away a read is called off; a write, which may be half
// done, is not.
func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want error
	}{
		{"GetThing", context.Canceled},
		{"MakeThing", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			begun, noticed, seen := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			h := newServer(t, worker.Options{NoAuth: true}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
				close(begun)
				<-noticed
				if tt.want != nil { // the worker passes on what it is told in its own time
					<-ctx.Done()
				}
				seen <- ctx.Err()
				return echo(ctx, inv, in)
			}).Handler()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				context.AfterFunc(r.Context(), func() { close(noticed) })
				h.ServeHTTP(w, r)
			}))
			defer server.Close()

			ctx, leave := context.WithCancel(t.Context())
			go func() {
				<-begun
				leave()
			}()
			if _, _, err := post(ctx, server.Client(), server.URL, call(tt.name, `{"text":"a"}`)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if got := <-seen; !errors.Is(got, tt.want) {
				t.Errorf("the tool's context says %v, want %v", got, tt.want)
			}
		})
	}
}

// post sends a call to a server and reads its answer.
func post(ctx context.Context, c *http.Client, origin, body string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+worker.PathInvoke, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	var b strings.Builder
	if _, err := io.Copy(&b, res.Body); err != nil {
		return 0, "", err
	}
	return res.StatusCode, b.String(), nil
}

func TestDeepInputsAreRefused(t *testing.T) {
	t.Parallel()
	h := newServer(t, worker.Options{NoAuth: true}, echo).Handler()
	for depth, want := range map[int]int{9000: http.StatusOK, 1 << 20: http.StatusBadRequest} {
		w := invoke(t, h, call("GetThing", `{"text":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+`}`))
		if w.Code != want || strings.Contains(w.Body.String(), `"success":true`) {
			t.Errorf("%d levels: got %d %.300s", depth, w.Code, w.Body)
		}
	}
}

var fuzzBodies = []string{
	``, `{}`, `[]`, `null`, `{"tool":{"name":"GetThing","toolkit":"Lab"},"inputs":{"text":"a"}}`,
	`{"execution_id":"te_1","tool":{"name":"GetThing","toolkit":"Lab","version":"1.2.3"},"inputs":{"text":"a","count":"7","tags":["x"]}}`,
	`{"tool":{"name":"GetThing","toolkit":"Lab"},"inputs":{"text":"a","text":"b","new":1e999,"count":-0}}`,
	`{"tool":{"name":"OldThing","toolkit":"lab"},"context":{"authorization":{"token":"t","user_info":{}},"secrets":[{"key":"k","value":"v"}]}}`,
	"\xef\xbb\xbf{}", "{\"\xff\":0}", `{"tool":{"name":"\ud800","toolkit":"Lab"}}`, `{"tool":{"name":"GetThing","toolkit":"Lab"},"inputs":{"text":"not a number"}}`,
}

// FuzzInvokeBody: whatever the body, the answer is JSON and either a call's or
// a refusal of it, never a defect of ours.
func FuzzInvokeBody(f *testing.F) {
	for _, body := range fuzzBodies {
		f.Add(body)
	}
	h := newServer(f, worker.Options{NoAuth: true, MaxBody: 1 << 20}, outcomes).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		w := invoke(t, h, body)
		keys := members(t, w.Body.Bytes())
		want := []string{"detail"}
		switch w.Code {
		case http.StatusOK:
			want = []string{"execution_id", "finished_at", "duration", "success", "output"}
		case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("members of status %d (-want +got):\n%s", w.Code, diff)
		}
	})
}
