package worker

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker/internal/audit"
)

// invoke runs one tool. Whatever the tool does, the answer is 200; 4xx is for
// requests that never became a call (protocol §1.6).
func (s *Server) invoke(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	r, watch := s.telemetry.startCall(r)
	defer watch.End()
	held := s.admit(w, r)
	if held == nil {
		return
	}
	defer held.leave()
	body, ok := s.readBody(w, r)
	if !ok {
		return
	}
	var req *callRequest
	var err error
	s.turns.do(func() { req, err = decodeCall(body) })
	if err != nil {
		s.refuse(w, r, refusedMalformed, "Malformed request: "+err.Error())
		return
	}
	t := s.catalog.Find(*req.Tool.Toolkit, *req.Tool.Name, req.Tool.Version)
	if t == nil {
		s.refuse(w, r, refusedTool, s.notInCatalog(req.Tool))
		return
	}
	if !held.claim(userOf(req.Context.UserID, req.Context.Authorization.Token)) {
		held.leave()
		s.refuseUser(w, r)
		return
	}

	watch.Found(t, req.Tool.Version)
	inv := &tool.Invocation{
		Token:    tool.NewToken(req.Context.Authorization.Token),
		UserID:   req.Context.UserID,
		Inputs:   req.Inputs,
		Secrets:  byKey(req.Context.Secrets, t.Secrets, tool.NewSecret),
		Metadata: byKey(req.Context.Metadata, t.Metadata, func(value string) string { return value }),
	}
	audited := audit.Call{Protocol: "arcade", ExecutionID: req.ExecutionID, UserID: req.Context.UserID, Tool: t, Start: start}
	ctx, cancel := s.callContext(r, t)
	defer cancel()
	var first *firstRun
	if isRemembered(t, req) {
		var kept []byte
		if first, kept, err = s.runOrRecall(ctx, r.Context().Done(), t, req); kept != nil {
			watch.Replayed()
			s.logReplay(req, t, milliseconds(time.Since(start)))
			s.audit.Replayed(audited)
			respond(w, http.StatusOK, kept)
			return
		}
	}
	if first != nil {
		inv.Late = func(value jsontext.Value, err error) {
			res, failure := newResponse(req, t, start, value, err)
			if body, err := res.encode(); err == nil {
				first.end(ctx, res, body, failure, inv.Changes())
			}
		}
	}
	var value jsontext.Value
	if err == nil {
		value, err = t.Run(watch.Run(ctx), inv)
	}
	held.hold(int64(len(value)))
	var res callResponse
	var failure *tool.Error
	var answer []byte
	s.turns.do(func() {
		res, failure = newResponse(req, t, start, value, err)
		answer, err = res.encode()
	})
	watch.Ran(inv, failure)
	s.logCall(req, t, inv, failure, res.Duration)
	s.audit.Ended(audited, inv, failure)
	if err != nil { // a field of ours that does not encode; the call is over, so say what is known
		s.options.Log.Error().Type("error", err).Msg("answer does not encode")
		respondDetail(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	if !inv.Overdue() {
		first.end(ctx, res, answer, failure, inv.Changes())
	}
	if r.Header.Get(HeaderUpstream) != "" {
		w.Header().Set(HeaderUpstream, strings.Join(inv.Upstream.Operations(), ", "))
	}
	respond(w, http.StatusOK, answer)
}

// newResponse words the outcome of a call. failure is nil when it succeeded.
func newResponse(req *callRequest, t *tool.Tool, start time.Time, value jsontext.Value, err error) (res callResponse, failure *tool.Error) {
	res = callResponse{ExecutionID: req.ExecutionID, Success: err == nil, Output: callOutput{Value: value}}
	if t.Deprecated != "" {
		res.Output.Logs = []callLog{{Message: t.Deprecated, Level: "warning", Subtype: new("deprecation")}}
	}
	if err != nil {
		failure = tool.Explain(err)
		res.Output.Error = newCallError(t, failure)
	}
	finished := time.Now()
	res.FinishedAt, res.Duration = timestamp(finished), milliseconds(finished.Sub(start))
	return res, failure
}

// HeaderUpstream asks for, and then lists, the requests that a call made: their
// methods and path templates. It is for people who try tools, and no part of
// Arcade's protocol.
const HeaderUpstream = "X-Upstream-Calls"

// callContext bounds a call by the time limit. A read stops when the caller
// goes away; a write goes on, because half of it may have happened.
func (s *Server) callContext(r *http.Request, t *tool.Tool) (context.Context, context.CancelFunc) {
	ctx := r.Context()
	if !t.ReadOnly() {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithTimeout(ctx, s.options.Timeout)
}

// notInCatalog says what is missing, and for a tool of another version which
// one there is.
func (s *Server) notInCatalog(ref toolReference) string {
	name := clip(*ref.Toolkit + "." + *ref.Name)
	if served := s.catalog.Find(*ref.Toolkit, *ref.Name, ""); served != nil {
		return fmt.Sprintf("Tool '%s' not found in version '%s': this worker serves %s", name, clip(ref.Version), served.Toolkit.Version)
	}
	return fmt.Sprintf("Tool '%s' not found", name)
}

// logCall writes the one line of a call, with the field names of the
// reference's logs (protocol §6). Inputs, outputs and tokens stay out, and so
// does whatever an error says about them: its message always, its developer
// message when it names the inputs.
func (s *Server) logCall(req *callRequest, t *tool.Tool, inv *tool.Invocation, failure *tool.Error, ms float64) {
	level, outcome := zerolog.InfoLevel, "success"
	if failure != nil {
		level, outcome = zerolog.WarnLevel, "error"
	}
	s.options.Log.WithLevel(level).
		Str("execution_id", clip(req.ExecutionID)).
		Str("toolkit_name", t.Toolkit.Name).
		Str("tool_name", t.Name).
		Str("toolkit_version", t.Toolkit.Version).
		Str("environment", s.options.Environment).
		Float64("duration", ms).
		Str("outcome", outcome).
		Int("upstream_calls", inv.Upstream.Calls()).
		Int("upstream_retries", inv.Upstream.Retries()).
		Func(func(e *zerolog.Event) {
			if failure == nil {
				return
			}
			e.Str("error_kind", string(failure.Kind)).
				Int("error_status_code", failure.Status).
				Bool("error_can_retry", failure.CanRetry)
			if overdue := t.Overdue(); overdue > 0 {
				e.Int("handlers_overdue", overdue)
			}
			if failure.Kind != tool.KindBadInput {
				e.Str("error_developer_message", failure.Developer)
			}
		}).
		Msg("call")
}

// clip makes a name from a request fit for a log line or an answer: valid
// UTF-8 of at most 100 bytes.
func clip(s string) string {
	const limit = 100
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	s = s[:limit]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
