package redis

import (
	"context"
	"strings"
	"time"

	"arcade-atlassian/tools/shared"
)

// BePatient lets a Store wait for answers longer than a worker can, so that a
// busy machine does not look like a Redis that is gone.
func (s *Store) BePatient() { s.wait = 20 * time.Second }

// BeImpatient takes that back.
func (s *Store) BeImpatient() { s.wait = askTimeout }

// BreakerWait is for how long Redis is not asked after it last gave no answer.
func (s *Store) BreakerWait() time.Duration {
	s.breaker.mu.Lock()
	defer s.breaker.mu.Unlock()
	return s.breaker.wait
}

// KeepsTime reports whether what this process has put under k ends at its time also
// when the system's clock is set.
func (s *Store) KeepsTime(ctx context.Context, k shared.Key) bool {
	v, ok := s.recall(ctx, k)
	return ok && strings.Contains(v.until.String(), " m=") // the monotonic reading
}
