package jira_test

import (
	"testing"

	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/tooltest"
)

func TestTools(t *testing.T) {
	t.Parallel()
	tooltest.Run(t, jira.Kit)
}
