"""A stand-in for an Arcade Engine.

What it is sent has to be what Arcade's client declares, member by member, and what it answers is built of that client's
models. It calls registered workers as an Engine does, so that a whole set-up can be gone through with it.
"""

import json
import threading
import urllib.request
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from arcadepy.types import (
    AuthAuthorizeParams, AuthConfirmUserParams, ConfirmUserResponse, ExecuteToolResponse, ToolAuthorizeParams,
    ToolExecuteParams, WorkerCreateParams, WorkerHealthResponse, WorkerResponse, WorkerUpdateParams,
)  # fmt: skip
from arcadepy.types.shared import AuthorizationResponse, Error
from pydantic import TypeAdapter

KEY = "arc_key"
TOLD = ("accept", "content-type")  # the headers that belong to a request's meaning


@dataclass
class Request:
    """A request, as far as two clients that mean the same have to agree."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.query or ''} {json.dumps(self.body, sort_keys=True)} {self.headers}"


@dataclass
class Flow:
    """A user's authorization. It is pending until it was asked for as often as the Engine was told."""

    user: str
    scopes: list[str]
    asked: int = 0
    done: bool = False


class Refusal(Exception):
    def __init__(self, status: int, message: str):
        self.status, self.message = status, message


@dataclass
class Engine:
    """The Engine's state. Everybody agrees to everything, at the second question."""

    token: str = "sandbox"  # what users get, which the sandbox takes for its user
    declines: bool = False
    breaks: int = 0  # so many questions for a status are answered with 503 first
    requests: list[Request] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    workers: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                engine.answer(self)

            do_GET = do_POST = do_PATCH = handle_one

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, h: BaseHTTPRequestHandler) -> None:
        target = urlsplit(h.path)
        raw = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        request = Request(
            h.command, target.path, dict(parse_qsl(target.query)),
            {name: value for name in TOLD if (value := h.headers.get(name)) is not None}, json.loads(raw) if raw else None,
        )  # fmt: skip
        with self.lock:
            self.requests.append(request)
            try:
                if h.headers.get("Authorization", "").removeprefix("Bearer ") != KEY:  # Arcade documents it so, and its clients send it bare
                    raise Refusal(401, "the key is not known")
                status, answer = self.route(request)
            except Refusal as r:
                status, answer = r.status, Error(name="refused", message=r.message)
        body = answer.to_json(indent=None).encode()
        h.send_response(status)
        h.send_header("Content-Type", "application/json")
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)

    def route(self, r: Request):
        match [r.method, *r.path.strip("/").split("/")]:
            case ["POST", "v1", "auth", "authorize"]:
                body = declared(AuthAuthorizeParams, r.body)
                requirement = body["auth_requirement"]
                if requirement.get("provider_id") != "atlassian" or requirement.get("id", "mine") != "mine":
                    raise Refusal(400, "there is no such provider")
                return 200, self.authorize(body["user_id"], requirement["oauth2"]["scopes"])
            case ["GET", "v1", "auth", "status"]:
                return 200, self.status(r.query)
            case ["POST", "v1", "auth", "confirm_user"]:
                body = declared(AuthConfirmUserParams, r.body)
                if self.flows.get(body["flow_id"]) is None or self.flows[body["flow_id"]].user != body["user_id"]:
                    raise Refusal(400, "this is not the user who began")
                return 200, ConfirmUserResponse(auth_id=body["flow_id"])
            case ["POST", "v1", "workers"]:
                body = declared(WorkerCreateParams, r.body)
                if body.get("type") != "http" or "http" not in body:
                    raise Refusal(400, "the worker is of no type")
                if body["id"] in self.workers:
                    raise Refusal(409, "the worker exists")
                self.workers[body["id"]] = body
                return 201, shown(body)
            case [method, "v1", "workers", name, *rest] if name in self.workers:
                return 200, self.worker(method, name, rest, r.body)
            case ["POST", "v1", "tools", "authorize"]:
                body = declared(ToolAuthorizeParams, r.body)
                definition, _ = self.tool(body["tool_name"])
                return 200, self.authorize(body["user_id"], definition["requirements"]["authorization"]["oauth2"]["scopes"])
            case ["POST", "v1", "tools", "execute"]:
                return 200, self.execute(declared(ToolExecuteParams, r.body))
        raise Refusal(404, "there is nothing")

    def authorize(self, user: str, scopes: list[str]) -> AuthorizationResponse:
        for name, flow in self.flows.items():
            if flow.user == user and flow.done and set(scopes) <= set(flow.scopes):
                return self.told(name)
        name = f"ac_{len(self.flows) + 1}"
        self.flows[name] = Flow(user, scopes)
        return self.told(name)

    def status(self, query: dict[str, str]) -> AuthorizationResponse:
        if query.get("id") not in self.flows:
            raise Refusal(404, "there is no such authorization")
        if not 0 < int(query.get("wait", 1)) <= 59:
            raise Refusal(400, "wait is out of range")
        if self.breaks > 0:
            self.breaks -= 1
            raise Refusal(503, "come back")
        flow = self.flows[query["id"]]
        flow.asked += 1
        flow.done = flow.asked > 1 and not self.declines
        return self.told(query["id"])

    def told(self, name: str) -> AuthorizationResponse:
        flow = self.flows[name]
        told = {"id": name, "provider_id": "mine", "user_id": flow.user, "scopes": flow.scopes, "status": "pending", "url": f"{self.url}/agree/{name}"}
        if flow.done:
            told |= {"status": "completed", "context": {"token": self.token, "user_info": {"sub": "557058:1"}}}
        elif self.declines and flow.asked > 1:
            told |= {"status": "failed"}
        return AuthorizationResponse.model_validate(told)

    def worker(self, method: str, name: str, rest: list[str], body: Any):
        match [method, *rest]:
            case ["GET"]:
                return shown(self.workers[name])
            case ["PATCH"]:
                changed = declared(WorkerUpdateParams, body)
                before = self.workers[name]
                self.workers[name] = before | changed | {"http": before["http"] | changed.get("http", {})}
                return shown(self.workers[name])
            case ["GET", "health"]:
                try:
                    self.ask(name, "/worker/health")
                except OSError as e:
                    return WorkerHealthResponse(id=name, enabled=True, healthy=False, message=str(e))
                return WorkerHealthResponse(id=name, enabled=True, healthy=True)
        raise Refusal(404, "there is nothing")

    def ask(self, name: str, path: str, body: Any = None) -> Any:
        """Asks a worker as an Engine does: with a token signed with the secret that was registered."""
        http = self.workers[name]["http"]
        bearer = jwt.encode({"aud": "worker", "ver": "1"}, http["secret"], "HS256")
        request = urllib.request.Request(http["uri"] + path, json.dumps(body).encode() if body else None, {"Authorization": f"Bearer {bearer}"})
        with urllib.request.urlopen(request, timeout=http["timeout"]) as answer:
            return json.load(answer)

    def tool(self, full_name: str) -> tuple[dict, str]:
        """A tool's definition, and the worker that has it."""
        for name in self.workers:
            for definition in self.ask(name, "/worker/tools"):
                if definition["fully_qualified_name"] == full_name:
                    return definition, name
        raise Refusal(404, f"no worker has {full_name}")

    def execute(self, body: dict) -> ExecuteToolResponse:
        definition, worker = self.tool(body["tool_name"])
        needed = set(definition["requirements"]["authorization"]["oauth2"]["scopes"])
        if not any(f.done and f.user == body["user_id"] and needed <= set(f.scopes) for f in self.flows.values()):
            raise Refusal(403, "the user has not agreed")
        toolkit = definition["toolkit"]
        answer = self.ask(worker, "/worker/tools/invoke", {
            "execution_id": f"te_{uuid.uuid4()}", "inputs": body.get("input", {}),
            "tool": {"name": definition["name"], "toolkit": toolkit["name"], "version": toolkit["version"]},
            "context": {"authorization": {"token": self.token}, "user_id": body["user_id"]},
        })  # fmt: skip
        output = {k: answer["output"][k] for k in ("value", "error", "logs") if answer["output"][k] is not None}
        return ExecuteToolResponse.model_validate({
            "execution_id": answer["execution_id"], "duration": answer["duration"], "finished_at": answer["finished_at"],
            "success": answer["success"], "status": "success" if answer["success"] else "failed", "output": output,
        })  # fmt: skip


def declared(params: type, body: Any) -> dict:
    """The body, if it has what the client's parameters declare and nothing else."""
    try:
        read = TypeAdapter(params).validate_python(body, strict=True)
    except ValueError as e:
        raise Refusal(400, str(e)) from e
    if read != body:
        raise Refusal(400, f"{params.__name__} has no such members: {body}")
    return read


def shown(worker: dict) -> WorkerResponse:
    """A worker as an Engine shows it: its secret is hinted at."""
    http = worker["http"]
    secret = {"exists": True, "editable": True, "binding": "project", "hint": http["secret"][:2] + "…"}
    return WorkerResponse.model_validate({
        "id": worker["id"], "enabled": worker["enabled"], "type": worker["type"], "managed": False,
        "binding": {"type": "project", "id": "p_1"}, "requirements": {"met": True}, "http": http | {"secret": secret},
    })  # fmt: skip
