package confluence_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/sandbox"
)

// breakouts are terms that would end the text they are put into, or mean
// something in a search expression.
var breakouts = []string{
	`a"b`, `a\`, `\"`, `\\"`, `" OR type = page OR title ~ "`, `\" OR type = page OR title ~ \"`, `a\" OR type = page OR title ~ \"b`,
	"a\nb", "a\r\nb", "\x00", `") OR (type = page`, `x~ OR *`, `*`, `?a`, `a*`, `[a TO z]`, `{a}`, `a^2`, `title:page`, `(a`, `a)`, `-a`, `+a`, `!a`,
	`AND`, `NOT a`, `a || b`, `a && b`, `a/b/`, `"a`, `"a" "b`, `"`, `""`, "ä😀", `'`, "a\xffb", `\u0022 OR type = page`, `a~`, `"a b"~2`, "page",
}

// TestTerms states what becomes of a term.
func TestTerms(t *testing.T) {
	t.Parallel()
	condition := func(expression string) string {
		return strings.ReplaceAll("(text ~ X OR title ~ X OR space.title ~ X)", "X", `"`+expression+`"`)
	}
	for _, tt := range []struct {
		term  string
		fuzzy bool
		want  string // the expression as it stands in the query
	}{
		{"Banana", true, "banana~"},
		{"banana", false, "banana"},
		{"How to", true, "how to"},
		{`"How  to"`, true, `\"how to\"`},
		{`"Banana"`, true, `\"banana\"`},
		{`say "hello there" Ada`, true, `say \"hello there\" ada`},
		{"pen & paper", true, "pen paper"},
		{"C++", true, `c\\+\\+`},
		{"on-call", true, `on\\-call`},
		{"v2.10", true, "v2.10"},
		{"2026", true, "2026"},
		{"api", true, "api"}, // too short
		{"Übung", true, "übung~"},
		{"gate*", true, `gate\\*`},
		{`end\`, true, `end\\\\`},
		{`12" disk`, true, "12 disk"},
		{"roam~", true, `roam\\~`},
		{"A OR B", true, "a or b"},
		{"  slow  ", true, "slow~"},
		{"&& || ()", true, ""},
		{`""`, true, ""},
	} {
		want := ""
		if tt.want != "" {
			want = condition(tt.want)
		}
		if got := confluence.TermCQL(tt.term, tt.fuzzy); got != want {
			t.Errorf("%q becomes %s, want %s", tt.term, got, want)
		}
	}
}

// TestCallersQueries states how a query is taken apart.
func TestCallersQueries(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][3]string{ // condition, order and whether it has a type
		"":                                     {"", "", "false"},
		" space = ENG ":                        {"space = ENG", "", "false"},
		"space = ENG order  by created desc":   {"space = ENG", "order  by created desc", "false"},
		"ORDER BY title":                       {"", "ORDER BY title", "false"},
		`title ~ "order by" and (a = b)`:       {`title ~ "order by" and (a = b)`, "", "false"},
		`title ~ "a \" order by" Order By x`:   {`title ~ "a \" order by"`, "Order By x", "false"},
		"Type in (page, folder) or label = x":  {"Type in (page, folder) or label = x", "", "true"},
		"space.type = personal":                {"space.type = personal", "", "false"},
		"type=page":                            {"type=page", "", "true"},
		`title = "type" or label = border`:     {`title = "type" or label = border`, "", "false"},
		"reorder by = x":                       {"reorder by = x", "", "false"},
		"title = 'a) b' and (id = 1)":          {"title = 'a) b' and (id = 1)", "", "false"},
		`created > now("-4w")`:                 {`created > now("-4w")`, "", "false"},
		"Überschrift = 1 order by Überschrift": {"Überschrift = 1", "order by Überschrift", "false"},
	} {
		where, order, typed, err := confluence.ReadCQL(query)
		if where != want[0] || order != want[1] || typed != (want[2] == "true") || err != nil {
			t.Errorf("%q is taken for %q, %q, %v: %v", query, where, order, typed, err)
		}
	}
	for _, query := range []string{"a = b) OR (c = d", "(a = b", "a = b)", `title = "x`, `title = "x\"`, `title = 'x`, ")("} {
		if _, _, _, err := confluence.ReadCQL(query); err == nil {
			t.Errorf("%q is taken", query)
		}
	}
}

// ask searches a sandbox, as somebody who sees a lot.
func ask(t *testing.T, box http.Handler, cql string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet,
		"/ex/confluence/ac3e0000-5a4d-4b0c-9c1e-0000000000a1/wiki/rest/api/search?limit=1&cql="+url.QueryEscape(cql), http.NoBody)
	r.Header.Set("Authorization", "Bearer sandbox")
	w := httptest.NewRecorder()
	box.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

// checkTerm puts a term into queries that find nothing, and into one that is the
// other way round. When it breaks out of its text, the sandbox's parser refuses
// the query, or the whole is another condition.
func checkTerm(t *testing.T, box http.Handler, term string) {
	t.Helper()
	const nothing = `"results":[]`
	for _, fuzzy := range []bool{true, false} {
		condition := confluence.TermCQL(term, fuzzy)
		if condition == "" {
			continue
		}
		for cql, empty := range map[string]bool{
			`label = "nobody has this" AND ` + condition:                             true,
			`label = "nobody has this" AND (` + condition + ` OR ` + condition + `)`: true,
			`id = 98500 OR label = "nobody has this" AND ` + condition:               false,
		} {
			const longest = 64 << 10 // that the sandbox reads
			if status, answer := ask(t, box, cql); len(cql) <= longest && (status != http.StatusOK || strings.Contains(answer, nothing) != empty) {
				t.Errorf("%q becomes %s: %d %s", term, cql, status, answer)
			}
		}
	}
}

// Bug class B25: a term is always one condition, whatever it holds.
func TestB25TermsAreQuoted(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{})
	for _, term := range breakouts {
		checkTerm(t, box, term)
	}
}

// quotation is a text in double quotes, in which a backslash takes the meaning
// of what comes after it (facts §14).
var quotation = regexp.MustCompile(`"(?:[^"\\]|\\(?s:.))*"`)

// skeleton is a query with an X in place of each text in double quotes.
func skeleton(cql string) string { return quotation.ReplaceAllString(cql, "X") }

// checkQueries holds that a query consists of its conditions and nothing else,
// whatever the terms and names in it hold.
func checkQueries(t *testing.T, term string) {
	t.Helper()
	const condition = "(text ~ X OR title ~ X OR space.title ~ X)"
	for _, fuzzy := range []bool{true, false} {
		cql, err := confluence.SearchCQL([]string{"banana", term}, []string{term, "apple"}, fuzzy, "space = ENG ORDER BY title")
		want := "type in (page, blogpost) AND " + condition + " AND T AND (T OR " + condition + ") AND (space = ENG) ORDER BY title"
		if confluence.TermCQL(term, fuzzy) == "" { // refused before
			continue
		}
		if want = strings.ReplaceAll(want, "T AND", condition+" AND"); err != nil || skeleton(cql) != strings.ReplaceAll(want, "(T OR", "("+condition+" OR") {
			t.Errorf("%q becomes %s, that is %s: %v", term, cql, skeleton(cql), err)
		}
	}
	if cql := confluence.PersonCQL(term); cql != "" && skeleton(cql) != "user.fullname ~ X" && skeleton(cql) != "user.accountid = X" {
		t.Errorf("%q becomes %s", term, cql)
	}
}

// FuzzTerm puts terms into queries. When one breaks out, a query is not made of
// its parts, or the sandbox refuses it or takes it for another one.
func FuzzTerm(f *testing.F) {
	for _, term := range append([]string{
		"Ada Lovelace", "ada@example.com", "712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404", "5f8a1c2e9d3b4a0069e1f7b2", "O'Brien", `x" OR user.fullname ~ "`, "ORDER BY title", "currentUser()",
	}, breakouts...) {
		f.Add(term)
	}
	box := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, term string) {
		checkQueries(t, term)
		checkTerm(t, box, term)
	})
}

// FuzzReadCQL puts a query into another one: what the sandbox's parser takes
// alone it takes as a part, where it cannot find more than the rest allows.
func FuzzReadCQL(f *testing.F) {
	for _, query := range []string{
		"space = ENG", `title ~ "a" OR label = b order by title desc`, `type = page and (id = 1 or created > now("-4w"))`, `title = "x\\" or type = page`,
		`a = "\`, `space = 'a"b' order by created`, "type=page)or(type=page", "not type = page",
	} {
		f.Add(query)
	}
	box := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, query string) {
		where, order, _, err := confluence.ReadCQL(query)
		alone, _ := ask(t, box, query)
		if err != nil || where == "" {
			if alone == http.StatusOK {
				t.Errorf("%q is a query, and not taken: %v", query, err)
			}
			return
		}
		status, answer := ask(t, box, `label = "nobody has this" AND (`+where+") "+order)
		switch {
		case alone == http.StatusOK && status != http.StatusOK:
			t.Errorf("%q is refused as a part: %s", query, answer)
		case status == http.StatusOK && !strings.Contains(answer, `"results":[]`):
			t.Errorf("%q breaks out: %s", query, answer)
		}
	})
}
