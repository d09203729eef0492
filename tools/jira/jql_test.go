package jira_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/sandbox"
)

// breakouts are values that would end the text they are put into.
var breakouts = []string{
	`AND`, `DO`, `a"b`, `a\`, `\"`, `\\"`, `" OR project = PLAT OR labels = "`, `\" OR project = PLAT OR labels = \"`,
	"a\nb", "a\r\nb", "\t", "\x00", "\u0085\u2028", `\u0022 OR project = PLAT`, "ä😀", "", " ", `'`, `") OR (project = PLAT`, "a\xffb",
}

// literal reads a text in double quotes as facts §8 says it is read, and what
// stands behind it.
func literal(t *testing.T, jql string) (value, rest string) {
	t.Helper()
	var b strings.Builder
	runes := []rune(strings.TrimPrefix(jql, `"`))
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '"':
			return b.String(), string(runes[i+1:])
		case '\\':
			i++
			switch runes[i] {
			case '"', '\\':
				b.WriteRune(runes[i])
			case 'u':
				var code rune
				for _, digit := range string(runes[i+1 : i+5]) {
					code = code*16 + rune(strings.IndexRune("0123456789abcdef", digit))
				}
				b.WriteRune(code)
				i += 4
			default:
				t.Fatalf("%q has the escape %q", jql, runes[i])
			}
		default:
			b.WriteRune(runes[i])
		}
	}
	t.Fatalf("%q has no end", jql)
	return "", ""
}

// Bug class B25: a value arrives as it was given and never ends the text that it
// stands in.
func TestB25ValuesAreQuoted(t *testing.T) {
	t.Parallel()
	for _, value := range breakouts {
		quoted := atlassian.QuoteText(value)
		got, rest := literal(t, quoted)
		if got != strings.ToValidUTF8(value, "\uFFFD") || rest != "" {
			t.Errorf("%q is quoted as %s", value, quoted)
		}
	}
	for value, want := range map[string]string{"10001": "10001", "1 OR 1": `"1 OR 1"`, "-1": `"-1"`, "": `""`, "PLAT": `"PLAT"`, "١": `"١"`} {
		if got := jira.ValueJQL(value); got != want {
			t.Errorf("%q becomes %s, want %s", value, got, want)
		}
	}
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	for keywords, want := range map[string][]string{
		"Gateway drops":            {`text ~ "gateway"`, `text ~ "drops"`},
		"the gateway":              {`text ~ "gateway"`},
		"gateway Gateway":          {`text ~ "gateway"`},
		"to be or not to be":       {`text ~ "\"to be or not to be\""`},
		`"wrong  total" checkout`:  {`text ~ "\"wrong total\""`, `text ~ "checkout"`},
		`12" disk`:                 {`text ~ "12"`, `text ~ "disk"`},
		"C++ (new) a:b x/y back\\": {`text ~ "c\\+\\+"`, `text ~ "\\(new\\)"`, `text ~ "a\\:b"`, `text ~ "x\\/y"`, `text ~ "back\\\\"`},
		"*gate OR !x -y":           {`text ~ "\\*gate"`, `text ~ "\\!x"`, `text ~ "\\-y"`},
		"Überarbeitung":            {`text ~ "überarbeitung"`},
		"&& || ()":                 nil,
		"":                         nil,
	} {
		if diff := cmp.Diff(want, jira.KeywordsJQL(keywords)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", keywords, diff)
		}
	}
}

func TestUnboundedQueriesAreBoundedOpenly(t *testing.T) {
	t.Parallel()
	for jql, want := range map[string]string{
		"":                       "created >= -365d",
		" order  by created ":    "created >= -365d order  by created",
		"ORDER BY rank":          "created >= -365d ORDER BY rank",
		"order\nBY rank":         "created >= -365d order\nBY rank",
		"project = ORDER":        "project = ORDER",
		"orderby = x":            "orderby = x",
		`"ORDER BY" = x`:         `"ORDER BY" = x`,
		"labels = x ORDER BY id": "labels = x ORDER BY id",
	} {
		got, notes := jira.BoundJQL(jql)
		if got != want || (len(notes) > 0) != (got != jql) {
			t.Errorf("%q becomes %q with the notes %v", jql, got, notes)
		}
	}
}

// skeleton is a query with an X in place of each text in double quotes, which
// is read as literal reads it, and the texts.
func skeleton(t *testing.T, jql string) (query string, texts []string) {
	t.Helper()
	for {
		before, after, ok := strings.Cut(jql, `"`)
		query += before
		if !ok {
			return query, texts
		}
		var text string
		text, jql = literal(t, `"`+after)
		query += "X"
		texts = append(texts, text)
	}
}

// checkCriteria holds that a value of each criterion is one text of the query,
// which consists of the criteria and nothing else.
func checkCriteria(t *testing.T, value string) {
	t.Helper()
	got, texts := skeleton(t, jira.CriteriaJQL(value))
	for strings.HasPrefix(got, "text ~ X AND ") { // one for each word
		got, texts = strings.TrimPrefix(got, "text ~ X AND "), texts[1:]
	}
	trimmed := strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
	want, quoted := "", 0
	for _, field := range []string{"project =", "issuetype =", "status =", "priority =", "parent =", "duedate >=", "duedate <="} {
		switch {
		case strings.TrimSpace(value) == "":
			continue
		case regexp.MustCompile(`^[0-9]{1,19}$`).MatchString(trimmed): // an ID
			want += field + " " + trimmed + " AND "
			continue
		}
		want += field + " X AND "
		quoted++
	}
	if want += "labels in (X, X)"; got != want || len(texts) != quoted+2 {
		t.Fatalf("%q becomes %s, that is %s, want %s", value, jira.CriteriaJQL(value), got, want)
	}
	for _, text := range texts {
		if text != trimmed && text != strings.ToUpper(trimmed) { // keys are in capitals
			t.Fatalf("%q becomes the text %q", value, text)
		}
	}
}

// searches runs queries on a sandbox.
func searches(t *testing.T, box http.Handler, jql string) (status int, answer string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"jql": jql})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ex/jira/ac3e0000-5a4d-4b0c-9c1e-0000000000a1/rest/api/3/search/jql", strings.NewReader(string(body)))
	r.Header.Set("Authorization", "Bearer sandbox")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	box.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Body)
	return w.Code, string(text)
}

// FuzzQuoteJQL puts values into queries of which is known what they find. When
// one breaks out, the sandbox's parser refuses the query, it finds something
// else, or it is not made of the parts that it should be made of.
func FuzzQuoteJQL(f *testing.F) {
	for _, value := range append([]string{
		"10001", "1 OR 1 = 1", `a" b" c`, `"to be"`, `text ~ "`, "ORDER BY created", "currentUser()", "a,b", "(a)", `\\\"`, "\uFFFD", "-1", "00", "99999999999999999999", "EMPTY", "null",
	}, breakouts...) {
		f.Add(value)
	}
	box := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) {
			return // no input can be: schema.Decode refuses it
		}
		checkCriteria(t, value)
		conditions := append(jira.KeywordsJQL(value), "labels = "+atlassian.QuoteText(value), "labels in ("+jira.ValueJQL(value)+")")
		for _, condition := range conditions {
			for jql, empty := range map[string]bool{
				condition + ` AND labels = "nobody has this"`:                             true,
				`(` + condition + `) AND labels = "nobody has this"`:                      true,
				`key = PLAT-1 OR labels = "nobody has this" AND ` + condition:             false,
				`key = PLAT-1 AND NOT (labels = "nobody has this" AND ` + condition + `)`: false,
			} {
				status, answer := searches(t, box, jql)
				if strings.Contains(answer, "The query is too long") {
					continue
				}
				if status != http.StatusOK || strings.Contains(answer, `"issues":[]`) != empty || strings.Count(answer, `"id":`) > 1 {
					t.Errorf("%q becomes %s: %d %s", value, jql, status, answer)
				}
			}
		}
	})
}
