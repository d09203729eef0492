package logging_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
)

// gate is a writer that blocks until it is opened, and fails while it is broken.
type gate struct {
	open    chan struct{}
	broken  error
	written bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	if g.broken != nil {
		return 0, g.broken
	}
	return g.written.Write(p)
}

func print(t *testing.T, w io.Writer, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if n, err := fmt.Fprintf(w, "{\"line\":%d}\n", i); err != nil || n == 0 {
			t.Fatalf("line %d: %d, %v", i, n, err)
		}
	}
}

func TestLinesArriveInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		close(g.open)
		w := logging.NewWriter(g)
		print(t, w, 0, 1000)
		w.Close(time.Hour)
		var want strings.Builder
		print(t, &want, 0, 1000)
		if g.written.String() != want.String() || w.Dropped() != 0 {
			t.Errorf("%d dropped, wrote %.200s", w.Dropped(), g.written.String())
		}
	})
}

// While nothing can be written, nobody waits; afterwards the first lines are there,
// and a line that says how many are not.
func TestABlockedWriterDropsAndSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		w := logging.NewWriter(g)
		print(t, w, 0, 1)
		synctest.Wait() // until the first is being written
		print(t, w, 1, 10_000)
		const kept = 4096 + 1
		if got := w.Dropped(); got != 10_000-kept {
			t.Errorf("%d dropped", got)
		}
		close(g.open)
		synctest.Wait()
		print(t, w, 10_000, 10_001)
		w.Close(time.Hour)
		lines := strings.Split(strings.TrimSpace(g.written.String()), "\n")
		if len(lines) != kept+2 || lines[0] != `{"line":0}` || lines[kept] != `{"line":4096}` || lines[kept+1] != `{"line":10000}` {
			t.Fatalf("%d lines: %.300s", len(lines), lines)
		}
		if want := fmt.Sprintf(`{"level":"warn","dropped":%d,"time":`, 10_000-kept); !strings.HasPrefix(lines[1], want) {
			t.Errorf("said %s", lines[1])
		}
	})
}

// Large lines are no way to take more memory.
func TestLinesAreBoundedInBytesToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		w := logging.NewWriter(g)
		for range 10 {
			_, _ = w.Write(make([]byte, 1<<20))
			synctest.Wait()
		}
		if got := w.Dropped(); got != 5 { // one is being written, four are held
			t.Errorf("%d dropped", got)
		}
		close(g.open)
		synctest.Wait()
		print(t, w, 0, 1) // there is room again
		w.Close(time.Hour)
		if !strings.Contains(g.written.String(), `{"line":0}`) || w.Dropped() != 5 {
			t.Errorf("afterwards a line is lost: %d dropped", w.Dropped())
		}
		if got := g.written.Len(); got < 5<<20 || got > 5<<20+1000 {
			t.Errorf("wrote %d bytes", got)
		}
	})
}

func TestLinesThatCannotBeWrittenAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{}), broken: errors.New("broken pipe")}
		close(g.open)
		w := logging.NewWriter(g)
		print(t, w, 0, 5)
		synctest.Wait()
		if got := w.Dropped(); got != 5 {
			t.Errorf("%d dropped", got)
		}
		g.broken = nil
		print(t, w, 5, 6)
		w.Close(time.Hour)
		if got := g.written.String(); !strings.HasPrefix(got, "{\"line\":5}\n{\"level\":\"warn\",\"dropped\":5,") {
			t.Errorf("wrote %s", got)
		}
	})
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		w := logging.NewWriter(g)
		print(t, w, 0, 3)
		begin := time.Now()
		w.Close(time.Second)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %s", took)
		}
		close(g.open)
		w.Close(time.Second) // a second time does no harm
		print(t, w, 3, 4)
	})
}
