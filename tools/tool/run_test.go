package tool_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
		"text":     one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (none, error) { panic("hunter2") }),
		"error":    one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (none, error) { panic(boom) }),
		"encoding": one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (bomb, error) { return bomb{"lit"}, nil }),
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
		if !strings.Contains(e.Stack, "tool.(*Tool).answer (run.go:") || strings.Contains(e.Stack, "(/") {
			t.Errorf("%s: the stack is\n%s", name, e.Stack)
		}
		if name == "error" && !errors.Is(err, boom) {
			t.Errorf("%s: the cause is %v", name, e.Err)
		}
	}
}

// between is an input with a rule between its fields.
type between struct {
	From int64 `json:"from" doc:"The first."`
	To   int64 `json:"to" doc:"The last."`
}

func (b between) Check() error {
	if b.From <= b.To {
		return nil
	}
	return errors.Join(
		tool.BadInput("from", "is after to", "A number up to to."),
		tool.BadInput("to", "is before from", "A number from from."),
	)
}

func TestInputsAreCheckedBeforeTheHandler(t *testing.T) {
	t.Parallel()
	tl := one(t, spec("GetThing"), func(_ context.Context, _ lab, _ *tool.Invocation, in between) (none, error) {
		if in.From > in.To {
			t.Error("the handler ran")
		}
		return none{}, nil
	})
	for inputs, want := range map[string]string{
		`{"from":1,"to":2}`:   "",
		`{"from":2,"to":1}`:   "Invalid input: from: is after to; to: is before from",
		`{"from":2,"to":"x"}`: "Invalid input: to: Input should be a valid integer, unable to parse string as an integer",
	} {
		if _, err := tl.Run(t.Context(), &tool.Invocation{Inputs: jsontext.Value(inputs)}); text(err) != want {
			t.Errorf("%s: got %v, want %q", inputs, err, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSecretsAndMetadata(t *testing.T) {
	t.Parallel()
	s := spec("GetThing")
	s.Secrets, s.Metadata = []string{"API_KEY", "API_USER"}, []string{"region"}
	tl := one(t, s, func(_ context.Context, _ lab, inv *tool.Invocation, _ none) (thing, error) {
		key, _ := inv.Secret("API_KEY")
		region, _ := inv.MetadataValue("region")
		if other, ok := inv.Secret("OTHER"); ok {
			t.Errorf("a secret that the tool does not declare is handed over: %q", other.Reveal())
		}
		return thing{Text: key.Reveal() + " in " + region}, nil
	})
	out, err := tl.Run(t.Context(), &tool.Invocation{
		Secrets:  map[string]tool.Secret{"api_key": tool.NewSecret("hunter2"), "API_USER": tool.NewSecret(""), "OTHER": tool.NewSecret("x")},
		Metadata: map[string]string{"Region": "eu"},
	})
	if want := `{"text":"hunter2 in eu"}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
	_, err = tl.Run(t.Context(), &tool.Invocation{Secrets: map[string]tool.Secret{"API_USER": tool.NewSecret("hunter2")}})
	const told = "Secret 'API_KEY' not found in context. Metadata 'region' not found in context."
	want := &tool.Error{
		Kind: tool.KindFatal, Status: 500, Message: told, Developer: told,
		Prompt: "An administrator has to set it in Arcade. Repeating the call does not help.",
	}
	if diff := cmp.Diff(want, tool.Explain(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// After a change nothing is retryable, whatever fails.
func TestFailuresAfterAChange(t *testing.T) {
	t.Parallel()
	soon := time.Second
	const (
		made   = "Before that, the call made these changes, which remain: POST /thing; thing T-1 was created."
		prompt = "Do not repeat this call: what it did would be done twice (POST /thing; thing T-1 was created). " +
			"Read what is there now, and go on with tools that update it."
	)
	for _, tt := range []struct {
		name string
		err  error
		want tool.Error
	}{
		{"rate limit", &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down", Status: 429, CanRetry: true, After: &soon, Prompt: "Wait."}, tool.Error{
			Kind: tool.KindUpstreamRateLimit, Message: "Slow down. " + made, Status: 429, Prompt: prompt + " About the failure: Wait.",
		}},
		{"classified", refusal{&tool.Error{Kind: tool.KindUpstreamServer, Message: "It broke.", CanRetry: true}}, tool.Error{
			Kind: tool.KindUpstreamServer, Message: "It broke. " + made, Prompt: prompt,
		}},
		{"retry", tool.Retry("Too many", "Use a."), tool.Error{
			Kind: tool.KindContextRequired, Message: "Too many. " + made, Prompt: prompt + " About the failure: Use a.",
		}},
		{"network", context.DeadlineExceeded, tool.Error{
			Kind: tool.KindNetworkTimeout, Message: "The tool did not finish within its time limit. " + made, Prompt: prompt,
		}},
		{"anything else", errors.New("hunter2"), tool.Error{
			Kind: tool.KindFatal, Status: 500, Message: "An unhandled *errors.errorString was raised by the tool. " + made, Prompt: prompt,
			Developer: "*errors.errorString (text withheld: it may quote inputs)",
		}},
		{"encoding", nil, tool.Error{
			Kind: tool.KindBadOutput, Status: 500, Message: "Failed to serialize tool output. " + made, Prompt: prompt,
			Developer: "tool_test.thing does not encode as JSON",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := one(t, spec("MakeThing", postThing), func(_ context.Context, _ lab, inv *tool.Invocation, _ none) (thing, error) {
				inv.Changed("POST /thing")
				inv.Changed("thing T-1 was created")
				inv.Changed("POST /thing")
				return thing{Share: math.NaN()}, tt.err
			})
			inv := &tool.Invocation{}
			_, err := tl.Run(t.Context(), inv)
			got, ok := errors.AsType[*tool.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(tt.want, *got, cmpopts.IgnoreFields(tool.Error{}, "Err")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("the cause is %v", got.Err)
			}
			if diff := cmp.Diff([]string{"POST /thing", "thing T-1 was created"}, inv.Changes()); diff != "" {
				t.Errorf("changes: -want +got:\n%s", diff)
			}
		})
	}
}

func TestAPanicAfterAChange(t *testing.T) {
	t.Parallel()
	tl := one(t, spec("MakeThing", postThing), func(_ context.Context, _ lab, inv *tool.Invocation, _ none) (none, error) {
		inv.Changed("thing T-1 was created")
		panic("hunter2")
	})
	_, err := tl.Run(t.Context(), &tool.Invocation{})
	if e := tool.Explain(err); e.CanRetry || !strings.Contains(e.Message, "thing T-1 was created") || e.Stack == "" {
		t.Errorf("got %+v", e)
	}
}

// A tool that writes does not know what became of a request without an
// answer; one that reads may ask again.
func TestNoAnswerToAWriteIsNotRetryable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		uses []tool.Operation
		err  error
		want bool
	}{
		{[]tool.Operation{getThing}, context.DeadlineExceeded, true},
		{[]tool.Operation{getThing, postThing}, context.DeadlineExceeded, false},
		{[]tool.Operation{putThing}, errors.Join(&tool.Error{Kind: tool.KindUpstreamServer, CanRetry: true, After: new(time.Second)}, context.DeadlineExceeded), false},
		{[]tool.Operation{putThing}, &tool.Error{Kind: tool.KindUpstreamServer, CanRetry: true}, true},
	} {
		tl := one(t, spec("GetThing", tt.uses...), func(context.Context, lab, *tool.Invocation, none) (none, error) { return none{}, tt.err })
		_, err := tl.Run(t.Context(), &tool.Invocation{})
		e := tool.Explain(err)
		if e.CanRetry != tt.want || e.After != nil {
			t.Errorf("%v with %v: got %+v", tt.uses, tt.err, e)
		}
		const look = "It is not known whether the change was made: look before making it again."
		if told := strings.Contains(e.Prompt, look); told == tt.want {
			t.Errorf("%v with %v: the prompt is %q", tt.uses, tt.err, e.Prompt)
		}
	}
}

func TestChangesAreBounded(t *testing.T) {
	t.Parallel()
	var inv tool.Invocation
	var writes sync.WaitGroup
	for i := range 200 {
		writes.Go(func() { inv.Changed(string(rune('a'+i)) + strings.Repeat("é", 1000)) })
	}
	writes.Wait()
	total := 0
	for _, change := range inv.Changes() {
		total += len(change)
	}
	if n := len(inv.Changes()); total > 20_000 || n != 50 {
		t.Errorf("%d bytes of changes", total)
	}
}

// The answer comes when the time is up, whatever the handler does; what it
// does later is not told.
func TestAHandlerThatIgnoresItsTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		tl := one(t, spec("MakeThing", postThing), func(_ context.Context, _ lab, inv *tool.Invocation, _ none) (none, error) {
			inv.Changed("thing T-1 was created")
			<-release
			inv.Changed("thing T-2 was created")
			return none{}, nil
		})
		run := func() (*tool.Error, time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, err := tl.Run(ctx, &tool.Invocation{})
			return tool.Explain(err), time.Since(start)
		}
		const overdue = 32
		for i := range overdue {
			e, took := run()
			if took < 10*time.Second || took > 11*time.Second {
				t.Errorf("the answer came after %s", took)
			}
			if e.Kind != tool.KindNetworkTimeout || e.CanRetry || !strings.Contains(e.Prompt, "T-1") || strings.Contains(e.Prompt, "T-2") {
				t.Errorf("got %+v", e)
			}
			if tl.Overdue() != i+1 {
				t.Errorf("%d handlers are overdue, want %d", tl.Overdue(), i+1)
			}
		}
		if e, took := run(); e.Kind != tool.KindFatal || took != 0 || !strings.HasPrefix(e.Message, "The tool is out of service") {
			t.Errorf("after %s: %+v", took, e)
		}
		close(release)
		synctest.Wait()
		if tl.Overdue() != 0 {
			t.Errorf("%d handlers are overdue", tl.Overdue())
		}
		if _, err := tl.Run(t.Context(), &tool.Invocation{}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A handler that keeps to its context is heard.
func TestAHandlerTellsItsSideOfATimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tl := one(t, spec("MakeThing", postThing), func(ctx context.Context, _ lab, _ *tool.Invocation, _ none) (none, error) {
			<-ctx.Done()
			return none{}, &tool.Error{Kind: tool.KindNetworkTimeout, Message: "POST /thing timed out"}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tl.Run(ctx, &tool.Invocation{}); text(err) != "POST /thing timed out" || tl.Overdue() != 0 {
			t.Errorf("got %v, %d overdue", err, tl.Overdue())
		}
	})
}

func TestAHandlerThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	tl := one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (none, error) {
		runtime.Goexit()
		return none{}, nil
	})
	if _, err := tl.Run(t.Context(), &tool.Invocation{}); err == nil || tool.Explain(err).Kind != tool.KindFatal {
		t.Errorf("got %v", err)
	}
}

func TestOutputsAreBounded(t *testing.T) {
	t.Parallel()
	size := func(n int) *tool.Tool {
		return one(t, spec("GetThing"), func(context.Context, lab, *tool.Invocation, none) (thing, error) {
			return thing{Text: strings.Repeat("x", n-len(`{"text":""}`))}, nil
		})
	}
	if out, err := size(tool.MaxOutput).Run(t.Context(), &tool.Invocation{}); err != nil || len(out) != tool.MaxOutput {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	_, err := size(tool.MaxOutput+1).Run(t.Context(), &tool.Invocation{})
	want := tool.Error{
		Kind: tool.KindBadOutput, Status: 500, Message: "The output is larger than 4 MiB.",
		Prompt: "Ask for less: a lower limit, fewer fields or a narrower query.",
	}
	if diff := cmp.Diff(want, *tool.Explain(err), cmpopts.IgnoreFields(tool.Error{}, "Err")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	large := spec("GetThing")
	large.MaxOutput = 2 * tool.MaxOutput
	tl := one(t, large, func(context.Context, lab, *tool.Invocation, none) (thing, error) {
		return thing{Text: strings.Repeat("x", tool.MaxOutput)}, nil
	})
	if _, err := tl.Run(t.Context(), &tool.Invocation{}); err != nil {
		t.Errorf("a tool that may return more: %v", err)
	}
}

// An output says first which of its members hold text that people wrote, within
// its limit.
func TestUntrustedTextIsNamedFirst(t *testing.T) {
	t.Parallel()
	type page struct {
		ID    string `json:"id" doc:"Its ID."`
		Title string `json:"title,omitzero" doc:"Its title." untrusted:"true"`
		Body  string `json:"body,omitzero" doc:"Its text." untrusted:"true"`
	}
	tl := one(t, spec("GetPage"), func(_ context.Context, _ lab, inv *tool.Invocation, _ none) (page, error) {
		if inv.UserID == "nobody" {
			return page{ID: "1"}, nil
		}
		return page{ID: "1", Title: inv.UserID, Body: "<!-- do as I say -->"}, nil
	})
	for user, want := range map[string]string{
		"ada":    `{"untrusted_text":["title","body"],"id":"1","title":"ada","body":"<!-- do as I say -->"}`,
		"":       `{"untrusted_text":["body"],"id":"1","body":"<!-- do as I say -->"}`,
		"nobody": `{"id":"1"}`,
	} {
		if out, err := tl.Run(t.Context(), &tool.Invocation{UserID: user}); err != nil || string(out) != want {
			t.Errorf("%q: %s, %v; want %s", user, out, err, want)
		}
	}
	rest := len(`{"untrusted_text":["title","body"],"id":"1","title":"","body":"<!-- do as I say -->"}`)
	for n, fits := range map[int]bool{tool.MaxOutput - rest: true, tool.MaxOutput - rest + 1: false} {
		if out, err := tl.Run(t.Context(), &tool.Invocation{UserID: strings.Repeat("x", n)}); (err == nil) != fits || len(out) > tool.MaxOutput {
			t.Errorf("%d bytes, %v", len(out), err)
		}
	}
}

// A large output is given up where it gets too large, not when it is complete.
func TestEncodingStopsAtTheLimit(t *testing.T) {
	type list struct {
		Things []thing `json:"things" doc:"Things."`
	}
	things := make([]thing, 1<<20) // 1 MiB of them would be 12 MB of JSON
	tl := one(t, spec("ListThings"), func(context.Context, lab, *tool.Invocation, none) (list, error) { return list{things}, nil })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := tl.Run(t.Context(), &tool.Invocation{})
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Fatal("no error")
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 12*tool.MaxOutput {
		t.Errorf("%d MiB were allocated for an output of at most %d", took>>20, tool.MaxOutput>>20)
	}
}
