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
