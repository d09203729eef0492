package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// What the sandbox's seed holds.
const (
	cloudID = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"
	secret  = "a-secret-for-the-benchmark-of-52-characters-in-all-.."
)

// contender is a program that turns a call into a request to Atlassian.
type contender struct {
	name      string
	workers   int // concurrent calls that saturate it; 0 is the load's own number
	command   func(port, upstream string) *exec.Cmd
	target    func(url, call string) vegeta.Target
	healthy   string // path
	success   string // in a good answer
	installed func() (float64, error)
}

// The contenders' places in the list.
const (
	ours = iota
	reference
	tuned
	limit
	toolkits
	single
)

// contenders are the worker, the reference with a tool as its documentation
// shows it, the same with one HTTP client for all calls, the limit, and the
// reference with Arcade's own toolkits, and the worker with the one tool that the
// reference has. python has the reference, and
// peersPython the toolkits.
func contenders(self, binary, python, peersPython string) []contender {
	invoke, others := invoke(engineToken(binary)), toolsBut(binary, "Jira.ListProjects")
	return []contender{
		{
			name: "worker", target: invoke, healthy: "/worker/health", success: `"success":true`,
			command:   func(port, upstream string) *exec.Cmd { return serveCommand(binary, port, upstream) },
			installed: fileSize(binary),
		},
		{
			name: "reference", workers: 64, target: invoke, healthy: "/worker/health", success: `"success":true`,
			command: func(port, upstream string) *exec.Cmd {
				return pythonCommand(python, "reference.py", port, upstream)
			},
			installed: installation(python),
		},
		{
			name: "reference, one client", workers: 64, target: invoke, healthy: "/worker/health", success: `"success":true`,
			command: func(port, upstream string) *exec.Cmd {
				return pythonCommand(python, "reference.py", port, upstream, "SHARED_CLIENT=1")
			},
			installed: installation(python),
		},
		{
			name: "bare proxy", healthy: "/oauth/token/accessible-resources", success: `"values"`,
			command: func(port, upstream string) *exec.Cmd {
				return exec.Command(self, "proxy", "127.0.0.1:"+port, upstream)
			},
			target: func(url, _ string) vegeta.Target {
				return vegeta.Target{
					Method: http.MethodGet, URL: url + "/ex/jira/" + cloudID + "/rest/api/3/project/search?query=plat&maxResults=10&startAt=0&orderBy=key&expand=description,lead",
					Header: http.Header{"Authorization": {"Bearer sandbox"}},
				}
			},
			installed: func() (float64, error) { return 0, nil },
		},
		{
			name: "Arcade's toolkits", workers: 16, target: invoke, healthy: "/worker/health", success: `"success":true`,
			command: func(port, upstream string) *exec.Cmd {
				return pythonCommand(peersPython, "toolkits.py", port, upstream)
			},
			installed: installation(peersPython),
		},
		{
			name: "worker, one tool", target: invoke, healthy: "/worker/health", success: `"success":true`,
			command: func(port, upstream string) *exec.Cmd {
				cmd := serveCommand(binary, port, upstream)
				cmd.Env = append(cmd.Env, "ARCADE_DISABLED_TOOLS="+others)
				return cmd
			},
			installed: fileSize(binary),
		},
	}
}

// invoke calls a tool as the Engine does.
func invoke(token string) func(url, call string) vegeta.Target {
	return func(url, call string) vegeta.Target {
		return vegeta.Target{
			Method: http.MethodPost, URL: url + "/worker/tools/invoke", Body: []byte(call),
			Header: http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}},
		}
	}
}

func serveCommand(binary, port, upstream string) *exec.Cmd {
	// What is measured is how much it can do, not what it is told to take on: all
	// calls are one user's.
	const most = "8192"
	cmd := exec.Command(binary, "serve", "--port", port, "--atlassian-url", upstream, "--max-connections", most,
		"--max-calls", most, "--max-calls-per-user", most, "--max-requests-per-site", most, "--max-requests-per-user", most)
	cmd.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret)
	return cmd
}

// toolsBut lists every tool but one, separated by commas.
func toolsBut(binary, one string) string {
	out, err := exec.Command(binary, "tools", "--json").Output()
	fail(err)
	var all []struct {
		Name string `json:"fully_qualified_name"`
	}
	fail(json.Unmarshal(out, &all))
	var others []string
	for _, t := range all {
		if t.Name != one {
			others = append(others, t.Name)
		}
	}
	return strings.Join(others, ",")
}

func fileSize(path string) func() (float64, error) {
	return func() (float64, error) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		return float64(info.Size()), nil
	}
}

func pythonCommand(python, program, port, upstream string, env ...string) *exec.Cmd {
	cmd := exec.Command(python, program)
	cmd.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret, "ARCADE_SERVER_PORT="+port,
		"ATLASSIAN_API_URL="+upstream, "CLOUD_ID="+cloudID)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// installation measures the packages in the virtual environment that python is of.
// Beside them conformance keeps programs there.
func installation(python string) func() (float64, error) {
	return func() (float64, error) { return treeSize(filepath.Join(filepath.Dir(filepath.Dir(python)), "lib")) }
}

// engineToken is a token as the Engine sends it.
func engineToken(binary string) string {
	cmd := exec.Command(binary, "jwt")
	cmd.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret)
	out, err := cmd.Output()
	fail(err)
	return strings.TrimSpace(string(out))
}

// treeSize is the size of the files below dir: a Python installation without
// the interpreter, which is outside a virtual environment.
func treeSize(dir string) (total float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += float64(info.Size())
		}
		return err
	})
	return total, err
}

// process is a running contender or sandbox.
type process struct {
	contender
	cmd     *exec.Cmd
	url     string
	started time.Duration // from exec to the first healthy answer
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = ln.Close() }()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	return port, err
}

func startSandbox(binary string, latency time.Duration) (*process, error) {
	sandbox := contender{
		name: "sandbox", healthy: "/oauth/token/accessible-resources",
		command: func(port, _ string) *exec.Cmd {
			return exec.Command(binary, "sandbox", "--port", port, "--latency", latency.String(), "--log-level", "error")
		},
	}
	return sandbox.start("")
}

// start runs the contender and waits until it answers.
func (c contender) start(upstream string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &process{contender: c, cmd: c.command(port, upstream), url: "http://127.0.0.1:" + port}
	var said bytes.Buffer
	p.cmd.Stderr = &tail{&said}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < 30*time.Second {
		req, err := http.NewRequest(http.MethodGet, p.url+c.healthy, http.NoBody)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.started = time.Since(begin)
				return p, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("%s does not answer: %s", c.name, said.String())
}

// tail keeps the beginning of what a program says, for an error, and drops the
// rest, as a log that nobody reads.
type tail struct{ *bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if t.Len() < 2000 {
		return t.Buffer.Write(p)
	}
	return len(p), nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cpu is the processor time used so far, in seconds.
func (p *process) cpu() float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	fail(err)
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	const ticksPerSecond = 100
	return (user + system) / ticksPerSecond
}

// memory is a line of /proc/PID/status, in bytes.
func (p *process) memory(line string) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	fail(err)
	for l := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(l, line+":"); ok {
			kilobytes, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kilobytes * 1024
		}
	}
	return 0
}

// warm makes the calls that fill caches and connections.
func (p *process) warm(call string) error {
	_, err := p.attack(call, 32, 16, time.Second)
	return err
}

// result is what one attack saw.
type result struct {
	throughput, requests float64
	p50, p95, p99        float64 // seconds
}

// attack sends calls for a while: at rate per second, or as fast as the
// contender answers when rate is 0. Every answer has to be a good one.
func (p *process) attack(call string, rate, concurrent int, during time.Duration) (result, error) {
	pacer := vegeta.Rate{Freq: rate, Per: time.Second}
	attacker := vegeta.NewAttacker(
		vegeta.Workers(uint64(concurrent)), vegeta.MaxWorkers(uint64(concurrent)),
		vegeta.Connections(concurrent), vegeta.MaxBody(-1), vegeta.Timeout(30*time.Second))
	defer attacker.Stop()
	var m vegeta.Metrics
	var bad string
	target := p.target(p.url, call)
	for res := range attacker.Attack(vegeta.NewStaticTargeter(target), pacer, during, p.name) {
		m.Add(res)
		if bad == "" && (res.Code != http.StatusOK || !bytes.Contains(res.Body, []byte(p.success))) {
			bad = fmt.Sprintf("%d %s %.300s", res.Code, res.Error, res.Body)
		}
	}
	m.Close()
	if bad != "" {
		return result{}, fmt.Errorf("%s answered %s", p.name, bad)
	}
	return result{
		throughput: m.Throughput, requests: float64(m.Requests),
		p50: m.Latencies.P50.Seconds(), p95: m.Latencies.P95.Seconds(), p99: m.Latencies.P99.Seconds(),
	}, nil
}
