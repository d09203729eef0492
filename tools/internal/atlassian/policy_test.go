package atlassian_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
)

// concurrently makes n calls at once and returns their errors.
func concurrently(ctx context.Context, n int, call func(context.Context, int) error) (errs []error) {
	errs = make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(ctx, i) })
	}
	all.Wait()
	return errs
}

// An outage is not made worse by repeating what fails: when it is new by little,
// and then hardly at all.
func TestOutageIsNotAmplified(t *testing.T) {
	t.Parallel()
	const calls, rounds = 100, 5
	var requests atomic.Int64
	s := served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	for round := range rounds {
		before := requests.Load()
		for _, err := range concurrently(t.Context(), calls, func(ctx context.Context, i int) error {
			return read(ctx, s.For(newCall(fmt.Sprint("user ", i%20))))
		}) {
			if e := told(t, err); e.Kind != tool.KindUpstreamServer || e.Status != 503 || !e.CanRetry {
				t.Errorf("%s, status %d, can_retry %v: %s", e.Kind, e.Status, e.CanRetry, e.Message)
			}
		}
		most := int64(calls + 20) // with the repetitions that were saved up
		if round > 0 {
			most = calls * 11 / 10
		}
		made := requests.Load() - before
		t.Logf("round %d: %d calls made %d requests", round+1, calls, made)
		if made > most {
			t.Errorf("round %d: %d calls made %d requests, want at most %d", round+1, calls, made, most)
		}
	}
	if all := requests.Load(); all > calls*rounds*11/10 || all == 0 {
		t.Errorf("%d calls made %d requests", calls*rounds, all)
	} else {
		t.Logf("%d calls made %d requests: %.2f for each", calls*rounds, all, float64(all)/float64(calls*rounds))
	}
}

// An outage that a breaker does not see, because every other request succeeds,
// is not amplified either.
func TestPartialOutageIsNotAmplified(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 1000
		requests := 0
		s := onSite(t, func(*http.Request) (*http.Response, error) {
			requests++
			if requests%5 > 0 {
				return answer(502, ""), nil
			}
			return answer(200, "{}"), nil
		})
		for range calls {
			_ = read(t.Context(), s)
		}
		t.Logf("%d calls made %d requests: %.2f for each", calls, requests, float64(requests)/calls)
		if requests > calls*13/10 { // a tenth, what was saved up, and one for every ten seconds that this took
			t.Errorf("%d calls made %d requests", calls, requests)
		}
	})
}

// One refusal for the rate is learned by all calls.
func TestRateLimitIsLearnedByAllCalls(t *testing.T) {
	t.Parallel()
	const calls = 50
	for name, header := range map[string]string{"no reason": "", "burst": "jira-burst-based"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var requests int
			var over time.Time
			s := served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if requests++; requests == 1 {
					over = time.Now().Add(time.Second)
				}
				if time.Now().Before(over) {
					w.Header().Set("Retry-After", "1")
					if header != "" {
						w.Header().Set("RateLimit-Reason", header)
					}
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				_, _ = w.Write([]byte("{}"))
			}))
			if err := errors.Join(concurrently(t.Context(), calls, func(ctx context.Context, _ int) error { return read(ctx, s.For(newCall(secret))) })...); err != nil {
				t.Error(err)
			}
			t.Logf("%d calls into one 429 made %d requests", calls, requests)
			if requests > calls+1 || requests < calls {
				t.Errorf("%d calls made %d requests", calls, requests)
			}
		})
	}
}

// unsent is what is told of a call whose request was not sent.
func unsent(t *testing.T, err error) *tool.Error {
	t.Helper()
	if _, ok := errors.AsType[*atlassian.Unsent](err); !ok {
		t.Fatalf("%v (%T)", err, err)
	}
	e := told(t, err)
	if !e.CanRetry || e.After == nil || !strings.HasPrefix(e.Message, "The request was not sent: ") {
		t.Errorf("can_retry %v, after %v: %s", e.CanRetry, e.After, e.Message)
	}
	return e
}

func TestUnsentIsTold(t *testing.T) {
	t.Parallel()
	type want struct {
		kind    tool.Kind
		status  int
		after   time.Duration
		message string
	}
	for name, tt := range map[string]struct {
		first roundTrip // answers what comes before
		times int
		want  want
	}{
		"server error": {always(500, ""), 10, want{
			tool.KindUpstreamServer, 500, 2 * time.Second,
			"The request was not sent: 10 requests to the site have failed in a row, within 1s, the last one with 500 (Internal Server Error). Retry after 2 second(s).",
		}},
		"no answer": {failing(timeoutError{}), 0, want{}},
		"refused": {failing(refused), 10, want{
			tool.KindNetworkUnreachable, 0, 2 * time.Second,
			"The request was not sent: 10 requests to the site have failed in a row, within 1s, the last one without an answer. Retry after 2 second(s).",
		}},
		"site's quota": {always(429, "", "Retry-After", "1800", "RateLimit-Reason", "jira-quota-tenant-based"), 1, want{
			tool.KindUpstreamRateLimit, 429, 30 * time.Minute,
			"The request was not sent: Atlassian has said that the site's hourly quota is used up. Retry after 1800 second(s).",
		}},
		"app's quota": {always(429, "", "X-RateLimit-Reset", "2000-01-01T00:59Z", "RateLimit-Reason", "jira-quota-global-based"), 1, want{
			tool.KindUpstreamRateLimit, 429, 59 * time.Minute,
			"The request was not sent: Atlassian has said that the hourly quota of this app is used up. Retry after 3540 second(s).",
		}},
		"burst": {always(429, "", "Retry-After", "60", "RateLimit-Reason", "jira-burst-based"), 1, want{
			tool.KindUpstreamRateLimit, 429, time.Minute,
			"The request was not sent: Atlassian has asked to wait with requests of this sort. Retry after 60 second(s).",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				product, requests := tt.first, 0
				s := onSite(t, func(r *http.Request) (*http.Response, error) {
					requests++
					return product(r)
				})
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				for range tt.times {
					brief, cancel := context.WithTimeout(ctx, time.Millisecond) // less than any pause
					_ = read(brief, s)
					cancel()
				}
				product, requests = always(200, "{}"), 0
				if tt.times == 0 {
					if err := read(ctx, s); err != nil {
						t.Error(err)
					}
					return
				}
				err := read(ctx, s)
				e := unsent(t, err)
				if got := (want{e.Kind, e.Status, *e.After, e.Message}); got != tt.want || requests > 0 {
					t.Errorf("%d requests (-want +got):\n%s", requests, cmp.Diff(fmt.Sprintf("%+v", tt.want), fmt.Sprintf("%+v", got)))
				}
				extra := map[string]string{"service": "atlassian", "endpoint": "https://gateway.test" + prefix + "/ex/jira/{cloudId}" + issuePath, "operation": "GET " + issuePath, "http_method": "GET"}
				if diff := cmp.Diff(extra, e.Extra); diff != "" {
					t.Error(diff)
				}
				if text := everyText(err) + shown(e); strings.Contains(text, secret) || strings.Contains(text, cloud) {
					t.Errorf("shows the token or the site: %s", text)
				}
			})
		})
	}
}

// What a breaker keeps back was not sent, so that a write may be repeated, and
// the next one after the pause is.
func TestWriteToASiteThatIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		product, requests := always(502, ""), 0
		s := onSite(t, func(r *http.Request) (*http.Response, error) {
			requests++
			return product(r)
		})
		for range 10 {
			if e := told(t, write(t.Context(), s)); e.CanRetry || e.Prompt != tool.UnknownOutcome {
				t.Errorf("can_retry %v, prompt %q", e.CanRetry, e.Prompt)
			}
		}
		if e := unsent(t, write(t.Context(), s)); requests != 10 || e.Prompt != "" {
			t.Errorf("%d requests, prompt %q", requests, e.Prompt)
		}
		product = always(200, "{}")
		after(2 * time.Second)
		if err := write(t.Context(), s); err != nil || requests != 11 {
			t.Errorf("%d requests: %v", requests, err)
		}
	})
}

// Answers that are one user's or one call's own matter do not stop anybody.
func TestWhatIsNoOutage(t *testing.T) {
	t.Parallel()
	for name, product := range map[string]roundTrip{
		"400": always(400, ""), "401": always(401, `{"code":401,"message":"Unauthorized"}`), "403": always(403, ""), "404": always(404, ""), "409": always(409, ""),
		"not JSON": always(200, "<html>"), "short deadline": failing(timeoutError{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				s := onSite(t, func(r *http.Request) (*http.Response, error) {
					requests++
					return product(r)
				})
				for range 30 {
					_ = read(t.Context(), s)
				}
				if requests != 30 {
					t.Errorf("%d requests of 30 calls", requests)
				}
			})
		})
	}
	t.Run("one user's server errors", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := onSite(t, func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("Authorization") == "Bearer "+secret {
					return answer(500, ""), nil
				}
				return answer(200, "{}"), nil
			})
			for range 30 {
				_ = read(t.Context(), s)
			}
			if e := unsent(t, read(t.Context(), s)); e.Kind != tool.KindUpstreamServer {
				t.Error(e.Kind)
			}
			if err := read(t.Context(), s.For(newCall("another user"))); err != nil {
				t.Error(err)
			}
		})
	})
}

// A site that never answers is found out too.
func TestSiteThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onSite(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			if e := told(t, read(ctx, s)); e.Kind != tool.KindNetworkTimeout {
				t.Errorf("%s: %s", e.Kind, e.Message)
			}
			cancel()
		}
		if e := unsent(t, read(t.Context(), s)); e.Kind != tool.KindNetworkUnreachable {
			t.Errorf("%s: %s", e.Kind, e.Message)
		}
	})
}

// A limit on the changes of one issue delays those of that issue.
func TestIssueIsDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type issue struct {
			Issue string `path:"issueIdOrKey,issue,issue"`
		}
		edit := atlassian.Put[issue, struct{}]("/rest/api/3/issue/{issueIdOrKey}", "write:jira-work")
		comment := atlassian.Post[issue, struct{}]("/rest/api/3/issue/{issueIdOrKey}/comment", "write:jira-work")
		fetch := atlassian.Get[issue, struct{}]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work")
		start := time.Now()
		g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			if time.Since(start) < 5*time.Second && r.Method != http.MethodGet && strings.Contains(r.URL.Path, "ABC-1") {
				return answer(429, "", "Retry-After", "5", "RateLimit-Reason", "jira-per-issue-on-write"), nil
			}
			return answer(200, ""), nil
		}}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		s, err := c.User(newCall(secret), []tool.Operation{edit, comment, fetch}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := edit.Do(t.Context(), s, issue{"ABC-1"}); err != nil || time.Since(start) < 5*time.Second {
				t.Errorf("the first edit: %v after %s", err, time.Since(start))
			}
		})
		after(time.Second)
		for _, other := range []error{second(edit.Do(t.Context(), s, issue{"ABC-2"})), second(fetch.Do(t.Context(), s, issue{"ABC-1"}))} {
			if other != nil || time.Since(start) != time.Second {
				t.Errorf("%v after %s", other, time.Since(start))
			}
		}
		if _, err := comment.Do(t.Context(), s, issue{"ABC-1"}); err != nil || time.Since(start) < 5*time.Second {
			t.Errorf("a comment: %v after %s", err, time.Since(start))
		}
		all.Wait()
	})
}

// However many calls one token has, the site sees so many at a time, and
// another user's call does not wait for them.
func TestRequestsAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		s := onSite(t, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer quiet" {
				return answer(200, "{}"), nil
			}
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			after(100 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return answer(200, "{}"), nil
		})
		var flood []error
		var all sync.WaitGroup
		all.Go(func() {
			flood = concurrently(t.Context(), 250, func(ctx context.Context, _ int) error { return read(ctx, s.For(newCall(secret))) })
		})
		for range 10 {
			after(90 * time.Millisecond)
			before := time.Now()
			if err := read(t.Context(), s.For(newCall("quiet"))); err != nil || time.Since(before) > 0 {
				t.Errorf("%v after %s", err, time.Since(before))
			}
		}
		all.Wait()
		if err := errors.Join(flood...); err != nil {
			t.Error(err)
		}
		if most != 16 {
			t.Errorf("%d requests at a time", most)
		}
	})
}

// others is a store that other processes use too.
type others struct{ shared.Store }

// One refusal for the rate keeps back the calls of all replicas, and the limit
// of a site is one for all of them.
func TestReplicas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		requests, now, most := 0, 0, 0
		product := always(429, "", "Retry-After", "10")
		g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			requests++
			now++
			most = max(most, now)
			mu.Unlock()
			defer func() {
				mu.Lock()
				now--
				mu.Unlock()
			}()
			return product(r)
		}}
		store := others{shared.NewMemory(0)}
		var sites []*atlassian.Site
		for range 3 {
			c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Shared: store, PerSite: 4})
			sites = append(sites, siteOf(t, c, newCall(secret)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if e := told(t, read(ctx, sites[0])); e.Kind != tool.KindUpstreamRateLimit || requests != 1 {
			t.Errorf("%s after %d requests", e.Kind, requests)
		}
		for _, s := range sites {
			if e := unsent(t, read(ctx, s)); *e.After != 10*time.Second {
				t.Errorf("wait %s", *e.After)
			}
		}
		if requests != 1 {
			t.Errorf("%d requests", requests)
		}
		after(10 * time.Second)
		product = func(*http.Request) (*http.Response, error) {
			after(50 * time.Millisecond)
			return answer(200, "{}"), nil
		}
		if err := errors.Join(concurrently(t.Context(), 90, func(ctx context.Context, i int) error {
			return read(ctx, sites[i%3].For(newCall(fmt.Sprint("user ", i%9))))
		})...); err != nil {
			t.Error(err)
		}
		if most != 4 {
			t.Errorf("%d requests at a time", most)
		}
	})
}
