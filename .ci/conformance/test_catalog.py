"""Every tool of the catalog, whichever there are, against the same tool declared in Python from its definition.

A tool that comes later is compared without a line being written here.
"""

import json

import pytest

import deviations
from conftest import COUNTS
from deviations import Difference
from support import listing, same, scenarios
from test_inputs import Case, Outcome, differences_of, outcome, written

# One value or two for each way of being of another type.
VALUES = ["null", '"x"', '""', '"5"', '" 5 "', '"5.5"', '"true"', '"yes"', "5", "0", "1", "-1", "5.0", "5.5", "1e300", "123456789012345678901234567890", "true", "false",
          "[]", "{}", "[null]", "[1]", '["x"]', '[["x"]]', "[{}]", '{"a":1}', '"[]"', '"{}"', '"[1]"', '"\\u0000"']  # fmt: skip

SECTIONS = ("description", "toolkit", "input", "requirements", "metadata")


def test_definitions_are_what_python_tools_would_publish(definitions, reference):
    mirrors = {d["fully_qualified_name"]: d for d in reference.request("GET", "/worker/tools").json}
    for ours in definitions:
        theirs = mirrors[ours["fully_qualified_name"].replace(".", "Mirror.")]
        theirs["toolkit"]["name"] = theirs["toolkit"]["name"].removesuffix("Mirror")
        for section in SECTIONS:
            a, b = undescribed(theirs[section]), undescribed(ours[section])
            assert same(a, b), (ours["name"], section, a, b)
        COUNTS["tools declared in Python from their definitions"] += 1


def undescribed(value):
    """Members of objects have descriptions that a Python tool would have in its source."""
    if isinstance(value, list):
        return [undescribed(v) for v in value]
    if isinstance(value, dict):
        return {k: None if k == "description" and "val_type" in value else undescribed(v) for k, v in value.items()}
    return value


def cases(definition: dict) -> list[Case]:
    """Each parameter with each value, the others as in a recorded call."""
    good = next(s for s in scenarios(definition["toolkit"]["name"], definition["name"]) if not s.fails)
    given = {name: json.dumps(value) for name, value in json.loads(good.inputs).items()}
    name = definition["fully_qualified_name"]
    found = [Case(name, "{}"), Case(name, '{"banana":1}'), Case(name, written({**given, "banana": "1", "Apple": "null"}))]
    for p in definition["input"]["parameters"]:
        found += [Case(name, written({**given, p["name"]: value})) for value in VALUES + [f"[{v}]" for v in VALUES]]
    return found


def judged(client, tool: str, case: Case) -> Outcome:
    """Whether the inputs were refused. What becomes of accepted ones is up to the tool."""
    result = outcome(client.call(tool, case.inputs))
    if result.state.startswith("failed ") and not result.state.endswith("_FATAL"):
        return Outcome("accepted")
    return Outcome("accepted") if result.state == "accepted" else result


@pytest.fixture(scope="module")
def differences(worker, reference, definitions):
    found = []
    for definition in definitions:
        for case in cases(definition):
            theirs = judged(reference, case.tool.replace(".", "Mirror."), case)
            found += differences_of(case, theirs, judged(worker, case.tool, case))
            COUNTS["inputs of every tool, sent to both"] += 1
    return found


def test_inputs_are_judged_alike(differences):
    unlisted: list[Difference] = deviations.unlisted(deviations.INPUTS, differences)
    assert not unlisted, listing(unlisted)
