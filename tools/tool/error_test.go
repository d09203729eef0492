package tool_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// refusal is an error that knows how it is to be told.
type refusal struct{ told *tool.Error }

func (r refusal) Error() string          { return "hunter2" }
func (r refusal) ToolError() *tool.Error { return r.told }

func TestExplain(t *testing.T) {
	t.Parallel()
	notFound := &tool.Error{Kind: tool.KindUpstreamNotFound, Message: "No such thing", Status: 404}
	soon, later := time.Second, 2*time.Second
	for _, tt := range []struct {
		name string
		err  error
		want tool.Error
	}{
		{"told by the tool", tool.Retry("Too many", "Use a or b."), tool.Error{
			Kind: tool.KindRetry, Message: "Too many", Prompt: "Use a or b.", CanRetry: true,
		}},
		{"wrapped", fmt.Errorf("find: %w", tool.NeedContext("Two match", "Ask which.")), tool.Error{
			Kind: tool.KindContextRequired, Message: "Two match", Prompt: "Ask which.",
		}},
		{"one of joined ones says how", errors.Join(errors.New("other"), tool.BadInput("issue", "No such issue", "A key.")), tool.Error{
			Kind: tool.KindBadInput, Status: 400, Prompt: "A key.",
			Message:   "Invalid input: issue: No such issue. An unhandled *errors.errorString was raised by the tool.",
			Developer: "Input validation failed: issue[value_error]. *errors.errorString (text withheld: it may quote inputs)",
		}},
		{"all bad inputs", fmt.Errorf("look up: %w", errors.Join(
			tool.BadInput("assignee", "No such user", "Ada or Bob."), badInputs(t),
			errors.Join(tool.BadInput("priority", "No such priority", "High or low."), nil), tool.BadInput("assignee", "No such user", "Ada or Bob."),
		)), tool.Error{
			Kind: tool.KindBadInput, Status: 400,
			Message:   "Invalid input: assignee: No such user; text: Field required; x: Extra inputs are not permitted; priority: No such priority",
			Developer: "Input validation failed: assignee[value_error]; text[missing]; x[extra_forbidden]; priority[value_error]",
			Prompt:    "Ada or Bob. Accepted parameters: text (string, required, at most 1000 characters). High or low.",
		}},
		{"different kinds", errors.Join(
			&tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down.", CanRetry: true, After: &soon, Status: 429},
			tool.BadInput("issue", "No such issue", "A key."), refusal{notFound},
			tool.NeedContext("Two match", "Ask which."),
		), tool.Error{
			Kind:    tool.KindContextRequired,
			Message: "Two match. Invalid input: issue: No such issue. No such thing. Slow down.", Prompt: "Ask which. A key.",
			Developer: "Input validation failed: issue[value_error]",
		}},
		{"all can be tried again", errors.Join(
			&tool.Error{Kind: tool.KindUpstreamServer, Message: "It broke.", CanRetry: true, After: &soon, Status: 503},
			&tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down", CanRetry: true, After: &later, Status: 429},
			fmt.Errorf("hunter2: %w", context.DeadlineExceeded),
		), tool.Error{
			Kind: tool.KindUpstreamRateLimit, Status: 429, CanRetry: true, After: &later,
			Message: "Slow down. It broke. The tool did not finish within its time limit.",
		}},
		{"one cannot be tried again", errors.Join(
			&tool.Error{Kind: tool.KindUpstreamServer, Message: "It broke.", CanRetry: true, After: &soon},
			&tool.Error{Kind: tool.KindNetworkUnmapped, Message: "It is too large."},
		), tool.Error{Kind: tool.KindUpstreamServer, Message: "It broke. It is too large."}},
		{"the longest pause counts", errors.Join(
			&tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "a", CanRetry: true, After: &soon},
			&tool.Error{Kind: tool.KindUpstreamServer, Message: "b!", CanRetry: true, After: &later},
			&tool.Error{Kind: tool.KindUpstreamServer, Message: "c", CanRetry: true},
		), tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "a. b! c", CanRetry: true, After: &later}},
		{"a panic behind what is graver", errors.Join(
			&tool.Error{Kind: tool.KindFatal, Message: "It fell.", Stack: "f (f.go:1)\n"},
			&tool.Error{Kind: tool.KindUpstreamAuth, Message: "No."},
		), tool.Error{Kind: tool.KindUpstreamAuth, Message: "No. It fell.", Stack: "f (f.go:1)\n"}},
		{"the others were canceled", errors.Join(context.Canceled, refusal{notFound}, fmt.Errorf("hunter2: %w", context.Canceled)), *notFound},
		{"all were canceled", errors.Join(context.Canceled, fmt.Errorf("hunter2: %w", context.Canceled)), tool.Error{
			Kind: tool.KindNetworkUnmapped, Message: "The caller went away before the tool finished.",
		}},
		{"a sentinel and its cause", fmt.Errorf("%w: %w", errors.New("hunter2"), refusal{notFound}), tool.Error{
			Kind: tool.KindUpstreamNotFound, Status: 404, Message: "No such thing. An unhandled *errors.errorString was raised by the tool.",
			Developer: "*errors.errorString (text withheld: it may quote inputs)",
		}},
		{"a panic among others", errors.Join(notFound, &tool.Error{Kind: tool.KindFatal, Message: "An unhandled string was raised by the tool.", Stack: "f (f.go:1)\n"}), tool.Error{
			Kind: tool.KindFatal, Message: "An unhandled string was raised by the tool. No such thing", Stack: "f (f.go:1)\n",
		}},
		{"joined nothing", emptyJoin{}, unforeseen("tool_test.emptyJoin")},
		{"no kind", &tool.Error{Message: "x", CanRetry: true}, tool.Error{Kind: tool.KindFatal, Message: "x", Status: 500}},
		{"a kind that Arcade does not know", fmt.Errorf("%w", refusal{&tool.Error{Kind: "NOT_FOUND", Message: "x", Status: 404}}), tool.Error{
			Kind: tool.KindFatal, Message: "x", Status: 404,
		}},
		{"classified", refusal{notFound}, *notFound},
		{"classified and wrapped", fmt.Errorf("get: %w", refusal{notFound}), *notFound},
		{"told wins over its cause", &tool.Error{Kind: tool.KindFatal, Message: "m", Err: context.Canceled}, tool.Error{
			Kind: tool.KindFatal, Message: "m",
		}},
		{"bad inputs", badInputs(t), tool.Error{
			Kind: tool.KindBadInput, Status: 400, Message: "Invalid input: text: Field required; x: Extra inputs are not permitted",
			Developer: "Input validation failed: text[missing]; x[extra_forbidden]", Prompt: "Accepted parameters: text (string, required, at most 1000 characters).",
		}},
		{"deadline", &url.Error{Op: "Get", URL: "hunter2", Err: context.DeadlineExceeded}, tool.Error{
			Kind: tool.KindNetworkTimeout, CanRetry: true, Message: "The tool did not finish within its time limit.",
		}},
		{"canceled", fmt.Errorf("hunter2: %w", context.Canceled), tool.Error{
			Kind: tool.KindNetworkUnmapped, Message: "The caller went away before the tool finished.",
		}},
		{"anything else", errors.New("hunter2"), unforeseen("*errors.errorString")},
		{"anything else, wrapped", fmt.Errorf("hunter2: %w", errors.New("hunter2")), unforeseen("*fmt.wrapError")},
		{"nil *Error", (*tool.Error)(nil), unforeseen("*tool.Error")},
		{"classified as nothing", refusal{}, unforeseen("tool_test.refusal")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tool.Explain(tt.err)
			if got == nil {
				t.Fatal("got nil")
			}
			if diff := cmp.Diff(tt.want, *got, cmpopts.IgnoreFields(tool.Error{}, "Err")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// emptyJoin wraps several errors, of which there are none.
type emptyJoin struct{}

func (emptyJoin) Error() string   { return "hunter2" }
func (emptyJoin) Unwrap() []error { return nil }

// What net and net/http say when there is no answer (protocol §5.6, §5.7).
func TestExplainErrorsOfTheNetwork(t *testing.T) {
	t.Parallel()
	const (
		timedOut    = "HTTP request timed out before a complete response was received."
		unreachable = "HTTP request failed before reaching the upstream service."
		broken      = "HTTP request failed before a complete response was received."
	)
	get := func(err error) error { return &url.Error{Op: "Get", URL: "https://hunter2", Err: err} }
	_, parse := http.NewRequest(http.MethodGet, "http://[hunter2", http.NoBody)
	for _, tt := range []struct {
		name    string
		err     error
		kind    tool.Kind
		retry   bool
		message string
	}{
		{"deadline of a connection", fmt.Errorf("hunter2: %w", os.ErrDeadlineExceeded), tool.KindNetworkTimeout, true, timedOut},
		{"time-out", get(&net.DNSError{Err: "hunter2", IsTimeout: true}), tool.KindNetworkTimeout, true, timedOut},
		{"DNS", get(&net.DNSError{Err: "hunter2", IsNotFound: true}), tool.KindNetworkUnreachable, true, unreachable},
		{"refused", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, tool.KindNetworkUnreachable, true, unreachable},
		{"reset", get(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}), tool.KindNetworkUnreachable, true, unreachable},
		{"closed", net.ErrClosed, tool.KindNetworkUnreachable, true, unreachable},
		{"cut", fmt.Errorf("hunter2: %w", io.ErrUnexpectedEOF), tool.KindNetworkUnreachable, true, unreachable},
		{"closed before the answer", get(io.EOF), tool.KindNetworkUnreachable, true, unreachable},
		{"anything else of a request", get(errors.New("hunter2")), tool.KindNetworkUnmapped, true, broken},
		{"no address", parse, tool.KindFatal, false, "HTTP request URL is invalid or malformed."},
		{"certificate", get(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), tool.KindFatal, false, "TLS handshake failed — likely a local certificate or trust configuration issue."},
		{"no error of the network", io.EOF, tool.KindFatal, false, "An unhandled *errors.errorString was raised by the tool."},
	} {
		e := tool.Explain(tt.err)
		if e.Kind != tt.kind || e.CanRetry != tt.retry || e.Message != tt.message || (e.Kind == tool.KindFatal) != (e.Status == 500) {
			t.Errorf("%s: got %+v", tt.name, e)
		}
		if strings.Contains(e.Message+e.Developer+e.Prompt, "hunter2") {
			t.Errorf("%s: the text is told in %+v", tt.name, e)
		}
		if !errors.Is(e, tt.err) {
			t.Errorf("%s: the cause is %v", tt.name, e.Err)
		}
	}
}

func TestManyJoinedErrorsAreBounded(t *testing.T) {
	t.Parallel()
	var errs []error
	for i := range 1000 {
		errs = append(errs, tool.BadInput(fmt.Sprintf("p%03d", i), "No such thing", fmt.Sprintf("Thing %d.", i)))
	}
	e := tool.Explain(errors.Join(errs...))
	if !strings.Contains(e.Message, "p019") || strings.Contains(e.Message, "p020") || !strings.HasSuffix(e.Message, ". And 980 more.") {
		t.Errorf("got %s", e.Message)
	}
	if strings.Contains(e.Developer, "p020") || strings.Contains(e.Prompt, "Thing 20.") {
		t.Errorf("got %s and %s", e.Developer, e.Prompt)
	}
}

// unforeseen is an error of which only the type is told.
func unforeseen(typ string) tool.Error {
	return tool.Error{
		Kind: tool.KindFatal, Status: 500, Message: "An unhandled " + typ + " was raised by the tool.",
		Developer: typ + " (text withheld: it may quote inputs)",
	}
}

func badInputs(t *testing.T) error {
	t.Helper()
	object, err := schema.Compile(reflect.TypeFor[sample]())
	if err != nil {
		t.Fatal(err)
	}
	var in sample
	return object.Decode(t.Context(), jsontext.Value(`{"x":"hunter2"}`), &in)
}

func TestErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	if err := error(&tool.Error{Message: "m", Err: cause}); !errors.Is(err, cause) || err.Error() != "m" {
		t.Errorf("got %v", err)
	}
	if got := tool.Explain(cause); !errors.Is(got, cause) {
		t.Errorf("got %v", got.Err)
	}
}
