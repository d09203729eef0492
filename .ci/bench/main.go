// Command bench compares the worker with Arcade's reference worker, with and
// without Arcade's own toolkits, and with the limit that a bare reverse proxy
// sets, in one run on one machine: the same load, the same sandbox behind all.
//
//	bench WORKER-BINARY PYTHON PYTHON-WITH-TOOLKITS [OLDER-WORKER-BINARY]
//
// It prints tables and ratios. Absolute numbers belong to the machine; the
// ratios are what is compared.
package main

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	repeats     = 3
	costRepeats = 7 // small differences take more of them
	seconds     = 3 * time.Second
	starts      = 5
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "proxy" {
		fail(serveProxy(os.Args[2], os.Args[3]))
		return
	}
	older := ""
	switch {
	case len(os.Args) == 5:
		older = os.Args[4]
	case len(os.Args) != 4:
		fail(fmt.Errorf("usage: bench WORKER-BINARY PYTHON PYTHON-WITH-TOOLKITS [OLDER-WORKER-BINARY]"))
	}
	fail(run(os.Args[1], os.Args[2], os.Args[3], older))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serveProxy is the limit: net/http's own reverse proxy and nothing else.
func serveProxy(addr, upstream string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 8192, DisableCompression: true}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}).Serve(ln)
}

func run(binary, python, peersPython, older string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	cs := contenders(self, binary, python, peersPython)

	fmt.Println("start and size")
	if err := startAndSize(cs, binary); err != nil {
		return err
	}
	for _, w := range workloads {
		for _, l := range w.loads {
			fmt.Printf("\n%s; upstream latency %s\n", w.name, l.latency)
			if err := compare(cs, binary, w, l); err != nil {
				return err
			}
		}
	}
	fmt.Printf("\nwhat it costs to be observed; upstream latency 0s\n")
	if err := costs(binary, older); err != nil {
		return err
	}
	fmt.Printf("\nhow the worker's cost grows, upstream latency 100ms\n")
	return grow(cs[ours], binary, workloads[0].call)
}

// startAndSize measures from exec to the first healthy answer.
func startAndSize(cs []contender, binary string) error {
	up, err := startSandbox(binary, 0)
	if err != nil {
		return err
	}
	defer up.stop()
	table := newTable("contender", "start", "idle memory", "of it private", "installed")
	var start, idle, private, size []float64
	for _, c := range cs {
		var times, rss, anon []float64
		for range starts {
			p, err := c.start(up.url)
			if err != nil {
				return err
			}
			times, rss = append(times, p.started.Seconds()), append(rss, p.memory("VmRSS"))
			anon = append(anon, p.memory("RssAnon"))
			p.stop()
		}
		bytes, err := c.installed()
		if err != nil {
			return err
		}
		start, idle, size = append(start, median(times)), append(idle, median(rss)), append(size, bytes)
		private = append(private, median(anon))
		table.row(c.name, milliseconds(median(times)), megabytes(median(rss)), megabytes(median(anon)), megabytes(bytes))
	}
	table.print()
	for _, pair := range [][2]int{{single, reference}, {ours, toolkits}} {
		mine, other := pair[0], pair[1]
		fmt.Printf("ratios of %s to %s: start 1/%.0f, idle memory 1/%.1f (private 1/%.1f), size 1/%.1f\n", cs[mine].name, cs[other].name,
			start[other]/start[mine], idle[other]/idle[mine], private[other]/private[mine], size[other]/size[mine])
	}
	return nil
}

// compare saturates every contender of the workload, in turn and repeatedly,
// and then sends each the same rate, half of what the slowest can hold. Each
// time is on a new sandbox, because a call may write.
func compare(cs []contender, binary string, w workload, l load) error {
	measured := make([]measurements, len(cs))
	for range repeats {
		for _, i := range w.contenders {
			m := &measured[i]
			err := onSandbox(cs[i], binary, w, l, i, func(p *process, call string, concurrent int) error {
				before := p.cpu()
				r, err := p.attack(call, 0, concurrent, seconds)
				if err != nil {
					return err
				}
				m.throughput = append(m.throughput, r.throughput)
				m.cpu = append(m.cpu, (p.cpu()-before)/r.requests*1000)
				m.peak = append(m.peak, p.memory("VmHWM"))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	slowest := w.against[0]
	rate := max(1, int(median(measured[slowest].throughput)/2))
	for range repeats {
		for _, i := range w.contenders {
			m := &measured[i]
			err := onSandbox(cs[i], binary, w, l, i, func(p *process, call string, concurrent int) error {
				r, err := p.attack(call, rate, concurrent, seconds)
				if err != nil {
					return err
				}
				m.p50, m.p95, m.p99 = append(m.p50, r.p50), append(m.p95, r.p95), append(m.p99, r.p99)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	table := newTable("contender", "calls at a time", "calls/s", "CPU s per 1000", "peak memory", fmt.Sprintf("p50 at %d/s", rate), "p95", "p99")
	for _, i := range w.contenders {
		c, m := cs[i], measured[i]
		table.row(c.name, fmt.Sprint(cmp.Or(c.workers, l.concurrent)), fmt.Sprintf("%.0f", median(m.throughput)), fmt.Sprintf("%.3f", median(m.cpu)), megabytes(median(m.peak)),
			milliseconds(median(m.p50)), milliseconds(median(m.p95)), milliseconds(median(m.p99)))
	}
	table.print()
	mine := measured[ours]
	for _, i := range w.against {
		other := measured[i]
		fmt.Printf("ratios to %s: %.1f times the throughput, 1/%.1f of the CPU, 1/%.1f of the peak memory, p99 1/%.1f\n",
			cs[i].name, median(mine.throughput)/median(other.throughput), median(other.cpu)/median(mine.cpu),
			median(other.peak)/median(mine.peak), median(other.p99)/median(mine.p99))
	}
	if len(measured[limit].throughput) > 0 {
		fmt.Printf("ratio to %s: %.0f %% of the throughput\n", cs[limit].name, 100*median(mine.throughput)/median(measured[limit].throughput))
	}
	return nil
}

// onSandbox does something with a warm contender on a new sandbox.
func onSandbox(c contender, binary string, w workload, l load, i int, do func(p *process, call string, concurrent int) error) error {
	up, err := startSandbox(binary, l.latency)
	if err != nil {
		return err
	}
	defer up.stop()
	if w.prepare != nil {
		if err := w.prepare(up); err != nil {
			return err
		}
	}
	p, err := c.start(up.url)
	if err != nil {
		return err
	}
	defer p.stop()
	concurrent := cmp.Or(c.workers, l.concurrent)
	if err := p.warm(w.callOf(i)); err != nil {
		return err
	}
	return do(p, w.callOf(i), concurrent)
}

// measurements are those of one contender at one latency, one per repeat.
type measurements struct{ throughput, cpu, peak, p50, p95, p99 []float64 }

// grow shows throughput and memory from one to thousands of calls at a time.
func grow(c contender, binary, call string) error {
	up, err := startSandbox(binary, 100*time.Millisecond)
	if err != nil {
		return err
	}
	defer up.stop()
	table := newTable("concurrent calls", "calls/s", "p99", "memory", "errors")
	for _, n := range []int{1, 10, 100, 1000, 5000} {
		p, err := c.start(up.url)
		if err != nil {
			return err
		}
		if err := p.warm(call); err != nil {
			return err
		}
		r, err := p.attack(call, 0, n, 2*seconds)
		if err != nil {
			return err
		}
		table.row(fmt.Sprint(n), fmt.Sprintf("%.0f", r.throughput), milliseconds(r.p99), megabytes(p.memory("VmHWM")), "0")
		p.stop()
	}
	table.print()
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func megabytes(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/1e6) }

func milliseconds(seconds float64) string { return fmt.Sprintf("%.1f ms", 1000*seconds) }
