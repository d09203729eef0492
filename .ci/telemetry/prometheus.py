#!/usr/bin/env python3
"""Holds what the worker tells about itself to real receivers: Debian's prometheus
scrapes /metrics of the real binary under load, every expression of the dashboard
and the alert rules is asked through its API, and promtool tests the rules. A
second worker, whose Atlassian fails and whose Redis is away, must show that.

usage: .ci/telemetry/prometheus.py BINARY
"""

import http.server, json, os, pathlib, re, shutil, socket, ssl, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus"
# What a minute of calls without faults leaves empty.
MAY_BE_EMPTY = re.compile("atlassian_retries|atlassian_requests_withheld|atlassian_wait|tool_call_replayed|worker_shared|worker_certificate|429|TOOL_RUNTIME_FATAL|> ")
# What every worker shows that had a minute of calls, and what one in trouble does.
METRICS = """
tool_call_requests_total tool_call_duration_seconds tool_call_coerced_inputs_total
http_server_request_duration_seconds worker_requests_refused_total
worker_calls_active worker_calls_limit worker_calls_memory_bytes worker_calls_memory_limit_bytes
worker_connections worker_connections_limit worker_log_dropped_total
http_client_request_duration_seconds atlassian_requests_active atlassian_breakers_open
atlassian_cool_downs_active atlassian_cache_lookups_total
go_goroutines go_memstats_alloc_bytes process_resident_memory_bytes process_open_fds
""".split()
IN_TROUBLE = """
atlassian_retries_total atlassian_wait_duration_seconds atlassian_requests_withheld_total
worker_shared_reachable worker_shared_unanswered_total worker_certificate_not_after_seconds
""".split()


ANY_CERTIFICATE = ssl._create_unverified_context()


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, body=None, headers={}):
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10, context=ANY_CERTIFICATE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def wait(what, check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if check():
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"{what}: not within {seconds} s")


def call(url, tool, inputs, headers={}):
    body = {"execution_id": "x", "tool": {"toolkit": "Jira", "name": tool}, "inputs": inputs, "context": {"authorization": {"token": "sandbox"}}}
    return get(url + "/worker/tools/invoke", json.dumps(body).encode(), headers)


def missing(metrics, wanted):
    known = set(re.findall(r"^# TYPE (\S+)", metrics.decode(), re.M))
    return [name for name in wanted if name not in known]


class FailingAtlassian(http.server.BaseHTTPRequestHandler):
    """Knows one site, on which every request fails."""

    def do_GET(self):
        sites = self.path.endswith("/accessible-resources")
        body = json.dumps([{"id": "1324a887-45db-1bf4-1e99-ef0ff456d421", "name": "s", "url": "https://s.atlassian.net", "scopes": ["read:jira-work"], "avatarUrl": ""}] if sites else {}).encode()
        self.send_response(200 if sites else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def in_trouble(binary, scratch):
    """The metrics of a worker with TLS after calls that failed."""
    cert, key = f"{scratch}/tls.crt", f"{scratch}/tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=worker", "-days", "3", "-keyout", key, "-out", cert],
                   check=True, stderr=subprocess.DEVNULL)
    atlassian = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FailingAtlassian)
    threading.Thread(target=atlassian.serve_forever, daemon=True).start()
    env = {**os.environ, "ARCADE_WORKER_SECRET": "a secret of this run that is long enough"}
    token = subprocess.run([binary, "jwt"], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    worker_port, admin_port = port(), port()
    process = subprocess.Popen([binary, "serve", "--port", str(worker_port), "--admin-addr", f"127.0.0.1:{admin_port}", "--lame-duck", "0s", "--tls-cert", cert, "--tls-key", key,
                                "--shared", f"redis://127.0.0.1:{port()}", "--atlassian-url", f"http://127.0.0.1:{atlassian.server_address[1]}"],
                               env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait("the worker in trouble", lambda: get(f"http://127.0.0.1:{admin_port}/ready")[0] == 200)
        for _ in range(20):
            call(f"https://127.0.0.1:{worker_port}", "ListProjects", {}, {"Authorization": "Bearer " + token})
        return get(f"http://127.0.0.1:{admin_port}/metrics")[1]
    finally:
        process.terminate()
        process.wait(20)
        atlassian.shutdown()


def main(binary):
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install prometheus")
    subprocess.run(["promtool", "test", "rules", "alerts_test.yaml"], cwd=RULES, check=True)
    worker_port, admin_port, prometheus_port = port(), port(), port()
    worker, admin, prometheus = (f"http://127.0.0.1:{p}" for p in (worker_port, admin_port, prometheus_port))
    started = []
    with tempfile.TemporaryDirectory() as scratch:
        config = pathlib.Path(scratch, "prometheus.yaml")
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "rule_files": [str(RULES / "alerts.yaml")],
            "scrape_configs": [{"job_name": "atlassian-worker", "static_configs": [{"targets": [f"127.0.0.1:{admin_port}"]}]}],
        }))
        try:
            started.append(subprocess.Popen([binary, "serve", "--sandbox", "--no-auth", "--port", str(worker_port), "--admin-addr", f"127.0.0.1:{admin_port}", "--lame-duck", "0s"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait("the worker", lambda: get(admin + "/ready")[0] == 200)
            started.append(subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={scratch}/data", f"--web.listen-address=127.0.0.1:{prometheus_port}"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait("prometheus", lambda: get(prometheus + "/-/ready")[0] == 200)
            for _ in range(60):
                call(worker, "ListProjects", {"limit": "5"})
                call(worker, "GetIssueById", {"issue": "NO-1"})
                get(worker + "/worker/tools/invoke", b"{")
                time.sleep(0.1)
            time.sleep(2)
            metrics = get(admin + "/metrics")[1]
            subprocess.run(["promtool", "check", "metrics"], input=metrics, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            board = json.loads((ROOT / "deploy/grafana/atlassian-worker.json").read_text())
            asked = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
            rules = json.loads(get(prometheus + "/api/v1/rules")[1])
            asked += [(rule["name"], rule["query"]) for group in rules["data"]["groups"] for rule in group["rules"]]
            failed = 0
            for title, expression in asked:
                status, body = get(prometheus + "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
                found = len(json.loads(body)["data"]["result"]) if status == 200 else -1
                if found < 0 or found == 0 and not MAY_BE_EMPTY.search(expression) and "up{" not in expression:
                    failed += 1
                    print(f"{title}: {'does not parse' if found < 0 else 'no data'}: {expression}")
            print(f"{len(asked)} expressions, {failed} failed")
            trouble = in_trouble(binary, scratch)
            for line in trouble.decode().splitlines():
                if line.startswith(("atlassian_requests_withheld_total", "atlassian_retries_total", "worker_shared_", "atlassian_breakers_open", "worker_certificate_")):
                    print("in trouble:", line)
            guide = (ROOT / "docs/operations.md").read_text()
            untold = [name for name in [rule["name"] for group in rules["data"]["groups"] for rule in group["rules"]] + METRICS + IN_TROUBLE
                      if f"`{name}`" not in guide and not name.startswith(("go_", "process_"))]
            print(f"not in docs/operations.md: {' '.join(untold) or 'nothing'}")
            failed += len(untold)
            absent = missing(metrics, METRICS) + missing(trouble, METRICS[:1] + IN_TROUBLE)
            print(f"{len(METRICS) + len(IN_TROUBLE)} metrics, {len(absent)} missing: {' '.join(absent) or 'none'}")
            failed += len(absent)
            return 1 if failed else 0
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
