package tools_test

import (
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassiantest"
	"arcade-atlassian/tools/jira"
)

// make economy prints the table.
func TestEconomy(t *testing.T) {
	t.Parallel()
	atlassiantest.Economy(t, "testdata/economy.txt", []string{"jira", "confluence"}, jira.Kit, confluence.Kit)
}
