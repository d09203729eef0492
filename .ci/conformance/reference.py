"""Arcade's reference worker, serving in Python the tools that the Go worker and the probe serve.

Their bodies give back what they were given, except for those of the toolkit Upstream, which call Atlassian
as Arcade's documentation shows. Run by conftest.py; prints its address.
"""

import enum
import inspect
import json
import os
import socket
import sys
import types
from pathlib import Path
from typing import Annotated, Any, Optional

import httpx
import uvicorn
from arcade_core.metadata import ToolMetadata
from arcade_core.utils import pascal_to_snake_case
from arcade_serve.fastapi import FastAPIWorker
from arcade_tdk import ToolContext, tool
from arcade_tdk.auth import Atlassian
from fastapi import FastAPI
from typing_extensions import TypedDict

# ---- the worker's own tools


@tool(requires_auth=Atlassian(scopes=["read:jira-work"]))
def list_projects(
    query: Annotated[str, "Text in key or name."] = "",
    limit: Annotated[int, "Projects per page."] = 50,
    offset: Annotated[int, "Projects to skip."] = 0,
    atlassian_cloud_id: Annotated[str, "The site."] = "",
) -> Annotated[dict, "The inputs."]:
    """List projects."""
    return {"query": query, "limit": limit, "offset": offset}


@tool(requires_auth=Atlassian(scopes=["read:jira-work"]))
def search_projects(
    keywords: Annotated[str, "Text in key or name."] = "",
    limit: Annotated[int, "Projects per page."] = 50,
    offset: Annotated[int, "Projects to skip."] = 0,
    atlassian_cloud_id: Annotated[str, "The site."] = "",
) -> Annotated[dict, "The inputs."]:
    """Search projects."""
    return {"keywords": keywords, "limit": limit, "offset": offset}


@tool(requires_auth=Atlassian(scopes=["read:jira-work"]))
def get_project_by_id(
    project: Annotated[str, "ID or key."],
    atlassian_cloud_id: Annotated[str, "The site."] = "",
) -> Annotated[dict, "The inputs."]:
    """Get a project."""
    return {"project": project}


@tool(requires_auth=Atlassian(scopes=["read:jira-user"]))
def who_am_i() -> Annotated[dict, "Nothing."]:
    """Tell who the user is."""
    return {}


@tool(requires_auth=Atlassian())
def get_available_atlassian_clouds() -> Annotated[dict, "Nothing."]:
    """List sites."""
    return {}


@tool(requires_auth=Atlassian(scopes=["read:space:confluence"]))
def list_spaces(
    limit: Annotated[int, "Spaces per page."] = 25,
    pagination_token: Annotated[str, "Token of the page."] = "",
    atlassian_cloud_id: Annotated[str, "The site."] = "",
) -> Annotated[dict, "The inputs."]:
    """List spaces."""
    return {"limit": limit, "pagination_token": pagination_token}


# ---- the probe's tools


class Colour(str, enum.Enum):
    RED = "red"
    GREEN = "green"
    DARK_BLUE = "dark blue"


class Inner(TypedDict):
    number: int


class ItemRequired(TypedDict):
    text: str
    note: Optional[str]


class Item(ItemRequired, total=False):
    count: int
    share: Optional[float]
    flag: Optional[bool]
    colour: Optional[Colour]
    tags: list[str]
    open: dict
    inner: Optional[Inner]
    list: list[Inner]


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


NOTHING = object()


def echo(name: str, kind: Any, default: Any = NOTHING) -> Any:
    """A tool with one parameter, value, that gives it back."""

    def body(value: Any) -> Any:
        return {"decoded": {"value": plain(value)}}

    annotation = Annotated[kind, "A value."]
    if default is NOTHING:

        def run(value: annotation) -> Annotated[dict, "The inputs."]:
            return body(value)

    else:

        def run(value: annotation = default) -> Annotated[dict, "The inputs."]:
            return body(value)

    run.__name__ = name
    return tool(run, desc="Say what was given.")


PROBE = [
    *(
        echo("required_" + name, kind)
        for name, kind in {
            "string": str, "integer": int, "number": float, "boolean": bool, "enum": Colour,
            "strings": list[str], "integers": list[int], "numbers": list[float], "booleans": list[bool], "enums": list[Colour],
            "open": dict, "opens": list[dict], "map": dict[str, int], "item": Item, "items": list[Item],
        }.items()
    ),
    *(
        echo("optional_" + name, Optional[kind], None)
        for name, kind in {
            "string": str, "integer": int, "number": float, "boolean": bool, "enum": Colour,
            "strings": list[str], "open": dict, "item": Item, "items": list[Item],
        }.items()
    ),
    echo("default_string", str, "plat"),
    echo("default_integer", int, 50),
    echo("default_number", float, 0.5),
    echo("default_boolean", bool, True),
    echo("default_enum", Colour, Colour.GREEN),
]  # fmt: skip


@tool
def limited(
    text: Annotated[str, "Two to four characters."] = "",
    count: Annotated[Optional[int], "A whole number."] = None,
    share: Annotated[Optional[float], "A number."] = None,
    tags: Annotated[Optional[list[str]], "Texts."] = None,
) -> Annotated[dict, "The inputs."]:
    """Say what was given."""
    return {"decoded": {"text": text, "count": count, "share": share, "tags": tags or []}}


@tool
def everything(
    text: Annotated[str, "A text."],
    open: Annotated[dict, "Any object."],  # noqa: A002
    count: Annotated[int, "A whole number."] = 1,
    share: Annotated[Optional[float], "A number."] = None,
    flag: Annotated[Optional[bool], "Yes or no."] = None,
    colour: Annotated[Optional[Colour], "A colour."] = None,
    tags: Annotated[Optional[list[str]], "Texts."] = None,
    item: Annotated[Optional[Item], "An object."] = None,
    items: Annotated[Optional[list[Inner]], "Objects."] = None,
) -> Annotated[dict, "The inputs."]:
    """Say what was given."""
    return {"decoded": plain(dict(locals()))}


@tool
def nothing() -> Annotated[dict, "The inputs."]:
    """Say what was given."""
    return {"decoded": {}}


def build_reserved() -> Any:
    """The parameter "context" collides with the executor's own; the reference cannot be called with it."""

    def reserved(
        context: Annotated[str, "A text."] = "",
        func: Annotated[str, "A text."] = "",
        input_model: Annotated[str, "A text."] = "",
    ) -> Annotated[dict, "The inputs."]:
        return {"decoded": {"context": context, "func": func, "input_model": input_model}}

    return tool(reserved, desc="Say what was given.")


# ---- any tool of the catalog, declared in Python from its definition


def kind_of(schema: dict, name: str) -> Any:
    """The Python type that a Python tool would have for a value of the schema."""
    scalars = {"string": str, "integer": int, "number": float, "boolean": bool}
    if schema["val_type"] == "array":
        inner = {**schema, "val_type": schema["inner_val_type"], "properties": schema["inner_properties"], "required_keys": schema["inner_required_keys"]}
        return list[kind_of(inner, name)]
    if schema["enum"] is not None:
        return enum.Enum(name, {f"V{i}": v for i, v in enumerate(schema["enum"])}, type=str)
    if schema["val_type"] != "json":
        return scalars[schema["val_type"]]
    if schema["properties"] is None:
        return dict

    def members(required: bool) -> dict:
        found = {}
        for key, member in schema["properties"].items():
            if (key in schema["required_keys"]) == required:
                kind = kind_of(member, f"{name}_{key}")
                found[key] = Optional[kind] if member["nullable"] else kind
        return found

    base = TypedDict(name + "Required", members(True))
    return types.new_class(name, (base,), {"total": False}, lambda ns: ns.update(__annotations__=members(False), __module__=__name__))


def mirrored(definition: dict) -> Any:
    """A tool that takes the same parameters; what is optional may be null."""

    def run(**inputs: Any) -> dict:
        return {"decoded": {}}

    parameters = []
    for p in definition["input"]["parameters"]:
        kind, default = kind_of(p["value_schema"], p["name"]), inspect.Parameter.empty
        if not p["required"]:
            kind, default = Optional[kind], None
        parameters.append(inspect.Parameter(p["name"], inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, p["description"]]))
    run.__name__ = pascal_to_snake_case(definition["name"])
    run.__signature__ = inspect.Signature(parameters, return_annotation=Annotated[dict, definition["output"]["description"]])
    scopes = definition["requirements"]["authorization"]["oauth2"]["scopes"]
    metadata = ToolMetadata.model_validate(definition["metadata"])
    return tool(run, desc=definition["description"], requires_auth=Atlassian(scopes=scopes), metadata=metadata)


# ---- calls of Atlassian, as the documentation shows them


def calling(path: str) -> Any:
    @tool(name="ListProjects", requires_auth=Atlassian(scopes=["read:jira-work"]))
    async def list_projects(context: ToolContext) -> Annotated[dict, "The answer."]:
        """Call Atlassian."""
        url = os.environ["ATLASSIAN_API_URL"] + path
        async with httpx.AsyncClient(timeout=2, trust_env=False, verify=False) as client:
            response = await client.get(url, headers={"Authorization": "Bearer " + context.get_auth_token_or_empty()})
            response.raise_for_status()
            return response.json()

    return list_projects


def main() -> None:
    app = FastAPI()
    worker = FastAPIWorker(app, secret=sys.argv[1])
    catalog = worker.catalog
    for f in (list_projects, search_projects, get_project_by_id, who_am_i, get_available_atlassian_clouds):
        catalog.add_tool(f, "Jira", toolkit_version=sys.argv[2])
    for f in (list_spaces, get_available_atlassian_clouds):
        catalog.add_tool(f, "Confluence", toolkit_version=sys.argv[2])
    for f in [*PROBE, limited, everything, nothing, build_reserved()]:
        catalog.add_tool(f, "Probe", toolkit_version="1.2.3")
    for definition in json.loads(Path(sys.argv[3]).read_text()):
        toolkit = definition["toolkit"]
        catalog.add_tool(mirrored(definition), toolkit["name"] + "Mirror", toolkit_version=toolkit["version"], toolkit_description=toolkit["description"])
    catalog.add_tool(calling("/ex/jira/site-1/rest/api/3/project/search"), "Upstream")

    # asyncio turns Nagle's algorithm off only where the protocol is named; it would cost 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
