"""Lets Arcade's toolkits act on the sandbox: what they send to Atlassian's gateway goes there instead."""

import os

os.environ["ARCADE_USAGE_TRACKING"] = "0"  # their packages report nothing to anybody

import httpx  # noqa: E402

PACKAGES = ("arcade_jira", "arcade_confluence")
GATEWAY = "api.atlassian.com"  # where their packages send their requests


def redirect_to(host) -> None:
    """Sends every request of httpx for Atlassian's gateway to host() instead, and lets no other leave."""
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def redirected(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != GATEWAY:
            raise httpx.ConnectError(f"{request.url.host} is not Atlassian's gateway", request=request)
        name, port = host().split(":")
        request.url = request.url.copy_with(scheme="http", host=name, port=int(port))
        request.headers["host"] = host()
        return await send(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = redirected
