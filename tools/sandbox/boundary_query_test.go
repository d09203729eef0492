package sandbox_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/sandbox/internal/cql"
	"arcade-atlassian/tools/sandbox/internal/jql"
	"arcade-atlassian/tools/sandbox/internal/query"
)

var placesWithin = []atlassian.Place{{ID: "10000", Key: "PLAT", Name: "Platform"}, {ID: "10001", Key: "DEMO", Name: "Demo Project"}}

// hostileQueries try to get out of the parentheses that they are put into.
var hostileQueries = []string{
	"", "status = Done", "order by created", "status = Done ORDER BY created DESC, cf[10001] ASC", "project = PLAT or text ~ \"a) or (b\"",
	"a = 1) OR (project = WEB", "a = 1) OR project = WEB OR (b = 2", ") or (", "(((", ")))", "a = \"", "a = '", "a = \"\\", "a = b\\", "a = \\\") or (1=1",
	"a = 1 -- ) or (", "a = 1 /* ) */ or (", "a = 1 # )", "a = 1; project = WEB", "a = 'x\" ) or project = WEB or a = \"y'", "a = \"\\u0022) or (project = WEB\"",
	"status = Done ORDER BY created) OR (project = WEB", "a in (1 order by b)", "order = 1", "\"order\" by", "a = 1 order by b order by c",
	"a = 1 \uff09 or \uff08 project = WEB", "project \u200b= WEB", "a = 1\u202e) or (", "a = 1\x00) or (", "a = 1\u2028or project = WEB", "a = x\u00a0or b = y",
	"a = 1 or", "not", "or project = WEB", "project = WEB", "project in (PLAT, WEB)", "project not in (PLAT)", "project = \"Platform\"", "issue in linkedIssues(\"WEB-1\")",
	"key = WEB-1", "parent = 'WEB-1'", "PROJECT was WEB", "project in projectsLeadByUser()", "\xff\xfe", "a = \xc3\x28", "space = HR", "space.key in (\"HR\")", "%29 or %28",
}

// isWithin reports whether a query's top is the AND with the clause in front.
func isWithin(q *query.Query, field string) bool {
	clause, ok := q.Where.(query.Clause)
	if and, is := q.Where.(query.And); is {
		clause, ok = and[0].(query.Clause)
	}
	list, isList := clause.Operand.(query.List)
	return ok && isList && clause.Op == query.In && strings.EqualFold(clause.Field, field) && len(list) == len(placesWithin)
}

func FuzzBoundedJQL(f *testing.F) {
	for _, q := range hostileQueries {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		narrowed, err := atlassian.NarrowJQL(text, placesWithin)
		if err != nil {
			return
		}
		if q, err := jql.Parse(narrowed); err == nil && !isWithin(q, "project") {
			t.Errorf("%q becomes %q", text, narrowed)
		}
	})
}

func FuzzBoundedCQL(f *testing.F) {
	for _, q := range hostileQueries {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		narrowed, err := atlassian.NarrowCQL(text, placesWithin)
		if err != nil {
			return
		}
		if q, err := cql.Parse(narrowed); err == nil && !isWithin(q, "space") {
			t.Errorf("%q becomes %q", text, narrowed)
		}
	})
}

// What people write is narrowed, and means the same within the boundaries.
func TestOrdinaryQueriesAreNarrowed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "project in (10000, 10001)",
		"status = Done":       "project in (10000, 10001) AND (status = Done)",
		"a = 1 OR b = 2":      "project in (10000, 10001) AND (a = 1 OR b = 2)",
		"order by created":    "project in (10000, 10001) order by created",
		`text ~ "it's (ok)" `: `project in (10000, 10001) AND (text ~ "it's (ok)")`,
		"project = plat AND sprint in openSprints() ORDER BY rank": "project in (10000, 10001) AND (project = plat AND sprint in openSprints()) ORDER BY rank",
		`"Epic Link" = PLAT-1`: `project in (10000, 10001) AND ("Epic Link" = PLAT-1)`,
	} {
		if got, err := atlassian.NarrowJQL(text, placesWithin); err != nil || got != want {
			t.Errorf("%q becomes %q, %v; want %q", text, got, err, want)
		}
	}
	for _, refused := range []string{
		"project = WEB", "project in (PLAT, WEB)", "project != WEB", "key = WEB-1", `issue in linkedIssues("WEB-1")`, "a = 1) or (b = 2", "a = 1 -- b", `a = "\u0022"`,
		"a = 1 order by b) or (c", "a in (order by b)", `a = "open`, "a = b\\", "a = x\u00a0y", "a = \uff08b\uff09",
	} {
		if got, err := atlassian.NarrowJQL(refused, placesWithin); err == nil {
			t.Errorf("%q becomes %q", refused, got)
		}
	}
}
