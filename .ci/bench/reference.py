"""Arcade's reference worker with one tool, written as its documentation shows: arcade_tdk for the tool, httpx for the call.

It asks for what the Go worker's tool asks for. It is given the cloud id, so that it makes one upstream request per call, as the Go worker does once it knows the sites.
With SHARED_CLIENT=1 it keeps one HTTP client for all calls, which the documentation does not show but anybody who profiles
it would do.
"""

import contextlib
import os
from typing import Annotated

import httpx
import uvicorn
from arcade_serve.fastapi import FastAPIWorker
from arcade_tdk import ToolContext, tool
from arcade_tdk.auth import Atlassian
from fastapi import FastAPI

SITE = f"{os.environ['ATLASSIAN_API_URL']}/ex/jira/{os.environ['CLOUD_ID']}"


SHARED = httpx.AsyncClient(limits=httpx.Limits(max_connections=1000)) if os.environ.get("SHARED_CLIENT") else None


def http_client():
    return contextlib.nullcontext(SHARED) if SHARED else httpx.AsyncClient()


@tool(requires_auth=Atlassian(scopes=["read:jira-work"]))
async def list_projects(
    context: ToolContext,
    query: Annotated[str, "Only projects whose key or name contains this text."] = "",
    limit: Annotated[int, "Projects per page."] = 50,
    offset: Annotated[int, "Projects to skip."] = 0,
) -> Annotated[dict, "The projects and where the next page starts."]:
    """List the Jira projects that the user can see, a page at a time."""
    async with http_client() as client:
        response = await client.get(
            f"{SITE}/rest/api/3/project/search",
            params={"query": query, "maxResults": limit, "startAt": offset, "orderBy": "key", "expand": "description,lead"},
            headers={"Authorization": f"Bearer {context.get_auth_token_or_empty()}", "Accept": "application/json"},
        )
        response.raise_for_status()
        page = response.json()
    projects = [
        {
            "id": p["id"],
            "key": p["key"],
            "name": p["name"],
            "type": p.get("projectTypeKey"),
            "style": p.get("style"),
            "description": p.get("description"),
            "category": p.get("projectCategory") and {k: p["projectCategory"].get(k) for k in ("id", "name", "description")},
            "lead": p.get("lead") and {"id": p["lead"]["accountId"], "name": p["lead"]["displayName"], "active": p["lead"]["active"]},
        }
        for p in page["values"]
    ]
    pagination = {"limit": limit, "returned_count": len(projects), "is_last_page": page["isLast"], "total_results": page["total"]}
    if not page["isLast"]:
        pagination["next_offset"] = offset + len(projects)
    return {"projects": projects, "pagination": pagination}


app = FastAPI()
worker = FastAPIWorker(app)
worker.register_tool(list_projects, toolkit_name="Jira")

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["ARCADE_SERVER_PORT"]))
