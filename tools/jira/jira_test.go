package jira_test

import (
	"testing"

	"arcade-atlassian/tools/internal/atlassiantest"
	"arcade-atlassian/tools/jira"
)

func TestTools(t *testing.T) {
	t.Parallel()
	atlassiantest.Run(t, jira.Kit)
}
