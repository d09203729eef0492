package upstream

import "time"

// breaker stops requests to what has failed again and again.
//
// sony/gobreaker does not fit: it counts failures without knowing whose they
// are, so that one user's broken request would stop everybody, it does not tell
// when it will ask again, and a site that stays down is asked as often as one
// that has just failed.
type breaker struct {
	// several says that failures of one token alone do not open it: they may be
	// that user's own trouble.
	several bool

	failures int           // in a row, each request once
	counted  map[Token]int // of them, as far as one token's count
	since    time.Time     // of the first of them
	last     time.Time     // of the last of them
	status   int           // of the last of them

	span   time.Duration // for how long it is open; 0 is closed
	until  time.Time     // then one request at a time is let through
	trying bool
}

const (
	// tolerated is how many failures in a row open a breaker.
	tolerated = 10
	// ofOne is how many of them may be one token's where several are needed.
	ofOne = tolerated / 2
	// firstOpen and longestOpen are how long it is open: twice as long after
	// every trial that fails.
	firstOpen   = 2 * time.Second
	longestOpen = 30 * time.Second
	// trialTime is when to come back while a trial is under way.
	trialTime = time.Second
)

// refuses says why a request must not be sent now, or nil.
func (b *breaker) refuses(now time.Time) *Refusal {
	if b.span == 0 || !now.Before(b.until) && !b.trying {
		return nil
	}
	after := b.until.Sub(now)
	if after <= 0 {
		after = trialTime
	}
	return &Refusal{Reason: Down, After: after, Failures: b.failures, Within: b.last.Sub(b.since), Status: b.status}
}

// try reports whether the request that is let through now is a trial.
func (b *breaker) try() bool {
	b.trying = b.span > 0
	return b.trying
}

// record counts how a request went. A request that is repeated counts as one
// failure, with its first attempt, so that a breaker tells of many requests.
func (b *breaker) record(t Token, o Outcome, now time.Time, trial, repeats bool) {
	if trial {
		b.trying = false
	}
	switch {
	case o.Health == Healthy:
		*b = breaker{several: b.several}
	case o.Health == Failed && trial:
		b.failures++
		b.last, b.status = now, o.Status
		b.open(min(2*b.span, longestOpen), now)
	case o.Health == Failed && b.span == 0 && !repeats:
		if b.failures == 0 {
			b.since = now
		}
		b.failures++
		b.last, b.status = now, o.Status
		if b.count(t) >= tolerated {
			b.open(firstOpen, now)
		}
	}
}

// count returns how many failures speak for opening.
func (b *breaker) count(t Token) int {
	if !b.several {
		return b.failures
	}
	if b.counted == nil {
		b.counted = map[Token]int{}
	}
	b.counted[t] = min(b.counted[t]+1, ofOne)
	sum := 0
	for _, n := range b.counted {
		sum += n
	}
	return sum
}

func (b *breaker) open(span time.Duration, now time.Time) {
	b.span, b.until = span, now.Add(span)
}
