package atlassian_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

func TestRemember(t *testing.T) {
	t.Parallel()
	type req struct {
		Query string `query:"q"`
	}
	op := atlassian.Get[req, anything]("/rest/api/3/field", "read:jira-work").Remember(5 * time.Minute)
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		status, body := 200, `{"n":[1]}`
		g := &gateway{t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"), rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:jira-work")}}
		g.product = func(*http.Request) (*http.Response, error) {
			asked++
			return answer(status, body), nil
		}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		step := func(name, token, site, q string, want int, works bool) {
			t.Helper()
			asked = 0
			inv := newCall(token)
			s, err := c.User(inv, []tool.Operation{op}).Site(t.Context(), atlassian.Jira, site)
			if err != nil {
				t.Fatal(err)
			}
			got, err := op.Do(t.Context(), s, req{q})
			if (err == nil) != works || asked != want {
				t.Errorf("%s: asked %d times, want %d; %v", name, asked, want, err)
			}
			if err == nil {
				got["n"].([]any)[0] = "changed" // the caller's to change
			}
		}
		step("first", "ada", acmeID, "a", 1, true)
		step("again", "ada", acmeID, "a", 0, true)
		step("another request", "ada", acmeID, "b", 1, true)
		step("another site", "ada", globexID, "a", 1, true)
		step("another token", "bob", acmeID, "a", 1, true)
		list := func(token string) {
			t.Helper()
			after(time.Second)
			if _, err := c.User(newCall(token), []tool.Operation{op}).ListSites(t.Context(), atlassian.Jira); err != nil {
				t.Fatal(err)
			}
		}
		list("ada")
		step("after the sites were listed", "ada", acmeID, "a", 0, true)
		rows := g.rows
		g.rows = append(g.rows[:2:2], rowOf(umbraID, "New", "https://new.atlassian.net", "read:jira-work"))
		list("bob")
		step("after the sites were listed and are others", "bob", acmeID, "a", 1, true)
		g.rows = rows
		after(5*time.Minute - 3*time.Second)
		step("nearly over", "ada", acmeID, "a", 0, true)
		after(time.Second)
		step("over", "ada", acmeID, "a", 1, true)
		status, body = 401, `{"code":401,"message":"Unauthorized"}`
		step("refused", "ada", acmeID, "c", 1, false)
		step("forgotten by the refusal", "ada", acmeID, "a", 1, false)
		status, body = 200, `{"n":[1]}`
		step("a failure is not kept", "ada", acmeID, "c", 1, true)
		status, body = 200, `null`
		step("undecodable", "ada", acmeID, "d", 1, false)
		status, body = 200, `{"n":[1],"x":"`+strings.Repeat("x", 3<<20)+`"}`
		step("too big to keep", "ada", acmeID, "e", 1, true)
		step("too big to keep, again", "ada", acmeID, "e", 1, true)
	})
}

// Calls that need the same answer at the same time ask for it once, except when
// it cannot be kept. The first one's end is not the others'.
func TestRememberedIsAskedOnce(t *testing.T) {
	t.Parallel()
	type req struct {
		Query string `query:"q"`
	}
	op := atlassian.Get[req, anything]("/rest/api/3/field", "read:jira-work").Remember(5 * time.Minute)
	for name, tt := range map[string]struct {
		body   string
		calls  int
		asked  int
		cancel bool // the first call
	}{
		"once":            {`{"n":[1]}`, 100, 1, false},
		"first goes away": {`{"n":[1]}`, 100, 2, true},
		"too big to keep": {`{"x":"` + strings.Repeat("x", 3<<20) + `"}`, 10, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
					asked.Add(1)
					select {
					case <-time.After(time.Second):
						return answer(200, tt.body), nil
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				}}
				c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
				s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
				if err != nil {
					t.Fatal(err)
				}
				first, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancel {
					time.AfterFunc(500*time.Millisecond, cancel)
				}
				errs := concurrently(t.Context(), tt.calls, func(ctx context.Context, i int) error {
					if i == 0 {
						ctx = first
					} else {
						after(time.Millisecond)
					}
					return second(op.Do(ctx, s.For(newCall(secret)), req{"a"}))
				})
				if (errs[0] != nil) != tt.cancel {
					t.Error(errs[0])
				}
				if err := errors.Join(errs[1:]...); err != nil {
					t.Error(err)
				}
				if got := asked.Load(); got != int64(tt.asked) {
					t.Errorf("asked %d times, want %d", got, tt.asked)
				}
			})
		})
	}
}
