package worker

import (
	"bufio"
	"bytes"
	"container/list"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The times of a connection on the lane.
const (
	// laneTime is how long it is safe from being closed for another one. Who asks
	// about the worker's health sends the request at once.
	laneTime = 250 * time.Millisecond
	// laneLimit is the most that it may take.
	laneLimit = 2 * time.Second
)

// lane has the connections over the limit. Each is answered once, by a goroutine
// of its own that does as little as it can, so that many at once do not keep those
// waiting who ask about the worker's health. When there are as many as may be, the
// others wait in the system's queue until one ends or has had its time.
type lane struct {
	limit  int
	answer func(net.Conn)
	once   sync.Once
	closed chan struct{}

	mu   sync.Mutex
	open list.List // of *laneConn, the oldest first
	gone chan struct{}
}

// laneConn is a connection on the lane.
type laneConn struct {
	net.Conn
	since time.Time
}

func newLane(limit int, answer func(net.Conn)) *lane {
	return &lane{limit: limit, answer: answer, closed: make(chan struct{}), gone: make(chan struct{}, 1)}
}

// close ends the taking of connections. Those that are open end by themselves.
func (l *lane) close() { l.once.Do(func() { close(l.closed) }) }

// hangUp closes the connections that are open.
func (l *lane) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.open.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*laneConn).Close() //nolint:forcetypeassert // nothing else is in it
	}
}

// take has a connection answered, and waits for a place on the lane before.
func (l *lane) take(c net.Conn) {
	for oldest := l.ifFull(); oldest != nil; oldest = l.ifFull() {
		patience := time.NewTimer(time.Until(oldest.since.Add(laneTime)))
		select {
		case <-l.gone:
		case <-patience.C:
			_ = oldest.Close() // it has said nothing, or not taken its answer
			<-l.gone           // its goroutine notices
		case <-l.closed:
			patience.Stop()
			_ = c.Close() // nothing was said on it
			return
		}
		patience.Stop()
	}
	conn := &laneConn{Conn: c, since: time.Now()}
	l.mu.Lock()
	place := l.open.PushBack(conn)
	l.mu.Unlock()
	go func() {
		l.answer(c)
		_ = c.Close() // again, perhaps
		l.mu.Lock()
		l.open.Remove(place)
		l.mu.Unlock()
		select {
		case l.gone <- struct{}{}:
		default: // that one went is known already
		}
	}()
}

// ifFull is the oldest connection if there are as many as may be.
func (l *lane) ifFull() *laneConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open.Len() < l.limit {
		return nil
	}
	return l.open.Front().Value.(*laneConn) //nolint:forcetypeassert // nothing else is in it
}

// answerOnLane reads one request and answers it. It is not net/http's server that
// does, which takes several times as long.
func (s *Server) answerOnLane(c net.Conn) {
	if c.SetDeadline(time.Now().Add(laneLimit)) != nil {
		return // it is closed already
	}
	peer := c.RemoteAddr().String()
	if s.options.TLS != nil {
		c = tls.Server(c, s.options.TLS)
	}
	r, err := http.ReadRequest(bufio.NewReaderSize(&io.LimitedReader{R: c, N: maxHeader}, 2<<10))
	if err != nil {
		return // nobody who can be answered
	}
	status, body, header := http.StatusServiceUnavailable, s.tooManyConnections, http.Header{"Retry-After": {strconv.Itoa(retryAfter)}}
	if r.Method == http.MethodGet && r.URL.Path == PathHealth {
		status, body = s.healthAnswer()
		header = http.Header{}
	} else {
		s.telemetry.refused(r.Context(), refusedConnections)
		s.logRefusal(refusedConnections, peer, r.URL.Path, s.tooManyConnectionsText())
	}
	header.Set("Content-Type", "application/json")
	answer := http.Response{
		ProtoMajor: 1, ProtoMinor: 1, Request: r, Close: true, StatusCode: status,
		Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
	var whole bytes.Buffer
	if answer.Write(&whole) != nil { // which a buffer takes
		return
	}
	if _, err := c.Write(whole.Bytes()); err != nil {
		return // nobody is there any more
	}
	if r.ContentLength != 0 {
		takeUnread(c, r.Body)
	}
}

// takeUnread reads what comes still of a request that is answered, as far as that
// is worth it: the system resets a connection that is closed before, and with it
// takes back an answer that was not read yet.
func takeUnread(c net.Conn, body io.Reader) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // if it fails, so does reading
	}
	_ = c.SetReadDeadline(time.Now().Add(unreadBody)) // the same
	_, _ = io.Copy(io.Discard, body)                  // whatever comes
}

func (s *Server) tooManyConnectionsText() string {
	return fmt.Sprintf("The worker has as many connections as it takes on at a time (%d). "+
		"Nothing was done; repeat the request after a second.", s.options.MaxConnections)
}
