// Package logging writes log lines so that nobody waits for whoever reads them.
package logging

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// What a Writer holds while nobody reads. A line has some 300 bytes.
const (
	maxLines = 4096
	maxBytes = 4 << 20
)

// Writer hands lines to another writer, which may block or fail: a pipe that
// nobody reads, a terminal that stands still, a full disk. It keeps the lines of a
// short while, drops and counts what comes after that, and says in a line of its
// own how many were dropped as soon as writing works again.
//
// zerolog's diode does nearly that. But it reports collisions through the
// standard logger, which writes to the same pipe and blocks there, its Close waits
// for ever, and it bounds how many lines it holds, not how large they are.
type Writer struct {
	to      io.Writer
	lines   chan []byte
	held    atomic.Int64 // bytes in lines
	dropped atomic.Int64
	told    int64 // of dropped, in a line
	close   sync.Once
	closing chan struct{}
	done    chan struct{}
}

// NewWriter returns a Writer of lines to another one, which it alone may use from
// now on. Close ends it.
func NewWriter(to io.Writer) *Writer {
	w := &Writer{
		to: to, lines: make(chan []byte, maxLines),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	go w.write()
	return w
}

// Write keeps a line to be written, or drops it. It neither waits nor fails.
func (w *Writer) Write(line []byte) (int, error) {
	size := int64(len(line))
	if w.held.Add(size) > maxBytes {
		w.drop(size)
		return len(line), nil
	}
	select {
	case w.lines <- slices.Clone(line): // the logger uses its memory again
	default:
		w.drop(size)
	}
	return len(line), nil
}

func (w *Writer) drop(size int64) {
	w.held.Add(-size)
	w.dropped.Add(1)
}

// Dropped is how many lines were lost so far.
func (w *Writer) Dropped() int64 { return w.dropped.Load() }

// Close waits until the lines that are held are written, but no longer than
// limit, and returns how many are left. Lines that are written to it later may be
// lost.
func (w *Writer) Close(limit time.Duration) (left int64) {
	w.close.Do(func() { close(w.closing) })
	select {
	case <-w.done:
		return 0
	case <-time.After(limit):
		return int64(len(w.lines)) + 1 // which is being written
	}
}

func (w *Writer) write() {
	defer close(w.done)
	for {
		select {
		case line := <-w.lines:
			w.pass(line)
		case <-w.closing:
			for {
				select {
				case line := <-w.lines:
					w.pass(line)
				default:
					return
				}
			}
		}
	}
}

// pass writes a line, and how many were dropped before it.
func (w *Writer) pass(line []byte) {
	w.held.Add(-int64(len(line)))
	if _, err := w.to.Write(line); err != nil {
		w.dropped.Add(1)
		return
	}
	if dropped := w.dropped.Load(); dropped > w.told {
		var report bytes.Buffer
		log := zerolog.New(&report).With().Timestamp().Logger()
		log.Warn().Int64("dropped", dropped-w.told).Msg("log lines were dropped, because they could not be written")
		if _, err := w.to.Write(report.Bytes()); err == nil {
			w.told = dropped
		}
	}
}
