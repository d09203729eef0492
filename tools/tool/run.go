package tool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// MaxOutput bounds the output of a call in bytes, unless the tool's Spec says
// otherwise: the limit that Arcade once documented for requests to its Engine
// (protocol §4.3), and more than any model reads.
const MaxOutput = 4 << 20

// lateness is how long a handler may take to tell its own side of a time limit
// that has passed; it knows what was under way.
const lateness = 500 * time.Millisecond

// maxOverdue bounds the handlers of one tool that run on after their time
// limit. They hold memory and connections that nothing else accounts for.
const maxOverdue = 32

// Run executes the tool and returns its output as JSON, of at most MaxOutput
// bytes or what the tool's Spec allows. The error, if any, is an *Error, whatever went wrong: bad inputs, an
// error or a panic of the handler, an output that does not encode.
//
// Run returns when ctx ends, even if the handler does not: what such a handler
// still does is waited for by nobody but Invocation.Late, and once too many of
// them run, calls are refused. A goroutine that the handler itself starts is beyond the reach of
// Run: a panic in it ends the process.
//
// Where the operator's boundaries leave something out (Invocation.LeftOut), the
// output has a further member "operator_limits" that says so.
//
// After a change that Invocation.Changed recorded, the error names it, is not
// retryable and forbids repeating the call. It is not retryable either when a
// tool that writes ran out of time or lost its connection and nothing tells
// whether the change was made.
func (t *Tool) Run(ctx context.Context, inv *Invocation) (jsontext.Value, error) {
	inv.spec = t.Spec
	out, err := t.await(ctx, inv)
	return t.told(inv, out, err)
}

// told is the outcome of a handler as Run returns it.
func (t *Tool) told(inv *Invocation, out jsontext.Value, err error) (jsontext.Value, error) {
	if err == nil {
		return out, nil
	}
	e := explain(err)
	if changes := inv.Changes(); len(changes) > 0 {
		return nil, e.afterChanges(err, changes)
	}
	if e.bare && !t.ReadOnly() {
		return nil, e.maybeChanged(err)
	}
	return nil, e.Error
}

// result is how a handler ended.
type result struct {
	out jsontext.Value
	err error
}

// await runs the handler in a goroutine of its own and waits for it no longer
// than ctx allows.
func (t *Tool) await(ctx context.Context, inv *Invocation) (jsontext.Value, error) {
	if t.Overdue() >= maxOverdue {
		return nil, &Error{
			Kind: KindFatal, Status: 500,
			Message: "The tool is out of service: too many of its calls still run although their time is over.",
			Prompt:  "Do not repeat the call; the operator of the tools has to look into it.",
		}
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("the handler ended its goroutine")} // runtime.Goexit, which nothing can stop
		defer func() { done <- r }()
		r = t.answer(ctx, inv)
	}()
	select {
	case r := <-done:
		return r.out, r.err
	case <-ctx.Done():
	}
	late := time.NewTimer(lateness)
	defer late.Stop()
	select {
	case r := <-done:
		return r.out, r.err
	case <-late.C:
	}
	t.overdue.Add(1)
	inv.overdue = true
	go func() {
		r := <-done
		t.overdue.Add(-1)
		if inv.Late != nil {
			inv.Late(t.told(inv, r.out, r.err))
		}
	}()
	return nil, ctx.Err()
}

// Overdue is the number of the tool's handlers that still run although their
// time is over.
func (t *Tool) Overdue() int { return int(t.overdue.Load()) }

// answer runs the handler and encodes what it returns.
func (t *Tool) answer(ctx context.Context, inv *Invocation) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{err: Panicked(p)}
		}
	}()
	v, err := t.run(ctx, t.input, inv)
	if err != nil {
		return result{err: err}
	}
	inv.noteReadBack(v)
	out, err := encode(v, t.output.Untrusted(v), cmp.Or(t.MaxOutput, MaxOutput))
	if note := inv.limits(); err == nil && note != "" {
		out = withMember(out, LimitsMember, note)
	}
	return result{out, err}
}

// LimitsMember is the member of an output that says what the operator's
// boundaries leave out of it.
const LimitsMember = "operator_limits"

// withMember adds a text to an object. Other outputs stay as they are.
func withMember(object jsontext.Value, name, text string) jsontext.Value {
	if object.Kind() != '{' {
		return object
	}
	added, err := json.Marshal(map[string]string{name: text})
	if err != nil { // both are texts of ours
		return object
	}
	if string(object) == "{}" {
		return added
	}
	return append(append(object[:len(object)-1:len(object)-1], ','), added[1:]...)
}

// encode writes an output of at most limit bytes as JSON. It stops where the
// output gets too large, before that much memory is taken. The names of the
// members with untrusted text, if any, stand first, where a model reads them
// before the text.
func encode(v any, untrusted []string, limit int) (jsontext.Value, error) {
	var mark []byte
	if len(untrusted) > 0 {
		mark = append(mark, `"`+schema.UntrustedText+`":["`+strings.Join(untrusted, `","`)+`"],`...)
	}
	out := bounded{limit: limit - len(mark)}
	err := json.MarshalWrite(&out, v, json.Deterministic(true))
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &Error{
			Kind: KindBadOutput, Status: 500,
			Message: fmt.Sprintf("The output is larger than %d MiB.", limit>>20),
			Prompt:  "Ask for less: a lower limit, fewer fields or a narrower query.",
			Err:     err,
		}
	case err != nil:
		return nil, &Error{
			Kind: KindBadOutput, Status: 500,
			Message:   "Failed to serialize tool output",
			Developer: fmt.Sprintf("%T does not encode as JSON", v), // json's error may quote the value
			Err:       err,
		}
	}
	if len(mark) > 0 { // the output is an object that is not empty
		out.written = slices.Insert(out.written, len("{"), mark...)
	}
	return jsontext.Value(out.written), nil
}

var errTooLarge = errors.New("output too large")

// bounded is a buffer that takes no more than limit bytes.
type bounded struct {
	written []byte
	limit   int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.written)+len(p) > b.limit {
		return 0, errTooLarge
	}
	b.written = append(b.written, p...)
	return len(p), nil
}

// afterChanges is the error of a call that had changed something before it
// failed.
func (e explanation) afterChanges(cause error, changes []string) *Error {
	out := *e.Error
	out.CanRetry, out.After, out.Err = false, nil, cause
	if out.Kind == KindRetry { // which asks for another call by its name (protocol §5.3)
		out.Kind = KindContextRequired
	}
	made := strings.Join(changes, "; ")
	out.Message = sentences([]string{out.Message, "Before that, the call made these changes, which remain: " + made + "."})
	prompt := "Do not repeat this call: what it did would be done twice (" + made + "). " +
		"Read what is there now, and go on with tools that update it."
	if out.Prompt != "" {
		prompt += " About the failure: " + out.Prompt
	}
	out.Prompt = prompt
	return &out
}

// maybeChanged is the error of a writing call of which only is known that no
// answer came.
func (e explanation) maybeChanged(cause error) *Error {
	out := *e.Error
	out.CanRetry, out.After, out.Err = false, nil, cause
	out.Prompt = sentences(appendText([]string{UnknownOutcome}, out.Prompt, ""))
	return &out
}

// Panicked is the error of a panic, given what recover returned in the deferred
// function that calls Panicked. It is told by the type of the value, which may
// itself hold inputs, and the frames it came through. Run recovers panics of
// handlers; whoever starts goroutines recovers theirs with it.
func Panicked(recovered any) *Error {
	var pcs [32]uintptr
	n := runtime.Callers(4, pcs[:]) // skip Callers, Panicked, the deferred function and gopanic
	frames := runtime.CallersFrames(pcs[:n])
	var stack strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&stack, "%s (%s:%d)\n", f.Function, path.Base(f.File), f.Line)
		if !more {
			break
		}
	}
	e := unhandled(recovered)
	e.Stack = stack.String()
	return e
}
