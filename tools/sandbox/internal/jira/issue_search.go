package jira

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // dates of a query are the user's, wherever the sandbox runs

	"arcade-atlassian/tools/sandbox/internal/jql"
	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/search/jql":  searchIssuesByQuery,
	"POST /rest/api/3/search/jql": searchIssuesByBody,
})

type searchPage struct {
	Issues        []any  `json:"issues"`
	NextPageToken string `json:"nextPageToken,omitzero"`
	IsLast        bool   `json:"isLast"`

	Names  map[string]string      `json:"names,omitzero"`
	Schema map[string]fieldSchema `json:"schema,omitzero"`
}

// issueSearch is a question for issues. It has a member for everything that the operation knows.
type issueSearch struct {
	JQL             string   `json:"jql"`
	MaxResults      *int64   `json:"maxResults"`
	NextPageToken   string   `json:"nextPageToken"`
	Fields          []string `json:"fields"`
	FieldsByKeys    bool     `json:"fieldsByKeys"`
	Expand          string   `json:"expand"`
	Properties      []string `json:"properties"`
	ReconcileIssues []int64  `json:"reconcileIssues"`
}

// searchIssuesByBody answers POST /rest/api/3/search/jql.
func searchIssuesByBody(c *service.Call) service.Reply {
	var in issueSearch
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	return searchIssues(c, in)
}

// searchIssuesByQuery answers GET /rest/api/3/search/jql, which is the same with everything in the address.
func searchIssuesByQuery(c *service.Call) service.Reply {
	params := c.Params()
	limit := params.Integer("maxResults", listedIssues, math.MinInt64, math.MaxInt64)
	in := issueSearch{
		JQL: c.Query.Get("jql"), MaxResults: &limit, NextPageToken: c.Query.Get("nextPageToken"),
		Fields: params.List("fields", math.MaxInt), Expand: c.Query.Get("expand"),
	}
	if params.Failed() {
		return params.BadRequest(c)
	}
	return searchIssues(c, in)
}

// listedIssues are on a page that is not told how many it shall have.
const listedIssues = 50

// searchIssues answers in pages by token, without a total, and with nothing but ids unless fields are
// named (facts §3).
func searchIssues(c *service.Call, in issueSearch) service.Reply {
	limit := listedIssues
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > 5000 {
			return c.Refuse(http.StatusBadRequest, "The maxResults value must be between 1 and 5000.")
		}
		limit = int(*in.MaxResults)
	}
	q, err := jql.Parse(in.JQL)
	if err != nil {
		return c.Refuse(http.StatusBadRequest, err.Error())
	}
	if message := jql.Unbounded(q); message != "" {
		return c.Refuse(http.StatusBadRequest, message)
	}
	plan, messages := jql.Compile(q, issueEnvironment(c))
	if messages != nil {
		return c.Refuse(http.StatusBadRequest, messages...)
	}
	from, ok := openToken(in.NextPageToken, in.JQL)
	if !ok {
		return c.Refuse(http.StatusBadRequest, "The nextPageToken is not valid.")
	}
	// The newest come first where the query does not say.
	found := seenIssues(c, plan.Match)
	slices.Reverse(found)
	slices.SortStableFunc(found, plan.Compare)

	from = min(from, len(found))
	to := from + min(limit, len(found)-from)
	page := searchPage{Issues: []any{}, IsLast: to == len(found)}
	if !page.IsLast {
		page.NextPageToken = newToken(to, in.JQL)
	}
	expand := strings.Split(in.Expand, ",")
	for _, i := range found[from:to] {
		if len(in.Fields) == 0 || slices.Equal(in.Fields, []string{"id"}) {
			page.Issues = append(page.Issues, map[string]string{"id": service.Decimal(i.ID)})
			continue
		}
		page.Issues = append(page.Issues, viewIssue(c, i, in.Fields, filter(expand, func(part string) bool { return part == "renderedFields" })))
	}
	page.Names, page.Schema = describeFields(c.Site, expand, func(f *issueField) bool { return f.wanted(in.Fields) })
	return service.OK(page)
}

// newToken is good for the same query only.
func newToken(from int, text string) string {
	return base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(from) + ":" + fingerprint(text)))
}

// openToken is where the page of a token begins; without a token it is the first.
func openToken(token, text string) (int, bool) {
	if token == "" {
		return 0, true
	}
	raw, err := base64.URLEncoding.DecodeString(token)
	at, question, found := strings.Cut(string(raw), ":")
	from, numberErr := strconv.Atoi(at)
	return from, err == nil && found && numberErr == nil && from > 0 && question == fingerprint(text)
}

// fingerprint tells one query from another.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// issueEnvironment is what JQL knows on a site.
func issueEnvironment(c *service.Call) query.Environment[*issue] {
	functions := sprintFunctions(c)
	functions["currentuser"] = func(args []string) ([]string, error) {
		if len(args) > 0 {
			return nil, errors.New("none are expected")
		}
		return []string{c.User.Handle}, nil
	}
	return query.Environment[*issue]{
		Field:     func(name string) *query.Field[*issue] { return issueQueryField(c, strings.ToLower(name)) },
		Functions: functions,
		Clock:     query.Clock{Now: c.State.Now().In(location(c))},
	}
}

// location is the user's time zone, in which dates are read (facts §8).
func location(c *service.Call) *time.Location {
	l, err := time.LoadLocation(c.User.TimeZone)
	if err != nil {
		return time.UTC
	}
	return l
}

// issueQueryField finds a field by its name in lower case. Besides the fields that answers show there
// are the key and the text of everything.
func issueQueryField(c *service.Call, name string) *query.Field[*issue] {
	switch name {
	case "key", "issuekey", "issue", "id":
		key := func(i *issue) string { return issueKey(c.Site, i) }
		return &query.Field[*issue]{
			Name:   name,
			Values: func(i *issue) []string { return []string{key(i)} },
			Resolve: func(v query.Value) []string {
				i := issueNamed(c, v.Text)
				if i == nil {
					return nil
				}
				return []string{key(i)}
			},
			Compare: func(a, b *issue) int {
				if a.Project != b.Project {
					return strings.Compare(key(a), key(b))
				}
				return int(a.Number - b.Number)
			},
		}
	case "text":
		return &query.Field[*issue]{Name: name, Texts: func(i *issue) []string { return append(documentTexts(i.Description), i.Summary) }}
	}
	for _, f := range fieldsOf(c.Site) {
		if f.search != nil && (strings.EqualFold(f.name, name) || slices.Contains(f.aliases, name)) {
			field := f.search(c)
			field.Name = name
			return &field
		}
	}
	return nil
}
