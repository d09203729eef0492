// Command bench compares the worker with Arcade's reference worker and with
// the limit that a bare reverse proxy sets, in one run on one machine: the
// same load, the same sandbox behind all three.
//
//	bench WORKER-BINARY PYTHON
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
	repeats = 3
	seconds = 3 * time.Second
	starts  = 5
)

// load is one setting of the upstream's latency and the number of concurrent
// calls that saturates all contenders at it.
var loads = []struct {
	latency    time.Duration
	concurrent int
}{{0, 64}, {20 * time.Millisecond, 256}, {100 * time.Millisecond, 1024}}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "proxy" {
		fail(serveProxy(os.Args[2], os.Args[3]))
		return
	}
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: bench WORKER-BINARY PYTHON"))
	}
	fail(run(os.Args[1], os.Args[2]))
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

func run(binary, python string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	cs := contenders(self, binary, python)

	fmt.Println("start and size")
	if err := startAndSize(cs, binary, python); err != nil {
		return err
	}
	for _, l := range loads {
		fmt.Printf("\nupstream latency %s\n", l.latency)
		if err := compare(cs, binary, l.latency, l.concurrent); err != nil {
			return err
		}
	}
	fmt.Printf("\nhow the worker's cost grows, upstream latency 100ms\n")
	return grow(cs[ours], binary)
}

// startAndSize measures from exec to the first healthy answer.
func startAndSize(cs []contender, binary, python string) error {
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
		bytes, err := c.installed(binary, python)
		if err != nil {
			return err
		}
		start, idle, size = append(start, median(times)), append(idle, median(rss)), append(size, bytes)
		private = append(private, median(anon))
		table.row(c.name, milliseconds(median(times)), megabytes(median(rss)), megabytes(median(anon)), megabytes(bytes))
	}
	table.print()
	fmt.Printf("ratios: start 1/%.0f, idle memory 1/%.1f (private 1/%.1f), size 1/%.1f of the reference\n",
		start[reference]/start[ours], idle[reference]/idle[ours], private[reference]/private[ours], size[reference]/size[ours])
	return nil
}

// compare saturates every contender, in turn and repeatedly, and then sends
// each the same rate, half of what the reference can hold.
func compare(cs []contender, binary string, latency time.Duration, concurrent int) error {
	up, err := startSandbox(binary, latency)
	if err != nil {
		return err
	}
	defer up.stop()
	measured := make([]measurements, len(cs))
	for range repeats {
		for i, c := range cs {
			p, err := c.start(up.url)
			if err != nil {
				return err
			}
			m := &measured[i]
			if err := p.warm(); err != nil {
				return err
			}
			before := p.cpu()
			r, err := p.attack(0, cmp.Or(c.workers, concurrent), seconds)
			if err != nil {
				return err
			}
			m.throughput = append(m.throughput, r.throughput)
			m.cpu = append(m.cpu, (p.cpu()-before)/r.requests*1000)
			m.peak = append(m.peak, p.memory("VmHWM"))
			p.stop()
		}
	}
	rate := int(median(measured[reference].throughput) / 2)
	for range repeats {
		for i, c := range cs {
			p, err := c.start(up.url)
			if err != nil {
				return err
			}
			if err := p.warm(); err != nil {
				return err
			}
			r, err := p.attack(rate, cmp.Or(c.workers, concurrent), seconds)
			if err != nil {
				return err
			}
			m := &measured[i]
			m.p50, m.p95, m.p99 = append(m.p50, r.p50), append(m.p95, r.p95), append(m.p99, r.p99)
			p.stop()
		}
	}
	table := newTable("contender", "calls at a time", "calls/s", "CPU s per 1000", "peak memory", fmt.Sprintf("p50 at %d/s", rate), "p95", "p99")
	for i, c := range cs {
		m := measured[i]
		table.row(c.name, fmt.Sprint(cmp.Or(c.workers, concurrent)), fmt.Sprintf("%.0f", median(m.throughput)), fmt.Sprintf("%.3f", median(m.cpu)), megabytes(median(m.peak)),
			milliseconds(median(m.p50)), milliseconds(median(m.p95)), milliseconds(median(m.p99)))
	}
	table.print()
	for _, against := range []int{reference, tuned} {
		mine, other := measured[ours], measured[against]
		fmt.Printf("ratios to %s: %.1f times the throughput, 1/%.1f of the CPU, 1/%.1f of the peak memory, p99 1/%.1f\n",
			cs[against].name, median(mine.throughput)/median(other.throughput), median(other.cpu)/median(mine.cpu),
			median(other.peak)/median(mine.peak), median(other.p99)/median(mine.p99))
	}
	fmt.Printf("ratio to %s: %.0f %% of the throughput\n", cs[limit].name, 100*median(measured[ours].throughput)/median(measured[limit].throughput))
	return nil
}

// measurements are those of one contender at one latency, one per repeat.
type measurements struct{ throughput, cpu, peak, p50, p95, p99 []float64 }

// grow shows throughput and memory from one to thousands of calls at a time.
func grow(c contender, binary string) error {
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
		if err := p.warm(); err != nil {
			return err
		}
		r, err := p.attack(0, n, 2*seconds)
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
