package logging_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
)

func open(t *testing.T, path string) *logging.File {
	t.Helper()
	f, err := logging.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Two processes may write to one file, and one of them in several goroutines:
// no line is lost and none is torn.
func TestFilesAreShared(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	one, other := open(t, path), open(t, path)
	var wg sync.WaitGroup
	for writer := range 8 {
		wg.Go(func() {
			f := one
			if writer%2 == 0 {
				f = other
			}
			for i := range 200 {
				print(t, f, writer*200+i, writer*200+i+1)
			}
		})
	}
	wg.Wait()
	lines := map[string]bool{}
	for line := range strings.Lines(content(t, path)) {
		lines[line] = true
	}
	for i := range 1600 {
		if !lines[fmt.Sprintf("{\"line\":%d}\n", i)] {
			t.Fatalf("line %d is not there", i)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || len(lines) != 1600 {
		t.Errorf("%d lines, %v, %v", len(lines), info.Mode(), err)
	}
}

func TestFilesAreReopened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	f := open(t, path)
	print(t, f, 0, 1)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	print(t, f, 1, 2)
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	print(t, f, 2, 3)
	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err == nil {
		t.Error("a directory is opened")
	}
	print(t, f, 3, 4)
	const first, second = "{\"line\":0}\n{\"line\":1}\n", "{\"line\":2}\n{\"line\":3}\n"
	if got, next := content(t, path+".1"), content(t, path+".2"); got != first || next != second {
		t.Errorf("got %q, then %q", got, next)
	}
}
