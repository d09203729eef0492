"""The official MCP client lists the tools and runs some, on standard input and output and over HTTP.

It holds structured content to the tools' output schemas by itself. Both ways of the protocol are gone: with the handshake
of its versions up to 2025, and without.
"""

import asyncio
import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
from jsonschema import Draft202012Validator
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from program import Server, Steps, run

MODES = ("legacy", "auto")  # with a handshake, and without where the server can

# Tools with arguments, and a text that their answers have on the sandbox.
CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "Jira_WhoAmI": ({}, "Ada Moreau"),
    "Jira_ListProjects": ({"query": "plat"}, "PLAT"),
    "Jira_GetIssueById": ({"issue": "PLAT-1"}, "https://acme.atlassian.net/browse/PLAT-1"),
    "Jira_SearchIssuesWithJql": ({"jql": "project = PLAT", "fields": ["title", "status"]}, "PLAT-1"),
    "Jira_ListUsers": ({}, "Bob Tanaka"),
    "Jira_GetBoards": ({}, "PLAT board"),
    "Jira_ListSprintsForBoards": ({"board_identifiers_list": ["PLAT board"]}, "PLAT Sprint 59"),
    "Jira_GetTransitionsAvailableForIssue": ({"issue": "PLAT-1"}, "In Progress"),
    "Jira_CreateIssue": ({"project": "PLAT", "issue_type": "Bug", "title": "Made by a client of MCP", "priority": "High"}, '"verified":true'),
    "Jira_AddCommentToIssue": ({"issue": "PLAT-1", "body": "Seen **twice**."}, '"verified":true'),
    "Confluence_WhoAmI": ({}, "Ada Moreau"),
    "Confluence_ListSpaces": ({}, "https://acme.atlassian.net/wiki"),
    "Confluence_ListPages": ({"limit": 3}, "https://acme.atlassian.net/wiki"),
}


def expect(got: Any, wanted: Any) -> None:
    if got != wanted:
        raise AssertionError(f"{got!r} instead of {wanted!r}")


def contains(text: str, *wanted: str) -> None:
    for w in wanted:
        if w not in text:
            raise AssertionError(f"no {w!r} in {text}")


def text(result) -> str:
    return "\n".join(c.text for c in result.content)


class Door:
    """A way to the tools."""

    def __init__(self, name: str, binary: Path):
        self.name, self.binary = name, binary

    def client(self, mode: str, token: str = "sandbox") -> contextlib.AbstractAsyncContextManager[Client]:
        raise NotImplementedError

    def log(self) -> str:
        """What the server has logged."""
        raise NotImplementedError


class Streams(Door):
    def __init__(self, binary: Path):
        super().__init__("stdio", binary)
        self.errors = tempfile.TemporaryFile("w+b")

    @contextlib.asynccontextmanager
    async def client(self, mode: str, token: str = "sandbox") -> AsyncIterator[Client]:
        server = StdioServerParameters(command=str(self.binary), args=["mcp", "--sandbox", "--log-format", "json"], env={"ATLASSIAN_TOKEN": token})
        async with Client(stdio_client(server, errlog=self.errors), mode=mode) as client:
            yield client

    def log(self) -> str:
        return os.pread(self.errors.fileno(), 1 << 24, 0).decode()


class HTTP(Door):
    """The worker with --mcp, whose printed bearer token opens it."""

    def __init__(self, binary: Path):
        super().__init__("HTTP", binary)
        command = [str(binary), "serve", "--sandbox", "--mcp", "--port", "0", "--log-format", "json"]
        self.server = Server(command, r"^The worker is at http://(\S+) and acts on the sandbox(?s:.*)Stop with Ctrl-C")
        self.bearer = re.search(r"Authorization: Bearer (\S+?)'", self.server.output())[1]

    @contextlib.asynccontextmanager
    async def client(self, mode: str, token: str = "sandbox") -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {self.bearer}", "X-Atlassian-Token": token}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            async with Client(streamable_http_client(self.server.url + "/mcp", http_client=http), mode=mode) as client:
                yield client

    def log(self) -> str:
        return self.server.output()


# ---- what is tried with each client


async def lists(client: Client, door: Door) -> None:
    listed = await client.list_tools()
    catalog = json.loads(run([str(door.binary), "tools", "--json"]).stdout)
    expect(listed.next_cursor, None)
    expect([t.name for t in listed.tools], sorted(t["fully_qualified_name"].replace(".", "_") for t in catalog))
    for t in listed.tools:
        Draft202012Validator.check_schema(t.input_schema)
        Draft202012Validator.check_schema(t.output_schema)
    behavior = {t["fully_qualified_name"].replace(".", "_"): t["metadata"]["behavior"] for t in catalog}
    for t in listed.tools:
        b, a = behavior[t.name], t.annotations
        expect((a.read_only_hint, a.destructive_hint, a.idempotent_hint, a.open_world_hint), (b["read_only"], b["destructive"], b["idempotent"], b["open_world"]))


async def runs(client: Client, _: Door) -> None:
    for name, (arguments, wanted) in CALLS.items():
        result = await client.call_tool(name, arguments)
        expect((name, result.is_error or False, type(result.structured_content)), (name, False, dict))
        contains(text(result), wanted)
        expect(json.loads(text(result)), result.structured_content)


async def explains(client: Client, _: Door) -> None:
    result = await client.call_tool("Jira_GetIssueById", {"isue": "PLAT-1", "fields": 5})
    expect((result.is_error, result.structured_content, result.meta["kind"]), (True, None, "TOOL_RUNTIME_BAD_INPUT_VALUE"))
    contains(text(result), "issue: Field required", 'did you mean "issue"', "fields: Input should be a valid list")
    result = await client.call_tool("Jira_GetIssueById", {"issue": "PLAT-99999"})
    expect((result.is_error, result.meta["kind"]), (True, "UPSTREAM_RUNTIME_NOT_FOUND"))
    result = await client.call_tool("Jira_ListProjects")
    expect(result.is_error or False, False)


async def unknown(client: Client, _: Door) -> None:
    try:
        await client.call_tool("Jira_Nothing", {})
    except MCPError as e:
        expect(e.code, -32602)
        contains(str(e), "Jira_Nothing")
    else:
        raise AssertionError("it was called")


SLOW = "sandbox;latency=1300ms"  # a request; progress is told every second
STUCK = "sandbox;latency=20s"


async def progress(client: Client, _: Door) -> None:
    told: list[tuple[float, str]] = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        told.append((done, message or ""))

    result = await client.call_tool("Jira_WhoAmI", {}, progress_callback=note)
    expect(result.is_error or False, False)
    if not told or told != sorted(told) or "requests to Atlassian so far" not in told[0][1]:
        raise AssertionError(f"told {told}")


async def cancels(client: Client, door: Door) -> None:
    """A call that is given up ends at the server too, at once, and others can be made."""

    def ended() -> int:
        return sum('"tool_name":"ListProjects"' in line and '"outcome":"error"' in line for line in door.log().splitlines())

    before, begin = ended(), time.monotonic()
    call = asyncio.create_task(client.call_tool("Jira_ListProjects", {}))
    await asyncio.sleep(0.3)
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call
    result = await client.call_tool("Jira_GetIssueById", {})  # wrong, so that it takes no time
    expect(result.is_error, True)
    while ended() == before:
        if time.monotonic() - begin > 2:
            raise AssertionError("the call goes on:\n" + door.log()[-500:])
        await asyncio.sleep(0.05)


STEPS = {
    "lists all tools with sound schemas": (lists, "sandbox"),
    f"runs {len(CALLS)} tools, whose answers have the shape they declare": (runs, "sandbox"),
    "reads what was wrong with a call": (explains, "sandbox"),
    "is told that there is no such tool": (unknown, "sandbox"),
    "hears of progress": (progress, SLOW),
    "gives up a call": (cancels, STUCK),
}


async def stranger(door: HTTP) -> None:
    """Without the worker's token nobody is let in."""
    async with httpx2.AsyncClient(headers={"X-Atlassian-Token": "sandbox"}) as http:
        for version in ("2025-11-25", "2026-07-28"):
            answer = await http.post(door.server.url + "/mcp", json={}, headers={"Mcp-Protocol-Version": version})
            expect(answer.status_code, 401)


async def all_steps(binary: Path) -> int:
    steps = Steps()
    http = HTTP(binary)
    try:
        for door in (Streams(binary), http):
            for mode in MODES:
                for name, (step, token) in STEPS.items():
                    try:
                        async with door.client(mode, token) as client:
                            version = client.protocol_version
                            await asyncio.wait_for(step(client, door), 30)
                    except Exception as e:
                        while isinstance(e, ExceptionGroup):  # the client wraps what goes wrong inside of it
                            e = e.exceptions[0]
                        steps.report(f"{door.name} {mode}: {name}", e)
                    else:
                        steps.report(f"{door.name} {version}: {name}")
        try:
            await stranger(http)
        except Exception as e:
            steps.report("HTTP: nobody else is let in", e)
        else:
            steps.report("HTTP: nobody else is let in")
    finally:
        http.server.stop()
    return steps.failed


def judge(binary: Path) -> int:
    return asyncio.run(all_steps(binary))
