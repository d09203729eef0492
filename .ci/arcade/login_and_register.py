"""What login and register send is what Arcade's own client sends that means the same."""

import json
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import arcadepy
from engine import KEY, Engine, Request
from program import SECRET, Steps, run, worker

USER = "ada@acme.example"


def equal(got, want) -> None:
    if got != want:
        raise AssertionError(f"{got}\nis not\n{want}")


def sent(engine: Engine) -> list[Request]:
    """What arrived since it was asked last."""
    requests, engine.requests = engine.requests, []
    return requests


class Judge:
    def __init__(self, binary: Path, folder: Path):
        self.binary, self.folder = binary, folder
        self.steps = Steps()

    def program(self, engine: Engine, *arguments: str, **more: str):
        environment = {"ARCADE_API_KEY": KEY, "ARCADE_API_URL": engine.url, "ARCADE_USER_ID": USER, "XDG_CONFIG_HOME": str(self.folder), "ARCADE_WORKER_SECRET": SECRET}
        return run([str(self.binary), *arguments], **environment | more)

    def ours(self, engine: Engine, *arguments: str) -> list[Request]:
        done = self.program(engine, *arguments)
        equal((done.returncode, done.stderr if done.returncode else ""), (0, ""))
        return sent(engine)

    def step(self, name: str, step: Callable[[Engine], None], **engine) -> None:
        stand_in = Engine(**engine)
        try:
            step(stand_in)
        except Exception as e:
            self.steps.report(name, e)
        else:
            self.steps.report(name)
        finally:
            stand_in.stop()

    def scopes(self, *names: str) -> list[str]:
        """The scopes of the tools, out of the definitions that an Engine reads."""
        tools = json.loads(run([str(self.binary), "tools", "--json"]).stdout)
        needed = [t["requirements"]["authorization"]["oauth2"]["scopes"] for t in tools if not names or t["fully_qualified_name"] in names]
        return sorted({scope for scopes in needed for scope in scopes or []})

    # ---- login

    def login(self, engine: Engine) -> None:
        ours = self.ours(engine, "login")
        token = self.folder / "atlassian-worker" / "token.json"
        equal((json.loads(token.read_text())["token"], stat.S_IMODE(token.stat().st_mode)), (engine.token, 0o600))
        engine.flows.clear()
        client = arcade(engine)
        theirs = client.auth.wait_for_completion(client.auth.start(USER, "atlassian", scopes=self.scopes()))
        equal(theirs.context.token, engine.token)
        equal(ours, sent(engine))
        equal(len(ours), 3)

    def again(self, engine: Engine) -> None:
        self.ours(engine, "login")
        again = self.ours(engine, "login", "--print-token")
        client = arcade(engine)
        client.auth.wait_for_completion(client.auth.start(USER, "atlassian", scopes=self.scopes()))
        equal(again, sent(engine))

    def provider(self, engine: Engine) -> None:
        ours = self.ours(engine, "login", "--provider-id", "mine", "--tools", "Jira.ListProjects")
        engine.flows.clear()
        client = arcade(engine)
        requirement = {"id": "mine", "provider_id": "atlassian", "provider_type": "oauth2", "oauth2": {"scopes": self.scopes("Jira.ListProjects")}}
        client.auth.wait_for_completion(client.auth.authorize(auth_requirement=requirement, user_id=USER))
        equal(ours, sent(engine))

    def breaks(self, engine: Engine) -> None:
        ours = self.ours(engine, "login")
        engine.flows.clear()
        engine.breaks = 1
        client = arcade(engine)
        client.auth.wait_for_completion(client.auth.start(USER, "atlassian", scopes=self.scopes()))
        equal(ours, sent(engine))

    def refused(self, engine: Engine) -> None:
        done = self.program(engine, "login", ARCADE_API_KEY="arc_other")
        equal((done.returncode, "status 401: the key is not known" in done.stderr, "arc_other" in done.stderr), (1, True, False))

    def declined(self, engine: Engine) -> None:
        done = self.program(engine, "login")
        equal((done.returncode, "the authorization failed" in done.stderr), (1, True))

    # ---- register

    def register(self, engine: Engine) -> None:
        with worker(self.binary, "http://127.0.0.1:1") as w:
            ours = self.ours(engine, "register", w.url)
            engine.workers.clear()
            client = arcade(engine)
            try:
                client.workers.get("atlassian")
            except arcadepy.NotFoundError:
                client.workers.create(id="atlassian", enabled=True, type="http", http={"uri": w.url, "secret": SECRET, "timeout": 30, "retry": 3})
            equal(client.workers.health("atlassian").healthy, True)
            equal(ours, sent(engine))
            equal(len(ours), 3)

    def change(self, engine: Engine) -> None:
        with worker(self.binary, "http://127.0.0.1:1") as w:
            client = arcade(engine)
            client.workers.create(id="mine", enabled=False, type="http", http={"uri": "https://old.example.com", "secret": "old", "timeout": 10, "retry": 1})
            sent(engine)
            ours = self.ours(engine, "register", w.url, "--id", "mine", "--timeout", "45s", "--retry", "0")
            client.workers.get("mine")
            client.workers.update("mine", enabled=True, http={"uri": w.url, "secret": SECRET, "timeout": 45, "retry": 0})
            client.workers.health("mine")
            equal(ours, sent(engine))
            shown = client.workers.get("mine")
            equal((shown.enabled, shown.http.uri, shown.http.timeout, shown.http.retry), (True, w.url, 45, 0))

    def unreached(self, engine: Engine) -> None:
        done = self.program(engine, "register", "http://127.0.0.1:1")
        equal((done.returncode, "the Engine does not reach the worker" in done.stderr), (1, True))
        equal(SECRET in done.stdout + done.stderr, False)

    def all(self) -> int:
        self.step("login asks and waits as auth.start and wait_for_completion do", self.login)
        self.step("login asks nothing twice of somebody who agreed", self.again)
        self.step("login names one of several providers as auth.authorize does", self.provider)
        self.step("login outlasts a question that is answered with 503", self.breaks, breaks=1)
        self.step("login says that the key is not known", self.refused)
        self.step("login says that somebody declined", self.declined, declines=True)
        self.step("register creates as workers.create does", self.register)
        self.step("register changes as workers.update does", self.change)
        self.step("register says that the worker is not reached", self.unreached)
        return self.steps.failed


def arcade(engine: Engine) -> arcadepy.Arcade:
    return arcadepy.Arcade(api_key=KEY, base_url=engine.url)


def judge(binary: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return Judge(binary, Path(folder)).all()
