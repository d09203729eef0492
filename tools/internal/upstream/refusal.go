package upstream

import (
	"fmt"
	"time"
)

// Refusal is a request that was not sent.
type Refusal struct {
	Reason Reason
	// After is when it may be tried again, from now.
	After time.Duration
	// Failures, Within and Status tell of a site that is Down: how many requests
	// failed in a row, between the first and the last of them, and the status of
	// the last one; 0 is none.
	Failures int
	Within   time.Duration
	Status   int
	// Limit is the one that keeps a request waiting too long or out of the
	// queue, for a site or a token that is Busy.
	Limit int
}

// Reason is why a request was not sent, or why the service refused one for its
// rate.
type Reason int

// The reasons.
const (
	// Burst is too many requests of a sort: they are delayed.
	Burst Reason = iota
	// BurstOfAll is Burst that the service counts for all tokens together.
	BurstOfAll
	// ObjectBurst is too many changes of one object.
	ObjectBurst
	// SiteQuota is the hourly quota of a site: waiting within a call is of no use.
	SiteQuota
	// AppQuota is the hourly quota of the program at all sites.
	AppQuota
	// Down is a site that has failed too often in a row.
	Down
	// SiteBusy and TokenBusy are too many requests under way or waiting.
	SiteBusy
	TokenBusy
)

var reasons = [...]string{"burst", "burst of all", "object burst", "site quota", "app quota", "down", "site busy", "token busy"}

// String is the reason in a word or two.
func (r Reason) String() string { return reasons[r] }

// Quota reports whether an hourly quota is used up, which no wait within a call
// changes.
func (r Reason) Quota() bool { return r == SiteQuota || r == AppQuota }

// Unsaid is for how long nothing of the sort is sent after a refusal that gives no
// time.
func (r Reason) Unsaid() time.Duration {
	if r.Quota() {
		return unsaidQuota
	}
	return unsaid
}

// Error names the reason.
func (r *Refusal) Error() string { return fmt.Sprintf("not sent: %s", r.Reason) }
