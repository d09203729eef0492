package atlassian

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// Answers of operations that Remember are kept under the token, the list of
// the token's sites that they were asked with, and the request. When that list
// is forgotten, because the grant has changed, the answers are not found again.
type answerKey struct {
	token   tokenHash
	since   int64 // since when the list of sites is what it is
	request [sha256.Size]byte
}

type keptAnswer struct {
	answer
	since time.Time
}

// The bounds of what is kept for all tokens together.
const (
	longestKept = sitesKept
	answersKept = 64 << 20 // bytes
	biggestKept = 2 << 20  // bytes of one answer
	costOfOne   = 500      // bytes besides the body
)

func newAnswers() (*otter.Cache[answerKey, keptAnswer], error) {
	answers, err := otter.New(&otter.Options[answerKey, keptAnswer]{
		MaximumWeight:    answersKept,
		Weigher:          func(_ answerKey, kept keptAnswer) uint32 { return uint32(len(kept.body)) + costOfOne }, //nolint:gosec // at most biggestKept
		ExpiryCalculator: otter.ExpiryWriting[answerKey, keptAnswer](longestKept),
	})
	if err != nil {
		return nil, fmt.Errorf("answers cache: %w", err)
	}
	return answers, nil
}

func (s *session) answerKey(r request) answerKey {
	return answerKey{s.token, s.sitesSince.UnixNano(), sha256.Sum256([]byte(s.address + r.path + "?" + r.query))}
}

// errTooBig keeps an answer out of the cache.
var errTooBig = errors.New("the answer is too big to be remembered")

// recall returns an answer to the same request that is younger than keep, or has
// it asked for: calls that miss the same answer at the same time ask once. asked
// says that it was ask that made the answer, and has read it.
func (s *session) recall(ctx context.Context, keep time.Duration, r request, ask func(context.Context) (answer, error)) (a answer, asked bool, err error) {
	key := s.answerKey(r)
	young := func(kept keptAnswer) bool { return time.Since(kept.since) < keep }
	kept, ok := s.client.answers.GetIfPresent(key)
	if ok && young(kept) {
		s.client.telemetry.lookedUp(ctx, answersCache, true)
		return kept.answer, false, nil
	}
	if ok {
		s.client.answers.ComputeIfPresent(key, func(kept keptAnswer) (keptAnswer, otter.ComputeOp) {
			if young(kept) { // asked for by another call meanwhile
				return kept, otter.CancelOp
			}
			return kept, otter.InvalidateOp
		})
	}
	kept, err = s.client.answers.Get(ctx, key, otter.LoaderFunc[answerKey, keptAnswer](func(ctx context.Context, _ answerKey) (keptAnswer, error) {
		asked = true
		if a, err = ask(ctx); err == nil && len(a.body) > biggestKept {
			err = errTooBig
		}
		// A copy, since what was read into may be twice as large as what was read.
		return keptAnswer{answer{status: a.status, body: bytes.Clone(a.body)}, time.Now()}, err
	}))
	s.client.telemetry.lookedUp(ctx, answersCache, !asked)
	switch {
	case !errors.Is(err, errTooBig):
		return kept.answer, asked, err
	case asked:
		return a, true, nil
	}
	a, err = ask(ctx) // another call's was too big, and is not here
	return a, true, err
}
