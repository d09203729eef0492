package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

// shownUsers is what the tools that list users answer with.
type shownUsers struct {
	Users []struct {
		ID string `json:"id"`
	} `json:"users"`
	Pagination struct {
		Returned   int  `json:"returned_count"`
		IsLast     bool `json:"is_last_page"`
		NextOffset int  `json:"next_offset"`
		Total      *int `json:"total_results"`
	} `json:"pagination"`
	Notes []string `json:"notes"`
}

func showUsers(t *testing.T, name, input string, product func(http.ResponseWriter, *http.Request, string)) (out shownUsers, failure *tool.Error) {
	t.Helper()
	value, failure, _ := asked(t, name, input, 1, product)
	if failure == nil {
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out, failure
}

// accounts answers with a range of many accounts: every seventh is an app, every
// third hides the e-mail address, and every fiftieth is called Exactly This.
func accounts(many, most int) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, _ string) {
		var from, limit int
		_, _ = fmt.Sscan(r.URL.Query().Get("startAt"), &from)
		_, _ = fmt.Sscan(r.URL.Query().Get("maxResults"), &limit)
		if strings.HasSuffix(r.URL.Path, "/users/search") && limit > 5 { // such pages may be short (facts §3)
			limit -= from % 5
		}
		var rows []string
		for i := from; i < min(many, from+limit, most); i++ {
			kind, name, address := "atlassian", "Somebody", fmt.Sprintf(`,"emailAddress":"%d@acme.example"`, i)
			if i%7 == 0 {
				kind = "app"
			}
			if i%3 == 0 {
				address = ""
			}
			if i%50 == 0 {
				name = "Exactly  this"
			}
			rows = append(rows, fmt.Sprintf(`{"accountId":"%d","accountType":%q,"displayName":%q,"active":true%s}`, i, kind, name, address))
		}
		_, _ = io.WriteString(w, "["+strings.Join(rows, ",")+"]")
	}
}

// Bug class B8: following next_offset gives every user that fits once, however
// many between them do not, and nothing claims to know how many there are.
func TestB8UsersAreAllThere(t *testing.T) {
	t.Parallel()
	const many = 1216
	for _, tt := range []struct {
		tool, input string
		reachable   int
		fits        func(i int) bool
	}{
		{"ListUsers", `"limit":50`, many, func(i int) bool { return i%7 != 0 }},
		{"ListUsers", `"limit":7,"account_type":"app"`, many, func(i int) bool { return i%7 == 0 }},
		{"ListUsers", `"limit":50,"account_type":"all"`, many, func(int) bool { return true }},
		{"ListUsers", `"limit":3,"account_type":"customer"`, many, func(int) bool { return false }},
		{"GetUsersWithoutId", `"limit":50,"name_or_email":"this"`, 1000, func(int) bool { return true }},
		{"GetUsersWithoutId", `"limit":3,"name_or_email":"exactly this","enforce_exact_match":true`, 1000, func(i int) bool { return i%50 == 0 }},
		{"GetUsersWithoutId", `"limit":30,"name_or_email":"100@acme.example","enforce_exact_match":true`, 1000, func(i int) bool { return i == 100 }},
	} {
		seen := map[string]int{}
		for offset, pages := 0, 0; ; pages++ {
			page, failure := showUsers(t, tt.tool, fmt.Sprintf(`{"offset":%d,%s}`, offset, tt.input), accounts(many, tt.reachable))
			if failure != nil {
				t.Fatalf("%s %s from %d: %s", tt.tool, tt.input, offset, failure.Message)
			}
			for _, u := range page.Users {
				seen[u.ID]++
			}
			p := page.Pagination
			if p.Returned != len(page.Users) || p.Total != nil || p.IsLast != (p.NextOffset == 0) || !p.IsLast && p.NextOffset <= offset {
				t.Errorf("%s %s from %d: %+v", tt.tool, tt.input, offset, p)
			}
			if told := strings.Contains(strings.Join(page.Notes, ""), "first 1000"); told != (p.IsLast && tt.reachable < many) {
				t.Errorf("%s %s from %d: the notes are %v", tt.tool, tt.input, offset, page.Notes)
			}
			if offset = p.NextOffset; p.IsLast || pages > many {
				break
			}
		}
		for i := range tt.reachable {
			want := 0
			if tt.fits(i) {
				want = 1
			}
			if id := fmt.Sprint(i); seen[id] != want {
				t.Errorf("%s %s: user %s is seen %d times", tt.tool, tt.input, id, seen[id])
			}
		}
	}
}

// Bug class B9: who may not browse users is told so, and not that nobody is
// called like that.
func TestB9WhoMayNotBrowseIsToldSo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		kind   tool.Kind // empty is success
	}{
		"refused":      {http.StatusForbidden, `{"errorMessages":["You may not."]}`, tool.KindUpstreamAuth},
		"shown nobody": {http.StatusOK, `[]`, tool.KindUpstreamAuth},
		"allowed":      {http.StatusOK, `[{"accountId":"me"}]`, ""},
		"limited":      {http.StatusTooManyRequests, `{}`, tool.KindUpstreamRateLimit},
	} {
		for _, call := range []struct{ tool, input string }{{"GetUsersWithoutId", `{"name_or_email":"bob"}`}, {"ListUsers", `{"account_type":"all"}`}} {
			page, failure := showUsers(t, call.tool, call.input, func(w http.ResponseWriter, r *http.Request, _ string) {
				if strings.HasSuffix(r.URL.Path, "/user/search") {
					_, _ = io.WriteString(w, "[]")
					return
				}
				w.Header().Set("RateLimit-Reason", "jira-quota-tenant-based")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			if failed := failure != nil; failed != (tt.kind != "") || failed && failure.Kind != tt.kind {
				t.Errorf("%s, %s: %+v, %v", name, call.tool, page, failure)
			}
		}
	}
}
