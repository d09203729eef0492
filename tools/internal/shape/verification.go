package shape

import (
	"context"
	"errors"
	"time"

	"arcade-atlassian/tools/tool"
)

// Verification is embedded in the answer of a tool that changes something: it
// says whether a read afterwards showed the change.
type Verification struct {
	Verified    bool   `json:"verified" doc:"Whether the change was read back."`
	NotVerified string `json:"not_verified_because,omitzero" doc:"Why it was not; the change was accepted all the same."`
}

// WasReadBack is Verified, for what keeps track of calls.
func (v Verification) WasReadBack() bool { return v.Verified }

// timeToAnswer is what Verify leaves of a call's time for the answer itself.
const timeToAnswer = 500 * time.Millisecond

// Verify reads back a change that has been accepted. read returns in what the
// thing differs from what was wanted, or "". Nothing that goes wrong while
// reading makes the change undone, so nothing becomes an error: it is the
// reason why the change is not verified. Verify ends before the call's time
// does.
func Verify(ctx context.Context, read func(context.Context) (difference string, err error)) (v Verification) {
	if deadline, ok := ctx.Deadline(); ok {
		if time.Until(deadline) <= timeToAnswer {
			return Verification{NotVerified: "No time was left to read it back."}
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-timeToAnswer))
		defer cancel()
	}
	defer func() {
		if recover() != nil {
			v = Verification{NotVerified: "The tool failed while reading it back."}
		}
	}()
	difference, err := read(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Verification{NotVerified: "Reading it back took too long."}
	case err != nil:
		return Verification{NotVerified: "Reading it back failed: " + tool.Explain(err).Message}
	case difference != "":
		return Verification{NotVerified: difference}
	}
	return Verification{Verified: true}
}
