// Command chaos attacks the worker's own program and prints what it measured
// beside what was measured on the first version of it:
//
//	chaos [-for 30s] WORKER-BINARY [GROUP or SCENARIO ...]
//
// A figure of correctness that misses its bound fails the run. A time belongs to
// the machine, so that one only fails when it is off by much; what the machine
// itself adds is measured beside it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// scenario is one attack.
type scenario struct {
	group, name string
	says        string
	run         func(*lab, *report) error
}

var scenarios = []scenario{
	{"faults", "faults", "the gateway fails in every way while many users read and write", faults},
	{"overload", "bodies", "50 bodies of the largest allowed size at once, and what memory is kept", bodies},
	{"overload", "flood", "10,000 calls at once", flood},
	{"overload", "health", "health while everything happens at once", health},
	{"overload", "userinfo", "a large user_info", userInfo},
	{"overload", "forged", "forged tokens of 986 kB from 300 callers", forged},
	{"overload", "descriptors", "1,000 calls with 256 file descriptors", descriptors},
	{"overload", "fairness", "500 concurrent calls of one user beside a quiet one", fairness},
	{"overload", "outage", "a site that answers 503", outage},
	{"overload", "ratelimit", "50 calls into one 429", rateLimit},
	{"overload", "drain", "SIGTERM under steady callers", drain},
	{"overload", "logs", "nobody reads the log", logs},
	{"overload", "strangers", "idle connections and slow headers", strangers},
	{"overload", "requests", "requests that are refused before their body", requests},
	{"overload", "hangup", "SIGHUP", hangup},
	{"soak", "soak", "200,000 calls", soak},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "probe" {
		fail(probe(os.Stdin, os.Stdout))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		fail(serveBare(os.Stdin, os.Stdout))
		return
	}
	during := flag.Duration("for", 30*time.Second, "how long the faults last")
	calls := flag.Int("calls", 200_000, "how many calls a soak makes")
	flag.Parse()
	if flag.NArg() == 0 {
		fail(errors.New("usage: chaos [-for 30s] [-calls 200000] WORKER-BINARY [GROUP or SCENARIO ...]"))
	}
	chosen, err := choose(flag.Args()[1:])
	fail(err)
	binary, err := filepath.Abs(flag.Arg(0))
	fail(err)
	l, err := newLab(binary)
	fail(err)
	l.during, l.calls = *during, *calls
	if !l.run(chosen) {
		os.Exit(1)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// choose finds scenarios by their names and groups; none means all but the soak.
func choose(names []string) ([]scenario, error) {
	if len(names) == 0 {
		names = []string{"faults", "overload"}
	}
	if slices.Equal(names, []string{"list"}) {
		for _, s := range scenarios {
			fmt.Printf("%-9s %-12s %s\n", s.group, s.name, s.says)
		}
		os.Exit(0)
	}
	// "overload flood" means one scenario, not its group and once more itself.
	if len(names) > 1 && slices.ContainsFunc(scenarios, func(s scenario) bool { return s.group == names[0] && slices.Contains(names[1:], s.name) }) {
		names = names[1:]
	}
	var chosen []scenario
	for _, name := range names {
		before := len(chosen)
		for _, s := range scenarios {
			if s.name == name || s.group == name {
				chosen = append(chosen, s)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("there is no scenario or group %q: see list", name)
		}
	}
	return chosen, nil
}

// run makes the scenarios one after the other, and sums up.
func (l *lab) run(chosen []scenario) bool {
	begin := time.Now()
	var broken, late []string
	var bounds int
	for _, s := range chosen {
		fmt.Printf("\n== %s: %s\n", s.name, s.says)
		r, start := newReport(), time.Now()
		if err := s.run(l, r); err != nil {
			r.must("the scenario itself", err.Error(), "", "can be measured", false)
		}
		r.print()
		fmt.Printf("(%s)\n", time.Since(start).Round(100*time.Millisecond))
		for _, f := range r.figures {
			if f.bound != "" {
				bounds++
			}
			switch line := fmt.Sprintf("%s: %s is %s, bound %s", s.name, f.what, f.measured, f.bound); f.verdict {
			case isBroken:
				broken = append(broken, line)
			case isLate:
				late = append(late, line)
			}
		}
	}
	fmt.Printf("\n== in all: %d scenarios, %d bounds, %d broken, %d times missed on this machine (%s)\n",
		len(chosen), bounds, len(broken), len(late), time.Since(begin).Round(time.Second))
	for _, line := range broken {
		fmt.Println("BROKEN  " + strings.TrimSpace(line))
	}
	for _, line := range late {
		fmt.Println("missed  " + strings.TrimSpace(line))
	}
	return len(broken) == 0
}
