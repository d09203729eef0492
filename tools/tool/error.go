package tool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"arcade-atlassian/schema"
)

// Kind is Arcade's ErrorKind (protocol §5.2).
type Kind string

// The kinds this worker emits.
const (
	KindBadInput        Kind = "TOOL_RUNTIME_BAD_INPUT_VALUE"
	KindBadOutput       Kind = "TOOL_RUNTIME_BAD_OUTPUT_VALUE"
	KindRetry           Kind = "TOOL_RUNTIME_RETRY"
	KindContextRequired Kind = "TOOL_RUNTIME_CONTEXT_REQUIRED"
	KindFatal           Kind = "TOOL_RUNTIME_FATAL"

	KindUpstreamBadRequest Kind = "UPSTREAM_RUNTIME_BAD_REQUEST"
	KindUpstreamAuth       Kind = "UPSTREAM_RUNTIME_AUTH_ERROR"
	KindUpstreamNotFound   Kind = "UPSTREAM_RUNTIME_NOT_FOUND"
	KindUpstreamRateLimit  Kind = "UPSTREAM_RUNTIME_RATE_LIMIT"
	KindUpstreamServer     Kind = "UPSTREAM_RUNTIME_SERVER_ERROR"
	KindUpstreamUnmapped   Kind = "UPSTREAM_RUNTIME_UNMAPPED"

	KindNetworkTimeout     Kind = "NETWORK_TRANSPORT_RUNTIME_TIMEOUT"
	KindNetworkUnreachable Kind = "NETWORK_TRANSPORT_RUNTIME_UNREACHABLE"
	KindNetworkUnmapped    Kind = "NETWORK_TRANSPORT_RUNTIME_UNMAPPED"
)

// Error is a failed call as the caller is told about it.
//
// Everything but Err reaches the Engine and, through it, models and people
// (protocol §5.8): no tokens, no input values, no query strings. Message alone
// may quote the service's own words, because they are what lets a model mend
// its call.
type Error struct {
	Kind      Kind
	Message   string
	Developer string            // for whoever reads logs
	Prompt    string            // additional_prompt_content: what to do next
	CanRetry  bool              // the same or a corrected call may succeed without a person
	After     *time.Duration    // how long to wait before it; nil is unknown
	Status    int               // HTTP status; 0 is none
	Extra     map[string]string // facts about the failed request
	Stack     string            // frames of a panic, without values
	Err       error             // the cause; never shown
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Classified is an error that knows how it is to be told, such as an answer of
// the service behind the tools.
type Classified interface {
	error
	ToolError() *Error
}

// BadInput says that a parameter's value cannot be used, and why. accepted
// says what could.
func BadInput(param, reason, accepted string) *Error {
	return &Error{
		Kind:      KindBadInput,
		Status:    400,
		Message:   fmt.Sprintf("Invalid input: %s: %s", param, reason),
		Developer: fmt.Sprintf("Input validation failed: %s[value_error]", param),
		Prompt:    accepted,
	}
}

// NeedContext says that a person has to choose before the call can be made
// again; prompt lists the choices.
func NeedContext(message, prompt string) *Error {
	return &Error{Kind: KindContextRequired, Message: message, Prompt: prompt}
}

// Retry says that the model can mend the call by itself; prompt tells how.
func Retry(message, prompt string) *Error {
	return &Error{Kind: KindRetry, Message: message, Prompt: prompt, CanRetry: true}
}

// Explain turns any error of a call into what the caller is told. It never
// returns nil for an error.
func Explain(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return cmp.Or(e, unhandled(err)) // a nil *Error in an error is not nil
	}
	if e, ok := errors.AsType[Classified](err); ok {
		return cmp.Or(e.ToolError(), unhandled(err))
	}
	if e, ok := errors.AsType[*schema.InputError](err); ok {
		return &Error{
			Kind:      KindBadInput,
			Status:    400,
			Message:   "Invalid input: " + e.Error(),
			Developer: "Input validation failed: " + e.Codes(),
			Prompt:    e.Hint,
			Err:       err,
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		// Not retryable: nothing here tells whether a write had been sent.
		return &Error{Kind: KindNetworkTimeout, Message: "The tool did not finish within its time limit.", Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Kind: KindNetworkUnmapped, Message: "The caller went away before the tool finished.", Err: err}
	}
	return unhandled(err)
}

// unhandled tells of an error or panic nobody planned for by its type alone:
// its text may hold anything.
func unhandled(cause any) *Error {
	e := &Error{
		Kind:      KindFatal,
		Status:    500,
		Message:   fmt.Sprintf("An unhandled %T was raised by the tool.", cause),
		Developer: fmt.Sprintf("%T (text withheld: it may quote inputs)", cause),
	}
	e.Err, _ = cause.(error)
	return e
}
