package worker

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
)

// An Engine repeats a call whose answer it did not get (protocol §7.4). What a
// call that writes was answered is therefore kept for a while, and a call that
// is the same is given that answer instead of being run.
const (
	// resultsKept is well above what an Engine takes for all its attempts: by
	// default four of 30 seconds.
	resultsKept = 10 * time.Minute
	// maxResult bounds one answer that is kept, in bytes.
	maxResult = 256 << 10
	// The first and the longest pause between two looks at a call under way.
	firstLook, longestLook = 10 * time.Millisecond, 250 * time.Millisecond
)

// What is kept of a call begins with one of these.
const (
	callRuns  = 'r' // and the Unix time in ms after which its runner must have died
	callEnded = 'e' // and the body of its answer
)

// firstRun is this process's right to run a call that writes. A nil one is of a
// call that is not remembered.
type firstRun struct {
	store shared.Store
	key   shared.Key
	tool  *tool.Tool
}

// isRemembered reports whether a call's result is kept. Without an execution id
// a repeated call cannot be told from another one.
func isRemembered(t *tool.Tool, req *callRequest) bool {
	return !t.ReadOnly() && req.ExecutionID != ""
}

// resultKey names a call. Inputs count as the bytes they came in: an Engine that
// repeats a request encodes the same value in the same way. Who calls is the user
// that the Engine names, whose token it may have refreshed meanwhile; without a
// name it is the token.
func resultKey(t *tool.Tool, req *callRequest) shared.Key {
	var token [sha256.Size]byte
	if req.Context.UserID == "" {
		token = sha256.Sum256([]byte(req.Context.Authorization.Token))
	}
	inputs := sha256.Sum256(req.Inputs)
	return shared.KeyOf("result", req.ExecutionID, req.Context.UserID, string(token[:]), t.FullName(), string(inputs[:]))
}

// runOrRecall returns the right to run a call or, when it was run before, the
// body of its answer. It waits for one that runs, until ctx ends or the caller
// is gone. The error says that there is neither right nor answer.
func (s *Server) runOrRecall(ctx context.Context, gone <-chan struct{}, t *tool.Tool, req *callRequest) (first *firstRun, body []byte, err error) {
	s.turns.do(func() { first = &firstRun{s.options.Shared, resultKey(t, req), t} })
	lease := s.options.Timeout + max(s.options.Drain, 0) + 5*time.Second
	for pause := firstLook; ; pause = min(2*pause, longestLook) {
		now := time.Now()
		kept, claimed := first.store.Claim(ctx, first.key, runsUntil(now.Add(lease)), lease+resultsKept)
		switch {
		case claimed:
			return first, nil, nil
		case len(kept) > 0 && kept[0] == callEnded:
			return nil, kept[1:], nil
		case !runs(kept, now):
			return nil, nil, errUnknownCall()
		}
		look := time.NewTimer(pause)
		select {
		case <-look.C:
			continue
		case <-ctx.Done():
		case <-gone:
		}
		look.Stop()
		return nil, nil, errUnknownCall()
	}
}

// runsUntil is what is kept of a call that runs.
func runsUntil(t time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{callRuns}, uint64(t.UnixMilli()))
}

// runs reports whether the runner of a call may still live.
func runs(kept []byte, now time.Time) bool {
	return len(kept) == 9 && kept[0] == callRuns && binary.BigEndian.Uint64(kept[1:]) > uint64(now.UnixMilli())
}

// errUnknownCall is told about a call whose first run has not ended in time, or
// never will.
func errUnknownCall() *tool.Error {
	return &tool.Error{
		Kind:    tool.KindNetworkTimeout,
		Message: "A call with this execution id is or was under way, and its outcome is not known.",
		Prompt:  tool.UnknownOutcome,
	}
}

// end keeps what the call was answered, or allows it to be run again when it
// failed and did nothing. body is the encoded res.
func (f *firstRun) end(ctx context.Context, res callResponse, body []byte, failure *tool.Error, changes []string) {
	if f == nil {
		return
	}
	ctx = context.WithoutCancel(ctx) // the call's time may be over
	if failure != nil && didNothing(failure, changes) {
		f.store.Delete(ctx, f.key)
		return
	}
	if len(body) > maxResult {
		var err error
		if body, err = res.withoutValue(f.tool, changes); err != nil {
			return // the call stays one of which nothing is known
		}
	}
	f.store.Put(ctx, f.key, append([]byte{callEnded}, body...), resultsKept)
}

// harmlessKinds are failures in which the service, or the tool before it asked
// the service, refused.
var harmlessKinds = []tool.Kind{
	tool.KindBadInput, tool.KindRetry, tool.KindContextRequired,
	tool.KindUpstreamBadRequest, tool.KindUpstreamAuth, tool.KindUpstreamNotFound, tool.KindUpstreamRateLimit,
}

// didNothing reports whether a failed call is known to have changed nothing.
func didNothing(failure *tool.Error, changes []string) bool {
	if len(changes) > 0 || strings.Contains(failure.Prompt, tool.UnknownOutcome) {
		return false
	}
	return failure.CanRetry || slices.Contains(harmlessKinds, failure.Kind)
}

// withoutValue is the body that is kept of an answer that is too large.
func (res callResponse) withoutValue(t *tool.Tool, changes []string) ([]byte, error) {
	e := &tool.Error{
		Kind:    tool.KindBadOutput,
		Message: fmt.Sprintf("This call was made before, with the same execution id. Its answer was larger than %d KiB and was not kept.", maxResult>>10),
		Prompt:  "Do not repeat this call: what it did would be done twice. Read what is there now.",
	}
	if len(changes) > 0 {
		e.Message += " It made these changes, which remain: " + strings.Join(changes, "; ") + "."
	}
	res.Success, res.Output.Value, res.Output.Error = false, nil, newCallError(t, e)
	return res.encode()
}

// logReplay writes the one line of a call that was answered with the result of
// an earlier one.
func (s *Server) logReplay(req *callRequest, t *tool.Tool, ms float64) {
	s.options.Log.Info().
		Str("execution_id", clip(req.ExecutionID)).
		Str("toolkit_name", t.Toolkit.Name).
		Str("tool_name", t.Name).
		Str("toolkit_version", t.Toolkit.Version).
		Str("environment", s.options.Environment).
		Float64("duration", ms).
		Msg("replayed: the call was made before and got the same answer again")
}
