// Package mcp serves a tool catalog over the Model Context Protocol: on a pair
// of streams, or over HTTP beside the worker's own routes. Names, schemas,
// annotations and errors follow from the catalog's definitions.
package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
	"arcade-atlassian/worker/internal/audit"
	"arcade-atlassian/worker/internal/telemetry"
)

// TokenHeader carries the user's OAuth token of a request over HTTP.
const TokenHeader = worker.HeaderToken

// Options configure a Server. The zero value works.
type Options struct {
	// Version is the program's, told to clients.
	Version string
	// Log receives one line per call; the zero Logger discards.
	Log zerolog.Logger
	// Timeout bounds one call, worker.DefaultTimeout when zero.
	Timeout time.Duration
	// MaxBody bounds a request's body in bytes, worker.DefaultMaxBody of the catalog when zero.
	MaxBody int64
	// Audit is as in worker.Options.
	Audit io.Writer
	// TracerProvider and MeterProvider take the same spans and metrics of calls as
	// those of worker.Options; Environment labels them.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	Environment    string
}

// Server answers MCP clients.
type Server struct {
	options Options
	server  *mcp.Server
	calls   *telemetry.Calls
	audit   *audit.Log
	// token is the user's for all calls of a server on streams. Over HTTP each
	// request has its own.
	token tool.Token
}

// New prepares a server for a catalog. Its error is that a definition does not
// encode.
func New(c *tool.Catalog, o Options) (*Server, error) {
	if o.Timeout == 0 {
		o.Timeout = worker.DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = worker.DefaultMaxBody(c)
	}
	calls, err := telemetry.NewCalls(telemetry.Options{TracerProvider: o.TracerProvider, MeterProvider: o.MeterProvider, Environment: o.Environment})
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	auditLog, err := audit.New(o.Audit, o.Log, telemetry.Options{MeterProvider: o.MeterProvider}.Meter())
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, calls: calls, audit: auditLog, server: mcp.NewServer(
		&mcp.Implementation{Name: "atlassian-worker", Title: "Atlassian", Version: o.Version},
		&mcp.ServerOptions{
			Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
			PageSize:     len(c.Tools()) + 1, // some clients read the first page only
		},
	)}
	var errs []error
	for _, t := range c.Tools() {
		described, err := describe(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.FullName(), err))
			continue
		}
		s.server.AddTool(described, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return s.call(ctx, t, req), nil
		})
	}
	return s, errors.Join(errs...)
}

// Name is what a tool is called in MCP, whose clients do not take every
// character: Jira_ListProjects.
func Name(t *tool.Tool) string { return t.Toolkit.Name + "_" + t.Name }

// describe is a tool as MCP describes it.
func describe(t *tool.Tool) (*mcp.Tool, error) {
	input, err := t.InputSchema()
	if err != nil {
		return nil, err
	}
	output, err := t.OutputSchema()
	if err != nil {
		return nil, err
	}
	doc := t.Doc
	if t.Deprecated != "" {
		doc += " Deprecated: " + t.Deprecated
	}
	behavior := t.Definition.Metadata.Behavior
	described := &mcp.Tool{
		Name: Name(t), Title: t.FullName(), Description: doc + " Returns: " + t.Returns,
		InputSchema: input,
		Annotations: &mcp.ToolAnnotations{
			ReadOnlyHint:    behavior.ReadOnly,
			DestructiveHint: &behavior.Destructive,
			IdempotentHint:  behavior.Idempotent,
			OpenWorldHint:   &behavior.OpenWorld,
		},
	}
	if isObject(output) {
		described.OutputSchema = output
	}
	return described, nil
}

// isObject reports whether a schema is that of an object: clients of older
// versions of the protocol take structured content of no other type.
func isObject(schema jsontext.Value) bool {
	return strings.HasPrefix(string(schema), `{"type":"object"`)
}

// Run serves one client on a pair of streams until the input ends and what was
// asked is answered, or until ctx ends and the calls that run then are answered,
// which takes Options.Timeout at most. Every call acts with the token.
func (s *Server) Run(ctx context.Context, token tool.Token, in io.ReadCloser, out io.WriteCloser) error {
	s.token = token
	transport := &mcp.IOTransport{Reader: in, Writer: out, MaxLineLength: int(s.options.MaxBody)}
	return s.server.Run(context.WithoutCancel(ctx), answering{transport, ctx})
}

// idle is how long a session without requests is kept.
const idle = 10 * time.Minute

// Clients tell the version of the protocol that they speak in a header. From
// sessionless on, each request stands for itself and may reach another process
// than the one before.
const (
	versionHeader = "Mcp-Protocol-Version"
	sessionless   = "2026-07-28"
)

// Handler serves clients over HTTP. It authenticates nobody: that is up to what
// stands before it.
func (s *Server) Handler() http.Handler {
	server := func(*http.Request) *mcp.Server { return s.server }
	withSessions := mcp.NewStreamableHTTPHandler(server, &mcp.StreamableHTTPOptions{
		SessionTimeout:      idle,
		MaxRequestBodyBytes: s.options.MaxBody,
	})
	withoutSessions := mcp.NewStreamableHTTPHandler(server, &mcp.StreamableHTTPOptions{
		Stateless:                    true,
		PropagateRequestCancellation: true,
		MaxRequestBodyBytes:          s.options.MaxBody,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			// A stream for what the server says by itself, which is nothing. The
			// protocol allows to refuse it, and an open one would hold up the end of
			// the process.
			w.Header().Set("Allow", "POST, DELETE")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		r = withSpan(r)
		if r.Header.Get(versionHeader) >= sessionless {
			withoutSessions.ServeHTTP(w, r)
			return
		}
		withSessions.ServeHTTP(w, r)
	})
}

// withSpan lets the request's header name the span that the request belongs to,
// if there is one: the calls of a session run in the context of its first request,
// and each is to be part of the trace of its own.
func withSpan(r *http.Request) *http.Request {
	if !trace.SpanContextFromContext(r.Context()).IsValid() {
		return r
	}
	r = r.Clone(r.Context())
	propagation.TraceContext{}.Inject(r.Context(), propagation.HeaderCarrier(r.Header))
	return r
}

// call runs a tool. What goes wrong is a result, so that the model can read it.
func (s *Server) call(ctx context.Context, t *tool.Tool, req *mcp.CallToolRequest) *mcp.CallToolResult {
	start := time.Now()
	inv := &tool.Invocation{Token: s.token, Inputs: jsontext.Value(req.Params.Arguments)}
	if req.Extra != nil && req.Extra.Header != nil {
		inv.Token = tool.NewToken(req.Extra.Header.Get(TokenHeader))
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(req.Extra.Header))
	}
	ctx, watch := s.calls.Start(ctx)
	defer watch.End()
	watch.Found(t, "")
	if !t.ReadOnly() {
		ctx = context.WithoutCancel(ctx) // half of it may have happened
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	stop := s.tellProgress(ctx, req, inv)
	value, err := t.Run(watch.Run(ctx), inv)
	stop()

	var failure *tool.Error
	if err != nil {
		failure = tool.Explain(err)
	}
	watch.Ran(inv, failure)
	s.log(t, inv, failure, time.Since(start))
	s.audit.Ended(audit.Call{Protocol: "mcp", Tool: t, Start: start}, inv, failure)
	if failure != nil {
		return failed(failure)
	}
	result := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(value)}}}
	if value.Kind() == '{' {
		result.StructuredContent = value
	}
	return result
}

// failed words an error for the model: what is wrong, and what to do.
func failed(e *tool.Error) *mcp.CallToolResult {
	text := e.Message
	if e.Prompt != "" {
		text += "\n" + e.Prompt
	}
	about := mcp.Meta{"kind": string(e.Kind), "can_retry": e.CanRetry}
	if e.After != nil {
		text += fmt.Sprintf("\nWait %s before the next call.", e.After.Round(time.Second))
		about["retry_after_ms"] = e.After.Milliseconds()
	}
	return &mcp.CallToolResult{IsError: true, Meta: about, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// tellProgress reports the requests that a call has cost so far, every second,
// to a client that asked for it, until the function that it returns is called.
func (s *Server) tellProgress(ctx context.Context, req *mcp.CallToolRequest, inv *tool.Invocation) (stop func()) {
	token := req.Params.GetProgressToken()
	if token == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		told := 0
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if calls := inv.Upstream.Calls(); calls > told {
				told = calls
				// A client that is not there any more gets no answer either.
				_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
					ProgressToken: token, Progress: float64(calls), Message: fmt.Sprintf("%d requests to Atlassian so far", calls),
				})
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// log writes the one line of a call. Inputs, outputs and tokens stay out.
func (s *Server) log(t *tool.Tool, inv *tool.Invocation, failure *tool.Error, took time.Duration) {
	level, outcome := zerolog.InfoLevel, "success"
	if failure != nil {
		level, outcome = zerolog.WarnLevel, "error"
	}
	s.options.Log.WithLevel(level).
		Str("protocol", "mcp").
		Str("toolkit_name", t.Toolkit.Name).
		Str("tool_name", t.Name).
		Str("outcome", outcome).
		Dur("duration", took).
		Int("upstream_calls", inv.Upstream.Calls()).
		Func(func(e *zerolog.Event) {
			if failure != nil {
				e.Str("error_kind", string(failure.Kind))
			}
		}).
		Msg("call")
}
