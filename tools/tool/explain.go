package tool

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/schema"
)

// Explain turns any error of a call into what the caller is told. It never
// returns nil for an error, and never an Error without a kind.
//
// Joined errors become one: all bad inputs by parameter, of different kinds the
// gravest, and what the others say behind it.
func Explain(err error) *Error { return explain(err).Error }

func explain(err error) explanation {
	var told []explanation
	for _, cause := range split(err) {
		e := explainOne(cause)
		if !slices.ContainsFunc(told, func(t explanation) bool { return t.Kind == e.Kind && t.Message == e.Message }) {
			told = append(told, e)
		}
	}
	if len(told) == 1 {
		return told[0]
	}
	return merge(err, told)
}

// explanation is an error as it is told, and how much of it is known.
type explanation struct {
	*Error
	unplanned bool // nothing but the error's type
	bare      bool // that no answer came, but not whether a request was sent
}

// explained reports whether err itself, not what it wraps, says how it is to
// be told.
func explained(err error) bool {
	switch err.(type) { //nolint:errorlint // what it wraps comes later
	case *Error, Classified, *schema.InputError:
		return true
	}
	return false
}

// split takes joined errors apart, down to those that say how they are to be
// told. An error that wraps none of them stays as it is.
func split(err error) []error {
	for e := err; e != nil && !explained(e); {
		switch wraps := e.(type) { //nolint:errorlint // the chain is walked by hand
		case interface{ Unwrap() []error }:
			return splitAll(err, wraps.Unwrap())
		case interface{ Unwrap() error }:
			e = wraps.Unwrap()
		default:
			return []error{err}
		}
	}
	return []error{err}
}

func splitAll(joined error, errs []error) []error {
	var causes []error
	for _, err := range errs {
		if err != nil {
			causes = append(causes, split(err)...)
		}
	}
	if len(causes) == 0 {
		return []error{joined}
	}
	return causes
}

// explainOne explains an error that is not joined of several.
func explainOne(err error) explanation {
	if e, ok := errors.AsType[*Error](err); ok && e != nil { // a nil *Error in an error is not nil
		return explanation{Error: withKind(e)}
	}
	if e, ok := errors.AsType[Classified](err); ok {
		if told := e.ToolError(); told != nil {
			return explanation{Error: withKind(told)}
		}
	}
	if e, ok := errors.AsType[*schema.InputError](err); ok {
		return explanation{Error: &Error{
			Kind:      KindBadInput,
			Status:    400,
			Message:   invalidInput + e.Error(),
			Developer: developerInvalidInput + e.Codes(),
			Prompt:    e.Hint,
			Err:       err,
		}}
	}
	if e := noAnswer(err); e != nil {
		return explanation{Error: e, bare: true}
	}
	return explanation{Error: unhandled(err), unplanned: true}
}

// withKind makes an error of unknown kind fatal: the Engine knows no other
// words than Arcade's (protocol §5.2).
func withKind(e *Error) *Error {
	if e.Kind.known() {
		return e
	}
	fatal := *e
	fatal.Kind, fatal.CanRetry, fatal.Status = KindFatal, false, cmp.Or(e.Status, 500)
	return &fatal
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

// noAnswer explains errors which say that the service gave no answer: those of
// contexts and of package net (protocol §5.6), and of net/http about requests
// that could not be sent (protocol §5.7). It returns nil for all others.
func noAnswer(err error) *Error {
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Kind: KindNetworkUnmapped, Message: "The caller went away before the tool finished.", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: KindNetworkTimeout, CanRetry: true, Message: "The tool did not finish within its time limit.", Err: err}
	}
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	request, ofHTTP := errors.AsType[*url.Error](err)
	out := &Error{CanRetry: true, Developer: fmt.Sprintf("%T (text withheld: it may quote addresses)", err), Err: err}
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		out.Kind, out.Message = KindNetworkTimeout, "HTTP request timed out before a complete response was received."
	case errors.As(err, &certificate):
		out.Kind, out.Status, out.CanRetry = KindFatal, 500, false
		out.Message = "TLS handshake failed — likely a local certificate or trust configuration issue."
	case errors.As(err, &dns), errors.As(err, &op), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF),
		ofHTTP && errors.Is(err, io.EOF):
		out.Kind, out.Message = KindNetworkUnreachable, "HTTP request failed before reaching the upstream service."
	case ofHTTP && request.Op == "parse":
		out.Kind, out.Status, out.CanRetry = KindFatal, 500, false
		out.Message = "HTTP request URL is invalid or malformed."
	case ofHTTP:
		out.Kind, out.Message = KindNetworkUnmapped, "HTTP request failed before a complete response was received."
	default:
		return nil
	}
	return out
}

// gravity orders kinds by what decides what comes next: first what only a
// person can mend, then what a corrected call can, then what time can.
var gravity = []Kind{
	KindUpstreamAuth, KindFatal, KindBadOutput, KindContextRequired, KindBadInput,
	KindUpstreamNotFound, KindUpstreamBadRequest, KindUpstreamUnmapped, KindRetry,
	KindUpstreamRateLimit, KindUpstreamServer, KindNetworkUnreachable, KindNetworkTimeout, KindNetworkUnmapped,
}

func (k Kind) known() bool { return slices.Contains(gravity, k) }

// mostMerged bounds the length of a message about joined errors.
const mostMerged = 20

// merge makes one error of several. What was canceled follows from another's
// failure and is left out when there is one.
func merge(joined error, all []explanation) explanation {
	told := slices.DeleteFunc(slices.Clone(all), func(e explanation) bool { return errors.Is(e.Err, context.Canceled) })
	if len(told) == 0 {
		return all[0]
	}
	slices.SortStableFunc(told, func(a, b explanation) int { return cmp.Compare(a.gravity(), b.gravity()) })
	out := *told[0].Error
	out.Err = joined
	bare := false
	var messages, developer, prompts []string
	for i, e := range told {
		bare = bare || e.bare
		out.CanRetry = out.CanRetry && e.CanRetry
		out.After = later(out.After, e.After)
		out.Stack = cmp.Or(out.Stack, e.Stack)
		if i < mostMerged {
			messages = appendText(messages, e.Message, invalidInput)
			developer = appendText(developer, e.Developer, developerInvalidInput)
			prompts = appendText(prompts, e.Prompt, "")
		}
	}
	if !out.CanRetry {
		out.After = nil
	}
	if more := len(told) - mostMerged; more > 0 {
		messages = append(messages, fmt.Sprintf("And %d more.", more))
	}
	out.Message, out.Developer, out.Prompt = sentences(messages), sentences(developer), sentences(prompts)
	return explanation{Error: &out, bare: bare}
}

// gravity is the place of an explanation among joined ones. One of which
// nothing is known decides nothing.
func (e explanation) gravity() int {
	if e.unplanned {
		return len(gravity)
	}
	return slices.Index(gravity, e.Kind)
}

func later(a, b *time.Duration) *time.Duration {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// appendText adds a text that is not there yet. Texts under one heading are
// joined into one.
func appendText(texts []string, text, heading string) []string {
	if text == "" || slices.Contains(texts, text) {
		return texts
	}
	if last := len(texts) - 1; heading != "" && last >= 0 && strings.HasPrefix(texts[last], heading) {
		if rest, ok := strings.CutPrefix(text, heading); ok {
			texts[last] += "; " + rest
			return texts
		}
	}
	return append(texts, text)
}

// sentences joins texts, each closed like a sentence but for the last.
func sentences(texts []string) string {
	var b strings.Builder
	for i, text := range texts {
		b.WriteString(text)
		if i == len(texts)-1 {
			break
		}
		if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") && !strings.HasSuffix(text, "!") {
			b.WriteByte('.')
		}
		b.WriteByte(' ')
	}
	return b.String()
}
