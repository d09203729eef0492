package query

import (
	"strconv"
	"strings"
	"time"
)

// Clock is the time that relative dates start from, in the time zone of the user.
type Clock struct{ Now time.Time }

// Date reads a date, a date with a time, or a period from now on such as -7d or "4w 2d" (facts §8).
func (c Clock) Date(v Value) (time.Time, bool) {
	text := strings.TrimSpace(v.Text)
	if v.Number {
		ms, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(ms), err == nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02", "2006/01/02"} {
		if t, err := time.ParseInLocation(layout, text, c.Now.Location()); err == nil {
			return t, true
		}
	}
	t := c.Now
	sign := ""
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign, text = text[:1], text[1:]
	}
	parts := strings.Fields(text)
	for _, part := range parts {
		var ok bool
		if t, ok = shift(t, sign+part, ""); !ok {
			return t, false
		}
	}
	return t, len(parts) > 0
}

// shift moves a time by a number with a unit: y, M, w, d, h or m. Fallback is the unit of a bare number.
func shift(t time.Time, period, fallback string) (time.Time, bool) {
	number := strings.TrimRight(period, "yMwdhm")
	unit := period[len(number):]
	if unit == "" {
		unit = fallback
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n > 1_000_000 || n < -1_000_000 {
		return t, false
	}
	switch by := int(n); unit {
	case "y":
		return t.AddDate(by, 0, 0), true
	case "M":
		return t.AddDate(0, by, 0), true
	case "w":
		return t.AddDate(0, 0, 7*by), true
	case "d":
		return t.AddDate(0, 0, by), true
	case "h":
		return t.Add(time.Duration(by) * time.Hour), true
	case "m":
		return t.Add(time.Duration(by) * time.Minute), true
	default:
		return t, false
	}
}

// Call evaluates now() and the functions that begin or end a day, week, month or year. They may be given
// a period by which now is moved before; known is false for other functions, ok for other arguments.
func (c Clock) Call(f Function) (t time.Time, known, ok bool) {
	name := strings.ToLower(f.Name)
	edge, span := "", ""
	for _, e := range []string{"startof", "endof"} {
		if rest, found := strings.CutPrefix(name, e); found {
			edge, span = e, rest
		}
	}
	unit, some := map[string]string{"day": "d", "week": "w", "month": "M", "year": "y"}[span]
	if name != "now" && !some {
		return t, false, false
	}
	t = c.Now
	if len(f.Args) > 1 {
		return t, true, false
	}
	if len(f.Args) == 1 {
		if t, ok = shift(t, strings.TrimPrefix(strings.TrimSpace(f.Args[0]), "+"), unit); !ok {
			return t, true, false
		}
	}
	if name == "now" {
		return t, true, true
	}
	start := startOf(t, unit)
	if edge == "endof" {
		next, _ := shift(start, "1", unit)
		return next.Add(-time.Millisecond), true, true
	}
	return start, true, true
}

// startOf is the first moment of a day, a week, which begins on Sunday, a month or a year.
func startOf(t time.Time, unit string) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "w":
		d -= int(t.Weekday())
	case "M":
		d = 1
	case "y":
		m, d = time.January, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}
