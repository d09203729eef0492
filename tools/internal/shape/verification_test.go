package shape_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	type read = func(context.Context) (string, error)
	slow := func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	for _, tt := range []struct {
		name string
		left time.Duration // of the call's time; 0 is unlimited
		read read
		want string
		took time.Duration
	}{
		{"as wanted", 0, func(context.Context) (string, error) { return "", nil }, `{"verified":true}`, 0},
		{"as wanted, in time", time.Minute, func(context.Context) (string, error) { return "", nil }, `{"verified":true}`, 0},
		{"different", 0, func(context.Context) (string, error) { return "The title is another.", nil }, `{"verified":false,"not_verified_because":"The title is another."}`, 0},
		{"too often", 0, func(context.Context) (string, error) {
			return "", &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Rate limit.", CanRetry: true}
		}, `{"verified":false,"not_verified_because":"Reading it back failed: Rate limit."}`, 0},
		{"odd", 0, func(context.Context) (string, error) { return "", errors.New("private") }, `{"verified":false,"not_verified_because":"Reading it back failed: An unhandled *errors.errorString was raised by the tool."}`, 0},
		{"a panic", 0, func(context.Context) (string, error) { panic("private") }, `{"verified":false,"not_verified_because":"The tool failed while reading it back."}`, 0},
		{"slow", 10 * time.Second, slow, `{"verified":false,"not_verified_because":"Reading it back took too long."}`, 9500 * time.Millisecond},
		{"no time", 400 * time.Millisecond, func(context.Context) (string, error) { panic("was read") }, `{"verified":false,"not_verified_because":"No time was left to read it back."}`, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if tt.left > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.left)
				defer cancel()
			}
			start := time.Now()
			v := shape.Verify(ctx, tt.read)
			got, err := json.Marshal(v)
			if err != nil || string(got) != tt.want || time.Since(start) != tt.took {
				t.Errorf("%s: %s after %s, %v", tt.name, got, time.Since(start), err)
			}
		})
	}
}
