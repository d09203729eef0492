package atlassian

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// Answers of operations that Remember are kept under the token, the list of
// the token's sites that they were asked with, and the request. When that list
// is forgotten, because the grant has changed, the answers are not found again.
type answerKey struct {
	token   tokenHash
	asked   int64 // when the list of sites was asked for
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
	return answerKey{s.token, s.sitesAsked.UnixNano(), sha256.Sum256([]byte(s.address + r.path + "?" + r.query))}
}

// recall returns an answer to the same request that is young enough.
func (s *session) recall(ctx context.Context, o *op, r request) (answer, bool) {
	if o.remember <= 0 {
		return answer{}, false
	}
	kept, ok := s.client.answers.GetIfPresent(s.answerKey(r))
	ok = ok && time.Since(kept.since) < o.remember
	s.client.telemetry.lookedUp(ctx, answersCache, ok)
	if !ok {
		return answer{}, false
	}
	return kept.answer, true
}

// keep remembers a usable answer.
func (s *session) keep(o *op, r request, a answer) {
	if o.remember > 0 && len(a.body) <= biggestKept {
		s.client.answers.Set(s.answerKey(r), keptAnswer{answer{status: a.status, body: a.body}, time.Now()})
	}
}
