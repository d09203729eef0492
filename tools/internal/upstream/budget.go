package upstream

import "time"

// budget bounds repetitions to a share of the requests, for the whole process:
// when the service fails, every call repeating its requests would multiply what
// it has to refuse.
type budget struct {
	left  float64
	since time.Time // until when the floor is counted in
}

const (
	// share of the requests that may be repeated in the long run.
	share = 0.1
	// saved is how many repetitions may be saved up: enough for a few calls that
	// repeat all they can.
	saved = 20
	// floor is how long it takes until one more repetition is allowed without any
	// request, so that a worker with few calls repeats all of them.
	floor = 10 * time.Second
)

func newBudget(now time.Time) budget { return budget{left: saved, since: now} }

// earn counts a request that is sent for the first time.
func (b *budget) earn() { b.left = min(saved, b.left+share) }

// spend takes a repetition if there is one.
func (b *budget) spend(now time.Time) bool {
	b.left = min(saved, b.left+now.Sub(b.since).Seconds()/floor.Seconds())
	b.since = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
