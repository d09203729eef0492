package worker

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener that is given its connections.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, io.EOF
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return nil }

// A stranger's connection makes room for a new one after it was waited for, and
// not because the worker has not come to read from it.
func TestConnectionsThatAreNotReadYetAreKept(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]bool{"read from": true, "not yet": false} {
		synctest.Test(t, func(t *testing.T) {
			in := make(pipes, 2)
			var open atomic.Int64
			onLane := 0
			f := newFront(in, 1, &open, newLane(1, func(net.Conn) { onLane++ }))
			own, theirs := net.Pipe()
			t.Cleanup(func() { _ = theirs.Close() })
			in <- own
			first, err := f.Accept()
			if err != nil {
				t.Fatal(err)
			}
			f.connState(first, http.StateNew)
			if reads {
				go func() {
					_, _ = first.Read(make([]byte, 1))
					f.connState(first, http.StateClosed)
				}()
			}
			<-time.After(strangerPatience + time.Second)
			another, _ := net.Pipe()
			in <- another
			close(in)
			second, err := f.Accept()
			synctest.Wait()
			if made := err == nil && second != nil; made != reads || onLane == 1 == reads {
				t.Errorf("%s: the next has a place: %t, %d on the lane; %v", name, made, onLane, err)
			}
			_ = first.Close()
		})
	}
}

// When the lane is closed nobody waits for a place on it any more, and hanging up
// ends those that have one.
func TestTheLaneEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		readAll := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
		l := newLane(1, readAll)
		ended := make(chan string, 2)
		connect := func(name string) net.Conn {
			own, theirs := net.Pipe()
			go func() {
				readAll(theirs)
				ended <- name
			}()
			return own
		}
		begin := time.Now()
		l.take(connect("open"))
		go func() {
			l.take(connect("waiting"))
			ended <- "taken"
		}()
		synctest.Wait()
		l.close()
		l.close() // whoever accepts and whoever serves may both do so
		if first, second := <-ended, <-ended; first+second != "waitingtaken" && first+second != "takenwaiting" || time.Since(begin) != 0 {
			t.Errorf("%s and %s ended after %s", first, second, time.Since(begin))
		}
		l.hangUp()
		if last := <-ended; last != "open" || time.Since(begin) != 0 {
			t.Errorf("%s ended last, after %s", last, time.Since(begin))
		}
		synctest.Wait()
		if l.ifFull() != nil {
			t.Error("there is a connection on it still")
		}
	})
}
