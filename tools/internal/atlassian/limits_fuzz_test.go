package atlassian_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
)

// FuzzRetryAfter holds that no header makes a call wait for less than no time or
// for longer than a day, and that what means something is read as that.
func FuzzRetryAfter(f *testing.F) {
	for i, value := range []string{
		"", "0", "7", " 7 ", "-5", "1.5", "-0.0", "1e9", "0x10", "NaN", "Inf", "+5", "1,5", "9223372036854775807", "9223372036854775808", strings.Repeat("9", 400), "." + strings.Repeat("0", 50) + "1",
		"Mon, 02 Mar 2026 09:00:00 GMT", "Monday, 02-Mar-26 09:00:00 GMT", "Mon Mar  2 09:00:00 2026", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
		"2026-03-02T09:00Z", "2026-03-02T09:00:00+0100", "2026-03-02T09:00:00.5Z", "2026-13-02T09:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1772442000", "1772442000000", "1e15", "soon", "\x00", "７",
	} {
		f.Add(value, "", "", int64(1772441990))
		f.Add("", value, "", int64(1772441990))
		f.Add("", "", value, int64(1772441990+i))
	}
	f.Fuzz(func(t *testing.T, after, reset, resetMs string, unix int64) {
		const century = 4_102_444_800 // 2100: no clock shows more
		now := time.Unix((unix%century+century)%century, 0)
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}, "X-Ratelimit-Reset-Ms": {resetMs}}
		const day = 24 * time.Hour
		wait := atlassian.RetryAfter(h, now)
		if wait != nil && (*wait < 0 || *wait > day) {
			t.Fatalf("%q waits %s", h, *wait)
		}
		within := func(d time.Duration) time.Duration { return min(max(0, d), day) }
		trimmed := strings.TrimSpace(after)
		if n, err := strconv.ParseUint(trimmed, 10, 31); err == nil {
			if want := within(time.Duration(n) * time.Second); wait == nil || *wait != want {
				t.Fatalf("%q waits %v, want %s", after, wait, want)
			}
		} else if at, err := time.Parse(http.TimeFormat, trimmed); err == nil {
			if want := within(at.Sub(now)); wait == nil || *wait != want {
				t.Fatalf("%q at %s waits %v, want %s", after, now, wait, want)
			}
		} else if !strings.ContainsAny(after+reset+resetMs, "0123456789") && wait != nil {
			t.Fatalf("%q waits %s for nothing", h, *wait)
		}
		if again := atlassian.RetryAfter(h, now); (again == nil) != (wait == nil) || again != nil && *again != *wait {
			t.Fatalf("%q waits %v, then %v", h, wait, again)
		}
	})
}
