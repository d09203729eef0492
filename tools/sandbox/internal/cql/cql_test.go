package cql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox/internal/cql"
	"arcade-atlassian/tools/sandbox/internal/query"
)

// page is what the tests search.
type page struct {
	title, space, spaceTitle, kind, text string
	labels                               []string
	created                              time.Time
}

var now = time.Date(2026, 7, 15, 13, 30, 0, 0, time.UTC)

var pages = []page{
	{title: "Runbook: gateway", space: "ENG", spaceTitle: "Engineering", kind: "page", text: "Restart the gateway.", labels: []string{"runbook"}, created: now.AddDate(0, 0, -3)},
	{title: "On-call rota", space: "OPS", spaceTitle: "Operations", kind: "page", text: "Who answers at night", created: now.AddDate(0, -2, 0)},
	{title: "Say \"hello\"", space: "ENG", spaceTitle: "Engineering", kind: "blogpost", text: "News of the gateway", labels: []string{"news"}, created: now},
}

func environment() query.Environment[page] {
	fields := map[string]*query.Field[page]{
		"title": {
			Name: "title", Values: func(p page) []string { return []string{p.title} }, Texts: func(p page) []string { return []string{p.title} },
			Compare: func(a, b page) int { return strings.Compare(a.title, b.title) },
		},
		"text":        {Name: "text", Texts: func(p page) []string { return []string{p.title, p.text} }},
		"space":       {Name: "space", Values: func(p page) []string { return []string{p.space} }},
		"space.title": {Name: "space.title", Texts: func(p page) []string { return []string{p.spaceTitle} }},
		"type":        {Name: "type", Values: func(p page) []string { return []string{p.kind} }},
		"label":       {Name: "label", Values: func(p page) []string { return p.labels }},
		"created":     {Name: "created", Time: func(p page) time.Time { return p.created }},
	}
	return query.Environment[page]{
		Field: func(name string) *query.Field[page] { return fields[strings.ToLower(name)] },
		Clock: query.Clock{Now: now},
	}
}

func search(text string) (string, error) {
	q, err := cql.Parse(text)
	if err != nil {
		return "", err
	}
	plan, err := cql.Compile(q, environment())
	if err != nil {
		return "", err
	}
	var found []string
	for _, p := range pages {
		if plan.Match(p) {
			found = append(found, p.title)
		}
	}
	return strings.Join(found, "; "), nil
}

func TestSearch(t *testing.T) {
	t.Parallel()
	const runbook, rota, hello = "Runbook: gateway", "On-call rota", `Say "hello"`
	for text, want := range map[string]string{
		"type = page": runbook + "; " + rota,
		"type in (page, blogpost) and space = ENG": runbook + "; " + hello,
		`title = "Say \"hello\""`:                  hello,
		`title ~ "runbook"`:                        runbook,
		`(text ~ "gateway" OR title ~ "gateway" OR space.title ~ "operations") AND type = "page"`: runbook + "; " + rota,
		`text ~ "\"the gateway\""`:            runbook + "; " + hello,
		`text ~ "gatew*"`:                     runbook + "; " + hello,
		`text ~ "gateway~"`:                   runbook + "; " + hello,
		`text ~ "gatwayy~"`:                   runbook + "; " + hello, // similar
		`text ~ "gaetwayx~"`:                  "",                     // not similar enough
		`text ~ "nigth~"`:                     "",                     // nor this, of a short word
		`text ~ "nigt~"`:                      rota,
		`text ~ "wo~"`:                        "",   // of two letters none may differ
		`text ~ "gatway\\~"`:                  "",   // the sign itself
		"type = page and label != runbook":    rota, // one without labels too, unlike JQL
		"type = page and not label = runbook": rota,
		`created > now("-4w") order by title`: runbook + "; " + hello,
		`created >= startOfMonth("-2M") and created < "2026-07-01"`: rota,
	} {
		if got, err := search(text); got != want || err != nil {
			t.Errorf("%s\n\tfinds %s, want %s (%v)", text, got, want, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "Could not parse cql : ",
		"order by title":         "Could not parse cql : order by title",
		"type = ":                "Could not parse cql : type = ",
		"label is not empty":     "Could not parse cql : label is not empty",
		`title ~ "a" b"`:         `Could not parse cql : title ~ "a" b"`,
		"not type = page":        "Could not parse cql : not type = page",
		"(label != a) and b=c":   "Could not parse cql : (label != a) and b=c",
		"label !~ a or b = c":    "Could not parse cql : label !~ a or b = c",
		"mood = good":            "No field exists with name: mood",
		"type = kinds()":         "No function exists with name: kinds",
		"type ~ page":            "The operator ~ is not supported by the field type",
		"created > soon":         "The value 'soon' is not valid for the field created",
		`text ~ "*a"`:            "The value '*a' is not valid for the field text",
		strings.Repeat("x", 300): "Could not parse cql : " + strings.Repeat("x", 200) + "…",
	} {
		if got, err := search(text); err == nil || err.Error() != want {
			t.Errorf("%q finds %s, %v, want %s", text, got, err, want)
		}
	}
}

// FuzzParse holds the parser to its promises: whatever it is given it ends in a query or an error, a
// query's text parses to the same query, and it can be compiled and asked.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`(text ~ "a \"b\"" OR title ~ 'c') AND type in (page, blogpost) AND NOT space.title ~ d ORDER BY created DESC`,
		`created > now("-4w") and label not in (a, "b")`, `content.property[x] = 1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := cql.Parse(text)
		if err != nil {
			return
		}
		again, err := cql.Parse(q.String())
		if err != nil {
			t.Fatalf("%q is spelled %q, which does not parse: %v", text, q, err)
		}
		if diff := cmp.Diff(q, again); diff != "" {
			t.Errorf("%q is spelled %q (-first +again):\n%s", text, q, diff)
		}
		if plan, _ := cql.Compile(q, environment()); plan != nil {
			for _, p := range pages {
				plan.Match(p)
				plan.Compare(p, pages[0])
			}
		}
	})
}
