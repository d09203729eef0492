package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
)

// costs shows what the worker's own watching costs: it as it is started by
// default, the same observed by Prometheus and OpenTelemetry, and an older
// binary, if there is one to compare with. 16 calls at a time are within every
// limit, so that all three do the same.
func costs(binary, older string) error {
	collector, err := collect()
	if err != nil {
		return err
	}
	defer func() { _ = collector.Close() }()
	serve := func(name, binary string, environ ...string) contender {
		return contender{
			name: name, target: invoke(engineToken(binary)), healthy: "/worker/health", success: `"success":true`,
			command: func(port, upstream string) *exec.Cmd {
				cmd := exec.Command(binary, "serve", "--port", port, "--atlassian-url", upstream)
				cmd.Env = append(append(os.Environ(), "ARCADE_WORKER_SECRET="+secret), environ...)
				return cmd
			},
		}
	}
	cs := []contender{
		serve("by default", binary),
		serve("observed", binary, "ARCADE_ADMIN_ADDR=127.0.0.1:0", "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+collector.Addr().String()),
	}
	if older != "" {
		cs = append(cs, serve("older binary", older))
	}
	w := workloads[0]
	measured := make([]measurements, len(cs))
	for range costRepeats {
		for i, c := range cs {
			m := &measured[i]
			err := onSandbox(c, binary, w, load{0, 16}, i, func(p *process, call string, concurrent int) error {
				before := p.cpu()
				r, err := p.attack(call, 0, concurrent, seconds)
				m.throughput, m.cpu = append(m.throughput, r.throughput), append(m.cpu, (p.cpu()-before)/max(1, r.requests)*1000)
				m.peak, m.p99 = append(m.peak, p.memory("VmHWM")), append(m.p99, r.p99)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	table := newTable("worker", "calls/s", "CPU s per 1000", "peak memory", "p99")
	for i, c := range cs {
		m := measured[i]
		table.row(c.name, fmt.Sprintf("%.0f", median(m.throughput)), fmt.Sprintf("%.3f", median(m.cpu)), megabytes(median(m.peak)), milliseconds(median(m.p99)))
	}
	table.print()
	for i, c := range cs[1:] {
		m := measured[i+1]
		fmt.Printf("ratios to %s: %.0f %% of the throughput, %.2f times the CPU\n", c.name,
			100*median(measured[0].throughput)/median(m.throughput), median(measured[0].cpu)/median(m.cpu))
	}
	return nil
}

// collect takes whatever OTLP sends and drops it.
func collect() (net.Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		_ = http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/x-protobuf")
		}))
	}()
	return ln, nil
}
