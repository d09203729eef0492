package atlassian_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"arcade-atlassian/tools/tool"
)

// failure is what is told about an answer to a read, without any repetition.
// In simulated time it is always the first moment of the year 2000.
func failure(t *testing.T, product roundTrip) *tool.Error {
	t.Helper()
	s := onSite(t, product)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond) // less than any pause
	defer cancel()
	return told(t, read(ctx, s))
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const (
		none = time.Second // the reference's answer to a missing header
		day  = 24 * time.Hour
	)
	tests := []struct {
		headers []string
		want    time.Duration
	}{
		{nil, none},
		{[]string{"Retry-After", "7"}, 7 * time.Second},
		{[]string{"Retry-After", " 7 "}, 7 * time.Second},
		{[]string{"Retry-After", "0"}, 0},
		{[]string{"Retry-After", "-0"}, 0},
		{[]string{"Retry-After", "1.5"}, 1500 * time.Millisecond},
		{[]string{"Retry-After", "0.25"}, 250 * time.Millisecond},
		{[]string{"Retry-After", "1e1"}, none},
		{[]string{"Retry-After", "-5"}, 0},
		{[]string{"Retry-After", "-" + strings.Repeat("9", 300)}, 0},
		{[]string{"Retry-After", "3600"}, time.Hour},
		{[]string{"Retry-After", "86401"}, day},
		{[]string{"Retry-After", strings.Repeat("9", 300)}, day},
		{[]string{"Retry-After", "99999999999999999999999"}, day},
		{[]string{"Retry-After", "946684860"}, day},  // the epoch of this test's first minute
		{[]string{"Retry-After", "1000000000"}, day}, // not a moment in 2001, which is over or far off
		{[]string{"Retry-After", "1e999"}, none},
		{[]string{"Retry-After", "NaN"}, none},
		{[]string{"Retry-After", "inf"}, none},
		{[]string{"Retry-After", "-Infinity"}, none},
		{[]string{"Retry-After", "soon"}, none},
		{[]string{"Retry-After", ""}, none},
		{[]string{"Retry-After", "7 seconds"}, none},
		{[]string{"Retry-After", "\xff"}, none},
		{[]string{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Saturday, 01-Jan-00 00:00:42 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Sat Jan  1 00:00:42 2000"}, 42 * time.Second},
		{[]string{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}, 0},
		{[]string{"Retry-After", "Fri, 31 Dec 2099 23:59:59 GMT"}, day},
		{[]string{"X-RateLimit-Reset", "2000-01-01T00:01:00Z"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T00:01Z"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T00:01:00.500Z"}, time.Minute + 500*time.Millisecond},
		{[]string{"X-RateLimit-Reset", "2000-01-01T02:01:00+02:00"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T02:01+02:00"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T02:01:00+0200"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T02:01+0200"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T00:01:00"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "2000-01-01T00:01"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "1999-12-31T23:00:00Z"}, 0},
		{[]string{"X-RateLimit-Reset", "9999-12-31T23:00:00Z"}, day},
		{[]string{"X-RateLimit-Reset", "2000-13-41T00:00Z"}, none},
		{[]string{"X-RateLimit-Reset", "60"}, time.Minute},
		{[]string{"X-RateLimit-Reset", "946684860"}, day}, // before 2001 a moment cannot be told from a span
		{[]string{"X-RateLimit-Reset", "1000000000"}, day},
		{[]string{"X-RateLimit-Reset", "1" + strings.Repeat("0", 15)}, day},
		{[]string{"X-RateLimit-Reset-Ms", "1500"}, 1500 * time.Millisecond},
		{[]string{"X-RateLimit-Reset-Ms", "-1"}, 0},
		{[]string{"X-RateLimit-Reset-Ms", "x"}, none},
		{[]string{"x-ratelimit-reset", "60", "retry-after", "5"}, 5 * time.Second},
		{[]string{"Retry-After", "soon", "X-RateLimit-Reset", "60"}, time.Minute},
		{[]string{"Retry-After", "", "X-RateLimit-Reset", "", "X-RateLimit-Reset-Ms", "250"}, 250 * time.Millisecond},
		{[]string{"X-RateLimit-Reset", "60", "X-RateLimit-Reset-Ms", "1"}, time.Minute},
		{[]string{"Retry-After", "5", "Retry-After", "50"}, 5 * time.Second},
		// A moment is one of the clock that Date shows; a number of seconds is not.
		{[]string{"Retry-After", "Sun, 02 Jan 2000 00:00:42 GMT", "Date", "Sun, 02 Jan 2000 00:00:00 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Fri, 31 Dec 1999 00:00:42 GMT", "Date", "Fri, 31 Dec 1999 00:00:00 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT", "Date", "Thu, 01 Jan 1970 00:00:00 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT", "Date", "Thu, 01 Jan 2099 00:00:00 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT", "Date", "Sat, 01 Jan 2000 00:00:00 GMT"}, 42 * time.Second},
		{[]string{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT", "Date", "yesterday"}, 42 * time.Second},
		{[]string{"Retry-After", "Fri, 31 Dec 1999 00:00:42 GMT", "Date", "Sun, 02 Jan 2000 00:00:00 GMT"}, 0},
		{[]string{"Retry-After", "7", "Date", "Sun, 02 Jan 2000 00:00:00 GMT"}, 7 * time.Second},
		{[]string{"X-RateLimit-Reset", "2000-01-02T00:01:00Z", "Date", "Sun, 02 Jan 2000 00:00:00 GMT"}, time.Minute},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.headers, " "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := failure(t, always(429, `{}`, tt.headers...))
				if e.After == nil || *e.After != tt.want {
					t.Errorf("wait %v, want %s", e.After, tt.want)
				}
				if e.Kind != tool.KindUpstreamRateLimit || e.Status != 429 || !e.CanRetry {
					t.Errorf("%s, status %d, can_retry %v", e.Kind, e.Status, e.CanRetry)
				}
				said := " Rate limit encountered."
				if n := int(tt.want.Seconds()); n > 0 {
					said = fmt.Sprintf(" Retry after %d second(s).", n)
				}
				if !strings.HasPrefix(e.Message, "Upstream HTTP request failed (Too Many Requests, client error)."+said) {
					t.Errorf("message %q", e.Message)
				}
			})
		})
	}
}

// Moments as numbers, in simulated years in which they can be told from spans.
func TestResetAsEpoch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		after(time.Until(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)))
		now := time.Now()
		for _, wait := range []time.Duration{-time.Hour, 0, time.Second, 90 * time.Second, time.Hour, 48 * time.Hour} {
			want := min(max(wait, 0), 24*time.Hour)
			seconds := strconv.FormatInt(now.Add(wait).Unix(), 10)
			millis := strconv.FormatInt(now.Add(wait).UnixMilli(), 10)
			for _, headers := range [][]string{
				{"X-RateLimit-Reset", seconds},
				{"X-RateLimit-Reset", seconds + ".0"},
				{"X-RateLimit-Reset", millis},
				{"X-RateLimit-Reset-Ms", millis},
				{"Retry-After", now.Add(wait).Format(http.TimeFormat)},
				{"X-RateLimit-Reset", now.Add(wait).Format(time.RFC3339)},
			} {
				if got := failure(t, always(429, "", headers...)).After; got == nil || *got != want {
					t.Errorf("%v: %v, want %s", headers, got, want)
				}
			}
		}
		for _, seconds := range []string{"1000000000", strconv.FormatInt(now.Unix(), 10)} { // of Retry-After, which is never a moment
			if got := failure(t, always(429, "", "Retry-After", seconds)).After; got == nil || *got != 24*time.Hour {
				t.Errorf("Retry-After %s: %v", seconds, got)
			}
		}
	})
}

func TestWaitOfServerErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{500, 502, 503, 504} {
			if got := failure(t, always(status, "", "Retry-After", "3", "X-RateLimit-Reset", "60")).After; got == nil || *got != 3*time.Second {
				t.Errorf("%d: %v", status, got)
			}
			if got := failure(t, always(status, "", "Retry-After", "Sun, 02 Jan 2000 00:00:03 GMT", "Date", "Sun, 02 Jan 2000 00:00:00 GMT")).After; got == nil || *got != 3*time.Second {
				t.Errorf("%d by a clock that is a day ahead: %v", status, got)
			}
			for _, headers := range [][]string{nil, {"X-RateLimit-Reset", "2000-01-01T00:59:00Z"}, {"Retry-After", "soon", "X-RateLimit-Reset", "60"}} {
				if got := failure(t, always(status, "", headers...)).After; got != nil {
					t.Errorf("%d with %v: %s", status, headers, got)
				}
			}
		}
		for _, status := range []int{400, 401, 404, 409} {
			if got := failure(t, always(status, "", "Retry-After", "3")).After; got != nil {
				t.Errorf("%d: %s", status, got)
			}
		}
	})
}

// Whatever the headers say, the wait is neither negative nor longer than a day.
func TestWaitIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.Float64(), func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }),
			rapid.Map(rapid.Int64(), func(i int64) string { return strconv.FormatInt(i, 10) }),
			rapid.Map(rapid.Int64Range(-62135596800, 253402300799), func(i int64) string { return time.Unix(i, 0).UTC().Format(time.RFC3339) }),
		).Draw(rt, "value")
		header := rapid.SampledFrom([]string{"Retry-After", "X-Ratelimit-Reset", "X-Ratelimit-Reset-Ms"}).Draw(rt, "header")
		e := failure(t, always(429, "", header, value))
		if e.After == nil || *e.After < 0 || *e.After > 24*time.Hour {
			rt.Fatalf("%s: %s waits %v", header, value, e.After)
		}
	})
}

func TestForbiddenForTheRate(t *testing.T) {
	t.Parallel()
	limited := [][]string{
		{"X-RateLimit-Remaining", "0"},
		{"X-RateLimit-Remaining", "0.0"},
		{"X-Rate-Limit-Remaining", "0"},
		{"RateLimit-Remaining", "0"},
		{"X-App-Rate-Limit-Remaining", "00"},
		{"X-RateLimit-Remaining", "5", "RateLimit-Remaining", "0"},
		{"Retry-After", "1", "X-RateLimit-Limit", "100"},
		{"Retry-After", "0.5", "X-Rate-Limit-Limit", "100"},
		{"Retry-After", "Sat, 01 Jan 2000 00:00:42 GMT", "RateLimit-Limit", "100"},
		{"Retry-After", "soon", "X-RateLimit-Limit", "x"},
		{"Retry-After", "NaN", "X-RateLimit-Limit", "100"},
	}
	ordinary := [][]string{
		nil,
		{"Retry-After", "1"},
		{"Retry-After", "0", "X-RateLimit-Limit", "100"},
		{"Retry-After", "-1", "X-RateLimit-Limit", "100"},
		{"Retry-After", "", "X-RateLimit-Limit", "100"},
		{"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "1"},
		{"X-RateLimit-Remaining", "none"},
		{"X-RateLimit-Remaining", ""},
		{"X-RateLimit-Limit", "0"},
		{"Retry-After", "1", "X-App-Rate-Limit-Limit", "100"},
		{"X-RateLimit-NearLimit", "true"},
	}
	for i, headers := range slices.Concat(limited, ordinary) {
		synctest.Test(t, func(t *testing.T) {
			e := failure(t, always(403, `{"errorMessages":["No."]}`, headers...))
			if i < len(limited) {
				if e.Kind != tool.KindUpstreamRateLimit || e.Status != 429 || !e.CanRetry || e.After == nil || e.Extra["upstream_status"] != "403" {
					t.Errorf("%v: %s, status %d, can_retry %v, wait %v, %v", headers, e.Kind, e.Status, e.CanRetry, e.After, e.Extra)
				}
			} else if e.Kind != tool.KindUpstreamAuth || e.Status != 403 || e.CanRetry || e.After != nil {
				t.Errorf("%v: %s, status %d, can_retry %v, wait %v", headers, e.Kind, e.Status, e.CanRetry, e.After)
			}
		})
	}
	// Only a 403 is a limit in disguise.
	synctest.Test(t, func(t *testing.T) {
		if e := failure(t, always(404, "", "X-RateLimit-Remaining", "0", "Retry-After", "1")); e.Kind != tool.KindUpstreamNotFound {
			t.Errorf("404: %s", e.Kind)
		}
	})
}
