package jql_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox/internal/jql"
	"arcade-atlassian/tools/sandbox/internal/query"
)

// issue is what the tests search.
type issue struct {
	key, project, assignee, summary, description, status string
	labels, history                                      []string
	created, due                                         time.Time
	points                                               float64
	priority                                             string
}

var paris = time.FixedZone("Paris", 2*60*60)

// now is a Wednesday.
var now = time.Date(2026, 7, 15, 13, 30, 0, 0, paris)

var issues = []issue{
	{key: "PLAT-1", project: "10000", assignee: "ada", summary: "Login page is slow", description: "It takes ten seconds.", status: "1", history: []string{"1"}, labels: []string{"Performance", "login"}, created: now.AddDate(0, 0, -1), points: 3, priority: "2"},
	{key: "PLAT-2", project: "10000", summary: "Slow search", status: "3", history: []string{"1", "3"}, created: now.AddDate(0, -2, 0), due: time.Date(2026, 7, 17, 0, 0, 0, 0, paris), priority: "1"},
	{key: "WEB-1", project: "10001", assignee: "bob", summary: `Quote " and back\slash`, status: "1", history: []string{"1"}, labels: []string{"login"}, created: now, points: 8, priority: "3"},
	{key: "WEB-2", project: "10001", assignee: "ada", summary: "Überblick der Loginseite", description: "login-page (R&D)", status: "3", history: []string{"1", "2", "3"}, created: now.AddDate(-1, 0, 0), priority: "3"},
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// environment describes issues as Jira's fields do.
func environment() query.Environment[issue] {
	named := func(names map[string]string) func(query.Value) []string {
		return func(v query.Value) []string {
			for id, name := range names {
				if strings.EqualFold(name, v.Text) || id == v.Text {
					return []string{id}
				}
			}
			return nil
		}
	}
	fields := map[string]*query.Field[issue]{
		"key": {Name: "key", Values: func(i issue) []string { return one(i.key) }, Compare: func(a, b issue) int { return strings.Compare(a.key, b.key) }},
		"project": {
			Name: "project", Values: func(i issue) []string { return one(i.project) },
			Resolve: named(map[string]string{"10000": "PLAT", "10001": "WEB"}),
		},
		"assignee": {
			Name: "assignee", Values: func(i issue) []string { return one(i.assignee) },
			Resolve: named(map[string]string{"ada": "Ada Moreau", "bob": "Bob Tanaka"}),
		},
		"status": {
			Name: "status", Values: func(i issue) []string { return one(i.status) }, Was: func(i issue) []string { return i.history },
			Resolve: named(map[string]string{"1": "To Do", "2": "In Progress", "3": "Done"}),
		},
		"priority": {
			Name: "priority", Values: func(i issue) []string { return one(i.priority) },
			Resolve: named(map[string]string{"1": "High", "2": "Medium", "3": "Low"}),
			Rank:    func(v string) int { return -int(v[0]) },
			Compare: func(a, b issue) int { return strings.Compare(b.priority, a.priority) },
		},
		"labels":      {Name: "labels", Values: func(i issue) []string { return i.labels }},
		"summary":     {Name: "summary", Texts: func(i issue) []string { return one(i.summary) }},
		"description": {Name: "description", Texts: func(i issue) []string { return one(i.description) }},
		"text":        {Name: "text", Texts: func(i issue) []string { return []string{i.summary, i.description} }},
		"created":     {Name: "created", Time: func(i issue) time.Time { return i.created }, Compare: func(a, b issue) int { return a.created.Compare(b.created) }},
		"duedate":     {Name: "duedate", Time: func(i issue) time.Time { return i.due }},
		"cf[10010]":   {Name: "Story Points", Number: func(i issue) (float64, bool) { return i.points, i.points > 0 }},
	}
	return query.Environment[issue]{
		Field: func(name string) *query.Field[issue] { return fields[strings.ToLower(name)] },
		Functions: map[string]func([]string) ([]string, error){
			"currentuser": func(args []string) ([]string, error) {
				if len(args) > 0 {
					return nil, errors.New("none expected")
				}
				return []string{"ada"}, nil
			},
		},
		Clock: query.Clock{Now: now},
	}
}

func search(text string) ([]string, []string) {
	q, err := jql.Parse(text)
	if err != nil {
		return nil, []string{err.Error()}
	}
	plan, messages := jql.Compile(q, environment())
	if messages != nil {
		return nil, messages
	}
	var found []issue
	for _, i := range issues {
		if plan.Match(i) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, plan.Compare)
	var keys []string
	for _, i := range found {
		keys = append(keys, i.key)
	}
	return keys, nil
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                                    "PLAT-1 PLAT-2 WEB-1 WEB-2",
		"ORDER BY created":                                    "WEB-2 PLAT-2 PLAT-1 WEB-1",
		"order by priority desc, key DESC":                    "PLAT-2 PLAT-1 WEB-2 WEB-1",
		"project = PLAT":                                      "PLAT-1 PLAT-2",
		"PROJECT=plat":                                        "PLAT-1 PLAT-2",
		"project = 10001":                                     "WEB-1 WEB-2",
		"project in (PLAT, 'WEB')":                            "PLAT-1 PLAT-2 WEB-1 WEB-2",
		"project not in (PLAT) order by key":                  "WEB-1 WEB-2",
		"assignee = currentUser()":                            "PLAT-1 WEB-2",
		"assignee in (currentUser(), EMPTY)":                  "PLAT-1 PLAT-2 WEB-2",
		"assignee = 'Bob Tanaka'":                             "WEB-1",
		"assignee != currentUser()":                           "WEB-1", // who is unassigned is not found
		"NOT assignee = currentUser()":                        "WEB-1",
		"assignee is EMPTY":                                   "PLAT-2",
		"assignee = null":                                     "PLAT-2",
		"assignee is not empty":                               "PLAT-1 WEB-1 WEB-2",
		"not assignee is empty":                               "PLAT-1 WEB-1 WEB-2",
		"labels = LOGIN":                                      "PLAT-1 WEB-1",
		"labels in (performance, nothing)":                    "PLAT-1",
		"labels != performance":                               "WEB-1",
		"labels = login AND labels = 'Performance'":           "PLAT-1",
		"summary ~ slow":                                      "PLAT-1 PLAT-2",
		"summary ~ 'page slow'":                               "PLAT-1",
		`summary ~ "\"slow search\""`:                         "PLAT-2",
		`summary ~ "\"search slow\""`:                         "",
		"summary ~ 'login*'":                                  "PLAT-1 WEB-2",
		"summary ~ 'l?gin'":                                   "PLAT-1",
		"summary ~ 'ÜBERBLICK'":                               "WEB-2",
		"summary ~ 'slow -search'":                            "PLAT-1",
		"summary ~ 'search OR überblick'":                     "PLAT-2 WEB-2",
		`summary ~ "back\\\\slash"`:                           "WEB-1",
		"summary !~ slow":                                     "WEB-1 WEB-2",
		"description !~ seconds":                              "WEB-2",
		`text ~ "R\\&D"`:                                      "WEB-2",
		"text ~ ''":                                           "",
		"status was 'In Progress'":                            "WEB-2",
		"status was not 'In Progress'":                        "PLAT-1 PLAT-2 WEB-1",
		"status was in ('In Progress', Done)":                 "PLAT-2 WEB-2",
		"status was not in (Done)":                            "PLAT-1 WEB-1",
		"priority > Low":                                      "PLAT-1 PLAT-2",
		"priority <= Medium":                                  "PLAT-1 WEB-1 WEB-2",
		"not priority <= Medium":                              "PLAT-2",
		"created >= -7d":                                      "PLAT-1 WEB-1",
		"created > '-4w 2d'":                                  "PLAT-1 WEB-1",
		"created < -7d":                                       "PLAT-2 WEB-2",
		"created >= startOfDay()":                             "WEB-1",
		"created >= startOfDay(-1d)":                          "PLAT-1 WEB-1",
		"created >= startOfDay('-1')":                         "PLAT-1 WEB-1",
		"created >= startOfWeek() and created <= endOfWeek()": "PLAT-1 WEB-1",
		"created >= startOfMonth(-2M) and created < startOfMonth(-1)": "PLAT-2",
		"created <= endOfYear(-1)":                                    "WEB-2",
		"created <= now()":                                            "PLAT-1 PLAT-2 WEB-1 WEB-2",
		"created = '2026-07-15 13:30'":                                "WEB-1",
		"created = '2026/07/15 13:30'":                                "WEB-1",
		"created >= 2026-07-15":                                       "WEB-1",
		"created >= 1784113800000":                                    "WEB-1", // milliseconds
		"duedate <= endOfDay(2d)":                                     "PLAT-2",
		"duedate <= endOfDay(1d)":                                     "",
		"not created < '2026-07-15 13:30'":                            "WEB-1",
		"key = x" + strings.Repeat(" or key in (web-1)", 150):         "WEB-1",
		"duedate <= 3d":                                               "PLAT-2",
		"duedate is empty and project = web":                          "WEB-1 WEB-2",
		"cf[10010] >= 3":                                              "PLAT-1 WEB-1",
		"cf[10010] != 3":                                              "WEB-1",
		"'cf[10010]' in (3, 8)":                                       "PLAT-1 WEB-1",
		"project = WEB OR project = PLAT AND assignee is EMPTY":       "PLAT-2 WEB-1 WEB-2",
		"(project = WEB OR project = PLAT) AND assignee is EMPTY":     "PLAT-2",
		"NOT (project = WEB OR assignee = ada)":                       "",
		"NOT (project = WEB AND assignee = ada)":                      "PLAT-1 PLAT-2 WEB-1",
		"! project = WEB && !!summary ~ slow || key = 'WEB-1'":        "PLAT-1 PLAT-2 WEB-1",
		"key = WEB-1":                                                 "WEB-1",
		`key = "WEB\u002d1"`:                                          "WEB-1",
		`key = WEB\u002d1`:                                            "WEB-1",
	} {
		keys, messages := search(text)
		if got := strings.Join(keys, " "); got != want || messages != nil {
			t.Errorf("%s\n\tfinds %s, want %s (%v)", text, got, want, messages)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	const (
		prefix    = "Error in the JQL Query: "
		operators = "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."
		formats   = "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
	)
	for text, want := range map[string][]string{
		"project":                   {prefix + "Expecting operator before the end of the query. " + operators},
		"project PLAT":              {prefix + "Expecting operator but got 'PLAT'. " + operators + " (line 1, character 9)"},
		"project not PLAT":          {prefix + "Expecting operator but got 'not'. " + operators + " (line 1, character 9)"},
		"status changed":            {prefix + "Expecting operator but got 'changed'. " + operators + " (line 1, character 8)"},
		"project =":                 {prefix + "Expecting either a value, list or function before the end of the query."},
		"project = ,":               {prefix + "Expecting either a value, list or function but got ','. You must surround ',' in quotation marks to use it as a value. (line 1, character 11)"},
		"project in ()":             {prefix + "Expecting either a value, list or function but got ')'. You must surround ')' in quotation marks to use it as a value. (line 1, character 13)"},
		"= PLAT":                    {prefix + "Expecting a field name but got '='. You must surround '=' in quotation marks to use it as a field name. (line 1, character 1)"},
		"()":                        {prefix + "Expecting a field name but got ')'. You must surround ')' in quotation marks to use it as a field name. (line 1, character 2)"},
		"project = PLAT and":        {prefix + "Expecting a field name at the end of the query."},
		"project = PLAT\n  key = 1": {prefix + "Expecting either 'OR' or 'AND' but got 'key'. (line 2, character 3)"},
		"(project = PLAT":           {prefix + "Expecting ')' before the end of the query."},
		"project in (PLAT WEB)":     {prefix + "Expecting either ',' or ')' but got 'WEB'. (line 1, character 18)"},
		"project = DO":              {prefix + "'DO' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 11)"},
		"Select = 1":                {prefix + "'Select' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 1)"},
		"cf = 1":                    {prefix + "'cf' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 1)"},
		"assignee = a@b.c":          {prefix + `The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\u0040' instead. (line 1, character 13)`},
		`summary ~ "slow`:           {prefix + "The quoted string 'slow' has not been completed. (line 1, character 11)"},
		`summary ~ "a\d"`:           {prefix + `'\d' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX. (line 1, character 13)`},
		`summary ~ "\u12"`:          {prefix + `'\u12' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX. (line 1, character 12)`},
		"key = 1 order key":         {prefix + "Expecting 'BY' but got 'key'. (line 1, character 15)"},
		"order by key key":          {prefix + "Expecting ',' but got 'key'. (line 1, character 14)"},
		`key = 1 ""`:                {prefix + "Expecting either 'OR' or 'AND' but got ''. (line 1, character 9)"},
		"order by":                  {prefix + "Expecting a field name at the end of the query."},
		strings.Repeat("(", 101):    {prefix + "The query is nested too deeply. (line 1, character 101)"},
		strings.Repeat("not ", 99) + "key in (((1)))": {prefix + "The query is nested too deeply. (line 1, character 404)"},
		strings.Repeat(" ", 65_537):                   {prefix + "The query is too long. (line 1, character 1)"},

		"mood = good and mood = bad and weather = 1":      {"Field 'mood' does not exist or you do not have permission to view it.", "Field 'weather' does not exist or you do not have permission to view it."},
		"project = NOPE or project = 99":                  {"The value 'NOPE' does not exist for the field 'project'.", "A value with ID '99' does not exist for the field 'project'."},
		"project ~ PLAT":                                  {"The operator '~' is not supported by the 'project' field."},
		"summary = slow":                                  {"The operator '=' is not supported by the 'summary' field."},
		"labels > a":                                      {"The operator '>' is not supported by the 'labels' field."},
		"labels was a":                                    {"The operator 'was' is not supported by the 'labels' field."},
		"project = (PLAT)":                                {`Operator '=' does not support the value '("PLAT")' for field 'project'.`},
		"project in PLAT":                                 {`Operator 'in' does not support the value '"PLAT"' for field 'project'.`},
		"project in ((PLAT))":                             {`Operator 'in' does not support the value '("PLAT")' for field 'project'.`},
		"project is PLAT":                                 {`Operator 'is' does not support the value '"PLAT"' for field 'project'.`},
		"priority > EMPTY":                                {`Operator '>' does not support the value 'EMPTY' for field 'priority'.`},
		"assignee = nobody()":                             {"Unable to find JQL function 'nobody()'."},
		"created > currentUser()":                         {"Unable to find JQL function 'currentUser()'."},
		"assignee = currentUser(1)":                       {"The arguments of the function 'currentUser' are not valid."},
		"created > startOfDay(soon)":                      {"The arguments of the function 'startOfDay' are not valid."},
		"created > startOfDay(1, 2)":                      {"The arguments of the function 'startOfDay' are not valid."},
		"created > yesterday":                             {"Date value 'yesterday' for field 'created' is invalid. " + formats},
		"created > '2026-02-30'":                          {"Date value '2026-02-30' for field 'created' is invalid. " + formats},
		"cf[10010] > many":                                {"The value 'many' for field 'Story Points' is not a number."},
		"summary ~ '*low'":                                {"Unable to parse the text '*low' for field 'summary'."},
		"summary ~ 'a (b)'":                               {"Unable to parse the text 'a (b)' for field 'summary'."},
		`summary ~ '"open'`:                               {`Unable to parse the text '"open' for field 'summary'.`},
		`summary ~ 'end\\'`:                               {`Unable to parse the text 'end\' for field 'summary'.`},
		"summary ~ 'a - b'":                               {"Unable to parse the text 'a - b' for field 'summary'."},
		"order by labels":                                 {"Not able to sort using field 'labels'."},
		"order by mood":                                   {"Field 'mood' does not exist or you do not have permission to view it."},
		"order by key, key, key, key, key, key, key, key": {"The query is ordered by 8 fields; at most 7 are allowed."},
	} {
		keys, messages := search(text)
		if diff := cmp.Diff(want, messages); diff != "" {
			t.Errorf("%.100q finds %v (-want +got):\n%s", text, keys, diff)
		}
	}
}

func TestMistakesAreBounded(t *testing.T) {
	t.Parallel()
	text := "a = 1"
	for i := range 1000 {
		text += " or field" + strconv.Itoa(i) + " = 1"
	}
	if _, messages := search(text); len(messages) != 100 {
		t.Errorf("%d mistakes are told, want 100", len(messages))
	}
}

func TestUnbounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, "order by key": true, "key = 1 order by key": false} {
		q, err := jql.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := jql.Unbounded(q) != ""; got != want {
			t.Errorf("%q is unbounded: %t, want %t", text, got, want)
		}
	}
}

// FuzzParse holds the parser to its promises: whatever it is given it ends in a query or an error, a
// query's text parses to the same query, and it can be compiled and asked.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`project = "PLAT" AND (status was not in (Done, "To Do") OR NOT summary ~ "\"a b\" -c*") ORDER BY created DESC, key`,
		"cf[10010] >= -3 and assignee in (currentUser(), EMPTY) && ! labels is null", `a = b\u0020c\\`, "created > startOfWeek('-1w')",
		`"not" != 'or' | x !~ "\t\n\r\'"`, "((((a=1))))", "not not a in ((1),(2))",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := jql.Parse(text)
		if err != nil {
			return
		}
		again, err := jql.Parse(q.String())
		if err != nil {
			t.Fatalf("%q is spelled %q, which does not parse: %v", text, q, err)
		}
		if diff := cmp.Diff(q, again); diff != "" {
			t.Errorf("%q is spelled %q (-first +again):\n%s", text, q, diff)
		}
		if plan, _ := jql.Compile(q, environment()); plan != nil {
			for _, i := range issues {
				plan.Match(i)
				plan.Compare(i, issues[0])
			}
		}
	})
}
