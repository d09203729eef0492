package atlassian_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
	"arcade-atlassian/tools/shared/redis/redistest"
	"arcade-atlassian/tools/tool"
)

// recordingStore is a store that other processes use too, and remembers what was
// put into it.
type recordingStore struct {
	shared.Store
	mu   sync.Mutex
	keys []shared.Key
	puts [][]byte
}

func newRecordingStore() *recordingStore { return &recordingStore{Store: shared.NewMemory(0)} }

func (s *recordingStore) Put(ctx context.Context, k shared.Key, value []byte, keep time.Duration) {
	s.mu.Lock()
	s.keys, s.puts = append(s.keys, k), append(s.puts, value)
	s.mu.Unlock()
	s.Store.Put(ctx, k, value, keep)
}

// last is what was put last, and where.
func (s *recordingStore) last(t *testing.T) (shared.Key, []byte) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.puts) == 0 {
		t.Fatal("nothing was shared")
	}
	return s.keys[len(s.keys)-1], s.puts[len(s.puts)-1]
}

// replica is a client on the gateway with what it shares with others.
func replica(t testing.TB, g *gateway, store shared.Store) *atlassian.Client {
	t.Helper()
	return newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, Shared: store})
}

func twoReplicas(t testing.TB, g *gateway) (store *recordingStore, a, b *atlassian.Client) {
	t.Helper()
	store = newRecordingStore()
	return store, replica(t, g, store), replica(t, g, store)
}

// only is the ID of the one site, without a call having to ask Atlassian when
// asks is 0.
func only(t *testing.T, c *atlassian.Client, asks int) string {
	t.Helper()
	inv := newCall(secret)
	s := siteOf(t, c, inv)
	if n := inv.Upstream.Calls(); n != asks {
		t.Errorf("%d requests for the sites, want %d", n, asks)
	}
	return s.ID
}

var (
	atGlobex = rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:jira-work write:jira-work")
	refuse   = always(401, `{"code":401,"message":"Unauthorized"}`)
)

func TestReplicasShareSites(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{
		rowOf(acmeID, "Acme \u200b<b>Corp", "https://acme.atlassian.net/", "write:jira-work read:jira-work"),
		rowOf(acmeID, "Acme", "https://acme.atlassian.net/", "read:page:confluence"),
		rowOf("../evil", "Evil", "https://evil.test", "read:jira-work"),
		rowOf(globexID, "Globex", "javascript:alert(1)", "read:jira-work"),
	}}
	store := newRecordingStore()
	type seen struct{ id, name, url string }
	var first []seen
	for range 3 {
		c := replica(t, g, store)
		for _, p := range []atlassian.Product{atlassian.Jira, atlassian.Confluence} {
			sites, err := c.User(newCall(secret), everything).Sites(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			var got []seen
			for _, s := range sites.List {
				got = append(got, seen{s.ID, s.Name, s.URL})
			}
			if p == atlassian.Confluence {
				if len(got) != 1 || got[0].id != acmeID {
					t.Errorf("Confluence: %v", got)
				}
			} else if first == nil {
				first = got
			} else if !slices.Equal(first, got) {
				t.Errorf("a replica has %v, another %v", first, got)
			}
		}
	}
	if g.lists() != 1 || len(first) != 2 {
		t.Errorf("listed %d times: %v", g.lists(), first)
	}
	if _, value := store.last(t); bytes.Contains(value, []byte(secret)) {
		t.Error("the token is shared")
	}
	if _, err := replica(t, g, store).User(newCall("another token"), everything).Sites(t.Context(), atlassian.Jira); err != nil || g.lists() != 2 {
		t.Errorf("another token: listed %d times, %v", g.lists(), err)
	}
}

// A Memory is looked into by nobody but this process, which has looked already.
func TestSitesAreNotSharedWithNobody(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	store := shared.NewMemory(0)
	for range 2 {
		only(t, replica(t, g, store), 1)
	}
	only(t, replica(t, g, nil), 1)
}

// Each replica holds to its own operator's boundaries.
func TestSharedSitesAreLimitedByEachReplica(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", bothScop), atGlobex}}
	store := newRecordingStore()
	limited := func(site string) *atlassian.Client {
		return newClient(t, atlassian.Options{
			URL: "https://gateway.test" + prefix, Transport: g, Shared: store, Boundaries: atlassian.Boundaries{ReadSites: []string{site}},
		})
	}
	for _, site := range []string{acmeID, globexID} {
		if got := siteOf(t, limited(site), newCall(secret)); got.ID != site {
			t.Errorf("the replica of %s has %s", site, got.ID)
		}
	}
	_, err := limited(umbraID).User(newCall(secret), everything).Sites(t.Context(), atlassian.Jira)
	if e := told(t, err); !strings.Contains(e.Message, "none of the user's sites") {
		t.Errorf("%s", shown(e))
	}
	if g.lists() != 1 {
		t.Errorf("listed %d times", g.lists())
	}
}

// A list is forgotten ten minutes after Atlassian was asked, whoever asked.
func TestSharedSitesGrowOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}}
		_, a, b := twoReplicas(t, g)
		only(t, a, 1)
		after(9 * time.Minute)
		only(t, b, 0)
		after(59 * time.Second)
		only(t, b, 0)
		after(2 * time.Second)
		only(t, b, 1)
		only(t, a, 0)
	})
}

// After a refusal neither the replica that met it nor one that knows nothing yet
// is told the old list; a replica that still has it asks again when it is refused
// too.
func TestRefusalForgetsSharedSites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}}
		store, a, b := twoReplicas(t, g)
		only(t, a, 1)
		only(t, b, 0)
		after(time.Second)
		g.product, g.rows = refuse, []row{atGlobex}
		_ = read(t.Context(), siteOf(t, b, newCall(secret)))
		after(time.Second)
		if id := only(t, replica(t, g, store), 1); id != globexID {
			t.Errorf("a new replica has %s", id)
		}
		if id := only(t, b, 0); id != globexID {
			t.Errorf("the refused one has %s", id)
		}
		after(time.Second)
		_ = read(t.Context(), siteOf(t, a, newCall(secret))) // with the old list
		after(time.Second)
		for i, c := range []*atlassian.Client{a, b, replica(t, g, store)} {
			if id := only(t, c, max(1-i, 0)); id != globexID {
				t.Errorf("a replica has %s", id)
			}
		}
	})
}

// A refusal is about the lists from before its request was sent: one that another
// replica asked for meanwhile is taken.
func TestLateRefusalKeepsNewerSharedSites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}, product: func(r *http.Request) (*http.Response, error) {
			after(5 * time.Second)
			return refuse(r)
		}}
		_, a, b := twoReplicas(t, g)
		only(t, a, 1)
		after(time.Second)
		var slow sync.WaitGroup
		slow.Go(func() { _ = read(t.Context(), siteOf(t, a, newCall(secret))) })
		after(time.Second)
		g.rows = []row{atGlobex}
		if _, err := b.User(newCall(secret), everything).ListSites(t.Context(), atlassian.Jira); err != nil {
			t.Error(err)
		}
		slow.Wait()
		if id := only(t, a, 0); id != globexID {
			t.Errorf("the refused one has %s", id)
		}
	})
}

// A replica that asked before another one was refused does not tell the old list
// afterwards.
func TestOldSitesAreNotSharedLate(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]func(*atlassian.User, context.Context, atlassian.Product) (atlassian.Sites, error){
		"when needed": (*atlassian.User).Sites, "anew": (*atlassian.User).ListSites,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{t: t, rows: []row{acme}, product: refuse}
				_, a, b := twoReplicas(t, g)
				g.sites = func(*http.Request) (*http.Response, error) {
					old := mustJSON(g.rows)
					after(10 * time.Second)
					return answer(200, old), nil
				}
				var slow sync.WaitGroup
				slow.Go(func() {
					if _, err := list(a.User(newCall(secret), everything), t.Context(), atlassian.Jira); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				g.sites = nil
				only(t, b, 1)
				after(time.Second)
				_ = read(t.Context(), siteOf(t, b, newCall(secret)))
				g.rows = []row{atGlobex}
				slow.Wait()
				if id := only(t, b, 1); id != globexID {
					t.Errorf("the refused one has %s", id)
				}
			})
		})
	}
}

// What a user lists anew the other replicas are told too, and an older list that
// comes later does not replace it.
func TestListedSitesReplaceSharedOnes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}}
		store, a, b := twoReplicas(t, g)
		only(t, a, 1)
		after(time.Second)
		g.rows = []row{atGlobex}
		if _, err := b.User(newCall(secret), everything).ListSites(t.Context(), atlassian.Jira); err != nil || g.lists() != 2 {
			t.Errorf("listed %d times, %v", g.lists(), err)
		}
		if id := only(t, replica(t, g, store), 0); id != globexID {
			t.Errorf("a new replica has %s", id)
		}
	})
}

// Clocks of replicas differ. A list that a clock ahead has dated counts once its
// time has come, and can then be forgotten; none counts for ever.
func TestSharedSitesAndClocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}, product: refuse}
		store := newRecordingStore()
		only(t, replica(t, g, store), 1)
		key, _ := store.last(t)
		put := func(ahead time.Duration) {
			store.Store.Put(t.Context(), key, fmt.Appendf(nil, `{"asked":%d,"sites":%s}`, time.Now().Add(ahead).UnixNano(), mustJSON([]row{atGlobex})), time.Hour)
		}
		for _, ahead := range []time.Duration{time.Nanosecond, time.Minute, 100 * 365 * 24 * time.Hour, -10 * time.Minute, -100 * 365 * 24 * time.Hour} {
			put(ahead)
			if id := only(t, replica(t, g, store), 1); id != acme.ID {
				t.Errorf("a list that seems to come in %s is taken", ahead)
			}
			if id := only(t, replica(t, g, store), 0); id != acme.ID {
				t.Errorf("a list that seems to come in %s stays", ahead)
			}
		}
		put(-10*time.Minute + 1)
		if id := only(t, replica(t, g, store), 0); id != globexID {
			t.Errorf("a list that is young enough is not taken")
		}

		put(time.Minute)
		after(time.Minute)
		a := replica(t, g, store)
		only(t, a, 0)
		_ = read(t.Context(), siteOf(t, a, newCall(secret)))
		if id := only(t, a, 1); id != acme.ID {
			t.Errorf("the refused one has %s", id)
		}
	})
}

// What the store has is checked as an answer of Atlassian's is, and what cannot
// be a list is asked for as before.
func TestHostileSharedSites(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	store := newRecordingStore()
	only(t, replica(t, g, store), 1)
	key, _ := store.last(t)
	asked := time.Now().Add(-time.Minute).UnixNano()
	list := func(rows string) string { return fmt.Sprintf(`{"asked":%d,"sites":%s}`, asked, rows) }
	for _, value := range []string{
		"", "x", "null", "[]", "{}", `"text"`, "\x00\xff", `{"asked":"yesterday","sites":[]}`, `{"sites":` + mustJSON(g.rows) + `}`,
		list("null"), list("[]"), list("[{}]"), list("[null]"), list(`[[]]`), list(`{}`), list(`[{"id":1}]`), list(`[{"message":"Down"}]`),
		list(`[{"id":"..","scopes":["read:jira-work"]}]`), list(`[{"id":"a/../b","scopes":["read:jira-work"]},{"id":"."}]`),
		fmt.Sprintf(`{"asked":%d`, asked), fmt.Sprintf(`{"asked":%d.5,"sites":%s}`, asked, mustJSON(g.rows)), fmt.Sprintf(`{"asked":9223372036854775807,"sites":%s}`, mustJSON(g.rows)),
		fmt.Sprintf(`{"asked":-9223372036854775808,"sites":%s}`, mustJSON(g.rows)), fmt.Sprintf(`{"asked":1e400,"sites":%s}`, mustJSON(g.rows)),
		list(strings.Repeat("[", 50_000)), list(mustJSON(g.rows) + strings.Repeat(" ", 64<<10)), list(`[{"id":"` + strings.Repeat("x", 1<<20) + `"}]`),
	} {
		store.Store.Put(t.Context(), key, []byte(value), time.Minute)
		if id := only(t, replica(t, g, store), 1); id != acme.ID {
			t.Errorf("%.200q: %s", value, id)
		}
	}
	for _, value := range []string{
		list(`[{"id":"` + acmeID + `","name":"Ac\u202eme\u0007 <b>\n","url":"https://u:p@evil.test","scopes":["read:jira-work"],"more":[1]},{"id":"../x","scopes":["read:jira-work"]}]`),
		list(`[{"id":"` + acmeID + `","name":"Acme","url":"javascript:alert(1)","scopes":["read:jira-work",""]},{"id":"` + acmeID + `"}]`),
	} {
		store.Store.Put(t.Context(), key, []byte(value), time.Minute)
		inv := newCall(secret)
		s := siteOf(t, replica(t, g, store), inv)
		if s.ID != acmeID || s.Name != "Acme" || s.URL != "" || inv.Upstream.Calls() != 0 {
			t.Errorf("%.200q: %q %q %q after %d requests", value, s.ID, s.Name, s.URL, inv.Upstream.Calls())
		}
	}
}

// Of a list that is too large the others are told only that an older one does
// not count.
func TestSharedSitesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, rows := range map[string][]row{"10,000 sites": manyRows(10_000, 0), "many scopes": manyRows(3, 20_000), "501 sites": manyRows(501, 0)} {
			for i := range rows {
				rows[i].Scopes = append(rows[i].Scopes, "read:jira-work")
			}
			g := &gateway{t: t, rows: []row{acme}}
			store := newRecordingStore()
			only(t, replica(t, g, store), 1)
			after(time.Second)
			g.rows = rows
			u := replica(t, g, store).User(newCall(secret), everything)
			if _, err := u.ListSites(t.Context(), atlassian.Jira); err != nil {
				t.Fatal(err)
			}
			if _, value := store.last(t); len(value) > 100 {
				t.Errorf("%s: %d bytes are shared", name, len(value))
			}
			inv := newCall(secret)
			sites, err := replica(t, g, store).User(inv, everything).Sites(t.Context(), atlassian.Jira)
			if err != nil || len(sites.List) != min(len(rows), 500) || inv.Upstream.Calls() != 1 {
				t.Errorf("%s: %d sites after %d requests, %v", name, len(sites.List), inv.Upstream.Calls(), err)
			}
		}
		g := &gateway{t: t, rows: manyRows(60, 30)}
		store := newRecordingStore()
		for range 2 {
			sites, err := replica(t, g, store).User(newCall(secret), everything).Sites(t.Context(), atlassian.Jira)
			if err != nil || len(sites.List) != 60 || g.lists() != 1 {
				t.Errorf("%d sites after %d requests, %v", len(sites.List), g.lists(), err)
			}
		}
	})
}

// The list that is empty is not shared: the user may be about to authorize the
// first site.
func TestNoSitesAreNotShared(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t}
	store := newRecordingStore()
	for want := 1; want <= 2; want++ {
		_, err := replica(t, g, store).User(newCall(secret), everything).Sites(t.Context(), atlassian.Jira)
		if e := told(t, err); e.Kind != tool.KindUpstreamAuth || g.lists() != want {
			t.Errorf("%s after %d requests", e.Kind, g.lists())
		}
	}
	if len(store.puts) > 0 {
		t.Errorf("shared %q", store.puts)
	}
}

// Replicas share sites through a real Redis, which sees neither token nor site,
// and ask as before when it is gone.
func TestSitesAreSharedThroughRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	heard := server.Monitor(t)
	open := func() *redis.Store {
		store, err := redis.Open(t.Context(), server.URL(), []byte("a secret that all replicas have in common"), zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	var g *gateway
	var a, b *atlassian.Client
	for range 5 { // on a busy machine Redis may not answer in time
		g = &gateway{t: t, rows: []row{acme}, product: refuse}
		a, b = replica(t, g, open()), replica(t, g, open())
		call := newCall(secret + rand.Text())
		siteOf(t, a, call)
		_ = read(t.Context(), siteOf(t, b, call))
		siteOf(t, b, call)
		siteOf(t, replica(t, g, open()), call)
		if g.lists() == 2 {
			break
		}
	}
	if g.lists() != 2 {
		t.Errorf("listed %d times by three replicas and after a refusal", g.lists())
	}
	all := heard()
	if !strings.Contains(all, "atlassian-worker:1:") {
		t.Errorf("Redis was told nothing of sites: %s", all)
	}
	for _, sentinel := range []string{secret, acme.ID, acme.Name, acme.URL, "jira", "asked", "gateway"} {
		if strings.Contains(all, sentinel) {
			t.Errorf("Redis was told %q", sentinel)
		}
	}
	server.Kill(t)
	for _, c := range []*atlassian.Client{a, b, replica(t, g, open())} {
		_ = read(t.Context(), siteOf(t, c, newCall(secret)))
		siteOf(t, c, newCall(secret))
	}
}
