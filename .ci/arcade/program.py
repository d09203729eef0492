"""Runs the program under test."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

SECRET = "a-secret-of-more-than-thirty-two-bytes"


def environment(**more: str) -> dict[str, str]:
    """The environment without anything that would reach the program by accident."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("ARCADE_", "ATLASSIAN_", "LOG_"))} | more


def run(command: list[str], **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


class Server:
    """A server of the program, whose log is in a file. told finds the address in what it prints."""

    def __init__(self, command: list[str], told: str, **more: str):
        self.log = tempfile.TemporaryFile("w+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, env=environment(**more)
        )
        deadline = time.monotonic() + 30
        while not (found := re.search(told, self.output(), re.M)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("did not start:\n" + self.output())
            time.sleep(0.01)
        self.url = "http://" + found[1]

    def output(self) -> str:
        return os.pread(self.log.fileno(), 1 << 24, 0).decode(errors="replace")

    def stop(self) -> None:
        self.process.kill()  # it keeps nothing
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def sandbox(binary: Path) -> Server:
    return Server([binary, "sandbox", "--port", "0", "--log-level", "error"], r"^The Atlassian sandbox is at http://(\S+)\. ")


def worker(binary: Path, atlassian: str, *flags: str) -> Server:
    return Server(
        [binary, "serve", "--port", "0", "--log-format", "json", "--atlassian-url", atlassian, *flags],
        r'"address":"([^"]+)"', ARCADE_WORKER_SECRET=SECRET,
    )  # fmt: skip


class Steps:
    """Runs steps, goes on when one fails, and remembers that."""

    def __init__(self) -> None:
        self.failed = 0

    def report(self, name: str, error: Exception | None = None) -> None:
        if error is None:
            print("works ", name, flush=True)
        else:
            self.failed += 1
            print("FAILS ", name, f"{type(error).__name__}: {error}", flush=True)
