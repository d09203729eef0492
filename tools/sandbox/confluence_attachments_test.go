package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /attachments":            {target: "/wiki/api/v2/attachments?limit=3"},
	"GET /attachments/{id}":       {target: "/wiki/api/v2/attachments/att98601?include-labels=true"},
	"GET /pages/{id}/attachments": {target: "/wiki/api/v2/pages/98501/attachments"},
})

const attachmentList = acmeConfluence + "/wiki/api/v2/attachments"

func TestConfluenceAttachmentLists(t *testing.T) {
	t.Parallel()
	g := open(t)
	const ofPage = pageList + "/98501/attachments"
	titles := func(token, target string) string {
		a := g.do(http.MethodGet, token, target)
		return strings.Join(texts(a.rows("results"), "title"), "; ")
	}
	for target, want := range map[string]string{
		ofPage:                           "release-plan.png; notes.txt; Costs & plans 2026.xlsx",
		ofPage + "?sort=-created-date":   "Costs & plans 2026.xlsx; notes.txt; release-plan.png",
		ofPage + "?sort=modified-date":   "notes.txt; Costs & plans 2026.xlsx; release-plan.png",
		ofPage + "?sort=-modified-date":  "release-plan.png; Costs & plans 2026.xlsx; notes.txt",
		ofPage + "?status=trashed":       "old-plan.png",
		ofPage + "?mediaType=text/plain": "notes.txt",
		ofPage + "?filename=" + url.QueryEscape("Costs & plans 2026.xlsx"): "Costs & plans 2026.xlsx",
		attachmentList + "?status=archived":                                "rota-2022.pdf",
		attachmentList + "?mediaType=text/csv":                             "", // on somebody's own page
		attachmentList + "?mediaType=application/pdf":                      "rota-2022.pdf",
		attachmentList + "?sort=created-date&limit=2":                      "rota-2022.pdf; release-plan.png",
		attachmentList + "?sort=-modified-date&limit=2":                    "release-plan.png; chart-60.png",
	} {
		if got := titles("sandbox", target); got != want {
			t.Errorf("%s lists %s, want %s", target, got, want)
		}
	}
	if got := titles("sandbox;user=bob", attachmentList+"?mediaType=text/csv"); got != "salaries.csv" {
		t.Errorf("Bob sees %s of his own page", got)
	}
	for target, status := range map[string]int{
		pageList + "/98510/attachments":  http.StatusNotFound,
		pageList + "/1/attachments":      http.StatusNotFound,
		pageList + "/98503/attachments":  http.StatusNotFound, // a folder
		pageList + "/notes/attachments":  http.StatusBadRequest,
		ofPage + "?sort=title":           http.StatusBadRequest,
		ofPage + "?limit=251":            http.StatusBadRequest,
		ofPage + "?cursor=x":             http.StatusBadRequest,
		attachmentList + "?status=draft": http.StatusBadRequest,
	} {
		if a := g.get(target); a.status != status {
			t.Errorf("%s = %d, want %d", target, a.status, status)
		}
	}
}

func TestConfluenceAttachmentPages(t *testing.T) {
	t.Parallel()
	g := open(t)
	const charts = pageList + "/131201/attachments"
	if rows := g.found(charts).rows("results"); len(rows) != 50 {
		t.Errorf("a page has %d files unless it is told otherwise", len(rows))
	}
	const filters = "sort=-created-date&mediaType=image%2Fpng"
	want := texts(g.found(charts+"?limit=250&"+filters).rows("results"), "title")
	if len(want) != 60 || want[0] != "chart-60.png" {
		t.Fatalf("the files are %v", want)
	}
	var got []string
	for next := "?limit=25"; next != ""; {
		a := g.found(charts + next + "&" + filters)
		got = append(got, texts(a.rows("results"), "title")...)
		link, _ := inner(a.object()["_links"], "next").(string)
		path, query, more := strings.Cut(link, "?")
		if next = ""; more {
			next = "?" + query
		}
		if more && path != "/wiki/api/v2/pages/131201/attachments" || len(got) > 60 {
			t.Fatalf("next = %q", link)
		}
		if more {
			if a := g.get(charts + next); a.status != http.StatusBadRequest {
				t.Errorf("the cursor without its filters = %d", a.status)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestConfluenceAttachment(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, id := range []string{"att98603", "98603"} {
		a := g.found(attachmentList + "/" + id).object()
		want := []any{"att98603", "Costs & plans 2026.xlsx", "98501", 20480.0, nil, "Draft, <do not> share", "https://acme.atlassian.net/wiki"}
		got := []any{a["id"], a["title"], a["pageId"], a["fileSize"], a["mediaTypeDescription"], a["comment"], inner(a["_links"], "base")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
		if link, _ := inner(a["_links"], "download").(string); !strings.HasPrefix(link, "/download/attachments/98501/Costs%20&%20plans%202026.xlsx?api=v2&") || a["downloadLink"] != link {
			t.Errorf("%s is downloaded from %s", id, link)
		}
	}
	if a := g.found(attachmentList + "/att98601?version=1&include-version=true").object(); inner(a["version"], "number") != 1.0 || a["comment"] != "" {
		t.Errorf("the first version is %v", a)
	}
	for id, status := range map[string]int{"att98605": 404, "att98607": 404, "att1": 404, "98501": 404, "attx": 400, "att98601?version=3": 404, "att98601?version=0": 400} {
		if a := g.get(attachmentList + "/" + id); a.status != status {
			t.Errorf("%s = %d, want %d", id, a.status, status)
		}
	}
}
