"""Lets Arcade's toolkits act on the sandbox: what they send to Atlassian's gateway goes there instead."""

import os

os.environ["ARCADE_USAGE_TRACKING"] = "0"  # their packages report nothing to anybody

import httpx  # noqa: E402

PACKAGES = ("arcade_jira", "arcade_confluence")
GATEWAY = "api.atlassian.com"  # where their packages send their requests

# What theirs are answered for an operation that the sandbox does not serve yet, by the end of its path.
STAND_INS = {
    "/wiki/api/v2/pages": '{"results": [], "_links": {}}',  # how their Confluence tools try whether a site may be used
}


def redirect_to(host) -> None:
    """Sends every request of httpx for Atlassian's gateway to host() instead, and lets no other leave."""
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def redirected(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != GATEWAY:
            raise httpx.ConnectError(f"{request.url.host} is not Atlassian's gateway", request=request)
        name, port = host().split(":")
        request.url = request.url.copy_with(scheme="http", host=name, port=int(port))
        request.headers["host"] = host()
        answer = await send(self, request)
        for path, body in STAND_INS.items():
            if request.method == "GET" and request.url.path.endswith(path):
                if answer.status_code != 404:
                    raise RuntimeError(f"the sandbox serves {path}: take it off STAND_INS in redirect.py")
                return httpx.Response(200, content=body, request=request)
        return answer

    httpx.AsyncHTTPTransport.handle_async_request = redirected
