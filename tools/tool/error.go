package tool

import (
	"fmt"
	"time"
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

// Error is a failed call as the caller is told about it. Handlers return one,
// or an error that wraps one, or anything else, of which Explain makes one.
//
// Everything but Err reaches the Engine and, through it, models and people
// (protocol §5.8): no tokens, no input values, no query strings. Message alone
// may quote the service's own words, because they are what lets a model mend
// its call.
type Error struct {
	// Kind decides what the Engine does with the failure. An unknown kind goes
	// out as KindFatal.
	Kind Kind
	// Message says what went wrong, in whole sentences.
	Message string
	// Developer is for whoever reads logs; empty is none.
	Developer string
	// Prompt tells the model what to do next (additional_prompt_content);
	// empty is none.
	Prompt string
	// CanRetry says that the same or a corrected call may succeed without a
	// person.
	CanRetry bool
	// After is how long to wait before that; nil is unknown.
	After *time.Duration
	// Status is an HTTP status, such as the service's; 0 is none.
	Status int
	// Extra holds facts about the failed request, such as "endpoint"
	// (protocol §5.5).
	Extra map[string]string
	// Stack lists the frames of a panic, without values.
	Stack string
	// Err is the cause, for errors.Is and errors.AsType; it is never shown.
	Err error
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil { // a nil *Error in an error is a handler's slip, and walked over
		return nil
	}
	return e.Err
}

// Classified is an error that knows how it is to be told, such as an answer of
// the service behind the tools.
type Classified interface {
	error
	// ToolError words the error for the caller. Its result is not changed by
	// this package.
	ToolError() *Error
}

// Headings of messages about inputs, behind which the parameters follow as
// "name: reason" and "name[code]" (protocol §4.2).
const (
	invalidInput          = "Invalid input: "
	developerInvalidInput = "Input validation failed: "
)

// BadInput says that a parameter's value cannot be used, and why. accepted
// says what could. Several of them, joined with errors.Join, are told as one
// error that names all parameters.
func BadInput(param, reason, accepted string) *Error {
	return &Error{
		Kind:      KindBadInput,
		Status:    400,
		Message:   fmt.Sprintf("%s%s: %s", invalidInput, param, reason),
		Developer: fmt.Sprintf("%s%s[value_error]", developerInvalidInput, param),
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
