package tool_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"testing"

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
		{"joined", errors.Join(errors.New("other"), tool.BadInput("issue", "No such issue", "A key.")), tool.Error{
			Kind: tool.KindBadInput, Status: 400, Message: "Invalid input: issue: No such issue",
			Developer: "Input validation failed: issue[value_error]", Prompt: "A key.",
		}},
		{"classified", refusal{notFound}, *notFound},
		{"classified and wrapped", fmt.Errorf("get: %w", refusal{notFound}), *notFound},
		{"told wins over its cause", &tool.Error{Kind: tool.KindFatal, Message: "m", Err: context.Canceled}, tool.Error{
			Kind: tool.KindFatal, Message: "m",
		}},
		{"bad inputs", badInputs(t), tool.Error{
			Kind: tool.KindBadInput, Status: 400, Message: "Invalid input: text: Field required; x: Extra inputs are not permitted",
			Developer: "Input validation failed: text[missing]; x[extra_forbidden]", Prompt: "Accepted parameters: text (string, required).",
		}},
		{"deadline", &url.Error{Op: "Get", URL: "hunter2", Err: context.DeadlineExceeded}, tool.Error{
			Kind: tool.KindNetworkTimeout, Message: "The tool did not finish within its time limit.",
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
	return object.Decode(jsontext.Value(`{"x":"hunter2"}`), &in)
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
