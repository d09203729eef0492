#!/usr/bin/env python3
"""Holds what the worker tells about itself to real receivers: Debian's prometheus
scrapes /metrics of the real binary under load, every expression of the dashboard
and the alert rules is asked through its API, and promtool tests the rules.

usage: .ci/telemetry/prometheus.py BINARY
"""

import json, pathlib, re, shutil, socket, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus"
# What a minute of calls without faults leaves empty.
MAY_BE_EMPTY = re.compile("atlassian_retries|atlassian_requests_withheld|atlassian_wait|tool_call_replayed|429|TOOL_RUNTIME_FATAL|> ")


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, body=None, headers={}):
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
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


def call(url, tool, inputs):
    body = {"execution_id": "x", "tool": {"toolkit": "Jira", "name": tool}, "inputs": inputs, "context": {"authorization": {"token": "sandbox"}}}
    return get(url + "/worker/tools/invoke", json.dumps(body).encode())


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
            return 1 if failed else 0
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
