"""Everything in which the worker is known to differ from the reference, each with its reason.

A difference that no deviation here matches fails the suite, and so does a deviation that no longer occurs.
"§" is the section of docs/protocol.md.
"""

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One place at which the two workers disagree."""

    where: str
    given: Any
    theirs: Any
    ours: Any
    context: Any = None
    within_text: bool = False  # the value is in a text that one of them reads as JSON

    def __str__(self) -> str:
        return f"{self.where}: given {self.given!r:.120}: the reference {self.theirs!r:.160}, the worker {self.ours!r:.160} ({self.context})"


@dataclass(frozen=True)
class Deviation:
    name: str
    reason: str
    matches: Callable[[Difference], bool]
    section: str = ""
    defect: bool = False  # not wanted: to be mended, then taken off the list

def unlisted(known: Iterable[Deviation], differences: Iterable[Difference]) -> list[Difference]:
    return [d for d in differences if not any(k.matches(d) for k in known)]


def stale(known: Iterable[Deviation], differences: Iterable[Difference]) -> list[str]:
    """The deviations that no longer occur: to be taken off the list."""
    return [k.name for k in known if not any(k.matches(d) for d in differences)]


# ---- definitions

DEFINITIONS: list[Deviation] = []


# ---- tokens


def accepted_by_us(d: Difference) -> bool:
    return d.ours == "accepted" and d.theirs != "accepted"


def accepted_by_them(d: Difference) -> bool:
    return d.theirs == "accepted" and d.ours != "accepted"


def within_leeway(d: Difference) -> bool:
    reasons = {"refused: Signature has expired": "exp", "refused: The token is not yet valid (iat)": "iat", "refused: The token is not yet valid (nbf)": "nbf"}
    claim = reasons.get(d.theirs)
    return accepted_by_us(d) and claim is not None and abs(int(d.given[1][claim]) - time.time()) < 62


def time_claim(d: Difference) -> Any:
    """The time claim that the worker refused and the reference did not."""
    name = d.where.split()[0]
    return d.given[1].get(name, "") if name in ("exp", "nbf", "iat") and accepted_by_them(d) else ""


TOKENS: list[Deviation] = [
    Deviation(
        "60 seconds of leeway",
        "The clocks of Engine and worker differ; the reference answers 401 to a token made a second ahead.",
        within_leeway, "§2, §9.6",
    ),
    Deviation(
        "no padding in segments",
        "RFC 7515 §2 has base64url without padding; whoever adds bytes to a token does not send the token that was signed for.",
        lambda d: accepted_by_them(d) and d.where.startswith("padded"), "§2",
    ),
    Deviation(
        "claims and header are JSON",
        "Python also reads NaN, numbers beyond a double, byte order marks, UTF-16 and UTF-32, which RFC 8259 does not know.",
        lambda d: accepted_by_them(d) and d.where in {
            'claim "x":1e400', 'claim "x":NaN', 'header {"alg":"HS256","x":NaN}', "payload byte order mark", "header byte order mark",
            "payload UTF-16", "payload UTF-16 without mark", "payload UTF-32", "header UTF-16", "payload UTF-8 of a surrogate",
        }, "§1.6",
    ),
    Deviation(
        "depth of nesting",
        "The reference's limit is that of the Python stack. The signature says who nests.",
        lambda d: accepted_by_us(d) and d.where in {"payload nested 3000", "header nested 3000"} and "recursion" in d.theirs,
    ),
    Deviation(
        "long tokens",
        "An Engine's has a few hundred bytes. What is longer than 8 KiB is refused before work is put into it.",
        lambda d: accepted_by_them(d) and d.where == "payload of 20 KB", "§2",
    ),
    Deviation(
        "times of thousands of digits", "Python's int stops at 4,300.",
        lambda d: accepted_by_us(d) and d.where == "exp text of 5000 digits",
    ),
    Deviation(
        "times that are booleans", "true is no time (RFC 7519 §2 wants a number); Python's int reads it as 1.",
        lambda d: isinstance(time_claim(d), bool), "§2",
    ),
    Deviation(
        "times in digits of other scripts", "JSON numbers are ASCII; Python's int also reads the decimal digits of other scripts in a text.",
        lambda d: not str(time_claim(d)).isascii() and str(time_claim(d)).isdecimal(), "§2",
    ),
]  # fmt: skip

HEADERS: list[Deviation] = []


# ---- requests


def more_lenient(d: Difference, *names: str) -> bool:
    return d.where in names and d.theirs == 500 and d.ours == 200


def stricter(d: Difference, *names: str) -> bool:
    return d.where in names and d.theirs == 200 and d.ours == 400


REQUESTS: list[Deviation] = [
    Deviation(
        "null for an absent object", "An Engine that writes null for what it has not means the same as one that leaves it out.",
        lambda d: more_lenient(d, "context null", "user_info null"), "§1.6, §9.4",
    ),
    Deviation(
        "inputs named like Python's own", "The reference's executor passes inputs as keyword arguments next to its own.",
        lambda d: more_lenient(d, *(f"input named {n}" for n in ("func", "definition", "input_model", "output_model", "context"))), "§1.6, §9.3",
    ),
    Deviation(
        "members given twice", "An envelope that says two things is ambiguous: which tool was meant, on whose behalf?",
        lambda d: stricter(d, "inputs twice", "tool twice", "name twice"), "§1.6",
    ),
    Deviation(
        "JSON only", "Python also reads NaN, Infinity, byte order marks and UTF-16, which RFC 8259 does not know.",
        lambda d: stricter(d, "NaN", "Infinity", "NaN input", "byte order mark", "utf-16"), "§1.6",
    ),
    Deviation(
        "half a character", "A lone surrogate is no text and could not be echoed; the reference fails with 500 where it tries.",
        lambda d: stricter(d, "lone surrogate"), "§1.6",
    ),
]  # fmt: skip


# ---- inputs


def tool_of(d: Difference) -> str:
    return d.where.partition(" ")[0]


def path_of(d: Difference) -> str:
    return d.where.partition(" ")[2]


def half_a_character(value: Any) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))


def unseen_character(value: Any) -> bool:
    return isinstance(value, str) and any(not c.isprintable() and c not in "\n\r\t" for c in value)


def is_nan(value: Any) -> bool:
    return "NaN" in json.dumps(value).replace('"NaN"', "")


def number_in(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def is_whole(value: Any) -> bool:
    try:
        return float(int(value)) == float(value) or abs(float(value)) >= 2**53
    except (TypeError, ValueError, OverflowError):
        return isinstance(value, str) and re.fullmatch(r"[+-]?\d{300,}", value) is not None


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(v) for v in value]
    return value


LIMITS = {
    "greater_than_equal", "less_than_equal", "string_too_short", "string_too_long", "too_short", "too_long",
}  # fmt: skip

INPUTS: list[Deviation] = [
    Deviation(
        "ranges and lengths", "arcade_tdk cannot declare them; ours are Atlassian's own limits, told before the call.",
        lambda d: d.theirs is None and d.ours in LIMITS
        or tool_of(d) == "Probe.Limited" and re.fullmatch(r"tags\.\d", path_of(d)) is not None and d.ours is None, "§4.2",
    ),
    Deviation(
        "exact numbers", "The reference rounds to a double first: 9007199254740993.0 loses its last digit, 4503599627370497.5 becomes whole.",
        lambda d: any(n in d.context for n in ("1e-400", "4503599627370497.5", "1.0000000000000000001", "9007199254740993.0"))
        and (d.theirs is None and d.ours in ("int_from_float", "bool_type") or d.theirs == "bool_parsing" and d.ours == "bool_type" or isinstance(d.theirs, dict) and "decoded" in d.theirs and "9007199254740993.0" in d.context),
    ),
    Deviation(
        "null for an optional value", "Models that fill in every parameter send null for those they do not want.",
        lambda d: d.given is None and d.ours is None
        and d.theirs in {"string_type", "int_type", "float_type", "bool_type", "list_type", "dict_type", "enum"}, "§4.2, §9.21",
    ),
    Deviation(
        "null members of an object", "Go has one value for a member that is null and one that is absent.",
        lambda d: isinstance(d.theirs, dict) and isinstance(d.ours, dict) and "decoded" in d.theirs
        and without_nulls(d.theirs["decoded"]) == without_nulls(d.ours["decoded"]),
    ),
    Deviation(
        "booleans for numbers", "true where a count belongs means that two parameters were mixed up.",
        lambda d: isinstance(d.given, bool) and d.theirs is None and d.ours in {"int_type", "float_type"}, "§4.2",
    ),
    Deviation(
        "integers beyond 64 bits", "Go's integers, Jira's and Confluence's have 64 bits.",
        lambda d: d.theirs is None and d.ours == "int_parsing_size" and is_whole(d.given) and not -(2**63) <= int(d.given) < 2**63,
    ),
    Deviation(
        "texts for infinity and not-a-number", "JSON has no such numbers, so nothing behind a tool could take them.",
        lambda d: d.theirs is None and d.ours == "float_parsing" and isinstance(d.given, str)
        and re.fullmatch(r"\s*[+-]?(inf|infinity|nan)\s*", d.given, re.I) is not None, "§1.6",
    ),
    Deviation(
        "numbers beyond a double", "The reference makes them infinite.",
        lambda d: d.theirs is None and d.ours == "finite_number" and (number_in(d.given) in (float("inf"), float("-inf"))), "§1.6",
    ),
    Deviation(
        "NaN literals", "JSON has none; the whole request is refused.",
        lambda d: path_of(d) == "<root>" and d.ours == "HTTP 400" and d.theirs in {"accepted", "refused", "HTTP 500"} and is_nan(d.given), "§1.6",
    ),
    Deviation(
        "half a character", "A lone surrogate is no text; the reference fails with 500 where it has to write one.",
        lambda d: path_of(d) == "<root>" and d.ours == "HTTP 400" and half_a_character(d.given), "§1.6",
    ),
    Deviation(
        "keys given twice", "The reference takes the last; which was meant is for the model to say.",
        lambda d: d.ours == "duplicate_key" or d.where == "Probe.RequiredMap value.x" and d.context == '{"value":{"x":{"a":1,"a":2}}}' and d.ours is None, "§1.6",
    ),
    Deviation(
        "lists and objects in texts", "Models send them as JSON in a text, and one text for a list of texts; nothing is lost by reading them.",
        lambda d: isinstance(d.given, str) and d.theirs in {"list_type", "dict_type", "model_type"} and d.ours is None,
    ),
    Deviation(
        "problems inside such texts", "They are read, so what is wrong in them can be told.",
        lambda d: d.within_text and d.theirs is None and d.ours is not None
        or isinstance(d.given, str) and d.theirs == "list_type" and d.ours in {"too_short", "too_long"},
    ),
    Deviation(
        "the name of a Python class", "For objects of a known shape the reference's code is model_type, and its message names a class that callers cannot know.",
        lambda d: d.theirs == "model_type" and d.ours == "dict_type" and not isinstance(d.given, dict), "§4.2",
    ),
    Deviation(
        "unprintable characters in names", "They are shown as U+FFFD: the names of unknown keys are the caller's words in our answer.",
        lambda d: (d.theirs, d.ours) in ((None, "extra_forbidden"), ("extra_forbidden", None))
        and (not path_of(d).isprintable() or "\ufffd" in path_of(d)), "§5.8",
    ),
    Deviation(
        "parameters named like Python's own", "The reference's executor passes inputs as keyword arguments next to its own.",
        lambda d: d.theirs == "HTTP 500" and d.ours in {"accepted", "refused"} and isinstance(d.given, dict)
        and d.given.keys() & {"context", "func", "input_model"} != set(), "§9.3",
    ),
    Deviation(
        "what a tool itself checks",
        "A value that cannot mean anything, or would change the path of the request, is refused before anything is sent. Arcade's own "
        "toolkits check in their handlers, which do not run here; a lone text is a list of one to ours, so the check comes after that.",
        lambda d: not tool_of(d).startswith("Probe.") and d.theirs in (None, "list_type") and d.ours == "value_error", "§5.8",
    ),
    Deviation(
        "characters that nobody sees", "A name with one is not found, and what is shown of it looks right: so the tool says what is wrong.",
        lambda d: d.theirs is None and d.ours == "invisible_character" and unseen_character(d.given), "§5.8",
    ),
]  # fmt: skip


# ---- errors


def case_of(d: Difference) -> str:
    return d.where.rpartition(": ")[0]


def field_of(d: Difference) -> str:
    return d.where.rpartition(": ")[2]


def header(d: Difference, *names: str) -> str:
    """The first of these headers that is there, by the names the cases use."""
    return next((v for k, v in d.given.items() if k in names), "")


def waits(d: Difference, theirs: int | None = 1000) -> bool:
    return field_of(d) == "retry_after_ms" and d.theirs == theirs and isinstance(d.ours, int)


NO_ANSWER = ("silent", "reset", "cut", "garbled", "page instead of JSON", "nothing instead of JSON")
NO_JSON = NO_ANSWER[4:]
DECIMAL = r"-?\d+(\.\d+)?"  # what the reference takes for a number in a header

ERRORS: list[Deviation] = [
    Deviation(
        "name of the service", "The adapter's name says less than whose error it is.",
        lambda d: field_of(d) == "extra.service" and d.ours == "atlassian" and d.theirs == (None if case_of(d) in NO_JSON else "_http"), "§5.5",
    ),
    Deviation(
        "addresses without values", "An address holds the user's site and what was asked for; extra is shown to models and people.",
        lambda d: field_of(d) == "extra.endpoint" and d.theirs is not None and d.ours == d.theirs.replace("site-1", "{cloudId}"), "§5.8, §9.11",
    ),
    Deviation(
        "the operation", "Failures without an answer name the operation, which is what can be looked up.",
        lambda d: field_of(d) == "extra.operation" and case_of(d) in NO_ANSWER and d.theirs is None, "§5.6",
    ),
    Deviation(
        "names of Python exceptions", "Go has none; kind and message say what happened.",
        lambda d: field_of(d) == "extra.error_type" and case_of(d) in NO_ANSWER and d.ours is None, "§5.6",
    ),
    Deviation(
        "the true status", "A 403 that is a rate limit is reported as 429; extra says what it was.",
        lambda d: field_of(d) == "extra.upstream_status" and d.theirs is None and d.ours == "403" and case_of(d).startswith("403 "), "§9.19",
    ),
    Deviation(
        "reason phrases", "IANA and Go call 414 and 418 something else than Python 3.11 does.",
        lambda d: case_of(d) in ("status 414", "status 418") and field_of(d) == "message", "§5.5",
    ),
    Deviation(
        "decimal seconds", "Retry-After: 1.5 is a second and a half.",
        lambda d: waits(d) and re.fullmatch(r"\d+\.\d+", header(d, "Retry-After", "X-RateLimit-Reset-Ms")) is not None and d.ours in (500, 1500, 2500), "§9.18",
    ),
    Deviation(
        "negative waits", "What should have been waited for is over.",
        lambda d: waits(d) and header(d, "Retry-After") == "-1" and d.ours == 0, "§9.15",
    ),
    Deviation(
        "dates", "The reference fails to subtract dates with and without a zone and says one second.",
        lambda d: waits(d) and ("date ahead" in d.where or "date with limit" in d.where) and 400_000 < d.ours <= 600_000
        or waits(d) and "date past" in d.where and d.ours == 0, "§9.15",
    ),
    Deviation(
        "moments", "X-RateLimit-Reset is a moment at Atlassian and most others, which the reference takes for seconds to wait.",
        lambda d: field_of(d) == "retry_after_ms" and "reset" in d.where and 400_000 < d.ours <= 600_000, "§9.17",
    ),
    Deviation(
        "a day is the longest wait", "Nothing at Atlassian takes longer; a mistake in a header must not stop a tool for years.",
        lambda d: field_of(d) == "retry_after_ms" and header(d, "Retry-After") == "99999999" and d.ours == 86_400_000, "§9.17",
    ),
    Deviation(
        "waits of a server in trouble", "Retry-After says the same with 5xx as with 429.",
        lambda d: waits(d, None) and case_of(d) in ("503 with Retry-After", "500 with Retry-After") and d.ours == 5000, "§5.5",
    ),
    Deviation(
        "answers that are no JSON", "An answer that cannot be read is Atlassian's failure and not the tool's; reading again may help.",
        lambda d: case_of(d) in NO_JSON and (field_of(d), d.theirs, d.ours) in (
            ("kind", "TOOL_RUNTIME_FATAL", "NETWORK_TRANSPORT_RUNTIME_UNMAPPED"), ("can_retry", False, True), ("status_code", 500, None), ("extra.http_method", None, "GET"),
        ) or case_of(d) in NO_JSON and field_of(d) == "extra.endpoint" and d.theirs is None and "{cloudId}" in d.ours or case_of(d) in NO_JSON and field_of(d) == "message" and d.ours.endswith(": HTTP response from upstream could not be decoded."), "§5.6",
    ),
]  # fmt: skip

LISTED = DEFINITIONS + TOKENS + HEADERS + REQUESTS + INPUTS + ERRORS
