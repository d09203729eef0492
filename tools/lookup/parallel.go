package lookup

import (
	"context"
	"errors"
	"sync"

	"arcade-atlassian/tools/tool"
)

// Parallel runs tasks, at most limit of them at a time, and returns when all
// have ended. The error joins those of the tasks, in their order, so that one
// answer names every parameter that is wrong.
//
// A failure that the caller of the tool can mend (a wrong parameter, a choice
// to be made) lets the other tasks go on, because they may have more to say.
// Any other failure cancels them and is returned without the errors that the
// cancellation caused. A panic in a task is such a failure: it ends the call,
// not the process. A limit below 1 means 1.
func Parallel(ctx context.Context, limit int, tasks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(tasks))
	slots := make(chan struct{}, max(1, limit))
	var (
		wait  sync.WaitGroup
		once  sync.Once
		cause error // the failure that canceled the rest
	)
	for i, task := range tasks {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			if errs[i] = protect(ctx, task); errs[i] != nil && !Mendable(errs[i]) {
				once.Do(func() {
					cause = errs[i]
					cancel()
				})
			}
		})
	}
	wait.Wait()
	if cause != nil {
		return cause
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// Map calls f for every item, at most limit at a time, and returns the results
// in the order of the items. Errors are those of Parallel; with one, the
// results are nil.
func Map[T, R any](ctx context.Context, limit int, items []T, f func(context.Context, T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	tasks := make([]func(context.Context) error, len(items))
	for i, item := range items {
		tasks[i] = func(ctx context.Context) (err error) {
			results[i], err = f(ctx, item)
			return err
		}
	}
	if err := Parallel(ctx, limit, tasks...); err != nil {
		return nil, err
	}
	return results, nil
}

// protect runs a task and turns its panic into an error.
func protect(ctx context.Context, task func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = tool.Panicked(p)
		}
	}()
	return task(ctx)
}

// Mendable reports whether the caller of the tool can mend the failure by
// another value or a choice.
func Mendable(err error) bool {
	switch tool.Explain(err).Kind {
	case tool.KindBadInput, tool.KindRetry, tool.KindContextRequired:
		return true
	default:
		return false
	}
}
