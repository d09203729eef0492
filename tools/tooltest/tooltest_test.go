package tooltest_test

import (
	"testing"

	"arcade-atlassian/tools/tooltest"
)

// A toolkit of any service goes through the whole battery with two functions.
func TestForeignToolkit(t *testing.T) {
	t.Parallel()
	tooltest.Run(t, toolkit(notesKit()))
}
