package confluence_test

import (
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/tooltest"
)

func TestTools(t *testing.T) {
	t.Parallel()
	tooltest.Run(t, confluence.Kit)
}
