"""What the tests are made of: processes, HTTP, tokens and strict comparison."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECRET = "conformance-secret-of-at-least-32-bytes"


# ---- tokens


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: str | bytes, header: str | bytes = '{"alg":"HS256","typ":"JWT"}', secret: str = SECRET, digest=hashlib.sha256) -> str:
    """A token of exactly these bytes, which no library would mint."""
    raw = [part.encode() if isinstance(part, str) else part for part in (header, payload)]
    signing_input = ".".join(b64(part) for part in raw)
    return signing_input + "." + b64(hmac.new(secret.encode(), signing_input.encode(), digest).digest())


ENGINE_TOKEN = signed('{"aud":"worker","ver":"1"}')


# ---- HTTP


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Talks to one worker. It keeps one connection per thread."""

    def __init__(self, url: str, token: str = ENGINE_TOKEN):
        self.host = url.removeprefix("http://")
        self.url = url
        self.token = token
        self.local = threading.local()
        self.on_answer = lambda answer: None

    def request(self, method: str, path: str, body: str | bytes | None = None, headers: dict | None = None) -> Answer:
        if headers is None:
            headers = {"Authorization": "Bearer " + self.token}
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogatepass")
        for attempt in (1, 2):
            try:
                answer = self._send(method, path, body, headers)
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                if attempt == 2:  # an idle connection may be closed by the server at any time, a new one not
                    raise
        self.on_answer(answer)
        return answer

    def _send(self, method, path, body, headers) -> Answer:
        connection = getattr(self.local, "connection", None)
        try:
            if connection is None:
                connection = http.client.HTTPConnection(self.host, timeout=30)
                connection.connect()
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.local.connection = connection
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        except Exception:
            connection.close()
            self.local.connection = None
            raise

    def call(self, tool: str, inputs: str = "{}", user: str = "sandbox", version: str | None = None, execution: str = "") -> Answer:
        """Invokes a tool with inputs that are JSON text, so that they reach the worker as they are. Without an
        execution id a write is made as often as it is asked for."""
        toolkit, name = tool.split(".")
        reference = {"name": name, "toolkit": toolkit, "version": version}
        context = {"authorization": {"token": user}}
        body = f'{{"execution_id":"{execution}","tool":{json.dumps(reference)},"context":{json.dumps(context)},"inputs":{inputs}}}'
        return self.request("POST", "/worker/tools/invoke", body)


# ---- processes


class Process:
    """A server in a process of its own, stopped with the suite."""

    def __init__(self, command: list[str], address, **env: str):
        self.log = tempfile.TemporaryFile("w+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith(("ARCADE_", "ATLASSIAN_", "LOG_", "OTEL_"))} | env,
        )
        self.url = self._wait_for(address)

    def _wait_for(self, address) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for line in self.output().splitlines():
                if url := address(line):
                    return url
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        self.stop()
        raise RuntimeError("did not start:\n" + self.output())

    def output(self) -> str:
        self.log.flush()
        return os.pread(self.log.fileno(), 1 << 24, 0).decode(errors="replace")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def worker_address(line: str) -> str | None:
    """The address in the log line of a worker that serves."""
    if '"message":"serving"' not in line:
        return None
    return "http://" + json.loads(line)["address"]


def sandbox_address(line: str) -> str | None:
    """The address in what a sandbox prints."""
    found = re.match(r"The Atlassian sandbox is at (\S+)\. ", line)
    return found and found[1]


def printed_address(line: str) -> str | None:
    return line.strip() if line.startswith("http://127.0.0.1:") else None


# ---- scenarios


@dataclass(frozen=True)
class Scenario:
    """One recorded call of a tool on the sandbox, from the tool's own testdata."""

    name: str
    inputs: str
    user: str
    fails: bool


# Cases with these files need more than a call: answers that are scripted, or calls before it.
STAGED = {"scripted.json", "before.json", "clock"}


def scenarios(toolkit: str, tool: str) -> list[Scenario]:
    path = Path(__file__).parents[2] / "tools" / toolkit.lower() / "testdata" / f"{tool}.txtar"
    parts = re.split(r"^-- (\S+) --\n", path.read_text(), flags=re.M)
    cases: dict[str, dict[str, str]] = {}
    for name, text in zip(parts[1::2], parts[2::2]):
        case, _, file = name.partition("/")
        cases.setdefault(case, {})[file] = text
    return [Scenario(name, c["input.json"].strip(), c.get("token", "sandbox").strip(), "error.json" in c) for name, c in cases.items() if not STAGED & c.keys()]


# ---- comparison


def pairs(text: str) -> Any:
    """JSON with the order and the repetitions of its keys."""
    return json.loads(text, object_pairs_hook=lambda items: ("object", items))


def same(a: Any, b: Any) -> bool:
    """Equality of JSON values: 1 is 1.0, but true is not 1 and key order counts not."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b if isinstance(a, type(b)) else float(a) == float(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def listing(differences: list, most: int = 25) -> str:
    """A readable list for an assertion."""
    lines = [str(d) for d in differences[:most]]
    if len(differences) > most:
        lines.append(f"… and {len(differences) - most} more")
    return f"{len(differences)} unlisted difference(s):\n  " + "\n  ".join(lines)
