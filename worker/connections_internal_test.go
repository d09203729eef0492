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
