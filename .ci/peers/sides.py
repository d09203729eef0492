"""Both sides: how a call is made, and what reached the sandbox.

Every call has a sandbox process of its own, whose log says which requests it got.
"""

import asyncio
import http.client
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from redirect import PACKAGES, redirect_to  # first, because it also silences their packages

from arcade_core.catalog import ToolCatalog
from arcade_core.executor import ToolExecutor
from arcade_core.schema import ToolAuthorizationContext, ToolContext
from arcade_core.toolkit import Toolkit

from compare import Outcome

PRIMING = "{toolkit}.GetAvailableAtlassianClouds"  # fills our list of the user's sites


def compact(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


# ---- processes


class Process:
    """A server with its log in a file."""

    def __init__(self, command: list, address: str):
        """address is a regular expression for the line that tells the server's address."""
        self.log = tempfile.TemporaryFile("w+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith(("ARCADE_", "ATLASSIAN_", "LOG_"))},
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not (found := re.search(address, self.output(), re.M)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("did not start:\n" + self.output())
            time.sleep(0.002)
        self.host = found[1]

    def output(self) -> str:
        return os.pread(self.log.fileno(), 1 << 26, 0).decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # it keeps nothing
        self.process.wait()


class Sandbox(Process):
    def __init__(self, binary: Path):
        command = [binary, "sandbox", "--port", "0", "--clock", "2026-07-15T12:00:00Z", "--log-format", "json"]  # both sides write the same moments
        super().__init__(command, r"^The Atlassian sandbox is at http://(\S+)\. ")
        self.marks = 0

    def requests(self) -> tuple[str, ...]:
        """Every request since the last time. A request of ours marks the end, and the log is read until it is there."""
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.request("GET", f"/mark/{self.marks}")
        connection.getresponse().read()
        connection.close()
        deadline = time.monotonic() + 10
        while f'"path":"/mark/{self.marks}"' not in self.output():
            if time.monotonic() > deadline:
                raise RuntimeError("the sandbox does not log its requests:\n" + self.output())
            time.sleep(0.001)
        lines = [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]
        shown = [f"{r['method']} {r['path']} {r['status']}" for r in lines if "path" in r]
        start = 0
        for i, line in enumerate(shown):
            if line.startswith(f"GET /mark/{self.marks - 1} "):
                start = i + 1
        self.marks += 1
        return tuple(line for line in shown[start:] if not line.startswith("GET /mark/"))


# ---- ours


class Ours:
    def __init__(self, binary: Path):
        self.binary = binary

    def tools(self) -> list[str]:
        printed = subprocess.run([self.binary, "tools", "--json"], check=True, capture_output=True).stdout
        return [d["fully_qualified_name"] for d in json.loads(printed)]

    def call(self, tool: str, inputs: dict, token: str, primed: bool) -> Outcome:
        """Calls the tool through a new worker. A primed one has listed the user's sites before."""
        with Sandbox(self.binary) as sandbox, Process(
            [self.binary, "serve", "--no-auth", "--port", "0", "--log-format", "json", "--atlassian-url", "http://" + sandbox.host],
            r'"address":"([^"]+)".*"message":"serving"',
        ) as worker:  # fmt: skip
            connection = http.client.HTTPConnection(worker.host, timeout=60)
            if primed:
                first = self.invoke(connection, PRIMING.format(toolkit=tool.partition(".")[0]), {}, token)
                if first.failure:
                    raise RuntimeError(f"{tool}: the sites were not listed before: {first.failure}")
                sandbox.requests()
            else:  # so that the time does not hold the connecting
                connection.request("GET", "/worker/health")
                connection.getresponse().read()
            outcome = self.invoke(connection, tool, inputs, token)
            outcome.requests = sandbox.requests()
            return outcome

    def invoke(self, connection: http.client.HTTPConnection, tool: str, inputs: dict, token: str) -> Outcome:
        toolkit, name = tool.split(".")
        call = {"tool": {"toolkit": toolkit, "name": name}, "inputs": inputs, "context": {"authorization": {"token": token}}}
        body = json.dumps(call)
        start = time.perf_counter()
        connection.request("POST", "/worker/tools/invoke", body)
        response = connection.getresponse()
        text = response.read()
        took = (time.perf_counter() - start) * 1000
        if response.status != 200:
            raise RuntimeError(f"{tool}: the worker answers {response.status}: {text!r}")
        output = json.loads(text)["output"]
        if error := output.get("error"):
            return Outcome(failure=error["message"], milliseconds=took)
        return Outcome(output.get("value"), milliseconds=took, bytes=compact(output.get("value")))


# ---- theirs


class Theirs:
    """Arcade's toolkits, run by Arcade's executor in this process."""

    def __init__(self, binary: Path):
        self.binary = binary
        self.loop = asyncio.new_event_loop()
        catalog = ToolCatalog()
        for package in PACKAGES:
            catalog.add_toolkit(Toolkit.from_package(package))
        self.known = {str(t.definition.fully_qualified_name): t for t in catalog}
        self.sandbox: Sandbox | None = None
        redirect_to(lambda: self.sandbox.host)

    def tools(self) -> list[str]:
        return list(self.known)

    def call(self, tool: str, inputs: dict, token: str) -> Outcome:
        found = self.known[tool]
        context = ToolContext(authorization=ToolAuthorizationContext(token=token), user_id="ada")
        with Sandbox(self.binary) as self.sandbox:
            start = time.perf_counter()
            output = self.loop.run_until_complete(
                ToolExecutor.run(found.tool, found.definition, found.input_model, found.output_model, context, **inputs)
            )
            took = (time.perf_counter() - start) * 1000
            requests = self.sandbox.requests()
        # Many of their tools tell a failure in a value that has nothing but "error" and what it is about.
        value = json.loads(json.dumps(output.value))  # as callers get it: keys are text
        failure = output.error.message if output.error else value["error"] if isinstance(value, dict) and isinstance(value.get("error"), str) else None
        if output.error and output.error.developer_message:
            failure += f" ({output.error.developer_message})"
        if failure is not None:
            return Outcome(failure=failure, requests=requests, milliseconds=took)
        return Outcome(value, requests=requests, milliseconds=took, bytes=compact(value))
