package tooltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Exchange is one request as it reached the service, and the answer.
type Exchange struct {
	Method       string
	Path, Query  string // as sent: escaped
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
	Scripted     bool // answered by the case's script instead of the service
}

// key tells requests apart; the same request sent again has the same key.
func (x *Exchange) key() string {
	return x.Method + " " + x.uri() + "\n" + summary(x.Header.Get("Content-Type"), x.Body)
}

func (x *Exchange) uri() string {
	if x.Query == "" {
		return x.Path
	}
	return x.Path + "?" + x.Query
}

// String is the exchange as scenarios record it: a line, and the request's body
// indented below.
func (x *Exchange) String() string {
	line := fmt.Sprintf("%s %s %d", x.Method, x.uri(), x.Status)
	if body := summary(x.Header.Get("Content-Type"), x.Body); body != "" {
		line += "\n  " + strings.ReplaceAll(body, "\n", "\n  ")
	}
	return line
}

// summary describes a body for people: JSON in full with sorted members, and
// of everything else what it is and a digest of its bytes.
func summary(contentType string, body []byte) string {
	if len(body) == 0 {
		return ""
	}
	media, params, _ := mime.ParseMediaType(contentType)
	if v := slices.Clone(jsontext.Value(body)); strings.HasSuffix(media, "json") &&
		v.Format(jsontext.ReorderRawObjects(true), jsontext.Multiline(true), jsontext.WithIndent("  ")) == nil {
		return string(v)
	}
	if !strings.HasPrefix(media, "multipart/") {
		return digest(media, body)
	}
	lines := []string{media}
	for r := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err != nil {
			return strings.Join(lines, "\n")
		}
		content, _ := io.ReadAll(part) // a cut part shows as another digest
		line := fmt.Sprintf("%s: %s", part.FormName(), digest(part.Header.Get("Content-Type"), content))
		if name := part.FileName(); name != "" {
			line += fmt.Sprintf(" %q", name)
		}
		lines = append(lines, line)
	}
}

func digest(media string, body []byte) string {
	sum := sha256.Sum256(body)
	return strings.TrimSpace(fmt.Sprintf("%s %d bytes %s", media, len(body), hex.EncodeToString(sum[:6])))
}

// upstream is the service as one run reaches it. It remembers exchanges and
// gives requests of one moment a fixed order.
type upstream struct {
	mu        sync.Mutex
	service   http.Handler
	script    *script
	exchanges []*Exchange
	arrived   map[time.Time][]string
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client gave up
	}
	x := &Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body}
	if !u.turn(r.Context(), x.key()) {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	u.mu.Lock()
	u.exchanges = append(u.exchanges, x)
	service, scripted := u.service, u.script.answer(x)
	u.mu.Unlock()
	if scripted != nil {
		x.Scripted, service = true, scripted
	}
	answered := &answerWriter{ResponseWriter: w, status: http.StatusOK}
	service.ServeHTTP(answered, r)
	x.Status, x.AnswerHeader, x.Answer = answered.status, maps.Clone(w.Header()), answered.body.Bytes()
}

// turn waits until it is the request's turn: a moment for all that were sent
// at the same time to arrive, and then one after the other in the order of
// their keys. In simulated time requests are sent at the same time exactly when
// the tool does not wait for one before it sends the other.
func (u *upstream) turn(ctx context.Context, key string) bool {
	now := time.Now()
	u.mu.Lock()
	rank := len(u.arrived[now]) // tells equal requests apart
	u.arrived[now] = append(u.arrived[now], key)
	u.mu.Unlock()
	if !wait(ctx, time.Millisecond) {
		return false
	}
	u.mu.Lock()
	keys := u.arrived[now]
	place := 0
	for i, other := range keys {
		if other < key || other == key && i < rank {
			place++
		}
	}
	u.mu.Unlock()
	return wait(ctx, time.Duration(place)*time.Microsecond)
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answerWriter remembers an answer while it is written.
type answerWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.body.Write(p)
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
