package tool

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// StatusError is the error of an answer that is not a success, by its HTTP
// status (protocol §5.5). write says that the request changes something: after
// a failure of the server nobody knows whether it did, so that it may not be
// repeated. A client that knows more than the status, such as the service's own
// words, adds it to Message and Prompt.
func StatusError(status int, write bool) *Error {
	class := map[int]string{1: "informational", 3: "redirection", 4: "client error", 5: "server error"}[status/100]
	e := &Error{
		Kind:    KindUpstreamUnmapped,
		Status:  status,
		Message: fmt.Sprintf("Upstream HTTP request failed (%s, %s).", cmp.Or(http.StatusText(status), "Unknown Status"), cmp.Or(class, "response")),
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = KindUpstreamAuth
	case status == http.StatusNotFound:
		e.Kind = KindUpstreamNotFound
	case status == http.StatusTooManyRequests:
		e.Kind, e.CanRetry, e.After = KindUpstreamRateLimit, true, new(time.Second) // the reference's answer to a missing header
	case status/100 == 4:
		e.Kind = KindUpstreamBadRequest
	case status >= 500:
		e.Kind, e.CanRetry = KindUpstreamServer, !write
		if write {
			e.Prompt = UnknownOutcome
		}
	}
	return e
}

// Undecodable is the error of an answer of success that is not what was
// promised, such as a maintenance page (protocol §5.6). write is as in
// StatusError.
func Undecodable(write bool) *Error {
	e := &Error{
		Kind: KindNetworkUnmapped, CanRetry: !write,
		Message: "HTTP response from upstream could not be decoded.",
	}
	if write {
		e.Prompt = UnknownOutcome
	}
	return e
}

// UnknownOutcome is the prompt after a write that may or may not have happened.
const UnknownOutcome = "It is not known whether the change was made: look before making it again."
