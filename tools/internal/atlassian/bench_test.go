package atlassian_test

import (
	"net/http"
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// BenchmarkDo is what an operation costs besides the network.
func BenchmarkDo(b *testing.B) {
	type page struct {
		Values []struct {
			ID   string `json:"id"`
			Key  string `json:"key"`
			Name string `json:"name"`
		} `json:"values"`
		IsLast bool `json:"isLast"`
	}
	search := atlassian.Get[queried, page]("/rest/api/3/project/search", "read:jira-work")
	body := `{"isLast":true,"values":[` + strings.TrimSuffix(strings.Repeat(`{"id":"10001","key":"ABC","name":"A project","simplified":false,"style":"classic"},`, 50), ",") + `]}`
	for name, body := range map[string]string{"empty": `{}`, "50 projects": body} {
		b.Run(name, func(b *testing.B) {
			c := newClient(b, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: b, rows: []row{acme}, product: func(*http.Request) (*http.Response, error) {
				return answer(200, body), nil
			}}})
			s, err := c.User(newCall(secret), []tool.Operation{search}).Site(b.Context(), atlassian.Jira, "")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := search.Do(b.Context(), s, queried{Query: "plat", Max: 50, Expand: []string{"lead"}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSite is finding a site that is known already.
func BenchmarkSite(b *testing.B) {
	rows := make([]row, 20)
	for i := range rows {
		name := strings.Repeat("x", i+1)
		rows[i] = rowOf(name, name, "https://"+name+".atlassian.net", bothScop)
	}
	for name, tt := range map[string]struct {
		rows  []row
		cloud string
	}{"only": {[]row{acme}, ""}, "by id among 20": {rows, "xxxxxxxxxx"}, "by address among 20": {rows, "https://xxxxxxxxxx.atlassian.net/browse/X-1"}} {
		b.Run(name, func(b *testing.B) {
			u, g := user(b, tt.rows...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := u.Site(b.Context(), atlassian.Jira, tt.cloud); err != nil {
					b.Fatal(err)
				}
			}
			if g.lists() != 1 {
				b.Errorf("listed %d times", g.lists())
			}
		})
	}
}
