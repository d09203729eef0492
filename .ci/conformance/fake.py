"""An Atlassian that answers as it is told to, each user in a way of its own."""

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SITE = {
    "id": "site-1", "name": "acme", "url": "https://acme.atlassian.net",
    "scopes": ["read:jira-work", "read:jira-user", "read:space:confluence"],
}  # fmt: skip

# What a tool gets from an Atlassian that works.
WORKING = {
    "/rest/api/3/project/search": {"values": [], "isLast": True, "total": 0},
    "/rest/api/3/project/": {"id": "1", "key": "PLAT", "name": "Platform"},
    "/rest/api/3/myself": {"accountId": "1", "displayName": "Ada", "active": True},
    "/wiki/api/v2/spaces": {"results": [], "_links": {"base": "https://acme.atlassian.net/wiki"}},
}


@dataclass(frozen=True)
class Plan:
    """How to answer one user. way is "" for an answer, or the way in which there is none."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: str = "{}"
    way: str = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        user = self.headers.get("Authorization", "").removeprefix("Bearer ")
        url = urlsplit(self.path)
        plan = self.server.plans.get(user)
        if url.path == "/oauth/token/accessible-resources":
            # A site of its own for each way to fail: the worker asks one that fails again and again less often.
            return self.answer(200, {}, json.dumps([SITE | {"id": user} if plan else SITE]))
        self.server.seen.setdefault(user, []).append((unquote(url.path), parse_qs(url.query, keep_blank_values=True)))
        if plan is None:
            body = next(v for k, v in WORKING.items() if k in url.path)
            return self.answer(200, {}, json.dumps(body))
        if plan.way:
            return getattr(self, plan.way)(plan)
        self.answer(plan.status, plan.headers, plan.body)

    def answer(self, status, headers, body):
        data = body.encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 304:
            self.wfile.write(data)

    def silent(self, plan):
        """Never answers in time."""
        time.sleep(4)
        self.close_connection = True

    def reset(self, plan):
        """Closes the connection instead of answering."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def cut(self, plan):
        """Promises more than it sends."""
        self.send_response_only(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"values":[')
        self.close_connection = True

    def garbled(self, plan):
        """Says gzip and sends none."""
        self.answer(200, {"Content-Encoding": "gzip"}, "not gzip at all")


class Fake(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.plans: dict[str, Plan] = {}
        self.seen: dict[str, list] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients go away; that is what some cases are about

    def taken(self, user: str) -> list:
        """The requests of a user since the last time."""
        return self.seen.pop(user, [])
