package jira

import (
	"errors"
	"net/http"
	"slices"

	"arcade-atlassian/tools/internal/atlassian"
)

// priorityScheme is a priority scheme as Jira sends it. Either flag may be
// there (facts §10).
type priorityScheme struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	IsDefault   bool   `json:"isDefault"`
	Default     bool   `json:"default"`
}

// Check holds that there is a scheme.
func (p priorityScheme) Check() error {
	if p.ID == "" || p.Name == "" {
		return errors.New("a priority scheme without id or name")
	}
	return nil
}

// schemePage is a page of what schemes are asked for.
type schemePage[T checked] struct {
	Values []T   `json:"values"`
	IsLast *bool `json:"isLast"`
	Total  *int  `json:"total"`
}

type checked interface{ Check() error }

// Check holds that there is a list, of the things it should have.
func (p schemePage[T]) Check() error {
	if p.Values == nil {
		return errors.New("a page without values")
	}
	for _, v := range p.Values {
		if err := v.Check(); err != nil {
			return err
		}
	}
	return nil
}

// first is the page without what is more than was asked for.
func (p schemePage[T]) first(limit int) schemePage[T] {
	if len(p.Values) > limit {
		p.Values, p.IsLast = p.Values[:limit], new(false)
	}
	return p
}

// readSchemes is the scope of everything about schemes. There is another one,
// that of administering Jira, and it helps as little: only administrators see
// schemes (facts §10).
const readSchemes = "read:priority-scheme:jira"

// explainScheme says that it takes an administrator where Jira may have refused
// for that. It answers 401, 403 or 404 then (facts §10), always in its own
// words, which the gateway's refusals do not have.
func explainScheme(err error) error {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if !ok || len(refused.Messages) == 0 || !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, refused.Status) {
		return err
	}
	told := refused.ToolError()
	if refused.Status == http.StatusNotFound {
		told.Message += " Only administrators of Jira can see priority schemes."
	} else {
		told.Message = "Only administrators of Jira can see priority schemes, and this user is none. Atlassian says: " + clean(refused.Messages[0])
	}
	told.Prompt = "An administrator of Jira can call this. For the priorities of one project or issue call ListPrioritiesAvailableToAProject or ListPrioritiesAvailableToAnIssue, which need none."
	return told
}
