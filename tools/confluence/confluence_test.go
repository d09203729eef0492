package confluence_test

import (
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassiantest"
)

func TestTools(t *testing.T) {
	t.Parallel()
	atlassiantest.Run(t, confluence.Kit)
}
