"""Answers to invocations are ones that the reference could have given.

conftest.check_answer holds every answer of the whole suite to it; here each form is provoked on purpose.
"""

import contextlib
import re
from pathlib import Path

import pytest
from arcade_core.errors import ErrorKind
from arcade_core.schema import ToolCallResponse

from conftest import COUNTS, KINDS, check_answer, new_worker
from fake import Plan
from support import pairs, scenarios

TOOL_ERRORS = Path(__file__).parents[2] / "tools" / "tool" / "error.go"


def parsed(answer) -> ToolCallResponse:
    assert answer.status == 200, answer
    check_answer(answer)
    return ToolCallResponse.model_validate_json(answer.body)


def test_success(worker):
    r = parsed(worker.call("Jira.ListProjects", '{"query":"plat"}', execution="c1"))
    assert r.success and r.execution_id == "c1" and r.output.error is None
    assert r.output.value["projects"]


def test_every_recorded_call_of_every_tool(definitions):
    with new_worker() as reads:
        for d in definitions:
            found = scenarios(d["toolkit"]["name"], d["name"])
            assert found, d["name"]
            for s in found:
                # What writes gets a sandbox of its own, as when it was recorded.
                with contextlib.nullcontext(reads) if d["metadata"]["behavior"]["read_only"] else new_worker() as worker:
                    r = parsed(worker.call(d["fully_qualified_name"], s.inputs, s.user))
                assert r.success != s.fails, (d["name"], s, r)
                COUNTS["recorded calls of the tools' own scenarios"] += 1


def test_void(probe):
    assert parsed(probe.call("Probe.Void")).output.value == {}


def test_null_inside_a_value(probe):
    assert parsed(probe.call("Probe.OptionalString", '{"value":null}')).output.value == {"decoded": {"value": None}}


@pytest.mark.parametrize("tool", ["Probe.Old", "Probe.OldFailing"])
def test_deprecation(probe, tool):
    (log,) = parsed(probe.call(tool)).output.logs
    assert (log.level, log.subtype, log.message) == ("warning", "deprecation", "Use Probe.Void instead")


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("input", "TOOL_RUNTIME_BAD_INPUT_VALUE"),
        ("context", "TOOL_RUNTIME_CONTEXT_REQUIRED"),
        ("retry", "TOOL_RUNTIME_RETRY"),
        ("plain", "TOOL_RUNTIME_FATAL"),
        ("panic", "TOOL_RUNTIME_FATAL"),
        ("blank", "TOOL_RUNTIME_FATAL"),
        ("deadline", "NETWORK_TRANSPORT_RUNTIME_TIMEOUT"),
        ("everything", "UPSTREAM_RUNTIME_RATE_LIMIT"),
        ("not a number", "TOOL_RUNTIME_BAD_OUTPUT_VALUE"),
    ],
)
def test_failing_tool(probe, way, kind):
    error = parsed(probe.call("Probe.Fail", f'{{"way":"{way}"}}')).output.error
    assert error.kind == ErrorKind[kind]
    assert error.message.startswith(f"[{kind}] ")
    assert "text that is withheld" not in str(error)


@pytest.mark.parametrize(
    ("user", "inputs", "kind"),
    [
        ("sandbox;sites=acme,globex", "{}", "TOOL_RUNTIME_CONTEXT_REQUIRED"),
        ("sandbox", '{"atlassian_cloud_id":"nowhere"}', "TOOL_RUNTIME_RETRY"),
        ("sandbox", '{"limit":"many","offset":-1,"banana":1}', "TOOL_RUNTIME_BAD_INPUT_VALUE"),
        ("sandbox;scopes=read:jira-user", "{}", "UPSTREAM_RUNTIME_AUTH_ERROR"),
        ("", "{}", "UPSTREAM_RUNTIME_AUTH_ERROR"),
        ("revoked", "{}", "UPSTREAM_RUNTIME_AUTH_ERROR"),
        ("new\nline", "{}", "TOOL_RUNTIME_FATAL"),
    ],
)
def test_failing_call(worker, user, inputs, kind):
    r = parsed(worker.call("Jira.ListProjects", inputs, user))
    assert not r.success and r.output.value is None and r.output.error.kind == ErrorKind[kind]


def test_missing_project(worker):
    error = parsed(worker.call("Jira.GetProjectById", '{"project":"NONE"}')).output.error
    assert (error.kind, error.status_code) == (ErrorKind.UPSTREAM_RUNTIME_NOT_FOUND, 404)


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (Plan(400), "UPSTREAM_RUNTIME_BAD_REQUEST"),
        (Plan(302, {"Location": "/x"}), "UPSTREAM_RUNTIME_UNMAPPED"),
        (Plan(429, {"Retry-After": "7"}), "UPSTREAM_RUNTIME_RATE_LIMIT"),
        (Plan(500), "UPSTREAM_RUNTIME_SERVER_ERROR"),
        (Plan(way="silent"), "NETWORK_TRANSPORT_RUNTIME_TIMEOUT"),
        (Plan(way="reset"), "NETWORK_TRANSPORT_RUNTIME_UNREACHABLE"),
        (Plan(body="<html>"), "NETWORK_TRANSPORT_RUNTIME_UNMAPPED"),
    ],
)
def test_failing_atlassian(hurried, fake, plan, kind):
    user = f"answers-{kind}"
    fake.plans[user] = plan
    assert parsed(hurried.call("Jira.ListProjects", user=user)).output.error.kind == ErrorKind[kind]


def test_keys_are_those_of_an_error_in_their_order(probe):
    body = pairs(probe.call("Probe.Fail", '{"way":"everything"}').body)
    error = dict(dict(body[1])["output"][1])["error"]
    assert [k for k, _ in error[1]] == list(ToolCallResponse.model_fields["output"].annotation.__args__[0].model_fields["error"].annotation.__args__[0].model_fields)


def test_every_kind_that_the_worker_has_was_provoked():
    """Runs last in this file: the answers above, and not a list beside them, are what counts."""
    declared = set(re.findall(r'Kind\s*=\s*"([A-Z_]+)"', TOOL_ERRORS.read_text()))
    assert declared and declared <= {kind.value for kind in ErrorKind}
    assert declared == KINDS
    COUNTS["kinds of error provoked"] = len(KINDS)
