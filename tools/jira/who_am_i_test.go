package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassiantest"
	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/tool"
)

// asked runs a tool against a service that lists sites "0", "1", … and answers
// everything on them with product.
func asked(t *testing.T, name, input string, sites int, product func(w http.ResponseWriter, r *http.Request, site string)) (jsontext.Value, *tool.Error, int) {
	t.Helper()
	return atlassiantest.Ask(t, jira.Kit, name, input, sites, product)
}

// Another site is asked only when the first failed for a reason of its own, and
// the first reason is told.
func TestWhoAmIAsksOtherSites(t *testing.T) {
	t.Parallel()
	const me = `{"accountId":"ada","displayName":"Ada","active":true}`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		others string // the body of the other sites' answers; empty fails too
		want   int    // requests
		kind   tool.Kind
	}{
		{"fine", 200, me, me, 2, ""},
		{"not installed", 403, `{"code":403,"message":"The app is not installed on this instance"}`, me, 3, ""},
		{"may not", 403, `{"errorMessages":["You may not."]}`, me, 3, ""},
		{"unknown", 404, `{}`, me, 3, ""},
		{"gone", 410, `{}`, me, 3, ""},
		{"may not anywhere", 403, `{"errorMessages":["The first says so."]}`, "", 6, tool.KindUpstreamAuth},
		{"dead token", 401, `{"code":401,"message":"Unauthorized"}`, me, 2, tool.KindUpstreamAuth},
		{"missing scope", 403, `{"code":403,"message":"Unauthorized; scope does not match"}`, me, 2, tool.KindUpstreamAuth},
		{"too often", 429, `{}`, me, 2, tool.KindUpstreamRateLimit},
		{"too often in disguise", 403, `limited`, me, 2, tool.KindUpstreamRateLimit},
		{"broken", 500, `{}`, me, 2, tool.KindUpstreamServer},
		{"nobody", 200, `{}`, me, 2, tool.KindNetworkUnmapped},
		{"page", 200, `<html>`, me, 2, tool.KindNetworkUnmapped},
	} {
		_, failure, requests := asked(t, "WhoAmI", "{}", 5, func(w http.ResponseWriter, _ *http.Request, site string) {
			if site != "0" && tt.others != "" {
				_, _ = io.WriteString(w, tt.others)
				return
			}
			if tt.body == "limited" {
				w.Header().Set("X-RateLimit-Remaining", "0")
			}
			w.Header().Set("RateLimit-Reason", "jira-quota-tenant-based") // which is not waited for
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, strings.Replace(tt.body, "first", map[bool]string{true: "first", false: "other"}[site == "0"], 1))
		})
		if requests != tt.want {
			t.Errorf("%s: %d requests, want %d", tt.name, requests, tt.want)
		}
		switch {
		case tt.kind == "" && failure != nil:
			t.Errorf("%s: %s", tt.name, failure.Message)
		case tt.kind != "" && (failure == nil || failure.Kind != tt.kind):
			t.Errorf("%s: %v", tt.name, failure)
		case tt.name == "may not anywhere" && !strings.Contains(failure.Message, "The first says so."):
			t.Errorf("%s: tells %s", tt.name, failure.Message)
		}
	}
}

// A blank project, or one that only looks right, costs no request.
func TestUnusableProjectCostsNothing(t *testing.T) {
	t.Parallel()
	for _, input := range []string{`{"project":" "}`, `{"project":"\t\n"}`, `{"project":"\u200bDEMO"}`, `{"project":"DE\u00a0MO"}`} {
		_, failure, requests := asked(t, "GetProjectById", input, 1, func(http.ResponseWriter, *http.Request, string) {})
		if failure == nil || failure.Kind != tool.KindBadInput || !strings.Contains(failure.Message, "project: ") || requests != 0 {
			t.Errorf("%s: %v, %d requests", input, failure, requests)
		}
	}
	for name, input := range map[string]string{"ListProjects": `{"query":"\u200bDEMO"}`, "SearchProjects": `{"keywords":"DEMO\ufeff"}`} {
		_, failure, requests := asked(t, name, input, 1, func(http.ResponseWriter, *http.Request, string) {})
		if failure == nil || failure.Kind != tool.KindBadInput || !strings.Contains(failure.Message, "no invisible characters") || requests != 0 {
			t.Errorf("%s: %v, %d requests", name, failure, requests)
		}
	}
}

func TestListedProjects(t *testing.T) {
	t.Parallel()
	value, failure, _ := asked(t, "ListProjects", `{"limit":2}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		if got := r.URL.RawQuery; got != "expand=description%2Clead&maxResults=2&orderBy=key&startAt=0" {
			t.Errorf("asked with %s", got)
		}
		_, _ = fmt.Fprintf(w, `{"isLast":true,"values":[{"id":"1","key":"A","name":"a\u202eb","description":%q,"lead":{"accountId":"ada"}}]}`, strings.Repeat("é", 1000))
	})
	if failure != nil {
		t.Fatal(failure.Message)
	}
	for _, want := range []string{`"name":"ab"`, strings.Repeat("é", 148) + "…", `"lead":{"id":"ada"`} {
		if !strings.Contains(string(value), want) {
			t.Errorf("%q is not in %s", want, value)
		}
	}
	for _, body := range []string{`{}`, `null`, `{"message":"x"}`, `{"values":null,"isLast":true}`, `{"values":[{}],"isLast":true}`, `{"values":[{"id":"1"}]}`} {
		value, failure, _ := asked(t, "ListProjects", `{}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, body) })
		if failure == nil {
			t.Errorf("%s becomes %s", body, value)
		}
	}
}
