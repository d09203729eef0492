package atlassian

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"arcade-atlassian/tools/tool"
)

// NoAnswer is a request without a usable answer.
type NoAnswer struct {
	Op     string
	Write  bool
	Reason Reason
	Err    error // never shown: transport errors quote addresses

	endpoint string // the address without values
	unsent   bool   // the request did not reach Atlassian
	status   int    // of an answer that was not expected
	limit    int64  // of the answer's size
	// redirected says that the gateway did answer, and sent the request on.
	redirected bool
}

// Reason is why there is no answer.
type Reason int

// The reasons, after protocol §5.6 and §5.7.
const (
	broken      Reason = iota // nothing more is known
	timedOut                  // the deadline, or the network's own
	canceled                  // the caller went away
	unreachable               // DNS, refused, reset, cut off
	untrusted                 // the server's certificate
	undecodable               // an answer that is not what was promised
	unexpected                // a success of another sort than the operation has
	tooLarge                  // an answer over the limit
	misdirected               // a redirect that cannot be followed
	unbuildable               // the request itself
	unreadable                // the file to send
	unsendable                // the token cannot stand in a header, or is too long for one
)

// transient reports whether a read may be repeated after it.
func (r Reason) transient() bool { return r == broken || r == unreachable }

// Error names operation and reason, not the cause's text.
func (e *NoAnswer) Error() string { return fmt.Sprintf("%s: %s", e.Op, e.reason().message) }

// Unwrap returns the transport's error.
func (e *NoAnswer) Unwrap() error { return e.Err }

type reason struct {
	kind    tool.Kind
	message string
	retry   bool
	prompt  string
}

func (e *NoAnswer) reason() reason {
	switch e.Reason {
	case timedOut:
		return reason{tool.KindNetworkTimeout, "HTTP request timed out before a complete response was received.", true, ""}
	case unreachable:
		return reason{tool.KindNetworkUnreachable, "HTTP request failed before reaching the upstream service.", true, ""}
	case undecodable:
		return reason{tool.KindNetworkUnmapped, "HTTP response from upstream could not be decoded.", true, ""}
	case unexpected:
		return reason{
			tool.KindNetworkUnmapped,
			fmt.Sprintf("Atlassian answered %d (%s), which does not tell whether the operation succeeded.", e.status, cmp.Or(http.StatusText(e.status), "Unknown Status")), true, "",
		}
	case canceled:
		return reason{tool.KindNetworkUnmapped, "The caller went away before Atlassian answered.", false, ""}
	case tooLarge:
		return reason{
			tool.KindNetworkUnmapped, fmt.Sprintf("Atlassian's answer is larger than %d KiB or %d values.", e.limit>>10, maxValues), false,
			"Ask for less at a time, for example with a lower limit.",
		}
	case untrusted:
		return reason{tool.KindFatal, "TLS handshake failed — likely a local certificate or trust configuration issue.", false, ""}
	case misdirected:
		return reason{tool.KindNetworkUnmapped, "Atlassian redirected the request to an address that cannot be followed.", false, ""}
	case unreadable:
		return reason{tool.KindFatal, "The file to be sent could not be read.", false, ""}
	case unsendable:
		return reason{tool.KindFatal, "HTTP request contains an invalid header name or value.", false, ""}
	case unbuildable:
		return reason{tool.KindFatal, "HTTP request URL is invalid or malformed.", false, ""}
	case broken:
	}
	return reason{tool.KindNetworkUnmapped, "HTTP request failed before a complete response was received.", true, ""}
}

// ToolError words the failure for the caller.
func (e *NoAnswer) ToolError() *tool.Error {
	r := e.reason()
	out := &tool.Error{
		Kind: r.kind, Message: r.message, Prompt: r.prompt,
		CanRetry:  r.retry && (!e.Write || e.unsent),
		Developer: e.Op,
		Extra:     map[string]string{"service": "atlassian", "operation": e.Op, "http_method": strings.Fields(e.Op)[0]},
		Err:       e,
	}
	if e.endpoint != "" {
		out.Extra["endpoint"] = e.endpoint
	}
	if e.Err != nil {
		out.Developer += fmt.Sprintf(": %T", e.Err)
	}
	if r.kind == tool.KindFatal {
		out.Status = 500
	}
	if e.Write && !e.unsent && r.kind != tool.KindFatal {
		out.Prompt = tool.UnknownOutcome
	}
	return out
}

func isCertificateProblem(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

func isTransportProblem(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	var noTLS tls.RecordHeaderError
	return errors.As(err, &dns) || errors.As(err, &op) || errors.As(err, &noTLS) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// isEncodingProblem recognizes a body that net/http could not unpack.
func isEncodingProblem(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}
