"""The same inputs sent to the same tools in both workers: refused alike, or accepted with the same values.

A difference is looked at where it is, at the path of one value; so one input may show several, and each has
to be a listed one. Tools of the real catalog do not say what they were given: it is read off their requests
to the fake Atlassian.
"""

import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

import deviations
from conftest import COUNTS
from deviations import Difference
from support import Answer, listing, same

SEED = 20260820

# ---- values, as JSON text

TEXTS = [json.dumps(s, ensure_ascii=False) for s in (
    "", " ", "plat", "é😀", "x" * 256, "5", " 5 ", "+5", "-05", "00", "1_000", "1__0", "_1", "1_", "5.0", "5.", ".5", "5.5", "5.00000000000000000000",
    "-0", "--5", "1e3", "1E3", "1e400", "1_0.5", "1.0_0", "1,000", "1 000", "0x10", "0b1", "５", "٣", "5\n", "\t5", "\u00a05", "5\u2003", "\u200b5", "5\u0000",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9" * 30, "9" * 5000, "0.1", "1.5", "0",
    "inf", "-inf", "+Infinity", "nan", "NaN", "true", "True", "TRUE", " true", "t", "T", "yes", "Y", "on", "1", "false", "n", "no", "OFF", "f", "2", "null",
    "[]", '["a"]', "[1]", "{}", '{"a":1}', '{"text":"x","note":null}', "red", "Red", " red", "dark blue", "PLAT", "10001", "acme", "a/b", "..", "a,b",
)] + ['"\\u0000"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\/"']  # fmt: skip
NUMBERS = """0 -0 -0.0 1 2 5 -1 50 100 101 250 251 5.0 5.5 1.0 0.0 1.5 0.5 0.1 1e2 1E2 1e-2 1e0 10e-1 1e17 1e18 1e300 1e400 -1e400 1e-400 0e0 0e999 0.1e1
4503599627370497.5 9007199254740993 9007199254740993.0 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
9223372036854774784.0 9223372036854775808.0 123456789012345678901234567890 1.0000000000000000001 0.30000000000000000000004""".split()
OTHERS = ["null", "true", "false", "[]", "{}", "[null]", "[[]]", "[{}]", "[true]", "[0]", "[1,2]", "[1.0]", "[1.5]", '["a"]', '["a","b","c","d"]', '["a",1]',
          '["5"," 6 ",7.0]', '["x","y"]', '["yes",0,1.0]', '["red"]', '["red","blue",1]', '["red",null]', "[1,2,3,4]", "[NaN]"]  # fmt: skip
OBJECTS = ['{"a":1}', '{"a":"1","b":2.0}', '{"a":"x"}', '{"a":1.5,"b":null}', '{"":1}', '{"a":{"b":[1,{"c":null}]}}', '{"a":1,"a":2}', '{"x":{"a":1,"a":2}}',
           '{"a":true}', '{"é":123456789012345678901234567890,"f":1.10}', '{"number":1}', '[{"number":1},{"number":"2"}]', '[{"number":1.5},{"num":1},5,null]']  # fmt: skip

GOOD_ITEM = {"text": '"x"', "note": "null"}
MEMBERS = {  # what members of an item are tried with
    "text": ['"x"', '""', "null", "5", "[]", "{}", "true"],
    "note": ["null", '"n"', "5", "[]"],
    "count": ["5", '"5"', "5.0", "5.5", "null", "true", '"x"', "[]", "9223372036854775808"],
    "share": ["0.5", '"0.5"', "null", "true", '"x"', "1", '"nan"', "{}"],
    "flag": ["true", '"yes"', "null", "0", "2", '"x"', "1.0", "1.5", "[]"],
    "colour": ['"red"', '"Red"', "null", "5", '"blue"'],
    "tags": ["[]", '["a"]', '["a",5]', "null", '"a"', '"[\\"a\\"]"', "{}", "[null]"],
    "open": ["{}", '{"a":{"b":[1.0,null]}}', "null", "[]", '"{}"', '"x"', "5"],
    "inner": ['{"number":1}', '{"number":"1"}', "{}", "null", '{"number":1,"x":2}', '{"number":1.5}', "[]", '"{\\"number\\":1}"', "5"],
    "list": ["[]", '[{"number":1},{"number":"2"}]', '[{"num":1}]', "[null]", "null", "{}", '[{"number":1,"x":1},{"number":[]}]', '[5,{"number":1}]'],
    "unknown": ["1"],
    "Text": ['"x"'],
}


def written(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in members.items()) + "}"


def items() -> list[str]:
    """Objects with one member tried after the other, then with several at random."""
    found = [written(GOOD_ITEM), written({"text": '"x"'}), written({"note": '"n"'})]
    found += [written({**GOOD_ITEM, name: value}) for name, values in MEMBERS.items() for value in values]
    draw = random.Random(SEED)
    for _ in range(60):
        names = draw.sample(list(MEMBERS), draw.randint(2, 6))
        found.append(written({**(GOOD_ITEM if draw.random() < 0.8 else {}), **{n: draw.choice(MEMBERS[n]) for n in names}}))
    return found


ITEMS = items()


# ---- inputs


@dataclass(frozen=True)
class Case:
    tool: str
    inputs: str


def for_shapes() -> list[Case]:
    """Every value for tools with one parameter."""
    scalars = ("string", "integer", "number", "boolean", "enum")
    simple = TEXTS + NUMBERS + OTHERS + OBJECTS
    cases = []
    for prefix in ("Required", "Optional", "Default"):
        for shape in scalars:
            values = simple if prefix == "Required" else TEXTS[:12] + NUMBERS[::4] + OTHERS + OBJECTS[:3]
            cases += [Case(f"Probe.{prefix}{shape.title()}", f'{{"value":{v}}}') for v in values]
    some = TEXTS[::3] + NUMBERS[::5] + OTHERS + OBJECTS
    for shape in ("Strings", "Integers", "Numbers", "Booleans", "Enums", "Open", "Opens", "Map"):
        cases += [Case(f"Probe.Required{shape}", f'{{"value":{v}}}') for v in some + ['"{}"', '"[]"', '"[1]"', '"{\\"a\\":1}"', '"[\\"red\\"]"', '"[{}]"']]
        wrapped = TEXTS + NUMBERS if shape in ("Strings", "Integers", "Numbers", "Booleans", "Enums") else []
        cases += [Case(f"Probe.Required{shape}", f'{{"value":[{v}]}}') for v in wrapped[::2]]
    for shape in ("OptionalStrings", "OptionalOpen"):
        cases += [Case(f"Probe.{shape}", f'{{"value":{v}}}') for v in OTHERS + OBJECTS]
    cases += [Case("Probe.RequiredItem", f'{{"value":{v}}}') for v in ITEMS + OTHERS + OBJECTS + TEXTS[:5]]
    cases += [Case("Probe.OptionalItem", f'{{"value":{v}}}') for v in ITEMS[::4] + OTHERS]
    cases += [Case("Probe.RequiredItems", f'{{"value":[{v}]}}') for v in ITEMS[::2]]
    cases += [Case("Probe.RequiredItems", f'{{"value":[{ITEMS[i]},{ITEMS[-i]}]}}') for i in range(1, len(ITEMS), 5)]
    cases += [Case("Probe.RequiredItems", f'{{"value":{v}}}') for v in OTHERS + OBJECTS]
    cases += [Case("Probe.OptionalItems", f'{{"value":{v}}}') for v in ("null", "[]", "[null]", "{}", f"[{ITEMS[0]}]")]
    for tool in sorted({c.tool for c in cases}) + ["Probe.Nothing"]:
        for inputs in ("{}", "null", '{"banana":1}', '{"value":null,"banana":1,"Value":2}', '{"value":"x","value":"y"}', '{"VALUE":1}', '{" value":1}', '{"":1}',
                       '{"value.x":1,"a b":2,"é\\n":3}', '{"z":1,"a":2,"m":3}'):  # fmt: skip
            cases.append(Case(tool, inputs))
    for value in NUMBERS + ['"0"', '"101"', '"0.5"', "null", "true"]:
        cases += [Case("Probe.Limited", f'{{"count":{value}}}'), Case("Probe.Limited", f'{{"share":{value}}}')]
    cases += [Case("Probe.Limited", f'{{"text":{v}}}') for v in ('""', '"a"', '"ab"', '"abcd"', '"abcde"', '"éé"', '"😀😀😀😀"', '"😀"', "null", "5")]
    cases += [Case("Probe.Limited", f'{{"tags":{v}}}') for v in ("[]", '["a"]', '["a","b","c"]', '["a","b","c","d"]', "null", '"a"', "[1,2,3,4]")]
    cases += [Case("Probe.Reserved", f'{{"{name}":{v}}}') for name in ("context", "func", "input_model") for v in ('"x"', "5")]
    cases += [Case("Probe.Reserved", v) for v in ("{}", '{"self":1}')]
    return cases


def at_random() -> list[Case]:
    """Inputs for the tool with a parameter of each kind, mostly good ones."""
    draw = random.Random(SEED + 1)
    good = {
        "text": ['"x"', '"é"', '""'], "open": ["{}", '{"a":[1,2.5,null]}'], "count": ["1", '"7"', "3.0", "-2"], "share": ["0.5", "1", '"2.5"', "1e3"],
        "flag": ["true", '"no"', "1"], "colour": ['"red"', '"dark blue"'], "tags": ["[]", '["a","b"]'], "item": [written(GOOD_ITEM), ITEMS[4], ITEMS[20]],
        "items": ["[]", '[{"number":1}]', '[{"number":"2"},{"number":3.0}]'], "banana": ["1"], "Text": ["1"], "nested.name": ["{}"],
    }  # fmt: skip
    anything = TEXTS + NUMBERS + OTHERS + OBJECTS + ITEMS
    cases = []
    for _ in range(500):
        names = ["text", "open"] * (draw.random() < 0.9) + draw.sample(list(good), draw.randint(0, 7))
        draw.shuffle(names)
        members = {n: draw.choice(good[n] if draw.random() < 0.75 else anything) for n in names if draw.random() < 0.9 or n in good}
        for unknown in ("banana", "Text", "nested.name"):
            if draw.random() < 0.7:
                members.pop(unknown, None)
        cases.append(Case("Probe.Everything", written(members)))
    return cases


def for_the_catalog() -> list[Case]:
    """Every value for every parameter of the worker's own tools, then several at random."""
    draw = random.Random(SEED + 2)
    values = TEXTS + NUMBERS + OTHERS + OBJECTS[:4]
    parameters = {
        "Jira.ListProjects": {"query": values, "limit": values, "offset": values, "atlassian_cloud_id": TEXTS[:6] + OTHERS + ["5"]},
        "Jira.SearchProjects": {"keywords": values[::4], "limit": values[::4], "offset": values[::4], "atlassian_cloud_id": OTHERS},
        "Jira.GetProjectById": {"project": values, "atlassian_cloud_id": OTHERS},
        "Confluence.ListSpaces": {"limit": values, "pagination_token": values, "atlassian_cloud_id": OTHERS},
        "Jira.WhoAmI": {},
        "Jira.GetAvailableAtlassianClouds": {},
        "Confluence.GetAvailableAtlassianClouds": {},
    }
    cases = []
    for tool, known in parameters.items():
        needed = {"project": '"PLAT"'} if "project" in known else {}
        for name, tried in known.items():
            cases += [Case(tool, written({**needed, name: value})) for value in tried]
        for inputs in ("{}", "null", '{"banana":1}', '{"limit":"x","offset":null,"banana":1,"apple":2}', '{"Limit":5}', '{"context":1}', '{"limit":1,"limit":2}'):
            cases.append(Case(tool, inputs))
        for _ in range(40 if known else 5):
            names = draw.sample(list(known) + ["banana", "Limit", "atlassian_cloud"], draw.randint(1, 3))
            cases.append(Case(tool, written({n: draw.choice(known.get(n, ["1"])) for n in names if n in known or draw.random() < 0.5})))
    return cases


# ---- outcomes


@dataclass(frozen=True)
class Outcome:
    state: str  # accepted, refused, or what else became of it
    value: Any = None  # the decoded inputs, when accepted and known
    problems: tuple = ()  # (path, code) in order, when refused
    text: str = ""  # the messages


def outcome(answer: Answer) -> Outcome:
    if answer.status != 200:
        return Outcome(f"HTTP {answer.status}")
    output = answer.json["output"]
    error = output["error"]
    if error is None:
        return Outcome("accepted", value=output["value"])
    if error["kind"] != "TOOL_RUNTIME_BAD_INPUT_VALUE":
        return Outcome("failed " + error["kind"], text=error["message"])
    codes = error["developer_message"].split(" validation failed: ", 1)[1]
    problems = tuple(re.fullmatch(r"(.*)\[(\w+)\]", part, re.S).groups() for part in codes.split("; "))
    return Outcome("refused", problems=problems, text=error["message"].split("': ", 1)[1])


def of_the_probe(client, case: Case) -> Outcome:
    result = outcome(client.call(case.tool, case.inputs))
    if result.state == "accepted":
        return Outcome("accepted", value=without_zeros(result.value["decoded"]))
    return result


def without_zeros(value: Any) -> Any:
    """Without members that are the zero of their type and cannot be null: in Go that is what absent ones are."""
    if isinstance(value, dict):
        empty = {"count": 0, "tags": [], "list": []} if "text" in value and "note" in value else {}
        return {k: without_zeros(v) for k, v in value.items() if k not in empty or v != empty[k]}
    if isinstance(value, list):
        return [without_zeros(v) for v in value]
    return value


def of_the_catalog(client, fake, case: Case) -> Outcome:
    """What the worker asked the fake Atlassian tells what it had decoded."""
    user = "inputs"
    fake.taken(user)
    result = outcome(client.call(case.tool, case.inputs, user))
    asked = fake.taken(user)
    if result.state == "failed TOOL_RUNTIME_RETRY" and "No Atlassian site found" in result.text:
        return Outcome("accepted")  # but went no further
    if result.state != "accepted":
        return result
    if not asked or case.tool == "Jira.WhoAmI":
        return Outcome("accepted", value={})
    path, query = asked[0]
    one = {k: v[0] for k, v in query.items()}
    return Outcome("accepted", value={
        "Jira.ListProjects": lambda: {"query": one.get("query", ""), "limit": int(one["maxResults"]), "offset": int(one["startAt"])},
        "Jira.SearchProjects": lambda: {"keywords": one.get("query", ""), "limit": int(one["maxResults"]), "offset": int(one["startAt"])},
        "Jira.GetProjectById": lambda: {"project": path.split("/project/", 1)[1]},
        "Confluence.ListSpaces": lambda: {"limit": int(one["limit"]), "pagination_token": one.get("cursor", "")},
    }[case.tool]())  # fmt: skip


def of_the_reference(client, case: Case) -> Outcome:
    result = outcome(client.call(case.tool, case.inputs))
    if result.state != "accepted":
        return result
    value = result.value
    if case.tool == "Jira.GetProjectById":  # the tool does this to any key (Jira compares keys as they are written)
        value = {"project": value["project"].strip().upper()}
    if case.tool.startswith("Probe."):
        value = without_zeros(value["decoded"])
    return Outcome("accepted", value=value)


# ---- comparison

MISSING = "absent"


def at(inputs: Any, path: str) -> tuple[Any, bool]:
    """The value at a dotted path, and whether it is inside a text that holds JSON or stands for a list."""
    if path == "<root>":
        return inputs, False
    if isinstance(inputs, dict) and path in inputs:  # a name that holds dots
        return inputs[path], False
    head, _, rest = path.partition(".")
    within = isinstance(inputs, str)
    if within:
        try:
            inputs = json.loads(inputs)
        except ValueError:
            inputs = [inputs]
        if not isinstance(inputs, (dict, list)):
            inputs = [inputs]
    if isinstance(inputs, dict) and head in inputs:
        value = inputs[head]
    elif isinstance(inputs, list) and head.isdigit() and int(head) < len(inputs):
        value = inputs[int(head)]
    else:
        return MISSING, within
    if not rest:
        return value, within
    value, deeper = at(value, rest)
    return value, within or deeper


def differences_of(case: Case, theirs: Outcome, ours: Outcome) -> list[Difference]:
    inputs = json.loads(case.inputs)

    def difference(path: str, a: Any, b: Any) -> Difference:
        value, within = at(inputs, path)
        return Difference(f"{case.tool} {path}", value, a, b, case.inputs if len(case.inputs) < 400 else case.inputs[:400] + "…", within)

    known = ("accepted", "refused")
    if theirs.state not in known or ours.state not in known:
        return [] if theirs.state == ours.state else [difference("<root>", theirs.state, ours.state)]
    a, b = Counter(theirs.problems), Counter(ours.problems)
    if a != b:
        paths = sorted({path for path, _ in (a - b) + (b - a)})
        return [difference(path, codes(a - b, path), codes(b - a, path)) for path in paths]
    if theirs.problems != ours.problems:
        return [difference("order", theirs.problems, ours.problems)]
    if theirs.text != ours.text:
        return [difference("message", theirs.text, ours.text)]
    if theirs.value is not None and ours.value is not None and not same(theirs.value, ours.value):
        names = [k for k in theirs.value.keys() | ours.value.keys() if not same(theirs.value.get(k, MISSING), ours.value.get(k, MISSING))]
        return [difference(k, {"decoded": theirs.value.get(k, MISSING)}, {"decoded": ours.value.get(k, MISSING)}) for k in sorted(names)]
    return []


def codes(problems: Counter, path: str) -> str | None:
    """What is wrong at a path: one code, several, or None."""
    return " ".join(sorted(code for p, code in problems if p == path)) or None


@pytest.fixture(scope="module")
def differences(hurried, probe, reference, fake):
    cases = list(dict.fromkeys(for_shapes() + at_random() + for_the_catalog()))
    with ThreadPoolExecutor(4) as pool:
        theirs = pool.map(lambda c: of_the_reference(reference, c), cases, chunksize=20)
        ours = [of_the_probe(probe, c) if c.tool.startswith("Probe.") else of_the_catalog(hurried, fake, c) for c in cases]
        theirs = list(theirs)
    for a, b in zip(theirs, ours):
        COUNTS["inputs sent to both"] += 1
        COUNTS["  of them accepted by both, values compared"] += a.state == b.state == "accepted"
        COUNTS["  of them refused by both, codes and messages compared"] += a.state == b.state == "refused"
    return [d for c, a, b in zip(cases, theirs, ours) for d in differences_of(c, a, b)]


def test_inputs_are_judged_alike(differences):
    unlisted = deviations.unlisted(deviations.INPUTS, differences)
    assert not unlisted, listing(unlisted)


def test_there_are_enough_of_both_verdicts(differences):
    assert COUNTS["inputs sent to both"] >= 300
    assert COUNTS["  of them accepted by both, values compared"] >= 300
    assert COUNTS["  of them refused by both, codes and messages compared"] >= 300


def test_listed_deviations_are_real(differences):
    stale = deviations.stale(deviations.INPUTS, differences)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)
