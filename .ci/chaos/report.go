package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

type verdict string

const (
	isNote   verdict = ""
	isKept   verdict = "kept"
	isLate   verdict = "missed" // a time, which depends on the machine
	isBroken verdict = "BROKEN"
)

// figure is something that was measured.
type figure struct {
	what, measured string
	before         string // what the first version of the worker was measured at
	bound          string
	verdict        verdict
}

// report collects the figures of a scenario.
type report struct{ figures []figure }

func newReport() *report { return &report{} }

// note adds a figure without a bound.
func (r *report) note(what, measured, before string) {
	r.figures = append(r.figures, figure{what, measured, before, "", isNote})
}

// must adds a figure whose bound is always kept, or the run fails.
func (r *report) must(what, measured, before, bound string, kept bool) {
	v := isKept
	if !kept {
		v = isBroken
	}
	r.figures = append(r.figures, figure{what, measured, before, bound, v})
}

// within adds a time. Over its bound it is reported, and over most, which no
// machine excuses, it fails the run.
func (r *report) within(what string, measured time.Duration, before string, bound, most time.Duration) {
	v := isKept
	switch {
	case measured > most:
		v = isBroken
	case measured > bound:
		v = isLate
	}
	r.figures = append(r.figures, figure{what, short(measured), before, "at most " + short(bound), v})
}

// count adds a number that has to be zero.
func (r *report) none(what string, n int, before string) {
	r.must(what, fmt.Sprint(n), before, "0", n == 0)
}

func (r *report) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "figure\tmeasured\tbefore\tbound\t")
	for _, f := range r.figures {
		_, _ = fmt.Fprintln(w, strings.Join([]string{f.what, f.measured, parenthesis(f.before), f.bound, string(f.verdict)}, "\t"))
	}
	_ = w.Flush()
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// short is a duration with about three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Millisecond).String()
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func ratio(f float64) string { return fmt.Sprintf("%.2f", f) }
