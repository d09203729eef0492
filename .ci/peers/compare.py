"""What counts as a fact, and where two outcomes differ.

A fact is a leaf of their value: a text, a number, true or false, or an empty list or object, together with its path of
keys. null is no fact, since it says the same as a key that is left out. A fact is in our value when the same path leads
there to the same leaf: of the same JSON type and equal, numbers by value and texts to the letter. The empty text is also
there where ours has null or no key: both say that there is none.

Lists are compared element by element. Where every element on both sides is an object with a name of its own (the first
of IDENTITIES that all of them have, without repetition), elements with the same name belong together, so that the order
is no fact; else those at the same position do. In a path an element of a list is written "*".

What is in our value only is no difference: a tool may tell more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

IDENTITIES = ("id", "atlassian_cloud_id", "key")

ABSENT = object()  # what a path leads to that leads nowhere


@dataclass(frozen=True)
class Difference:
    tool: str
    kind: str  # "missing", "other value", "failure", "cold requests" or "warm requests"
    path: str  # of the fact: "projects.*.key"
    theirs: Any
    ours: Any = None

    def __str__(self) -> str:
        return f"{self.tool}: {self.kind} {self.path}".rstrip() + f": theirs {short(self.theirs)}" + (f", ours {short(self.ours)}" if self.kind != "missing" else "")


def short(value: Any, most: int = 160) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass
class Outcome:
    """What came of one call."""

    value: Any = None
    failure: str | None = None  # what was told instead of a value
    requests: tuple[str, ...] = ()  # to Atlassian, "GET /path 200"
    milliseconds: float = 0
    bytes: int = 0  # of the value as compact JSON


def site_lists(requests: tuple[str, ...]) -> int:
    return sum(" /oauth/token/accessible-resources " in r for r in requests)


def compare(tool: str, theirs: Outcome, cold: Outcome, warm: Outcome) -> tuple[int, list[Difference]]:
    """The number of their facts, and the differences.

    cold is our first call for the user, warm a later one. Their tools list the user's sites in every call and ours keep
    the list for a while. So a cold call is held to all their requests, and a warm one to those that are not for sites.
    """
    differences = []
    if theirs.failure or cold.failure:
        if not (theirs.failure and cold.failure):
            differences.append(Difference(tool, "failure", "", theirs.failure, cold.failure))
        return 0, differences
    if len(cold.requests) > len(theirs.requests):
        differences.append(Difference(tool, "cold requests", "", theirs.requests, cold.requests))
    if len(warm.requests) - site_lists(warm.requests) > len(theirs.requests) - site_lists(theirs.requests):
        differences.append(Difference(tool, "warm requests", "", theirs.requests, warm.requests))
    facts = list(leaves(theirs.value, cold.value, ""))
    for path, fact, found in facts:
        if same(fact, found):
            continue
        if found is ABSENT:
            differences.append(Difference(tool, "missing", path, fact))
        else:
            differences.append(Difference(tool, "other value", path, fact, found))
    return len(facts), differences


def leaves(theirs: Any, ours: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every fact of theirs: its path, the leaf and what ours has at that path."""
    if theirs is None:
        return
    if isinstance(theirs, dict) and theirs:
        for key, value in theirs.items():
            found = ours.get(key, ABSENT) if isinstance(ours, dict) else ABSENT
            yield from leaves(value, found, f"{path}.{key}" if path else key)
    elif isinstance(theirs, list) and theirs:
        for value, found in paired(theirs, ours):
            yield from leaves(value, found, f"{path}.*" if path else "*")
    else:
        yield path, theirs, ours


def paired(theirs: list, ours: Any) -> list[tuple[Any, Any]]:
    if not isinstance(ours, list):
        return [(value, ABSENT) for value in theirs]
    for identity in IDENTITIES:
        names, known = named(theirs, identity), named(ours, identity)
        if names is not None and known is not None:
            return [(value, known.get(name, ABSENT)) for name, value in names.items()]
    return [(value, ours[i] if i < len(ours) else ABSENT) for i, value in enumerate(theirs)]


def named(elements: list, identity: str) -> dict | None:
    """The elements by their identity, or None where one has none or shares it."""
    if not all(isinstance(e, dict) and isinstance(e.get(identity), (str, int)) for e in elements):
        return None
    names = {e[identity]: e for e in elements}
    return names if len(names) == len(elements) else None


def same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if a == "" and (b is ABSENT or b is None):
        return True
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    return a == b


# ---- known differences


@dataclass(frozen=True)
class Deviation:
    """A difference that is meant, with the reason."""

    tools: tuple[str, ...]  # empty: of every tool
    kind: str
    paths: tuple[str, ...]  # "issue.links.**" is the fact issue.links and every one below it
    reason: str
    when: Callable[[Any, Any], bool] = lambda theirs, ours: True  # what theirs and ours have to be

    def covers(self, d: Difference) -> bool:
        return d.kind == self.kind and any(leads(p, d.path) for p in self.paths) and (not self.tools or d.tool in self.tools) and self.when(d.theirs, d.ours)


def leads(listed: str, path: str) -> bool:
    """Whether a listed path is, or leads to, the path of a fact."""
    above = listed.removesuffix(".**")
    return path == above or above != listed and path.startswith(above + ".")


def unlisted(known: list[Deviation], differences: list[Difference]) -> list[Difference]:
    return [d for d in differences if not any(k.covers(d) for k in known)]


def stale(known: list[Deviation], differences: list[Difference]) -> list[str]:
    """What of the known deviations no longer occurs: each tool and each path of a deviation has to."""
    out = []
    for k in known:
        covered = [d for d in differences if k.covers(d)]
        for tool in k.tools:
            if not any(d.tool == tool for d in covered):
                out.append(f"{k.kind} {', '.join(k.paths)} of {tool}".replace("  ", " "))
        for path in k.paths:
            if not any(leads(path, d.path) for d in covered):
                out.append(f"{k.kind} {path}")
    return out
