"""Names and words follow the reference's own functions and classes."""

import keyword

import pytest
from arcade_core import errors
from arcade_core.errors import ErrorKind, NetworkTransportError, ToolkitError, UpstreamError
from arcade_core.schema import FullyQualifiedName, ToolDefinition
from arcade_core.utils import pascal_to_snake_case, snake_to_pascal_case, space_to_snake_case

from conftest import COUNTS
from fake import Plan


@pytest.fixture(scope="module")
def catalog(definitions, probe):
    parsed = [ToolDefinition.model_validate(d) for d in definitions + probe.request("GET", "/worker/tools").json]
    COUNTS["names checked"] = len(parsed)
    return parsed


def test_names_are_fixed_points(catalog):
    for d in catalog:
        assert snake_to_pascal_case(d.name) == d.name
        assert snake_to_pascal_case(space_to_snake_case(d.toolkit.name)) == d.toolkit.name


def test_names_come_from_their_function_names(catalog):
    for d in catalog:
        assert snake_to_pascal_case(pascal_to_snake_case(d.name)) == d.name


def test_fully_qualified_names(catalog):
    for d in catalog:
        assert str(d.get_fully_qualified_name()) == d.fully_qualified_name
        assert str(FullyQualifiedName.from_toolkit(d.name, d.toolkit)) == d.fully_qualified_name


def test_no_name_is_taken_twice(catalog):
    assert len({d.get_fully_qualified_name() for d in catalog}) == len(catalog)


def test_parameters_could_be_those_of_a_function(definitions):
    for d in definitions:
        for p in d["input"]["parameters"]:
            assert p["name"].isidentifier() and not keyword.iskeyword(p["name"])
            # The reference's executor has these names for itself (§9.3).
            assert p["name"] not in {"func", "definition", "input_model", "output_model", "context"}


def test_messages_name_the_function_as_the_reference_does(worker, definitions):
    for d in definitions:
        error = worker.call(d["fully_qualified_name"], '{"no_such_parameter":1}').json["output"]["error"]
        expected = errors.ToolInputError("Invalid input: ").with_context(pascal_to_snake_case(d["name"])).message
        assert error["message"].startswith(expected)
        assert error["developer_message"].startswith(expected.removesuffix("Invalid input: "))


# How the reference makes an error of each kind that the probe or the fake Atlassian can provoke.
PROBE_ERRORS = {
    "input": errors.ToolInputError("x"),
    "not a number": errors.ToolOutputError("x"),
    "context": errors.ContextRequiredToolError("x", "p"),
    "retry": errors.RetryableToolError("x"),
    "plain": errors.FatalToolError("x"),
    "panic": errors.FatalToolError("x"),
    "blank": errors.FatalToolError(""),
    "everything": errors.UpstreamRateLimitError("x", 1500),
}


@pytest.mark.parametrize("way", PROBE_ERRORS)
def test_prefix_and_retryability(probe, way):
    theirs = PROBE_ERRORS[way]
    ours = probe.call("Probe.Fail", f'{{"way":"{way}"}}').json["output"]["error"]
    compare(ours, theirs, "fail")
    if way != "blank":  # the only one without a status of its own
        assert ours["status_code"] == theirs.status_code
    if way == "blank":
        assert ours["message"] == theirs.with_context("fail").message


@pytest.mark.parametrize(
    ("plan", "theirs"),
    [
        (Plan(status), UpstreamError("x", status_code=status))
        for status in (302, 400, 401, 403, 404, 409, 410, 422, 500, 501)
    ]
    + [
        (Plan(way="silent"), NetworkTransportError("x", kind=ErrorKind.NETWORK_TRANSPORT_RUNTIME_TIMEOUT)),
        (Plan(way="reset"), NetworkTransportError("x", kind=ErrorKind.NETWORK_TRANSPORT_RUNTIME_UNREACHABLE)),
        (Plan(way="garbled"), NetworkTransportError("x", kind=ErrorKind.NETWORK_TRANSPORT_RUNTIME_UNMAPPED)),
    ],
    ids=lambda x: (x.way or x.status) if isinstance(x, Plan) else x.kind.value,
)  # fmt: skip
def test_upstream_prefix_and_retryability(hurried, fake, plan, theirs):
    user = f"naming-{plan.way}{plan.status}"
    fake.plans[user] = plan
    ours = hurried.call("Jira.ListProjects", user=user).json["output"]["error"]
    compare(ours, theirs, "list_projects")
    assert ours["status_code"] == theirs.status_code


def compare(ours: dict, theirs: ToolkitError, function: str) -> None:
    assert ours["kind"] == theirs.kind.value
    assert ours["can_retry"] == theirs.can_retry
    assert ours["message"].startswith(theirs.create_message_prefix(function))
