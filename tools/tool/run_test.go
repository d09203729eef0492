package tool_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

func TestRunHandsOverBackendAndInputs(t *testing.T) {
	t.Parallel()
	tl := one(t, spec("GetThing"), func(_ context.Context, b lab, inv *tool.Invocation, in sample) (thing, error) {
		return thing{Text: string(b) + ", " + inv.UserID + ", " + in.Text}, nil
	})
	out, err := tl.Run(t.Context(), &tool.Invocation{UserID: "ada", Inputs: jsontext.Value(`{"text":"<é>"}`)})
	if got, want := string(out), `{"text":"backend, ada, <é>"}`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestRunRefusesBadInputsBeforeTheHandler(t *testing.T) {
	t.Parallel()
	tl := one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, sample) (thing, error) {
		t.Error("the handler ran")
		return thing{}, nil
	})
	for _, inputs := range []string{``, `null`, `{}`, `{"text":1}`, `{"text":"a","x":1}`, `{"text":"a","text":"a"}`, `{`} {
		_, err := tl.Run(t.Context(), &tool.Invocation{Inputs: jsontext.Value(inputs)})
		if err == nil || tool.Explain(err).Kind != tool.KindBadInput {
			t.Errorf("%q: got %v", inputs, err)
		}
	}
}

func TestRunReturnsTheHandlersError(t *testing.T) {
	t.Parallel()
	want := errors.New("no")
	tl := one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (thing, error) {
		return thing{Text: "half done"}, want
	})
	if out, err := tl.Run(t.Context(), &tool.Invocation{}); out != nil || !errors.Is(err, want) {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestOutputsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]thing{
		"NaN": {Share: math.NaN()}, "infinity": {Share: math.Inf(-1)}, "not UTF-8": {Text: "hunter2\xff"},
	} {
		tl := one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (thing, error) { return value, nil })
		out, err := tl.Run(t.Context(), &tool.Invocation{})
		if out != nil || err == nil {
			t.Errorf("%s: got %s, %v", name, out, err)
			continue
		}
		e := tool.Explain(err)
		if e.Kind != tool.KindBadOutput || e.Status != 500 || strings.Contains(e.Message+e.Developer, "hunter2") {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestEmptyListsAreNotNull(t *testing.T) {
	t.Parallel()
	type list struct {
		Things []thing           `json:"things" doc:"All."`
		ByName map[string]string `json:"by_name" doc:"All by name."`
	}
	tl := one(t, spec("ListThings"), func(context.Context, lab, *tool.Invocation, none) (list, error) { return list{}, nil })
	out, err := tl.Run(t.Context(), &tool.Invocation{})
	if want := `{"things":[],"by_name":{}}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
}

// explosive is an output that panics when it is encoded.
type explosive string

func (explosive) MarshalText() ([]byte, error) { panic("hunter2") }

func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	type bomb struct {
		Fuse explosive `json:"fuse" doc:"Do not look."`
	}
	boom := errors.New("hunter2")
	for name, tl := range map[string]*tool.Tool{
		"text":       one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (none, error) { panic("hunter2") }),
		"error":      one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (none, error) { panic(boom) }),
		"no handler": one[none, none](t, spec("GetThing"), nil),
		"encoding":   one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (bomb, error) { return bomb{"lit"}, nil }),
	} {
		out, err := tl.Run(t.Context(), &tool.Invocation{})
		if out != nil || err == nil {
			t.Errorf("%s: got %s, %v", name, out, err)
			continue
		}
		e := tool.Explain(err)
		if e.Kind != tool.KindFatal || e.Status != 500 || e.CanRetry || !strings.HasPrefix(e.Message, "An unhandled ") {
			t.Errorf("%s: got %+v", name, e)
		}
		if strings.Contains(e.Message+e.Developer+e.Stack, "hunter2") {
			t.Errorf("%s: the value is told in %+v", name, e)
		}
		if !strings.Contains(e.Stack, "tool.(*Tool).Run (tool.go:") || strings.Contains(e.Stack, "(/") {
			t.Errorf("%s: the stack is\n%s", name, e.Stack)
		}
		if name == "error" && !errors.Is(err, boom) {
			t.Errorf("%s: the cause is %v", name, e.Err)
		}
	}
}
