package tree

import (
	"strconv"
	"time"
)

const dayLayout = "2006-01-02"

// DayTimestamp returns the timestamp of a day as ADF writes it: milliseconds
// since the epoch, as a string.
func DayTimestamp(day string) (string, bool) {
	t, err := time.Parse(dayLayout, day)
	if err != nil {
		return "", false
	}
	return strconv.FormatInt(t.UnixMilli(), 10), true
}

// DateDay returns the day of a date node and whether the timestamp says no
// more than the day.
func DateDay(n *Node) (day string, exact, ok bool) {
	ms, err := strconv.ParseInt(n.Attrs.String("timestamp"), 10, 64)
	if err != nil {
		return "", false, false
	}
	t := time.UnixMilli(ms).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return "", false, false
	}
	day = t.Format(dayLayout)
	canonical, _ := DayTimestamp(day)
	return day, canonical == n.Attrs.String("timestamp"), true
}
