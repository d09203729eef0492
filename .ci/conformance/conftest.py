"""The conformance suite compares the worker with Arcade's reference implementation.

`make conformance` calls ./run, which installs the packages pinned in requirements.txt, builds the worker and
the probe, names them in ARCADE_WORKER_BINARY and PROBE_BINARY and starts pytest.

    test_*.py        what is compared, one topic each
    deviations.py    in what the two may differ, with the reasons: the only list there is
    reference.py     the reference's worker, with the same tools declared in Python
    probe/main.go    the Go worker with tools of every parameter shape and every failure
    fake.py          an Atlassian that fails as it is told to
    support.py       processes, HTTP, tokens, comparison

This file starts the servers and holds every answer of the Go side to the reference's own models.
"""

import contextlib
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from arcade_core.schema import ToolCallResponse

from deviations import LISTED
from fake import Fake
from support import SECRET, Client, Process, pairs, printed_address, same, sandbox_address, worker_address

HERE = Path(__file__).parent
COUNTS: Counter = Counter()  # what was compared, for the summary
KINDS: set = set()  # the kinds of error that the worker or the probe answered with


def binary(variable: str) -> str:
    path = os.environ.get(variable)
    if not path or not Path(path).is_file():
        pytest.exit(f"{variable} must name a built binary: run make conformance", returncode=2)
    return path


def check_answer(answer) -> None:
    """Every answer that a test provokes is one that the reference reads without loss."""
    if answer.status != 200 or '"execution_id"' not in answer.body:
        return
    parsed = ToolCallResponse.model_validate_json(answer.body)
    assert same(pairs(parsed.model_dump_json()), pairs(answer.body)), answer.body
    COUNTS["answers read by the reference without loss"] += 1
    if parsed.output.error:
        KINDS.add(parsed.output.error.kind.value)


def client(url: str) -> Client:
    c = Client(url)
    c.on_answer = check_answer
    return c


@pytest.fixture(scope="session")
def fake():
    server = Fake()
    yield server
    server.shutdown()


@contextlib.contextmanager
def new_worker():
    """A worker on a sandbox, which is a process of its own: `serve --sandbox` makes a secret that tests do not know."""
    sandbox = Process([binary("ARCADE_WORKER_BINARY"), "sandbox", "--port", "0", "--log-level", "warn"], sandbox_address)
    p = Process(
        [binary("ARCADE_WORKER_BINARY"), "serve", "--atlassian-url", sandbox.url, "--port", "0", "--log-format", "json"],
        worker_address, ARCADE_WORKER_SECRET=SECRET, ARCADE_LAME_DUCK="0",
    )  # fmt: skip
    try:
        yield client(p.url)
    finally:
        p.stop()
        sandbox.stop()


@pytest.fixture(scope="session")
def worker():
    with new_worker() as c:
        yield c


@pytest.fixture(scope="session")
def hurried(fake):
    """The worker on the fake Atlassian, with little time for a call."""
    p = Process(
        [binary("ARCADE_WORKER_BINARY"), "serve", "--atlassian-url", fake.url, "--port", "0", "--log-format", "json", "--timeout", "2s"],
        worker_address, ARCADE_WORKER_SECRET=SECRET, ARCADE_LAME_DUCK="0",
    )  # fmt: skip
    yield client(p.url)
    p.stop()


@pytest.fixture(scope="session")
def probe():
    p = Process([binary("PROBE_BINARY")], printed_address)
    yield client(p.url)
    p.stop()


@pytest.fixture(scope="session")
def definitions(worker):
    return worker.request("GET", "/worker/tools").json


@pytest.fixture(scope="session")
def reference(fake, definitions, tmp_path_factory):
    """Arcade's own worker."""
    catalog = tmp_path_factory.mktemp("reference") / "catalog.json"
    catalog.write_text(json.dumps(definitions))
    version = definitions[0]["toolkit"]["version"]
    p = Process(
        [sys.executable, str(HERE / "reference.py"), SECRET, version, str(catalog)],
        printed_address, ATLASSIAN_API_URL=fake.url, PYTHONDONTWRITEBYTECODE="1",
    )  # fmt: skip
    c = Client(p.url)
    for _ in range(600):  # it prints its address before it listens
        try:
            c.request("GET", "/worker/health", headers={})
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    yield c
    p.stop()


def pytest_terminal_summary(terminalreporter):
    if not COUNTS:
        return
    terminalreporter.section("compared with the reference")
    for what, n in COUNTS.items():
        terminalreporter.write_line(f"{n:6}  {what}")
    terminalreporter.write_line(f"{len(LISTED):6}  listed deviations, {sum(d.defect for d in LISTED)} of them defects to be mended")
