// Otlp runs the worker with an OTLP receiver and checks what arrives there:
// which spans, whose children they are, what they tell, and that nothing is
// lost at the end.
//
// usage: otlp BINARY
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"arcade-atlassian/tools/freeport"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: otlp BINARY")
		os.Exit(2)
	}
	var r report
	for _, s := range []struct {
		name string
		run  func(string, *report) error
	}{
		{"calls", calls}, {"names", names}, {"sampling", sampling}, {"stop", stop}, {"silence", silence},
	} {
		r.scenario = s.name
		if err := s.run(os.Args[1], &r); err != nil {
			r.must("it runs", err.Error(), "")
		}
	}
	if !r.print() {
		os.Exit(1)
	}
}

// The trace that calls belong to, by their number, and the span of the caller.
func traceOf(n int) string { return fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x", n) }

const caller = "00f067aa0ba902b7"

// calls are made of every kind; each is one trace.
func calls(binary string, r *report) error {
	to := newReceiver()
	defer to.server.Close()
	w, err := start(binary, "ARCADE_ENVIRONMENT=staging", "OTEL_EXPORTER_OTLP_ENDPOINT="+to.server.URL, "OTEL_METRIC_EXPORT_INTERVAL=300")
	if err != nil {
		return err
	}
	defer w.end()
	version, err := w.jiraVersion()
	if err != nil {
		return err
	}
	for i, q := range []struct {
		method, path, body string
		status             int
	}{
		0: {http.MethodGet, "/worker/tools", "", http.StatusOK},
		1: {http.MethodPost, invoke, call("Jira", "ListProjects", "", `{"limit":"2"}`), http.StatusOK},
		2: {http.MethodPost, invoke, call("Jira", "GetIssueById", version, `{"issue":"NO-1"}`), http.StatusOK},
		3: {http.MethodPost, invoke, call("Jira", "NoSuchTool", "", `{}`), http.StatusNotFound},
		4: {http.MethodPost, invoke, `{`, http.StatusBadRequest},
		5: {http.MethodGet, "/worker/health", "", http.StatusOK},
		6: {http.MethodPost, "/mcp", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"otlp","version":"1"}}}`, http.StatusOK},
		7: {http.MethodPost, "/mcp", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, http.StatusAccepted},
		8: {http.MethodPost, "/mcp", `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"Jira_ListProjects","arguments":{"limit":2}}}`, http.StatusOK},
	} {
		if got, err := w.send(q.method, q.path, q.body, traceOf(i)+"-"+caller+"-01"); err != nil {
			return err
		} else if got != q.status {
			return fmt.Errorf("request %d to %s: status %d", i, q.path, got)
		}
	}
	r.must("the counter arrives while the worker runs", soon(func() bool { return counted(to.snapshot(), "Jira", "ListProjects") == "2 requests" }), true)
	took := w.end()
	got := to.snapshot()

	const (
		inCall   = caller + " > POST /worker/tools/invoke > CallTool"
		sites    = "GET /oauth/token/accessible-resources"
		projects = "GET /rest/api/3/project/search"
		issue    = "GET /rest/api/3/issue/{issueIdOrKey}"
		inMCP    = caller + " > POST /mcp > CallTool"
	)
	r.must("the catalog", got.lines(traceOf(0)), []string{caller + " > GET /worker/tools", caller + " > GET /worker/tools > Catalog"})
	r.must("a call", got.lines(traceOf(1)), []string{caller + " > POST /worker/tools/invoke", inCall, inCall + " > RunTool", inCall + " > RunTool > " + sites, inCall + " > RunTool > " + projects})
	r.must("a call that fails", got.lines(traceOf(2)), []string{caller + " > POST /worker/tools/invoke", inCall, inCall + " > RunTool", inCall + " > RunTool > " + issue})
	r.must("an unknown tool", got.lines(traceOf(3)), []string{caller + " > POST /worker/tools/invoke", inCall})
	r.must("a body that is no call", got.lines(traceOf(4)), []string{caller + " > POST /worker/tools/invoke", inCall})
	r.must("health", len(got.lines(traceOf(5))), 0)
	r.must("a call of MCP", got.lines(traceOf(8)), []string{caller + " > POST /mcp", inMCP, inMCP + " > RunTool", inMCP + " > RunTool > " + projects})
	for _, name := range []string{"CallTool", "RunTool"} {
		for _, s := range got.named(traceOf(1), name) {
			r.must(name+" tells", about(s.attributes, "tool_name", "toolkit_name", "toolkit_version", "environment"), "tool_name=ListProjects toolkit_name=Jira toolkit_version=None environment=staging")
		}
		for _, s := range got.named(traceOf(2), name) {
			r.must(name+" tells of a failure", about(s.attributes, "toolkit_version", "tool_error_kind", "tool_error_message"),
				"toolkit_version="+version+" tool_error_kind=UPSTREAM_RUNTIME_NOT_FOUND tool_error_message=[UPSTREAM_RUNTIME_NOT_FOUND] during execution of tool 'get_issue_by_id'")
		}
	}
	kinds := map[string]string{}
	for _, s := range got.spans {
		kinds[s.name] = strings.ToLower(strings.TrimPrefix(s.kind.String(), "SPAN_KIND_"))
	}
	r.must("kinds of spans", about(kinds, "GET /worker/tools", "Catalog", "CallTool", projects, "ping"), "GET /worker/tools=server Catalog=internal CallTool=internal "+projects+"=client ping=internal")
	r.must("the resource", about(got.resource, "service.name", "deployment.environment.name"), "service.name=atlassian-worker deployment.environment.name=staging")
	r.must("its version and instance are told", got.resource["service.version"] != "" && got.resource["service.instance.id"] != "", true)
	r.must("tool_call of a success", counted(got, "Jira", "ListProjects"), "2 requests")
	r.must("tool_call of a failure", counted(got, "Jira", "GetIssueById"), "1 requests")
	r.must("nothing that a collector would refuse", len(got.wrong), 0)
	r.must("the end takes less than 5 s", took < 5*time.Second, true)
	return nil
}

// names are what the standard variables say.
func names(binary string, r *report) error {
	to := newReceiver()
	defer to.server.Close()
	w, err := start(binary, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+to.server.URL+"/v1/traces", "OTEL_SERVICE_NAME=jira-tools", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=blue,team=tools", "ARCADE_ENVIRONMENT=staging")
	if err != nil {
		return err
	}
	w.end()
	got := to.snapshot()
	r.must("OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go first", about(got.resource, "service.name", "deployment.environment.name", "team"), "service.name=jira-tools deployment.environment.name=blue team=tools")
	r.must("no metrics where only traces have an endpoint", len(got.points), 0)
	return nil
}

// sampling is up to whoever began the trace.
func sampling(binary string, r *report) error {
	to := newReceiver()
	defer to.server.Close()
	w, err := start(binary, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.server.URL)
	if err != nil {
		return err
	}
	defer w.end()
	if _, err := w.send(http.MethodPost, invoke, call("Jira", "ListProjects", "", `{}`), traceOf(1)+"-"+caller+"-00"); err != nil {
		return err
	}
	w.end()
	got := to.snapshot()
	r.must("spans of a trace that its caller does not keep", len(got.lines(traceOf(1))), 0)
	r.must("tool_call of it", counted(got, "Jira", "ListProjects"), "1 requests")
	return nil
}

// stop comes at once after a call.
func stop(binary string, r *report) error {
	to := newReceiver()
	defer to.server.Close()
	w, err := start(binary, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.server.URL)
	if err != nil {
		return err
	}
	defer w.end()
	if _, err := w.send(http.MethodPost, invoke, call("Jira", "ListProjects", "", `{}`), traceOf(1)+"-"+caller+"-01"); err != nil {
		return err
	}
	before := len(to.snapshot().lines(traceOf(1)))
	w.end()
	got := to.snapshot()
	r.must("spans of the last call, before SIGTERM", before, 0)
	r.must("and after", len(got.lines(traceOf(1))), 5)
	r.must("tool_call of it", counted(got, "Jira", "ListProjects"), "1 requests")
	return nil
}

// silence is a collector that takes connections and never answers.
func silence(binary string, r *report) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }()
	w, err := start(binary, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+ln.Addr().String(), "OTEL_BSP_SCHEDULE_DELAY=10", "OTEL_METRIC_EXPORT_INTERVAL=10")
	if err != nil {
		return err
	}
	defer w.end()
	answered := 0
	for range 100 {
		if status, err := w.send(http.MethodPost, invoke, call("Jira", "ListProjects", "", `{}`), traceOf(1)+"-"+caller+"-01"); err == nil && status == http.StatusOK {
			answered++
		}
	}
	r.must("calls while the collector says nothing", answered, 100)
	took := w.end()
	r.must("the end takes less than 8 s", took < 8*time.Second, true)
	return nil
}

// counted is the value of tool_call of a tool, with its unit.
func counted(g received, toolkit, tool string) string {
	var sum int64
	var unit string
	for _, p := range g.points {
		if p.metric == "tool_call" && p.attributes["toolkit_name"] == toolkit && p.attributes["tool_name"] == tool {
			sum, unit = sum+p.value, p.unit
		}
	}
	return fmt.Sprintf("%d %s", sum, unit)
}

const invoke = "/worker/tools/invoke"

func call(toolkit, tool, version, inputs string) string {
	if version != "" {
		version = `,"version":"` + version + `"`
	}
	return `{"execution_id":"e","tool":{"toolkit":"` + toolkit + `","name":"` + tool + `"` + version + `},"inputs":` + inputs + `,"context":{"authorization":{"token":"sandbox"}}}`
}

// worker is a running process.
type worker struct {
	cmd     *exec.Cmd
	url     string
	said    bytes.Buffer
	session string // of MCP
	ended   bool
}

// start runs a worker that acts on its sandbox, without a lame-duck phase, and
// with the variables alone.
func start(binary string, variables ...string) (*worker, error) {
	port, err := freeport.Take()
	if err != nil {
		return nil, err
	}
	w := &worker{url: "http://127.0.0.1:" + port, cmd: exec.Command(binary, "serve", "--sandbox", "--no-auth", "--mcp", "--port", port)}
	w.cmd.Env = append([]string{"ARCADE_LAME_DUCK=0s", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, variables...)
	w.cmd.Stderr = &w.said
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	if !soon(func() bool {
		status, err := w.send(http.MethodGet, "/worker/health", "", "")
		return err == nil && status == http.StatusOK
	}) {
		w.end()
		return nil, fmt.Errorf("the worker does not answer: %s", &w.said)
	}
	return w, nil
}

// send asks as part of a trace.
func (w *worker) send(method, path, body, traceparent string) (int, error) {
	q, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if traceparent != "" {
		q.Header.Set("Traceparent", "00-"+traceparent)
	}
	q.Header.Set("Content-Type", "application/json")
	if path == "/mcp" {
		q.Header.Set("Accept", "application/json, text/event-stream")
		q.Header.Set("Mcp-Session-Id", w.session)
		q.Header.Set("X-Atlassian-Token", "sandbox")
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if id := answer.Header.Get("Mcp-Session-Id"); id != "" {
		w.session = id
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// jiraVersion is the version of the toolkit that the worker serves.
func (w *worker) jiraVersion() (string, error) {
	answer, err := http.Get(w.url + "/worker/tools")
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`"toolkit":\{"name":"Jira",[^}]*"version":"([^"]+)"`).FindSubmatch(body)
	if found == nil {
		return "", errors.New("the catalog does not tell the version of Jira")
	}
	return string(found[1]), nil
}

// end stops the worker as Kubernetes does, and returns how long it took.
func (w *worker) end() time.Duration {
	if w.ended {
		return 0
	}
	w.ended = true
	begin := time.Now()
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { _ = w.cmd.Process.Kill() })
	defer kill.Stop()
	_ = w.cmd.Wait() // what it did is asked for elsewhere
	return time.Since(begin)
}

// soon waits until something holds.
func soon(holds func() bool) bool {
	for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}

// report is what was found.
type report struct {
	scenario string
	rows     []row
}

type row struct {
	scenario, what string
	got, want      []string
}

// must notes what was found and what has to be. Both are texts, or lists of
// them in any order.
func (r *report) must(what string, got, want any) {
	r.rows = append(r.rows, row{r.scenario, what, lines(got), lines(want)})
}

func lines(v any) []string {
	if all, ok := v.([]string); ok {
		all = slices.Clone(all)
		slices.Sort(all)
		return all
	}
	return []string{fmt.Sprint(v)}
}

// print reports whether everything is as it must be.
func (r *report) print() bool {
	fmt.Println("== OTLP: what a receiver gets of the worker")
	broken := 0
	for _, row := range r.rows {
		mark := "ok  "
		if !slices.Equal(row.got, row.want) {
			mark = "FAIL"
			broken++
		}
		const under = "\n                 "
		got := strings.Join(row.got, under)
		if len(row.got) > 1 {
			got = under + got
		}
		fmt.Printf("%s %-9s  %s: %s\n", mark, row.scenario, row.what, got)
		if mark == "FAIL" {
			fmt.Printf("     wanted:     %s\n", strings.Join(row.want, under))
		}
	}
	fmt.Printf("%d checks, %d failed\n", len(r.rows), broken)
	return broken == 0
}
