package atlassian_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// timeline is when requests arrived, counted from the first.
type timeline struct {
	start time.Time
	at    []time.Duration
}

func (l *timeline) add() {
	if len(l.at) == 0 {
		l.start = time.Now()
	}
	l.at = append(l.at, time.Since(l.start))
}

// pauses are the times between requests.
func (l *timeline) pauses() []time.Duration {
	var pauses []time.Duration
	for i := 1; i < len(l.at); i++ {
		pauses = append(pauses, l.at[i]-l.at[i-1])
	}
	return pauses
}

// retried performs call on a site whose operations are answered by product, in
// simulated time.
func retried(ctx context.Context, t *testing.T, call func(context.Context, *atlassian.Site) error, product roundTrip) (*timeline, error) {
	t.Helper()
	var l timeline
	s := onSite(t, func(r *http.Request) (*http.Response, error) {
		l.add()
		return product(r)
	})
	return &l, call(ctx, s)
}

func failing(err error) roundTrip {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

var (
	refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	reset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	unknown = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "gateway.test", IsNotFound: true}}
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		product     roundTrip
		read, write int
	}{
		{"300", always(300, ""), 1, 1},
		{"400", always(400, ""), 1, 1},
		{"401", always(401, ""), 1, 1},
		{"403", always(403, ""), 1, 1},
		{"403 for the rate", always(403, "", "X-RateLimit-Remaining", "0", "Retry-After", "1"), 1, 1},
		{"404", always(404, ""), 1, 1},
		{"405", always(405, ""), 1, 1},
		{"408", always(408, ""), 1, 1},
		{"409", always(409, ""), 1, 1},
		{"410", always(410, ""), 1, 1},
		{"413", always(413, ""), 1, 1},
		{"415", always(415, ""), 1, 1},
		{"422", always(422, ""), 1, 1},
		{"429", always(429, ""), 4, 4},
		{"429 in a second", always(429, "", "Retry-After", "1"), 4, 4},
		{"429 at once", always(429, "", "Retry-After", "0"), 4, 4},
		{"429 in the past", always(429, "", "Retry-After", "-5"), 4, 4},
		{"429 for the burst", always(429, "", "RateLimit-Reason", "jira-burst-based"), 4, 4},
		{"429 for the issue", always(429, "", "RateLimit-Reason", "jira-per-issue-on-write"), 4, 4},
		{"429 for an unknown reason", always(429, "", "RateLimit-Reason", "jira-cost-based"), 4, 4},
		{"429 for the app's quota", always(429, "", "RateLimit-Reason", "jira-quota-global-based", "Retry-After", "1"), 1, 1},
		{"429 for the tenant's quota", always(429, "", "RateLimit-Reason", "confluence-quota-tenant-based"), 1, 1},
		{"500", always(500, ""), 1, 1},
		{"500 with a wait", always(500, "", "Retry-After", "1"), 1, 1},
		{"501", always(501, ""), 1, 1},
		{"502", always(502, ""), 4, 1},
		{"502 with a wait", always(502, "", "Retry-After", "1"), 4, 1},
		{"503", always(503, ""), 4, 1},
		{"503 with a wait", always(503, "", "Retry-After", "1"), 4, 4},
		{"503 with a zero wait", always(503, "", "Retry-After", "0"), 4, 4},
		{"503 with a wait that says nothing", always(503, "", "Retry-After", "soon"), 4, 1},
		{"503 with the quota's state", always(503, "", "X-RateLimit-Reset", "2000-01-01T00:00:02Z", "X-RateLimit-Remaining", "812"), 4, 1},
		{"503 with the quota's next hour", always(503, "", "X-RateLimit-Reset", "2000-01-01T01:00:00Z"), 4, 1},
		{"504", always(504, ""), 4, 1},
		{"dial refused", failing(refused), 4, 4},
		{"dial without a name", failing(unknown), 4, 4},
		{"reset", failing(reset), 4, 1},
		{"end of connection", failing(io.EOF), 4, 1},
		{"anything else", failing(errors.New("odd")), 4, 1},
		{"timeout of the network", failing(timeoutError{}), 1, 1},
		{"cut body", func(*http.Request) (*http.Response, error) {
			res := answer(200, "")
			res.Body = io.NopCloser(io.MultiReader(io.LimitReader(blanks{}, 10), failingReader{io.ErrUnexpectedEOF}))
			return res, nil
		}, 4, 1},
		{"not JSON", always(200, "<html>"), 1, 1},
		{"success", always(200, "{}"), 1, 1},
	}
	for _, tt := range tests {
		for name, op := range map[string]func(context.Context, *atlassian.Site) error{"read": read, "write": write} {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					want := map[string]int{"read": tt.read, "write": tt.write}[name]
					l, _ := retried(t.Context(), t, op, tt.product)
					if len(l.at) != want {
						t.Errorf("%d attempts, want %d", len(l.at), want)
					}
				})
			})
		}
	}
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// blanks never end.
type blanks struct{}

var blank = strings.Repeat(" ", 1<<16)

func (blanks) Read(p []byte) (int, error) {
	return copy(p, blank), nil
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// A POST that only reads is repeated as a GET is.
func TestSearchIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		op := atlassian.Post[struct {
			Query anything `body:"json"`
		}, anything]("/rest/api/3/search/jql", "read:jira-work").Reads()
		var bodies []string
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			if len(bodies) < 3 {
				return answer(502, ""), nil
			}
			return answer(200, "{}"), nil
		}}})
		inv := newCall(secret)
		s, err := c.User(inv, []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := op.Do(t.Context(), s, struct {
			Query anything `body:"json"`
		}{anything{"jql": "x"}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{`{"jql":"x"}`, `{"jql":"x"}`, `{"jql":"x"}`}, bodies); diff != "" {
			t.Error(diff)
		}
		if inv.Upstream.Calls() != 4 || inv.Upstream.Retries() != 2 {
			t.Errorf("%d calls, %d retries", inv.Upstream.Calls(), inv.Upstream.Retries())
		}
	})
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		l, err := retried(t.Context(), t, write, func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer(429, "", "Retry-After", "2"), nil
			}
			return answer(200, "{}"), nil
		})
		if err != nil || len(l.at) != 2 || l.at[1] < 2*time.Second || l.at[1] > 3*time.Second {
			t.Errorf("%v: requests at %v", err, l.at)
		}
	})
}

// The pauses of many failures: never shorter than Atlassian asks, otherwise
// doubling, each within its share of jitter, and not always the same.
func TestPauses(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"", "0", "0.1", "1", "2.5", "7"} {
		t.Run("Retry-After "+asked, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				least, _ := strconv.ParseFloat(asked, 64)
				floor := time.Duration(least * float64(time.Second))
				distinct := map[time.Duration]bool{}
				for range 50 {
					headers := []string{"Retry-After", asked}
					if asked == "" {
						headers = nil
					}
					l, _ := retried(t.Context(), t, read, always(503, "", headers...))
					for i, pause := range l.pauses() {
						base := 500 * time.Millisecond << i
						low, high := max(floor, base*7/10), max(floor, base*13/10)
						if pause < low || pause > high {
							t.Errorf("pause %d is %s, want between %s and %s", i+1, pause, low, high)
						}
						distinct[pause] = true
					}
				}
				if len(distinct) < 20 && floor < 700*time.Millisecond {
					t.Errorf("only %d different pauses", len(distinct))
				}
			})
		})
	}
}

// Nothing is awaited that would come after the deadline: the answer so far is
// told at once.
func TestDeadlineIsKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		deadline time.Duration
		product  roundTrip
		attempts []int
		kind     tool.Kind
		after    time.Duration
	}{
		{"a long wait", 25 * time.Second, always(429, "", "Retry-After", "30"), []int{1}, tool.KindUpstreamRateLimit, 30 * time.Second},
		{"a wait until the deadline", 25 * time.Second, always(429, "", "Retry-After", "25"), []int{1}, tool.KindUpstreamRateLimit, 25 * time.Second},
		{"several waits", 25 * time.Second, always(429, "", "Retry-After", "10"), []int{3}, tool.KindUpstreamRateLimit, 10 * time.Second},
		{"forever", 25 * time.Second, always(429, "", "Retry-After", "0"), []int{4}, tool.KindUpstreamRateLimit, 0},
		{"no time for a pause", 300 * time.Millisecond, always(503, ""), []int{1}, tool.KindUpstreamServer, -1},
		{"time for one pause", time.Second, always(503, ""), []int{2}, tool.KindUpstreamServer, -1},
		{"no network", 300 * time.Millisecond, failing(refused), []int{1}, tool.KindNetworkUnreachable, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				l, err := retried(ctx, t, read, tt.product)
				e := told(t, err)
				if ctx.Err() != nil || time.Since(l.start) != l.at[len(l.at)-1] {
					t.Errorf("told %s after the first request, and the last was at %s", time.Since(l.start), l.at[len(l.at)-1])
				}
				if len(l.at) != tt.attempts[0] || e.Kind != tt.kind || !e.CanRetry {
					t.Errorf("%d attempts, %s, can_retry %v", len(l.at), e.Kind, e.CanRetry)
				}
				if got := e.After; tt.after < 0 && got != nil || tt.after >= 0 && (got == nil || *got != tt.after) {
					t.Errorf("wait %v, want %s", got, tt.after)
				}
			})
		})
	}
}

func TestSlowAnswerEndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]func(context.Context, *atlassian.Site) error{"read": read, "write": write} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			defer cancel()
			l, err := retried(ctx, t, op, func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			e := told(t, err)
			if len(l.at) != 1 || time.Since(l.start) != 25*time.Second || e.Kind != tool.KindNetworkTimeout || e.CanRetry != (name == "read") {
				t.Errorf("%s: %d attempts, %s, %s, can_retry %v", name, len(l.at), time.Since(l.start), e.Kind, e.CanRetry)
			}
			if asks := e.Prompt != ""; asks != (name == "write") {
				t.Errorf("%s: prompt %q", name, e.Prompt)
			}
		})
	}
}

func TestCanceledPauseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1700*time.Millisecond, cancel)
		l, err := retried(ctx, t, read, always(429, "", "Retry-After", "1"))
		if err == nil || len(l.at) != 2 || time.Since(l.start) != 1700*time.Millisecond {
			t.Errorf("%v after %s: requests at %v", err, time.Since(l.start), l.at)
		}
	})
}

func TestCanceledCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l, err := retried(ctx, t, write, func(r *http.Request) (*http.Response, error) {
			cancel()
			<-r.Context().Done()
			return nil, fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: r.Context().Err()})
		})
		if e := told(t, err); len(l.at) != 1 || e.Kind != tool.KindNetworkUnmapped || e.CanRetry || !errors.Is(err, context.Canceled) {
			t.Errorf("%d attempts, %s, can_retry %v: %v", len(l.at), e.Kind, e.CanRetry, err)
		}
	})
}

func TestListingSitesIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		g := &gateway{t: t, sites: func(*http.Request) (*http.Response, error) {
			if n++; n < 3 {
				return answer(503, "<html>"), nil
			}
			return answer(200, mustJSON([]row{acme})), nil
		}}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		inv := newCall(secret)
		siteOf(t, c, inv)
		if inv.Upstream.Calls() != 3 || inv.Upstream.Retries() != 2 {
			t.Errorf("%d calls, %d retries", inv.Upstream.Calls(), inv.Upstream.Retries())
		}
	})
}

func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}, product: func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return nil, refused
			}
			return answer(200, "{}"), nil
		}}})
		cold, warm := newCall(secret), newCall(secret)
		for _, inv := range []*tool.Invocation{cold, warm} {
			s := siteOf(t, c, inv)
			if err := read(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if cold.Upstream.Calls() != 3 || cold.Upstream.Retries() != 1 || warm.Upstream.Calls() != 1 || warm.Upstream.Retries() != 0 {
			t.Errorf("cold %d and %d, warm %d and %d", cold.Upstream.Calls(), cold.Upstream.Retries(), warm.Upstream.Calls(), warm.Upstream.Retries())
		}
	})
}
