package lookup_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

func TestParallelTellsEverythingThatCanBeMended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := lookup.Parallel(t.Context(), 4,
			func(context.Context) error {
				<-time.After(time.Second)
				return tool.BadInput("project", "no such project", "A key.")
			},
			func(context.Context) error { return tool.NeedContext("Several people match assignee.", "Ask which.") },
			func(context.Context) error { return nil },
			func(context.Context) error {
				<-time.After(time.Minute)
				return tool.Retry("Invalid input: priority: none has this name", "Highest.")
			},
		)
		for _, want := range []string{"project: no such project", "Several people", "priority"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not tell %q", err, want)
			}
		}
	})
}

func TestParallelStopsAtWhatCannotBeMended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expired := &tool.Error{Kind: tool.KindUpstreamAuth, Message: "expired"}
		start := time.Now()
		var late atomic.Bool
		wait := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		err := lookup.Parallel(t.Context(), 3,
			wait,
			func(context.Context) error { <-time.After(time.Second); return expired },
			wait,
			func(context.Context) error { late.Store(true); return nil },
		)
		if !errors.Is(err, expired) || errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the first cause alone", err)
		}
		if late.Load() {
			t.Error("a task started after the failure")
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %s of simulated time", took)
		}
	})
}

func TestParallelSurvivesPanics(t *testing.T) {
	t.Parallel()
	err := lookup.Parallel(t.Context(), 2, func(context.Context) error { panic("hunter2") })
	failure := tool.Explain(err)
	if failure.Kind != tool.KindFatal || !strings.Contains(failure.Stack, "TestParallelSurvivesPanics") {
		t.Errorf("%+v", failure)
	}
	if strings.Contains(failure.Message+failure.Developer+failure.Stack, "hunter2") {
		t.Error("shows the panic's value")
	}
}

func TestParallelKeepsTheLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{-1, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			var running, most atomic.Int64
			results, err := lookup.Map(t.Context(), limit, []int{0, 1, 2, 3, 4, 5, 6}, func(_ context.Context, i int) (int, error) {
				if now := running.Add(1); now > most.Load() {
					most.Store(now)
				}
				defer running.Add(-1)
				<-time.After(time.Duration(10-i) * time.Second)
				return i * i, nil
			})
			if diff := cmp.Diff([]int{0, 1, 4, 9, 16, 25, 36}, results); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if want := int64(max(1, limit)); most.Load() != want {
				t.Errorf("limit %d: %d at a time", limit, most.Load())
			}
		})
	}
}

func TestParallelObservesItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results, err := lookup.Map(ctx, 1, []int{1, 2}, func(_ context.Context, i int) (int, error) {
		t.Errorf("task %d started after the end", i)
		return i, nil
	})
	if !errors.Is(err, context.Canceled) || results != nil {
		t.Errorf("%v, %v", results, err)
	}
}
