package mcp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker/mcp"
)

// asked are the lines of a client that calls one tool and leaves.
const asked = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"Jira_WhoAmI","arguments":{}}}
`

// onStreams is a server whose calls reach an upstream.
func onStreams(t *testing.T, upstream http.Handler) *mcp.Server {
	t.Helper()
	service := httptest.NewServer(upstream)
	t.Cleanup(service.Close)
	catalog, err := tools.New(tools.Config{AtlassianURL: service.URL})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mcp.New(catalog, mcp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

type output struct{ bytes.Buffer }

func (*output) Close() error { return nil }

// What was asked before the input ended is answered, however long it takes.
func TestTheLastRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	server := onStreams(t, sandbox.New(sandbox.Options{Latency: 100 * time.Millisecond}))
	var out output
	if err := server.Run(t.Context(), tool.NewToken("sandbox"), io.NopCloser(strings.NewReader(asked)), &out); err != nil {
		t.Fatal(err)
	}
	answers := out.String()
	if strings.Count(answers, "\n") != 2 || !strings.Contains(answers, "Ada Moreau") {
		t.Fatal(answers)
	}
}

// The calls that run when the server is ended are answered, and nothing else is
// waited for: the input is open still, or its end is being held back.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	open, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	go func() { _, _ = io.WriteString(w, asked) }()
	for name, tt := range map[string]struct {
		in   io.Reader
		want error
	}{"open": {open, context.Canceled}, "at its end": {strings.NewReader(asked), nil}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			called, answer := make(chan struct{}, 1), make(chan struct{})
			server := onStreams(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				select {
				case called <- struct{}{}:
				default:
				}
				<-answer
				w.WriteHeader(http.StatusNotFound)
			}))
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			var out output
			go func() {
				ended <- server.Run(ctx, tool.NewToken("sandbox"), io.NopCloser(tt.in), &out)
			}()
			<-called
			cancel()
			close(answer)
			if err := <-ended; !errors.Is(err, tt.want) || strings.Count(out.String(), "\n") != 2 {
				t.Fatalf("ended with %v after %s", err, out.String())
			}
		})
	}
}

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (broken) Close() error              { return nil }

// A client that is gone needs no answers.
func TestRunEndsWithoutAReader(t *testing.T) {
	t.Parallel()
	server := onStreams(t, sandbox.New(sandbox.Options{}))
	// The input stays open: only the output tells that the client is gone.
	in, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	go func() { _, _ = io.WriteString(w, asked) }()
	if err := server.Run(t.Context(), tool.NewToken("sandbox"), in, broken{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
}
