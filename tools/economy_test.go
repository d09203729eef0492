package tools_test

import (
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/tooltest"
)

// make economy prints the table.
func TestEconomy(t *testing.T) {
	t.Parallel()
	tooltest.Economy(t, "testdata/economy.txt", []string{"jira", "confluence"},
		map[string]*atlassian.Kit{"jira": jira.Kit, "confluence": confluence.Kit})
}
