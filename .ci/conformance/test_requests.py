"""Requests as the reference writes them are accepted; others are judged alike."""

import itertools
import json

import pytest
from arcade_core.schema import (
    ToolAuthorizationContext,
    ToolCallRequest,
    ToolContext,
    ToolMetadataItem,
    ToolReference,
    ToolSecretItem,
)

import deviations
from conftest import COUNTS
from deviations import Difference
from support import listing

INVOKE = "/worker/tools/invoke"

CONTEXTS = {
    "default": ToolContext(),
    "nulls": ToolContext(authorization=None, secrets=None, metadata=None, user_id=None),
    "token": ToolContext(authorization=ToolAuthorizationContext(token="sandbox")),
    "no token": ToolContext(authorization=ToolAuthorizationContext(token=None)),
    "user info": ToolContext(authorization=ToolAuthorizationContext(token="sandbox", user_info={"sub": "1", "n": [1, {"a": None}]})),
    "empty lists": ToolContext(secrets=[], metadata=[]),
    "everything": ToolContext(
        authorization=ToolAuthorizationContext(token="sandbox", user_info={}),
        secrets=[ToolSecretItem(key="A", value="b"), ToolSecretItem(key="a", value="")],
        metadata=[ToolMetadataItem(key="client_id", value="é\u2028")],
        user_id="ada@example.com",
    ),
}
HEADS = {
    "bare": {},
    "nulls": {"run_id": None, "execution_id": None, "created_at": None},
    "full": {"run_id": "run_1", "execution_id": "te_1", "created_at": "2026-08-20T10:00:00Z"},
}
DUMPS = {"all": {}, "unset": {"exclude_unset": True}, "none": {"exclude_none": True}, "defaults": {"exclude_defaults": True}}
INPUTS = {"null": None, "empty": {}, "some": {"query": "plat", "limit": 5}}


@pytest.mark.parametrize("context", CONTEXTS)
def test_requests_of_the_reference_are_accepted(worker, definitions, context):
    version = definitions[0]["toolkit"]["version"]
    for head, dump, inputs, v in itertools.product(HEADS, DUMPS, INPUTS, (None, "", version)):
        request = ToolCallRequest(
            **HEADS[head], tool=ToolReference(name="ListProjects", toolkit="Jira", version=v), inputs=INPUTS[inputs], context=CONTEXTS[context]
        )
        answer = worker.request("POST", INVOKE, request.model_dump_json(**DUMPS[dump]))
        assert answer.status == 200, request
        body = answer.json
        assert body["execution_id"] == (HEADS[head].get("execution_id") or "")
        authorization = CONTEXTS[context].authorization
        assert body["success"] == bool(authorization and authorization.token), body
        COUNTS["requests of the reference's own models accepted"] += 1


# Bodies that stand on the edge of what a request is.
TOOL = '"tool":{"name":"ListProjects","toolkit":"Jira"}'
USER = '"context":{"authorization":{"token":"sandbox"}}'
BODIES = {
    "empty": "",
    "white space": "  \n",
    "null": "null",
    "list": "[]",
    "text": '"x"',
    "number": "5",
    "no object": "{",
    "trailing garbage": f"{{{TOOL}}} x",
    "second object": f"{{{TOOL}}}{{}}",
    "white space around": f" \n{{ {TOOL} }}\t\r\n",
    "trailing comma": f"{{{TOOL},}}",
    "single quotes": "{'tool':{}}",
    "comment": f"{{{TOOL}}} // x",
    "no tool": "{}",
    "tool null": '{"tool":null}',
    "tool text": '{"tool":"Jira.ListProjects"}',
    "no name": '{"tool":{"toolkit":"Jira"}}',
    "no toolkit": '{"tool":{"name":"ListProjects"}}',
    "name null": '{"tool":{"name":null,"toolkit":"Jira"}}',
    "name number": '{"tool":{"name":5,"toolkit":"Jira"}}',
    "name empty": '{"tool":{"name":"","toolkit":"Jira"}}',
    "toolkit list": '{"tool":{"name":"ListProjects","toolkit":["Jira"]}}',
    "version number": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":1.0}}',
    "version null": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":null}}',
    "version empty": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":""}}',
    "version known": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":"%(version)s"}}',
    "version v": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":"v%(version)s"}}',
    "version unknown": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":"99.0.0"}}',
    "version blank": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":" "}}',
    "version spaced": '{"tool":{"name":"ListProjects","toolkit":"Jira","version":" %(version)s"}}',
    "lower case": '{"tool":{"name":"listprojects","toolkit":"jira"}}',
    "upper case": '{"tool":{"name":"LISTPROJECTS","toolkit":"JIRA","version":"%(version)s"}}',
    "snake case": '{"tool":{"name":"list_projects","toolkit":"jira"}}',
    "name spaced": '{"tool":{"name":"ListProjects ","toolkit":"Jira"}}',
    "unknown tool": '{"tool":{"name":"Nope","toolkit":"Jira"}}',
    "unknown toolkit": '{"tool":{"name":"ListProjects","toolkit":"Nope"}}',
    "other toolkit's tool": '{"tool":{"name":"ListSpaces","toolkit":"Jira"}}',
    "dots in the name": '{"tool":{"name":"Jira.ListProjects","toolkit":""}}',
    "dots split elsewhere": '{"tool":{"name":"x.ListProjects","toolkit":"Jira"}}',
    "qualified name as name": '{"tool":{"name":"Jira.ListProjects","toolkit":"Jira"}}',
    "kelvin sign": '{"tool":{"name":"ListProjects","toolkit":"Jira\\u212a"}}',
    "dotted capital i": '{"tool":{"name":"L\\u0130stProjects","toolkit":"Jira"}}',
    "long s": '{"tool":{"name":"Li\\u017ftProjects","toolkit":"Jira"}}',
    "extra keys": f'{{{TOOL},"x":1,"tools":[]}}',
    "extra keys in tool": '{"tool":{"name":"ListProjects","toolkit":"Jira","x":1}}',
    "extra keys in context": f'{{{TOOL},"context":{{"x":1,"authorization":{{"x":1}},"secrets":[{{"key":"a","value":"b","x":1}}]}}}}',
    "keys in another case": '{"Tool":{"name":"ListProjects","toolkit":"Jira"}}',
    "keys in another case within": '{"tool":{"Name":"ListProjects","Toolkit":"Jira"}}',
    "execution_id number": f'{{{TOOL},"execution_id":5}}',
    "execution_id empty": f'{{{TOOL},"execution_id":""}}',
    "execution_id hostile": f'{{{TOOL},"execution_id":"\\u0000<é\\ud83d\\ude00"}}',
    "run_id list": f'{{{TOOL},"run_id":[]}}',
    "run_id boolean": f'{{{TOOL},"run_id":true}}',
    "created_at number": f'{{{TOOL},"created_at":1}}',
    "created_at text": f'{{{TOOL},"created_at":"yesterday"}}',
    "inputs list": f'{{{TOOL},"inputs":[]}}',
    "inputs text": f'{{{TOOL},"inputs":"{{}}"}}',
    "inputs number": f'{{{TOOL},"inputs":0}}',
    "inputs false": f'{{{TOOL},"inputs":false}}',
    "inputs null": f'{{{TOOL},"inputs":null}}',
    "inputs twice": f'{{{TOOL},"inputs":{{}},"inputs":{{}}}}',
    "tool twice": f"{{{TOOL},{TOOL}}}",
    "name twice": '{"tool":{"name":"Nope","name":"ListProjects","toolkit":"Jira"}}',
    "unknown key twice": f'{{{TOOL},"x":1,"x":2}}',
    "context null": f'{{{TOOL},"context":null}}',
    "context list": f'{{{TOOL},"context":[]}}',
    "context text": f'{{{TOOL},"context":"x"}}',
    "authorization null": f'{{{TOOL},"context":{{"authorization":null}}}}',
    "authorization list": f'{{{TOOL},"context":{{"authorization":[]}}}}',
    "authorization text": f'{{{TOOL},"context":{{"authorization":"sandbox"}}}}',
    "token null": f'{{{TOOL},"context":{{"authorization":{{"token":null}}}}}}',
    "token number": f'{{{TOOL},"context":{{"authorization":{{"token":5}}}}}}',
    "user_info null": f'{{{TOOL},"context":{{"authorization":{{"token":"t","user_info":null}}}}}}',
    "user_info list": f'{{{TOOL},"context":{{"authorization":{{"token":"t","user_info":[]}}}}}}',
    "user_info text": f'{{{TOOL},"context":{{"authorization":{{"token":"t","user_info":"x"}}}}}}',
    "secrets null": f'{{{TOOL},"context":{{"secrets":null,"metadata":null}}}}',
    "secrets object": f'{{{TOOL},"context":{{"secrets":{{}}}}}}',
    "secret null": f'{{{TOOL},"context":{{"secrets":[null]}}}}',
    "secret without value": f'{{{TOOL},"context":{{"secrets":[{{"key":"a"}}]}}}}',
    "secret value null": f'{{{TOOL},"context":{{"secrets":[{{"key":"a","value":null}}]}}}}',
    "secret value number": f'{{{TOOL},"context":{{"secrets":[{{"key":"a","value":1}}]}}}}',
    "metadata without key": f'{{{TOOL},"context":{{"metadata":[{{"value":"a"}}]}}}}',
    "user_id number": f'{{{TOOL},"context":{{"user_id":5}}}}',
    "user_id null": f'{{{TOOL},"context":{{"user_id":null}}}}',
    "byte order mark": b"\xef\xbb\xbf" + f"{{{TOOL}}}".encode(),
    "utf-16": f"{{{TOOL}}}".encode("utf-16"),
    "invalid utf-8": f'{{{TOOL},"execution_id":"'.encode() + b'\xff"}',
    "invalid utf-8 in unknown key": f'{{{TOOL},"x":"'.encode() + b'\xff"}',
    "lone surrogate": f'{{{TOOL},"run_id":"\\ud83d"}}',
    "control character": f'{{{TOOL},"execution_id":"a\nb"}}',
    "NaN": f'{{{TOOL},"x":NaN}}',
    "Infinity": f'{{{TOOL},"x":-Infinity}}',
    "NaN input": f'{{{TOOL},"inputs":{{"limit":NaN}}}}',
    "huge number": f'{{{TOOL},"x":1e999}}',
    "leading zero": f'{{{TOOL},"x":01}}',
    "deep": f'{{{TOOL},"x":{"[" * 500}{"]" * 500}}}',
    **{f"input named {name}": f'{{{TOOL},"inputs":{{"{name}":1}}}}' for name in ("func", "definition", "input_model", "output_model", "context", "self", "args", "kwargs", "")},
}  # fmt: skip


@pytest.fixture(scope="module")
def differences(worker, reference, definitions):
    version = definitions[0]["toolkit"]["version"]
    found = []
    for name, body in BODIES.items():
        if isinstance(body, str):
            body = body.replace("%(version)s", version)
        theirs, ours = (client.request("POST", INVOKE, body) for client in (reference, worker))
        COUNTS["odd request bodies judged by both"] += 1
        # Whether a call came about; the statuses of refusals are in the next test.
        if (theirs.status == 200) != (ours.status == 200):
            found.append(Difference(name, body, theirs.status, ours.status))
    return found


def test_requests_are_judged_alike(differences):
    unlisted = deviations.unlisted(deviations.REQUESTS, differences)
    assert not unlisted, listing(unlisted)


def test_listed_deviations_are_real(differences):
    stale = deviations.stale(deviations.REQUESTS, differences)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)


def test_refusals_say_what_is_wrong(worker, reference):
    """Where the reference fails with 500, the worker answers 400 or 404 in JSON (§1.6, §9.1, §9.2)."""
    for name, body in BODIES.items():
        theirs, ours = (client.request("POST", INVOKE, body) for client in (reference, worker))
        if theirs.status != 200 and ours.status != 200:
            assert theirs.status == 500, name
            assert ours.status in (400, 404), name
            assert list(json.loads(ours.body)) == ["detail"], name


ROUTES = [
    (method, path)
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH")
    for path in ("/worker/health", "/worker/tools", "/worker/tools/invoke", "/worker/tools/", "/worker/resources/list", "/worker", "/")
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_routes(worker, reference, method, path):
    body = f"{{{TOOL},{USER}}}" if method == "POST" else None
    theirs, ours = (client.request(method, path, body) for client in (reference, worker))
    assert ours.status == theirs.status
    if theirs.status in (404, 405):
        assert ours.body == theirs.body


def test_health(worker, reference):
    theirs, ours = (client.request("GET", "/worker/health", headers={}) for client in (reference, worker))
    assert ours.json.keys() == theirs.json.keys()
    assert {type(v) for v in ours.json.values()} == {str}
