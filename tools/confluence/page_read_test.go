package confluence_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/tool"
)

// shownPage is a page as tools show it.
type shownPage struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Title   string `json:"title"`
	SpaceID string `json:"spaceId"`
	Version struct {
		Number int `json:"number"`
	} `json:"version"`
	Body struct {
		Markdown *shownText `json:"markdown"`
		Storage  *shownText `json:"storage"`
		ADF      *struct {
			Value jsontext.Value `json:"value"`
		} `json:"atlas_doc_format"`
		Losses     []string `json:"losses"`
		NextOffset int      `json:"next_offset"`
	} `json:"body"`
	URL string `json:"url"`
}

type shownText struct {
	Value string `json:"value"`
}

// shownPages is what tools that read pages answer with.
type shownPages struct {
	Page       shownPage   `json:"page"`
	Pages      []shownPage `json:"pages"`
	NotFound   []string    `json:"not_found"`
	Pagination struct {
		ReturnedCount int  `json:"returned_count"`
		IsLastPage    bool `json:"is_last_page"`
	} `json:"pagination"`
	Token       string   `json:"pagination_token"`
	Unchanged   bool     `json:"unchanged"`
	Verified    bool     `json:"verified"`
	NotVerified string   `json:"not_verified_because"`
	Notes       []string `json:"notes"`
}

// reads is a call that has to succeed.
func reads(t *testing.T, w *wiki, name string, inputs map[string]any) (out shownPages) {
	t.Helper()
	if failure := w.run(name, inputs, &out); failure != nil {
		t.Fatalf("%s %v: %s", name, inputs, failure.Message)
	}
	return out
}

// Bug class B3: of a page with every element each is shown, by its words or a
// placeholder, or told to be lost; a document is an object.
func TestB3PagesAreShownWhole(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	page := reads(t, w, "GetPage", map[string]any{"page_identifier": "98501"}).Page
	holdsAll(t, page.Body.Markdown.Value+strings.Join(page.Body.Losses, "\n"),
		"[macro: toc", "Before the release", "[status: In progress (blue)]", "5f8a1c2e9d3b4a0069e1f7b2", ":smile:", "2026-09-30",
		"Nobody releases on a Friday.", "read the numbers", "annotation", "page:Meeting%20notes", "attachment:release-plan.png",
		"| Build |", "merged cells", "end to end", "git status --porcelain", "]]> 0 ]]"[3:], "- [ ] Tag the commit", "- [x] Tell support",
		"[layout: 2 columns]", "Left: what is new.", "Right: what is gone.", "If it fails", "Roll back.", "[macro: excerpt", "Four steps to a release.",
		"[macro: roadmap", "Lane one", "Watch the errors for an hour.")
	stored := w.stored("98501").text(t, "storage")
	if page := reads(t, w, "GetPage", map[string]any{"page_identifier": "98501", "body_format": "storage"}).Page; page.Body.Storage.Value != stored {
		t.Errorf("storage is not as it is stored: %s", page.Body.Storage.Value)
	}
	for _, id := range []string{"98501", "131202"} {
		var document struct {
			Type string `json:"type"`
		}
		page := reads(t, w, "GetPage", map[string]any{"page_identifier": id, "body_format": "adf"}).Page
		if err := json.Unmarshal(page.Body.ADF.Value, &document); err != nil || document.Type != "doc" {
			t.Errorf("%s: %v: %s", id, err, page.Body.ADF.Value)
		}
	}
}

// Bug class B5: a title that Confluence accepts and does not store, or changes,
// is not told as renamed; a title that is there already is not written.
func TestB5TitlesAreReadBack(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{"New": "", "Old": "stored with another title", "new": "stored with another title"} {
		title, puts := "Old", 0
		value, failure, _ := asked(t, "RenamePage", `{"page_identifier":"7","title":"New"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			answer := title
			if r.Method == http.MethodPut {
				puts++
				title, answer = stored, "New"
			}
			_, _ = fmt.Fprintf(w, `{"id":"7","status":"current","title":%q}`, answer)
		})
		var out shownPages
		if failure != nil || json.Unmarshal(value, &out) != nil {
			t.Fatalf("%v: %s", failure, value)
		}
		if out.Verified != (want == "") || !strings.Contains(out.NotVerified, want) || out.Page.Title != stored || puts != 1 {
			t.Errorf("stored as %q: %s", stored, value)
		}
	}
	w := newWiki(t)
	out := reads(t, w, "RenamePage", map[string]any{"page_identifier": "98500", "title": " Onboarding guide "})
	if !out.Unchanged || out.Page.Version.Number != 3 || len(w.writes) != 0 {
		t.Errorf("the same title: %+v, %v", out, w.writes)
	}
}

// A page is renamed with the status it has: a draft stays one, and what readers
// see does not change with it.
func TestRenamedDrafts(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	for _, id := range []string{"98509", "98500"} {
		address := "https://acme.atlassian.net/wiki/spaces/ENG/pages/edit-v2/" + id
		out := reads(t, w, "RenamePage", map[string]any{"page_identifier": address, "title": "New"})
		if out.Page.Status != "draft" || out.Page.Title != "New" || !out.Verified || !strings.Contains(strings.Join(out.Notes, " "), "Only the draft") {
			t.Errorf("%s: %+v", id, out)
		}
	}
	if page := reads(t, w, "GetPage", map[string]any{"page_identifier": "98500"}).Page; page.Title != "Onboarding guide" || page.Status != "current" {
		t.Errorf("the page itself is now %+v", page)
	}
}

// Bug class B8: following pagination_token gives each of the 301 pages of a space
// once, in every order, and only the last page of the list says that it is.
func TestB8PagesAreAllThere(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	orders := []string{
		"id-ascending", "id-descending", "title-ascending", "title-descending", "created-date-oldest-to-newest",
		"created-date-newest-to-oldest", "modified-date-oldest-to-newest", "modified-date-newest-to-oldest",
	}
	first := map[string]string{}
	for i, order := range orders {
		seen := map[string]bool{}
		inputs := map[string]any{"space_ids": []string{"DOCS"}, "sort_by": order, "limit": 250 - 49*(i%3)}
		for range 10 {
			out := reads(t, w, "ListPages", inputs)
			if len(seen) == 0 {
				first[order] = out.Pages[0].ID
			}
			for _, p := range out.Pages {
				if seen[p.ID] || p.SpaceID != "786497" || p.URL == "" {
					t.Errorf("%s: %+v comes twice, or is of another space", order, p)
				}
				seen[p.ID] = true
			}
			if out.Pagination.ReturnedCount != len(out.Pages) || out.Pagination.IsLastPage != (out.Token == "") {
				t.Errorf("%s: %+v with token %q and %d pages", order, out.Pagination, out.Token, len(out.Pages))
			}
			if out.Token == "" {
				break
			}
			inputs["pagination_token"] = out.Token
		}
		if len(seen) != 301 {
			t.Errorf("%s: %d pages, want 301", order, len(seen))
		}
	}
	if first["id-ascending"] == first["id-descending"] || first["title-ascending"] == first["title-descending"] {
		t.Errorf("orders are not kept: %v", first)
	}
}

// The addresses that pages are shown with lead back to them.
func TestAddressesLeadBack(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	pages := reads(t, w, "ListPages", map[string]any{"space_ids": []string{"ENG", "PLAT", "HR"}, "limit": 250}).Pages
	pages = append(pages, reads(t, w, "GetPage", map[string]any{"page_identifier": "https://acme.atlassian.net/wiki/spaces/ENG/pages/edit-v2/98509"}).Page)
	for _, p := range pages {
		if found := reads(t, w, "GetPage", map[string]any{"page_identifier": p.URL, "body_format": "none"}).Page; found.ID != p.ID || found.Status != p.Status {
			t.Errorf("%s leads to %+v, want %s", p.URL, found, p.ID)
		}
	}
	if len(pages) < 10 {
		t.Errorf("only %d pages", len(pages))
	}
}

// Bug class B8: as many pages as may be asked for by ID come, not the first
// twenty-five, and each ID is accounted for.
func TestB8PagesByIDAreAllThere(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	var ids []string
	for _, p := range reads(t, w, "ListPages", map[string]any{"space_ids": []string{"DOCS"}, "limit": 249, "sort_by": "title-descending"}).Pages {
		ids = append(ids, p.ID)
	}
	ids = append(ids, "98510")
	out := reads(t, w, "GetPagesById", map[string]any{"page_ids": ids})
	var got []string
	for _, p := range out.Pages {
		got = append(got, p.ID)
	}
	if diff := cmp.Diff(ids, append(got, out.NotFound...)); diff != "" {
		t.Errorf("want all IDs in their order (-want +got):\n%s", diff)
	}
}

// Bug class B9: a space that is not there, or that the user may not see, is not
// told as one without pages; one without pages is.
func TestB9HiddenSpacesAreNotEmpty(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	for _, spaces := range [][]string{{"999"}, {"98306", "999"}, {"NOPE"}, {"Nobody's space"}, {"~5f8a"}} {
		holdsAll(t, w.refused("ListPages", map[string]any{"space_ids": spaces, "limit": 250}, tool.KindRetry), fmt.Sprintf("space_ids[%d]", len(spaces)-1), "may not see it")
	}
	value, failure, _ := asked(t, "ListPages", `{"space_ids":["5"]}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		if strings.HasSuffix(r.URL.Path, "/spaces") {
			_, _ = io.WriteString(w, `{"results":[{"id":"5","key":"A"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"results":[]}`)
	})
	if failure != nil || !strings.Contains(string(value), `"pages":[]`) || !strings.Contains(string(value), `"is_last_page":true`) {
		t.Errorf("a space without pages: %s, %v", value, failure)
	}
	for _, id := range []string{"99999", "98510", "98509", "98503"} { // none, another's, a draft, a folder
		w.refused("GetPage", map[string]any{"page_identifier": id}, tool.KindUpstreamNotFound)
	}
}

// Bug class B11: the text of a page is at most 64 KiB, says what it leaves out, and
// its parts make up the whole.
func TestB11LongPagesAreCut(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	body := strings.Repeat("<p>Größe &amp; Maß – 😀 zählen</p>", 6000)
	w.edit("163990", body)
	for _, format := range []string{"markdown", "storage"} {
		var whole strings.Builder
		parts, offset := 0, 0
		for {
			page := reads(t, w, "GetPage", map[string]any{"page_identifier": "163990", "body_format": format, "body_offset": offset}).Page
			text := page.Body.Markdown
			if format == "storage" {
				text = page.Body.Storage
			}
			whole.WriteString(text.Value)
			parts, offset = parts+1, page.Body.NextOffset
			if len(text.Value) > 64<<10 || offset > 0 != strings.Contains(strings.Join(page.Body.Losses, " "), "body_offset "+strconv.Itoa(offset)) {
				t.Errorf("%s, part %d: %d bytes, %q", format, parts, len(text.Value), page.Body.Losses)
			}
			if offset == 0 || parts > 20 {
				break
			}
		}
		want := body
		if format == "markdown" {
			want = strings.TrimSuffix(strings.Repeat("Größe & Maß – 😀 zählen\n\n", 6000), "\n\n")
		}
		if whole.String() != want || parts < 3 {
			t.Errorf("%s: %d parts of %d bytes, want %d bytes", format, parts, whole.Len(), len(want))
		}
	}
	within := reads(t, w, "GetPage", map[string]any{"page_identifier": "163990", "body_offset": len("Grö") - 1}).Page // of a character
	if !strings.HasPrefix(within.Body.Markdown.Value, "ße & Maß") {
		t.Errorf("begins with %.20q", within.Body.Markdown.Value)
	}
	page := reads(t, w, "GetPage", map[string]any{"page_identifier": "163990", "body_format": "adf"}).Page
	if page.Body.ADF != nil && len(page.Body.ADF.Value) > 1<<20 || page.Body.ADF == nil && len(page.Body.Losses) == 0 {
		t.Errorf("adf: %q", page.Body.Losses)
	}
}

// Bug class B11: many pages with the longest texts make an answer that is not
// much longer than a few of them, and each says that it is cut.
func TestB11ManyLongPagesAreCut(t *testing.T) {
	t.Parallel()
	const count = 200
	for format, body := range map[string]string{
		"markdown": fmt.Sprintf(`{"storage":{"value":%q}}`, strings.Repeat("<p>words <ac:structured-macro ac:name='a'/> and words</p>", 100)),
		"storage":  fmt.Sprintf(`{"storage":{"value":%q}}`, strings.Repeat("<p>words and words</p>", 300)),
		"adf":      fmt.Sprintf(`{"atlas_doc_format":{"value":%q}}`, `{"type":"doc","content":["`+strings.Repeat("words ", 1000)+`"]}`),
	} {
		var rows, ids []string
		for i := range count {
			ids = append(ids, fmt.Sprintf("%q", strconv.Itoa(i+1)))
			rows = append(rows, fmt.Sprintf(`{"id":"%d","status":"current","title":%q,"body":%s}`, i+1, strings.Repeat("t", 255), body))
		}
		for name, inputs := range map[string]string{
			"GetPagesById": `"page_ids":[` + strings.Join(ids, ",") + `]`,
			"ListPages":    `"limit":200`,
		} {
			value, failure, _ := asked(t, name, fmt.Sprintf(`{%s,"body_format":%q}`, inputs, format), 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
				_, _ = fmt.Fprintf(w, `{"results":[%s]}`, strings.Join(rows, ","))
			})
			var out shownPages
			if failure != nil || json.Unmarshal(value, &out) != nil || len(out.Pages) != count {
				t.Errorf("%s, %s: %v, %d pages", name, format, failure, len(out.Pages))
				continue
			}
			if len(value) > 512<<10 {
				t.Errorf("%s, %s: %d bytes", name, format, len(value))
			}
			for _, p := range out.Pages {
				if !strings.Contains(strings.Join(p.Body.Losses, " "), "GetPage") {
					t.Errorf("%s, %s: cut without a word: %+v", name, format, p.Body)
					break
				}
			}
		}
	}
}

// Bug class B19: a title that another page of the space has is refused with the
// ID of that page; what the user may not see is told in Confluence's words.
func TestB19TitlesThatOthersHave(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	failure := w.run("RenamePage", map[string]any{"page_identifier": "98500", "title": "Database failover"}, new(shownPages))
	if failure == nil || failure.Kind != tool.KindBadInput {
		t.Fatal(failure)
	}
	holdsAll(t, failure.Message, "title: ", "98504", "/pages/98504/")
	failure = w.run("RenamePage", map[string]any{"page_identifier": "98500", "title": "Salary talk"}, new(shownPages))
	if failure == nil || failure.Kind != tool.KindUpstreamBadRequest || !strings.Contains(failure.Message, "already exists") {
		t.Errorf("the title of a hidden page: %+v", failure)
	}
	failure = w.run("RenamePage", map[string]any{"page_identifier": "196800", "title": "Holidays"}, new(shownPages))
	if failure == nil || failure.Kind != tool.KindUpstreamAuth || !strings.Contains(failure.Message, "permission to edit") {
		t.Errorf("without the permission: %+v", failure)
	}
}

// Bug class B24: a page that cannot be shown as Markdown does not take the others
// away.
func TestB24OnePageDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	value, failure, _ := asked(t, "GetPagesById", `{"page_ids":["1","2","3"]}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
		_, _ = io.WriteString(w, `{"results":[
			{"id":"1","status":"current","body":{"storage":{"value":"<p>one</p>"}}},
			{"id":"2","status":"current","body":{"storage":{"value":"<p>two"}}},
			{"id":"3","status":"current","body":{"storage":{"value":"<p>three</p>"}}}]}`)
	})
	var out shownPages
	if failure != nil || json.Unmarshal(value, &out) != nil || len(out.Pages) != 3 {
		t.Fatalf("%v: %s", failure, value)
	}
	if out.Pages[0].Body.Markdown.Value != "one" || out.Pages[2].Body.Markdown.Value != "three" ||
		out.Pages[1].Body.Markdown != nil || !strings.Contains(strings.Join(out.Pages[1].Body.Losses, " "), "not well formed") {
		t.Errorf("%s", value)
	}
}

// Bug class B25: titles are written and found as they are, whatever they hold.
func TestB25TitlesSurvive(t *testing.T) {
	t.Parallel()
	w := newWiki(t)
	for _, title := range []string{
		`R&D <b>"bold"</b> 'q' \ / ? # % + = ; : @`, "]]> &amp; &#38; %26 {x} ${x}", "Größe 日本語 😀", "a  b", "AND OR NOT title:x*", "https:// is no address", strings.Repeat("é", 255),
	} {
		out := reads(t, w, "RenamePage", map[string]any{"page_identifier": "163990", "title": title})
		if !out.Verified || out.Page.Title != title {
			t.Errorf("%q is stored as %q: %s", title, out.Page.Title, out.NotVerified)
		}
		if strings.HasPrefix(title, "https://") { // is taken for an address
			continue
		}
		if found := reads(t, w, "GetPage", map[string]any{"page_identifier": title, "body_format": "none"}).Page; found.ID != "163990" {
			t.Errorf("%q finds %s", title, found.ID)
		}
	}
}
