package atlassian

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/upstream"
)

// isRateLimit recognizes a 403 that is a rate limit in disguise
// (protocol §5.5).
func isRateLimit(h http.Header) bool {
	for _, name := range []string{"X-Ratelimit-Remaining", "X-Rate-Limit-Remaining", "Ratelimit-Remaining", "X-App-Rate-Limit-Remaining"} {
		if f, ok := decimal(h.Get(name)); ok && f == 0 {
			return true
		}
	}
	after := h.Get("Retry-After")
	if f, ok := decimal(after); after == "" || ok && f <= 0 {
		return false
	}
	for _, name := range []string{"X-Ratelimit-Limit", "X-Rate-Limit-Limit", "Ratelimit-Limit"} {
		if h[name] != nil {
			return true
		}
	}
	return false
}

// limitReason reads which of Atlassian's limits a refusal is about (facts §4).
// A reason that is not known is one of a burst.
func limitReason(h http.Header) upstream.Reason {
	switch reason := strings.ToLower(h.Get("RateLimit-Reason")); {
	case strings.Contains(reason, "quota-global"):
		return upstream.AppQuota
	case strings.Contains(reason, "quota"):
		return upstream.SiteQuota
	case strings.Contains(reason, "per-issue-on-write"):
		return upstream.ObjectBurst
	case strings.HasSuffix(reason, "-burst-based"):
		return upstream.BurstOfAll
	}
	return upstream.Burst
}

var decimalNumeral = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// decimal reads a number as headers write it, in no other notation.
func decimal(s string) (float64, bool) {
	if !decimalNumeral.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// longestWait caps what a header may ask for: quotas are hourly (facts §4).
const longestWait = 24 * time.Hour

// retryAfter is how long an answer asks to wait, or nil when it does not say:
// Retry-After in seconds, with decimals or as a date (RFC 9110 §10.2.3);
// X-RateLimit-Reset as a moment (ISO 8601 or epoch) or in seconds;
// X-RateLimit-Reset-Ms. Never negative.
func retryAfter(h http.Header, now time.Time) *time.Duration {
	c := clocks{ours: now}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		c.theirs = theirs
	}
	for _, header := range []struct {
		name string
		read func(number float64) time.Duration
	}{
		{"Retry-After", span},
		{"X-Ratelimit-Reset", func(f float64) time.Duration { return spanOrMoment(f, time.Second, c) }},
		{"X-Ratelimit-Reset-Ms", func(f float64) time.Duration { return spanOrMoment(f, time.Millisecond, c) }},
	} {
		if d, ok := parseWait(strings.TrimSpace(h.Get(header.name)), header.read, c); ok {
			return new(min(max(0, d), longestWait))
		}
	}
	return nil
}

// clocks are two that may differ: this machine's, and that of whoever answered,
// which is zero when the answer has no Date.
type clocks struct{ ours, theirs time.Time }

// until is the time to a moment that an answer names. It was meant by their
// clock, and is the shorter of both when they differ: a clock that is a day
// ahead, theirs or a Date on the way, must not close a site for a day.
func (c clocks) until(t time.Time) time.Duration {
	ours := t.Sub(c.ours)
	if c.theirs.IsZero() {
		return ours
	}
	theirs := t.Sub(c.theirs)
	if ours > 0 && theirs > 0 {
		return min(ours, theirs)
	}
	return max(ours, theirs) // over by one of them: the other may know better
}

func parseWait(s string, read func(float64) time.Duration, c clocks) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	if f, ok := decimal(s); ok {
		return read(f), true
	}
	if t, err := http.ParseTime(s); err == nil {
		return c.until(t), true
	}
	// Atlassian's moments come with and without seconds and in every way of
	// writing an offset (facts §4, §16).
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return c.until(t), true
		}
	}
	return 0, false
}

// span is a number of seconds, as far as it is waited for.
func span(seconds float64) time.Duration {
	return time.Duration(min(max(0, seconds), longestWait.Seconds()) * float64(time.Second))
}

// spanOrMoment tells a moment since 1970 from a span: no span is thirty years
// long.
func spanOrMoment(f float64, unit time.Duration, c clocks) time.Duration {
	const moment = 1e9 // seconds; 2001
	switch seconds := f * unit.Seconds(); {
	case f >= moment*1000: // milliseconds, whatever the header's name says
		return c.until(time.UnixMilli(int64(min(f, 1e15))))
	case seconds >= moment:
		return c.until(time.Unix(int64(seconds), 0))
	default:
		return span(seconds)
	}
}
