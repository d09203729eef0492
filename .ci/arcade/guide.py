"""The way that docs/arcade.md describes, with an Engine of this machine: a worker, registered by its command, a token, and
the programs that the guide shows, in Python and in JavaScript.
"""

import contextlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import arcadepy
import httpx2
from engine import KEY, Engine
from login_and_register import equal
from program import SECRET, Server, Steps, run, sandbox, worker

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parent.parent / "docs" / "arcade.md"


def shown(language: str) -> str:
    """The one program of this language that the guide shows."""
    programs = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)
    equal(len(programs), 1)
    return programs[0]


def start(command: list[str], engine: Engine, **more: str) -> subprocess.CompletedProcess:
    done = run(command, ARCADE_API_KEY=KEY, ARCADE_API_URL=engine.url, ARCADE_BASE_URL=engine.url, ARCADE_WORKER_SECRET=SECRET, **more)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    return done


def expect_projects(done: subprocess.CompletedProcess, asked: bool) -> None:
    lines = done.stdout.splitlines()
    equal([line for line in lines if line.startswith("Agree here: http")] != [], asked)
    equal("PLAT Platform" in lines, True)


def verify(binary: Path, engine: Engine) -> None:
    """The guide's verifier confirms who began, with the request that Arcade's client sends, and nobody else."""
    arcade = arcadepy.Arcade(api_key=KEY, base_url=engine.url)
    flow = arcade.tools.authorize(tool_name="Jira.WhoAmI", user_id="new@example.com").id
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = "%s:%d" % s.getsockname()
    command = [str(binary.with_name("verifier")), "-listen", address, "-user-header", "X-User"]
    with Server(command, r"address=(?:http://)?(\S+)/arcade/verify", ARCADE_API_KEY=KEY, ARCADE_API_URL=engine.url) as verifier:
        engine.requests.clear()
        statuses = []
        for user in ("other@example.com", "new@example.com"):
            for _ in range(500):  # it says where it will listen before it does
                with contextlib.suppress(httpx2.ConnectError):
                    statuses.append(httpx2.get(f"{verifier.url}/arcade/verify", params={"flow_id": flow}, headers={"X-User": user}).status_code)
                    break
                time.sleep(0.01)
        equal(statuses, [403, 200])
    ours = [(r.method, r.path, r.query, r.body) for r in engine.requests]
    engine.requests.clear()
    with contextlib.suppress(arcadepy.BadRequestError):
        arcade.auth.confirm_user(flow_id=flow, user_id="other@example.com")
    arcade.auth.confirm_user(flow_id=flow, user_id="new@example.com")
    equal(ours, [(r.method, r.path, r.query, r.body) for r in engine.requests])


def judge(binary: Path) -> int:
    steps = Steps()
    engine = Engine()
    with tempfile.TemporaryDirectory(dir=HERE / "node_modules") as scratch, sandbox(binary) as atlassian, worker(binary, atlassian.url) as w:
        folder = Path(scratch)
        (folder / "app.py").write_text(shown("python"))
        (folder / "app.mjs").write_text(shown("js"))
        python, node = [sys.executable, "-B", str(folder / "app.py")], [str(shutil.which("node")), str(folder / "app.mjs")]
        program = {"XDG_CONFIG_HOME": scratch, "ATLASSIAN_API_URL": atlassian.url, "ARCADE_USER_ID": "me@example.com"}

        def failing() -> None:
            for command, text in ((python, "app.py"), (node, "app.mjs")):
                wrong = folder / ("wrong-" + text)
                wrong.write_text((folder / text).read_text().replace('"plat"', "5"))
                done = run([*command[:-1], str(wrong)], ARCADE_API_KEY=KEY, ARCADE_BASE_URL=engine.url)
                equal((done.returncode, "query: Input should be a valid string" in done.stderr), (1, True))

        way = {
            "the worker is registered": lambda: start([str(binary), "register", w.url], engine),
            "the user logs in": lambda: start([str(binary), "login"], engine, **program),
            "the doctor finds all well": lambda: start([str(binary), "doctor", "--url", w.url], engine, **program),
            "the token is used": lambda: equal('"key": "PLAT"' in start([str(binary), "call", "Jira.ListProjects"], engine, **program).stdout or "nothing", True),
            "the guide's Python asks its user and calls the tool": lambda: expect_projects(start(python, engine), True),
            "the guide's JavaScript does not ask again": lambda: expect_projects(start(node, engine), False),
            "the guide's JavaScript asks its user and calls the tool": lambda: (engine.flows.clear(), expect_projects(start(node, engine), True)),
            "the guide's Python does not ask again": lambda: expect_projects(start(python, engine), False),
            "both say what was wrong with a call": failing,
            "the guide's verifier confirms as auth.confirm_user does": lambda: verify(binary, engine),
        }
        for name, step in way.items():
            try:
                step()
            except Exception as e:
                steps.report(name, e)
            else:
                steps.report(name)
    engine.stop()
    return steps.failed
