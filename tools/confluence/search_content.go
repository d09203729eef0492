package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

type searchContentIn struct {
	All   []string `json:"must_contain_all,omitzero" jsonschema:"format=name,minLength=1,maxItems=20,maxLength=255" doc:"What has to be there, all of it: words in any order, or a phrase in double quotes."`
	Any   []string `json:"can_contain_any,omitzero" jsonschema:"format=name,minLength=1,maxItems=20,maxLength=255" doc:"Likewise, but one of them is enough."`
	Fuzzy bool     `json:"enable_fuzzy,omitzero" jsonschema:"default=true" doc:"Also find words similar to an item of one word."`
	CQL   string   `json:"cql,omitzero" jsonschema:"format=name,maxLength=5000" doc:"CQL that has to hold too: space = ENG AND lastmodified > now(\"-4w\") ORDER BY lastmodified DESC. Only pages and blog posts are found unless it has a type."`
	Limit int      `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=25" doc:"Results per page."`
	Token string   `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"Of the page before, with otherwise the same inputs."`
	onSite
}

// Check refuses what cannot find anything, before anything is asked.
func (in searchContentIn) Check() error {
	var errs []error
	checkTerms := func(param string, terms []string) {
		for i, term := range terms {
			if termCQL(term, in.Fuzzy) == "" {
				errs = append(errs, tool.BadInput(fmt.Sprintf("%s[%d]", param, i), "holds no word", "Give words of letters or digits."))
			}
		}
	}
	checkTerms("must_contain_all", in.All)
	checkTerms("can_contain_any", in.Any)
	query, err := readCQL(in.CQL)
	errs = append(errs, err)
	if len(in.All) == 0 && len(in.Any) == 0 && query.where == "" && err == nil {
		errs = append(errs, &tool.Error{
			Kind: tool.KindBadInput, Status: http.StatusBadRequest,
			Message:   "Invalid input: nothing to search for is given.",
			Developer: "Input validation failed: <root>[value_error]",
			Prompt:    "Give at least one of must_contain_all, can_contain_any and cql. ListPages lists pages without searching.",
		})
	}
	return errors.Join(errs...)
}

// query is the whole query. What it begins with is never a negation, which
// Confluence would refuse (facts §14).
func (in searchContentIn) query() (string, error) {
	given, err := readCQL(in.CQL)
	if err != nil {
		return "", err
	}
	var conditions []string
	if !given.typed {
		conditions = append(conditions, "type in (page, blogpost)")
	}
	for _, term := range in.All {
		conditions = append(conditions, termCQL(term, in.Fuzzy))
	}
	var either []string
	for _, term := range in.Any {
		either = append(either, termCQL(term, in.Fuzzy))
	}
	if len(either) > 0 {
		conditions = append(conditions, anyCQL(either))
	}
	if given.where != "" {
		conditions = append(conditions, "("+given.where+")")
	}
	return strings.TrimSpace(strings.Join(conditions, " AND ") + " " + given.order), nil
}

type searchContentOut struct {
	Results     []foundView      `json:"results" doc:"What was found, the best first unless cql has an order."`
	CQL         string           `json:"cql" doc:"The query that was made of the inputs."`
	Approximate *int             `json:"approximate_total,omitzero" doc:"About how many there are in all, by Confluence's own count."`
	Notes       []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
	Pagination  shape.Pagination `json:"pagination" doc:"Which page of the results this is."`
	Token       string           `json:"pagination_token,omitzero" doc:"The token of the next page, if there is one."`
}

var _ = add(tool.Spec{
	Name:    "SearchContent",
	Doc:     "Search Confluence by words, CQL or both, a page at a time.",
	Returns: "What was found, with an excerpt, its space and its address.",
	Uses:    uses{search},
}, func(ctx context.Context, s *atlassian.Site, in searchContentIn) (out searchContentOut, err error) {
	if out.CQL, err = in.query(); err != nil {
		return out, err
	}
	found, err := search.Do(ctx, s, searchQuery{out.CQL, in.Limit, in.Token})
	if err != nil {
		return out, in.explain(err)
	}
	if len(found.Results) > in.Limit {
		return out, tool.Undecodable(false)
	}
	if out.Token, err = found.Links.cursor(in.Token); err != nil {
		return out, err
	}
	out.Results = make([]foundView, len(found.Results))
	for i, row := range found.Results {
		out.Results[i] = viewFound(s, found.Links.Base, row)
	}
	if len(found.Results) == 0 && in.Token == "" {
		out.Notes = in.notes()
	}
	out.Approximate = found.TotalSize
	out.Pagination = shape.ByToken(in.Limit, len(found.Results), out.Token)
	return out, nil
})

// notes say why nothing was found that may be there all the same.
func (in searchContentIn) notes() []string {
	notes := []string{"What the user may not see is not found, nor what is archived, and what was written in the last minutes may not be found yet."}
	if given, err := readCQL(in.CQL); err == nil && !given.typed {
		notes = append(notes, "Only pages and blog posts were looked for: files are with cql type = attachment, spaces with type = space.")
	}
	return notes
}

// explain says how to mend a query that Confluence refuses.
func (in searchContentIn) explain(err error) error {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if in.Token != "" || in.CQL == "" || !ok || refused.Status != http.StatusBadRequest {
		return explainToken(in.Token, err)
	}
	told := refused.ToolError()
	told.Prompt = "Correct cql and call again. Put values into double quotes. Fields are space (a key), type, title, text, label, creator, contributor, " +
		"created, lastmodified, ancestor, parent and id; people are account IDs or currentUser()."
	return told
}
