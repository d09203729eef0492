package atlassian_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

const (
	acmeID   = "11111111-1111-4111-8111-111111111111"
	globexID = "22222222-2222-4222-8222-222222222222"
	umbraID  = "33333333-3333-4333-8333-333333333333"
	bothScop = "read:jira-work read:page:confluence"
)

func rowOf(id, name, address, scopes string) row {
	return row{id, name, address, strings.Fields(scopes)}
}

// user is a call for a user whose sites are rows. Nothing else may be asked.
func user(t testing.TB, rows ...row) (*atlassian.User, *gateway) {
	t.Helper()
	g := &gateway{t: t, rows: rows}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	return c.User(newCall(secret), everything), g
}

func TestSitesUniteRows(t *testing.T) {
	t.Parallel()
	u, _ := user(
		t,
		rowOf(acmeID, "Acme", "https://acme.atlassian.net/", "read:jira-work read:me"),
		rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:jira-work"),
		rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:me read:page:confluence"),
		row{ID: umbraID, Name: "Umbra", URL: "https://umbra.atlassian.net"},
		row{Name: "without an id"},
		rowOf("..", "not an id", "https://x.atlassian.net", "read:jira-work"),
		rowOf("../confluence", "not one either", "https://x.atlassian.net", "read:jira-work"),
	)
	type site struct{ ID, Name, URL string }
	for product, want := range map[atlassian.Product][]site{
		atlassian.Jira:       {{acmeID, "Acme", "https://acme.atlassian.net"}, {globexID, "Globex", "https://globex.atlassian.net"}},
		atlassian.Confluence: {{acmeID, "Acme", "https://acme.atlassian.net"}},
	} {
		sites, err := u.ListSites(t.Context(), product)
		if err != nil {
			t.Fatal(err)
		}
		got := []site{}
		for _, s := range sites.List {
			got = append(got, site{s.ID, s.Name, s.URL})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", product, diff)
		}
	}
}

func TestProductsOfScopes(t *testing.T) {
	t.Parallel()
	tests := map[string][2]bool{ // Jira, Confluence
		"read:jira-work":                         {true, false},
		"manage:jira-configuration":              {true, false},
		"read:board-scope:jira-software":         {true, false},
		"read:priority-scheme:jira":              {true, false},
		"read:servicedesk-request":               {true, false},
		"read:page:confluence":                   {false, true},
		"search:confluence":                      {false, true},
		"read:confluence-content.all":            {false, true},
		"readonly:content.attachment:confluence": {false, true},
		"read:me":                                {false, false},
		"offline_access":                         {false, false},
		"":                                       {false, false},
	}
	for scope, want := range tests {
		var got [2]bool
		for i, p := range []atlassian.Product{atlassian.Jira, atlassian.Confluence} {
			u, _ := user(t, row{acmeID, "Acme", "https://acme.atlassian.net", []string{"read:account", scope}})
			sites, err := u.ListSites(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = len(sites.List) == 1
		}
		if got != want {
			t.Errorf("%q: Jira %v, Confluence %v", scope, got[0], got[1])
		}
	}
}

func TestSiteIsChosen(t *testing.T) {
	t.Parallel()
	u, g := user(
		t,
		rowOf(acmeID, "Acme Corp.", "https://acme.atlassian.net", "read:jira-work"),
		rowOf(globexID, "Globex", "https://jira.globex.example", bothScop),
		rowOf(umbraID, "acme.example", "https://umbra.atlassian.net", "read:jira-work"),
	)
	for _, tt := range []struct{ cloud, want string }{
		{acmeID, acmeID},
		{strings.ToUpper(acmeID), acmeID},
		{"  " + globexID + "\n", globexID},
		{"Acme Corp.", acmeID},
		{"ACME CORP.", acmeID},
		{"acme", acmeID},
		{"Acme", acmeID},
		{"acme.atlassian.net", acmeID},
		{"ACME.Atlassian.NET", acmeID},
		{"acme.atlassian.net/", acmeID},
		{"acme.atlassian.net/browse/X-1?focusedId=1#c", acmeID},
		{"https://acme.atlassian.net", acmeID},
		{"https://acme.atlassian.net/browse/X-1", acmeID},
		{"https://acme.atlassian.net:443/wiki/spaces/X", acmeID},
		{"http://acme.atlassian.net", acmeID},
		{"HTTPS://ACME.ATLASSIAN.NET/x", acmeID},
		{"\t https://acme.atlassian.net \n", acmeID},
		{"globex", globexID}, // its name
		{"jira.globex.example", globexID},
		{"https://jira.globex.example/browse/X-1", globexID},
		{"jira", globexID}, // first label of its host
		{"acme.example", umbraID},
		{"umbra", umbraID},
	} {
		s, err := u.Site(t.Context(), atlassian.Jira, tt.cloud)
		if err != nil {
			t.Errorf("%q: %v", tt.cloud, err)
		} else if s.ID != tt.want {
			t.Errorf("%q is %s (%s)", tt.cloud, s.ID, s.Name)
		}
	}
	for _, cloud := range []string{
		"initech", "acme.atlassian.com", "atlassian.net", "https://evil.test/acme.atlassian.net", "https://acme.atlassian.net@evil.test/", "https://acme.atlassian.net.evil.test",
		"evil.test#acme.atlassian.net", "..", "../" + acmeID, acmeID + "#", acmeID[:8], "Acme Corp", "://", "https://", "https://%zz", strings.Repeat("x", 500),
	} {
		_, err := u.Site(t.Context(), atlassian.Jira, cloud)
		e := told(t, err)
		if e.Kind != tool.KindRetry || !e.CanRetry {
			t.Errorf("%q: %s, can_retry %v", cloud, e.Kind, e.CanRetry)
		}
		for _, site := range []string{acmeID, "Acme Corp.", "https://jira.globex.example", umbraID} {
			if !strings.Contains(e.Prompt, site) {
				t.Errorf("%q: the prompt does not offer %s: %s", cloud, site, e.Prompt)
			}
		}
		if strings.Contains(shown(e), cloud) && !slices.Contains([]string{"..", "://", "https://", acmeID[:8], "atlassian.net", "Acme Corp"}, cloud) {
			t.Errorf("%q is echoed: %s", cloud, shown(e))
		}
	}
	if n := g.lists(); n != 1 {
		t.Errorf("the sites were listed %d times", n)
	}
}

func TestSiteWithoutAHint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		rows    []row
		product atlassian.Product
		want    string // id, or empty for an error
		kind    tool.Kind
	}{
		{"the only one", []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work")}, atlassian.Jira, acmeID, ""},
		{
			"the only one with the product",
			[]row{
				rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"),
				rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:page:confluence"),
			},
			atlassian.Confluence, globexID, "",
		},
		{
			"one in two rows",
			[]row{
				rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"),
				rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:page:confluence"),
			},
			atlassian.Confluence, acmeID, "",
		},
		{
			"several",
			[]row{
				rowOf(acmeID, "Acme", "https://acme.atlassian.net", bothScop),
				rowOf(globexID, "Globex", "https://globex.atlassian.net", bothScop),
			},
			atlassian.Jira, "", tool.KindContextRequired,
		},
		{"one without the product", []row{rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:page:confluence")}, atlassian.Jira, "", tool.KindUpstreamAuth},
		{"none", []row{}, atlassian.Jira, "", tool.KindUpstreamAuth},
	}
	for _, tt := range tests {
		u, _ := user(t, tt.rows...)
		s, err := u.Site(t.Context(), tt.product, " ")
		if tt.want != "" {
			if err != nil || s.ID != tt.want {
				t.Errorf("%s: %v, %v", tt.name, s, err)
			}
			continue
		}
		e := told(t, err)
		if e.Kind != tt.kind || e.CanRetry || e.Prompt == "" {
			t.Errorf("%s: %s, can_retry %v, prompt %q", tt.name, e.Kind, e.CanRetry, e.Prompt)
		}
		for _, r := range tt.rows {
			if !strings.Contains(e.Prompt+e.Message, r.ID) {
				t.Errorf("%s: %s is not listed: %s", tt.name, r.Name, shown(e))
			}
		}
		if tt.kind == tool.KindUpstreamAuth && (e.Extra["missing_scopes"] != "read:jira-work" || !strings.Contains(e.Message, readIssue.Name())) {
			t.Errorf("%s: operation and scope are not named: %s", tt.name, shown(e))
		}
	}
}

func TestAmbiguousNames(t *testing.T) {
	t.Parallel()
	u, _ := user(
		t,
		rowOf(acmeID, "Acme", "https://acme-eu.atlassian.net", "read:jira-work"),
		rowOf(globexID, "ACME", "https://acme-us.atlassian.net", "read:jira-work"),
		rowOf(umbraID, "Umbra", "https://umbra.atlassian.net", "read:jira-work"),
	)
	_, err := u.Site(t.Context(), atlassian.Jira, "acme")
	e := told(t, err)
	if e.Kind != tool.KindContextRequired || e.CanRetry {
		t.Errorf("%s, can_retry %v", e.Kind, e.CanRetry)
	}
	if !strings.Contains(e.Prompt, acmeID) || !strings.Contains(e.Prompt, globexID) || strings.Contains(e.Prompt, umbraID) {
		t.Errorf("the prompt does not list those two: %s", e.Prompt)
	}
	for cloud, want := range map[string]string{"acme-eu": acmeID, "acme-us.atlassian.net": globexID, "umbra": umbraID} {
		if s, err := u.Site(t.Context(), atlassian.Jira, cloud); err != nil || s.ID != want {
			t.Errorf("%s: %v", cloud, err)
		}
	}
}

func TestSiteWithoutTheProductIsNotReplaced(t *testing.T) {
	t.Parallel()
	u, _ := user(
		t,
		rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"),
		rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:page:confluence"),
	)
	for _, cloud := range []string{globexID, "globex", "https://globex.atlassian.net/browse/X-1"} {
		_, err := u.Site(t.Context(), atlassian.Jira, cloud)
		e := told(t, err)
		if e.Kind != tool.KindRetry || !strings.Contains(e.Message, "not authorized for Jira") || !strings.Contains(e.Prompt, acmeID) || strings.Contains(e.Prompt, globexID) {
			t.Errorf("%s: %s", cloud, shown(e))
		}
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	u, g := user(
		t,
		rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"),
		rowOf(globexID, "Globex", "https://globex.atlassian.net", bothScop),
		rowOf(umbraID, "Umbra", "https://umbra.atlassian.net", "read:page:confluence"),
	)
	for product, want := range map[atlassian.Product][]string{atlassian.Jira: {acmeID, globexID}, atlassian.Confluence: {globexID, umbraID}} {
		sites, err := u.Sites(t.Context(), product)
		got := []string{}
		for _, s := range sites.List {
			got = append(got, s.ID)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" || sites.LeftOut != 0 {
			t.Errorf("%s: %v %s", product, err, diff)
		}
	}
	if n := g.lists(); n != 1 {
		t.Errorf("the sites were listed %d times", n)
	}
	none, _ := user(t)
	_, err := none.Sites(t.Context(), atlassian.Jira)
	if e := told(t, err); e.Kind != tool.KindUpstreamAuth {
		t.Errorf("%s", e.Kind)
	}
}

func TestListingOfManySitesIsBounded(t *testing.T) {
	t.Parallel()
	rows := make([]row, 500)
	for i := range rows {
		rows[i] = rowOf(fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), strings.Repeat("Very long name ", 40)+"\u202e<b>\x00", fmt.Sprintf("https://site%d.atlassian.net", i), "read:jira-work")
	}
	u, _ := user(t, rows...)
	for _, cloud := range []string{"", "unknown"} {
		_, err := u.Site(t.Context(), atlassian.Jira, cloud)
		e := told(t, err)
		if len(e.Prompt) > 25_000 || !strings.Contains(e.Prompt, "and 450 more") || !strings.Contains(e.Prompt, rows[49].ID) || strings.Contains(e.Prompt, rows[50].ID) {
			t.Errorf("%q: a prompt of %d bytes: %.200s", cloud, len(e.Prompt), e.Prompt)
		}
		if strings.ContainsAny(e.Prompt, "\u202e\x00<") {
			t.Errorf("%q: the prompt shows names as they are: %.300q", cloud, e.Prompt)
		}
	}
	if s, err := u.Site(t.Context(), atlassian.Jira, "site499"); err != nil || s.ID != rows[499].ID {
		t.Errorf("the last site: %v", err)
	}
	_, err := u.Site(t.Context(), atlassian.Confluence, "")
	if e := told(t, err); len(shown(e)) > 25_000 {
		t.Errorf("%d bytes", len(shown(e)))
	}
}

// after lets simulated time pass.
func after(d time.Duration) { <-time.After(d) }

func TestSitesAreKeptTenMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, rows: []row{acme}}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		for _, step := range []struct {
			pass  time.Duration
			lists int
			calls int
		}{{0, 1, 1}, {0, 1, 0}, {5 * time.Minute, 1, 0}, {5*time.Minute - time.Second, 1, 0}, {2 * time.Second, 2, 1}, {9 * time.Minute, 2, 0}, {time.Hour, 3, 1}} {
			after(step.pass)
			inv := newCall(secret)
			siteOf(t, c, inv)
			if got := g.lists(); got != step.lists || inv.Upstream.Calls() != step.calls {
				t.Errorf("after %s more: listed %d times in all, want %d; %d calls, want %d", step.pass, got, step.lists, inv.Upstream.Calls(), step.calls)
			}
		}
	})
}

func TestSitesRefreshes(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	u := c.User(newCall(secret), everything)
	siteOf(t, c, newCall(secret))
	g.rows = []row{rowOf(globexID, "Globex", "https://globex.atlassian.net", "read:jira-work")}
	for range 2 {
		got, err := u.ListSites(t.Context(), atlassian.Jira)
		if err != nil || len(got.List) != 1 || got.List[0].ID != globexID {
			t.Fatalf("%v, %v", got, err)
		}
		*got.List[0] = atlassian.Site{} // the caller's to change
	}
	if s := siteOf(t, c, newCall(secret)); s.ID != globexID || g.lists() != 3 {
		t.Errorf("%s after %d requests", s.ID, g.lists())
	}
}

func TestTokensDoNotShareSites(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"Bearer ada": acmeID, "Bearer bob": globexID}
	g := &gateway{
		t: t,
		sites: func(r *http.Request) (*http.Response, error) {
			return answer(200, mustJSON([]row{rowOf(ids[r.Header.Get("Authorization")], "Same", "https://same.atlassian.net", "read:jira-work")})), nil
		},
		product: func(r *http.Request) (*http.Response, error) {
			auth := r.Header.Get("Authorization")
			if !strings.HasPrefix(r.URL.Path, prefix+"/ex/jira/"+ids[auth]+"/") {
				t.Errorf("%s is sent to %s", auth, r.URL.Path)
			}
			return answer(200, mustJSON(anything{"who": auth})), nil
		},
	}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	var all sync.WaitGroup
	for i := range 100 {
		token := []string{"ada", "bob"}[i%2]
		all.Go(func() {
			s, err := c.User(newCall(token), everything).Site(t.Context(), atlassian.Jira, "")
			if err != nil {
				t.Error(err)
				return
			}
			got, err := readIssue.Do(t.Context(), s, keyed{"ABC-1"})
			if err != nil || got["who"] != "Bearer "+token {
				t.Errorf("%s was answered %v, %v", token, got, err)
			}
		})
	}
	all.Wait()
	if g.lists() != 2 {
		t.Errorf("the sites were listed %d times", g.lists())
	}
}

func TestFailureToListIsNotKept(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 500} {
		g := &gateway{t: t, sites: always(status, `{"code":401,"message":"Unauthorized"}`)}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		u := c.User(newCall(secret), everything)
		for want := 1; want <= 3; want++ {
			_, err := u.Site(t.Context(), atlassian.Jira, "")
			if e := told(t, err); e.Status != status || g.lists() != want {
				t.Fatalf("%d: status %d after %d requests, want %d", status, e.Status, g.lists(), want)
			}
		}
		g.sites, g.rows = nil, []row{acme}
		siteOf(t, c, newCall(secret))
	}
}

func TestManyMissesAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		g := &gateway{t: t, sites: func(*http.Request) (*http.Response, error) {
			<-release
			return answer(200, mustJSON([]row{acme})), nil
		}}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		calls := make([]*tool.Invocation, 50)
		for i := range calls {
			calls[i] = newCall(secret)
			go func() {
				if _, err := c.User(calls[i], everything).Site(t.Context(), atlassian.Jira, ""); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		sum := 0
		for _, inv := range calls {
			sum += inv.Upstream.Calls()
		}
		if g.lists() != 1 || sum != 1 {
			t.Errorf("listed %d times, counted %d", g.lists(), sum)
		}
	})
}

func TestCanceledWaiterLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} { // whether the one that asks is canceled, or one that waits
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			g := &gateway{t: t, sites: func(r *http.Request) (*http.Response, error) {
				select {
				case <-release:
					return answer(200, mustJSON([]row{acme})), nil
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}}
			c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
			ctx, cancel := context.WithCancel(t.Context())
			var canceled error
			errs := make(chan error, 10)
			ask := func(ctx context.Context) error {
				_, err := c.User(newCall(secret), everything).Site(ctx, atlassian.Jira, "")
				return err
			}
			quit := func() { canceled = ask(ctx) }
			if first {
				go quit()
				synctest.Wait()
			}
			for range 10 {
				go func() { errs <- ask(t.Context()) }()
			}
			synctest.Wait()
			if !first {
				go quit()
				synctest.Wait()
			}
			cancel()
			synctest.Wait()
			if !errors.Is(canceled, context.Canceled) || told(t, canceled).CanRetry {
				t.Errorf("the canceled one got %v", canceled)
			}
			close(release)
			for range 10 {
				if err := <-errs; err != nil {
					t.Errorf("another one got %v", err)
				}
			}
			if n := g.lists(); first && n != 2 || !first && n != 1 {
				t.Errorf("first %v: listed %d times", first, n)
			}
		})
	}
}

func TestRefusalForgetsTheSites(t *testing.T) {
	t.Parallel()
	const (
		scope     = `{"code":401,"message":"Unauthorized; scope does not match"}`
		uninstall = `{"code":403,"message":"The app is not installed on this instance"}`
	)
	redirect := func(status int, body string) roundTrip {
		return func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/file") {
				return answer(status, body), nil
			}
			return answer(303, "", "Location", site+"/file"), nil
		}
	}
	tests := []struct {
		name    string
		product roundTrip
		forgets bool
	}{
		{"401", always(401, `{"code":401,"message":"Unauthorized"}`), true},
		{"401 for a scope", always(401, scope), true},
		{"403 for a scope", always(403, scope), true},
		{"403 for the site", always(403, uninstall), true},
		{"403 for a permission", always(403, `{"errorMessages":["You may not."]}`), false},
		{"403 of a page", always(403, `<html>`), false},
		{"403 for the rate", always(403, `{}`, "X-RateLimit-Remaining", "0"), false},
		{"401 of a file's host", redirect(401, `{"code":401,"message":"Unauthorized"}`), false},
		{"403 of a file's host", redirect(403, uninstall), false},
		{"404", always(404, `{}`), false},
		{"400", always(400, `{}`), false},
		{"200", always(200, `{}`), false},
	}
	for _, tt := range tests {
		g := &gateway{t: t, rows: []row{acme}, product: tt.product}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		other := newCall("another")
		siteOf(t, c, other)
		_, _ = fetchFile.Do(t.Context(), siteOf(t, c, newCall(secret)), keyed{"1"})
		siteOf(t, c, newCall(secret))
		siteOf(t, c, other)
		if want := map[bool]int{true: 3, false: 2}[tt.forgets]; g.lists() != want {
			t.Errorf("%s: listed %d times, want %d", tt.name, g.lists(), want)
		}
	}
}

// A refusal is about the list that its request was made with: one that was
// asked for meanwhile stays.
func TestLateRefusalKeepsNewerSites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const together = 200
		g := &gateway{t: t, rows: []row{acme}, product: always(200, "{}")}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g, PerSite: together, PerToken: together})
		s := siteOf(t, c, newCall(secret))
		for range together { // until so many may be under way
			if err := read(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		g.product = func(*http.Request) (*http.Response, error) {
			after(time.Second)
			return answer(401, `{"code":401,"message":"Unauthorized"}`), nil
		}
		var all sync.WaitGroup
		for range together { // sent together, and answered together
			all.Go(func() {
				_ = read(t.Context(), s)
				after(time.Millisecond)
				siteOf(t, c, newCall(secret))
			})
		}
		all.Go(func() {
			after(500 * time.Millisecond)
			if _, err := c.User(newCall(secret), everything).ListSites(t.Context(), atlassian.Jira); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if n := g.lists(); n != 2 {
			t.Errorf("listed %d times", n)
		}
	})
}

// What failed to be listed is not cached, so there is nothing to forget, least
// of all from inside the cache's own loading.
func TestFailedListingForgetsNothing(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	siteOf(t, c, newCall(secret))
	g.sites = always(401, `{"code":401,"message":"Unauthorized"}`)
	if _, err := c.User(newCall(secret), everything).ListSites(t.Context(), atlassian.Jira); err == nil {
		t.Fatal("listed")
	}
	siteOf(t, c, newCall(secret))
	if n := g.lists(); n != 2 {
		t.Errorf("listed %d times", n)
	}
}

func TestNoListOfSites(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]tool.Kind{
		`null`: tool.KindNetworkUnmapped, `[{}]`: tool.KindNetworkUnmapped, `[null]`: tool.KindNetworkUnmapped, `{}`: tool.KindNetworkUnmapped,
		`[{"message":"Down for maintenance"}]`: tool.KindNetworkUnmapped, `{"message":"Down for maintenance"}`: tool.KindNetworkUnmapped, ``: tool.KindNetworkUnmapped,
		`[]`: tool.KindUpstreamAuth, // a legal answer, and still one that may change at any moment
	} {
		g := &gateway{t: t, sites: always(200, body)}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		for want := 1; want <= 2; want++ {
			_, err := c.User(newCall(secret), everything).Site(t.Context(), atlassian.Jira, "")
			if e := told(t, err); e.Kind != kind || g.lists() != want {
				t.Errorf("%s: %s after %d requests", body, e.Kind, g.lists())
			}
		}
		sites, err := c.User(newCall(secret), everything).ListSites(t.Context(), atlassian.Jira)
		if (err == nil) != (body == `[]`) || len(sites.List) != 0 {
			t.Errorf("%s: %v, %v", body, sites, err)
		}
		if kept := c.Kept(); len(kept) != 0 {
			t.Errorf("%s: kept %v", body, kept)
		}
		g.sites, g.rows = nil, []row{acme}
		siteOf(t, c, newCall(secret))
	}
}

// What an answer calls a site's address is shown to people and becomes links.
func TestSiteAddresses(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://acme.atlassian.net/":                 "https://acme.atlassian.net",
		"https://jira.acme.example":                   "https://jira.acme.example",
		"http://127.0.0.1:9100/site":                  "http://127.0.0.1:9100/site",
		"http://acme.atlassian.net":                   "",
		"javascript:alert(1)":                         "",
		"data:text/html,x":                            "",
		"https://user@acme.atlassian.net":             "",
		"https://":                                    "",
		"//acme.atlassian.net":                        "",
		"https://acme\u00a0.atlassian.net":            "",
		"https://%zz":                                 "",
		"":                                            "",
		"https://a.test/" + strings.Repeat("x", 2000): "",
	} {
		u, _ := user(t, rowOf(acmeID, "Ac\u202eme\u0007 <b>Corp</b>\n.", given, "read:jira-work"))
		s, err := u.Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		link := ""
		if want != "" {
			link = want + "/browse/X-1"
		}
		if s.URL != want || s.Link("/browse/X-1") != link {
			t.Errorf("%q: %q, links to %q", given, s.URL, s.Link("/browse/X-1"))
		}
		if s.Name != "Acme Corp ." {
			t.Errorf("name %q", s.Name)
		}
	}
}

func TestInvisibleCharactersInTheSite(t *testing.T) {
	t.Parallel()
	u, g := user(t, rowOf(acmeID, "Acme", "https://acme.atlassian.net", "read:jira-work"))
	for _, given := range []string{"\u200bAcme", "Ac\u00a0me", "\ufeffacme", "Ac\x00me", "\u202eAcme"} {
		_, err := u.Site(t.Context(), atlassian.Jira, given)
		if e := told(t, err); e.Kind != tool.KindBadInput || !strings.Contains(e.Message, "atlassian_cloud_id: holds an invisible character") {
			t.Errorf("%q: %s", given, e.Message)
		}
	}
	if g.lists() != 0 {
		t.Errorf("listed %d times", g.lists())
	}
}

func TestManySitesAreCut(t *testing.T) {
	t.Parallel()
	rows := manyRows(700, 3)
	u, _ := user(t, rows...)
	for range 2 { // fresh and remembered
		sites, err := u.Sites(t.Context(), atlassian.Jira)
		if err != nil || len(sites.List) != 500 || sites.LeftOut != 200 {
			t.Errorf("%d sites, %d left out, %v", len(sites.List), sites.LeftOut, err)
		}
	}
	_, err := u.Site(t.Context(), atlassian.Jira, "site699")
	if e := told(t, err); !strings.Contains(e.Prompt, "and 650 more") {
		t.Errorf("does not tell of the rest: %s", e.Prompt[len(e.Prompt)-200:])
	}
}

func manyRows(n, scopes int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), Name: fmt.Sprint("Site ", i), URL: fmt.Sprintf("https://site%d.atlassian.net", i)}
		for j := range scopes {
			rows[i].Scopes = append(rows[i].Scopes, fmt.Sprintf("read:thing-%d:jira", j))
		}
	}
	return rows
}

// Four times the sites or scopes take four times the time, and not sixteen.
// Each measure is the best of several, and a busy machine gets more tries.
func TestListingSitesIsLinear(t *testing.T) {
	best := func(rows []row) time.Duration {
		body := mustJSON(rows)
		g := &gateway{t: t, sites: always(200, body)}
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
		least := time.Hour
		for range 3 {
			start := time.Now()
			if _, err := c.User(newCall(secret), nil).ListSites(t.Context(), atlassian.Jira); err != nil {
				t.Fatal(err)
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	for name, rows := range map[string]func(n int) []row{
		"sites":  func(n int) []row { return manyRows(2500*n, 1) },
		"scopes": func(n int) []row { return manyRows(1, 5000*n) },
		"rows of one site": func(n int) []row {
			rows := manyRows(4000*n, 1)
			for i := range rows {
				rows[i].ID = acmeID
				rows[i].Scopes[0] = fmt.Sprint("read:jira-", i)
			}
			return rows
		},
	} {
		ratio := 0.0
		for range 10 { // a busy machine may disturb some of the tries
			if ratio = float64(best(rows(4))) / float64(best(rows(1))); ratio < 9 {
				break
			}
		}
		if ratio >= 9 { // 16 when it is quadratic
			t.Errorf("four times the %s take %.1f times the time", name, ratio)
		}
	}
}

// Sites and scopes are kept once for all the tokens that reach them.
func TestKeptSitesAreShared(t *testing.T) {
	g := &gateway{t: t, rows: manyRows(20, 60)}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	_, _ = c.User(newCall("first"), nil).Sites(t.Context(), atlassian.Jira)
	const tokens = 200
	before := heap()
	for i := range tokens {
		if _, err := c.User(newCall(fmt.Sprint("token ", i)), nil).Sites(t.Context(), atlassian.Jira); err != nil {
			t.Fatal(err)
		}
	}
	after := heap()
	if each := (int64(after) - int64(before)) / tokens; each > 1500 { // 30,000 when each has its own
		t.Errorf("a token takes %d bytes", each)
	}
	if len(c.Kept()) != tokens+1 {
		t.Errorf("%d tokens are kept", len(c.Kept()))
	}
}

func TestKeptTokensAreBounded(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: g})
	c.Fill(atlassian.TokensKept + 500)
	kept := c.Kept()
	if len(kept) == 0 || len(kept) > atlassian.TokensKept {
		t.Errorf("%d tokens are kept", len(kept))
	}
	if _, err := c.User(newCall("one more"), nil).ListSites(t.Context(), atlassian.Jira); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Kept()[sha256.Sum256([]byte("one more"))]; !ok {
		t.Error("the newest token is not kept under its hash")
	}
}
