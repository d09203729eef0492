"""The catalog is one that the reference could have published."""

import json

import pytest
from arcade_core.schema import ToolDefinition

import deviations
from conftest import COUNTS
from support import listing, pairs, same


def test_every_definition_survives_the_reference(worker, probe):
    for server in (worker, probe):
        body = server.request("GET", "/worker/tools").body
        raw = pairs(body)
        for element, text in zip(raw, elements(body), strict=True):
            parsed = ToolDefinition.model_validate_json(text)
            assert same(pairs(parsed.model_dump_json()), element), text
            COUNTS["definitions read by the reference without loss"] += 1


def test_the_reference_writes_the_same_bytes(worker, probe):
    for server in (worker, probe):
        body = server.request("GET", "/worker/tools").body
        again = ",".join(ToolDefinition.model_validate_json(text).model_dump_json() for text in elements(body))
        assert f"[{again}]" == body


def elements(body: str) -> list[str]:
    """The texts of the elements of a JSON array, as they are."""
    decoder, at, found = json.JSONDecoder(), 1, []
    while body[at] != "]":
        _, end = decoder.raw_decode(body, at)
        found.append(body[at:end])
        at = end + (body[end] == ",")
    return found


def test_behavior_is_free_of_contradictions(definitions):
    for d in definitions:
        metadata = ToolDefinition.model_validate(d).metadata
        assert metadata is not None
        metadata.validate_for_tool()


@pytest.fixture(scope="module")
def parameters(worker, probe, reference):
    """Differences between the parameters of tools declared in Python and in Go, descriptions apart."""
    theirs = {d["fully_qualified_name"]: d for d in reference.request("GET", "/worker/tools").json}
    found = []
    for ours in worker.request("GET", "/worker/tools").json + probe.request("GET", "/worker/tools").json:
        name = ours["fully_qualified_name"]
        if name not in theirs:
            continue
        for tool in (ours, theirs[name]):
            tool["input"]["parameters"].sort(key=lambda p: p["name"])
        # Python wants parameters with a default last, so order cannot be compared.
        for a, b in zip(ours["input"]["parameters"], theirs[name]["input"]["parameters"], strict=True):
            COUNTS["parameters declared in both languages"] += 1
            found += compare(f"{name}.{a['name']}", described(b), described(a))
    return found


def described(value):
    """Without the texts, which are ours."""
    if isinstance(value, dict):
        return {k: described(v) for k, v in value.items() if k != "description"}
    return value


def compare(path, theirs, ours):
    if isinstance(theirs, dict) and isinstance(ours, dict) and theirs.keys() == ours.keys():
        return [d for k in theirs for d in compare(f"{path}.{k}", theirs[k], ours[k])]
    return [] if same(theirs, ours) else [deviations.Difference(path, None, theirs, ours)]


def test_parameters_are_declared_as_the_reference_does(parameters):
    unlisted = deviations.unlisted(deviations.DEFINITIONS, parameters)
    assert not unlisted, listing(unlisted)


def test_listed_deviations_are_real(parameters):
    stale = deviations.stale(deviations.DEFINITIONS, parameters)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)
