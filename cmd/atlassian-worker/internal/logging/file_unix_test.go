//go:build unix

package logging_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
)

// What could stand still is no file for lines that are waited for.
func TestPipesAreNoFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := logging.OpenFile(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}
