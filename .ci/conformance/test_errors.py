"""What becomes of an Atlassian that fails: the same kind, retryability, status, wait and sentence.

Both workers call the same fake Atlassian: ours with Jira.ListProjects, the reference with a tool written as
Arcade's documentation shows, so that its HTTP error adapter maps the failure.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http import HTTPStatus

import pytest

import deviations
from conftest import COUNTS
from deviations import Difference
from fake import Plan
from support import listing

NOW = time.time()
SAID = '{"errorMessages":["What Atlassian says."]}'


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + seconds))


REMAINING = ("X-RateLimit-Remaining", "X-Rate-Limit-Remaining", "RateLimit-Remaining", "X-App-Rate-Limit-Remaining")
LIMIT = ("X-RateLimit-Limit", "X-Rate-Limit-Limit", "RateLimit-Limit")

# Those with a name, and some without.
STATUSES = sorted(
    {s.value for s in HTTPStatus if s.value >= 300} | {306, 309, 399, 419, 420, 427, 430, 432, 444, 449, 450, 498, 499, 509, 512, 520, 521, 522, 523, 524, 525, 526, 527, 530, 598, 599}
)  # fmt: skip

CASES: dict[str, Plan] = {
    **{f"status {status}": Plan(status, body="" if status == 304 else SAID) for status in STATUSES},
    # How long to wait, in every form.
    **{f"429 {headers}": Plan(429, headers, SAID) for headers in (
        {"Retry-After": "7"}, {"Retry-After": "0"}, {"Retry-After": "007"}, {"Retry-After": "1.5"}, {"Retry-After": "-1"}, {"Retry-After": ""},
        {"Retry-After": "86400"}, {"Retry-After": "99999999"}, {"Retry-After": "soon"}, {"Retry-After": "7 seconds"}, {"retry-after": "3"}, {"RETRY-AFTER": "3"},
        {"X-RateLimit-Reset": "30"}, {"X-RateLimit-Reset": "0"}, {"X-RateLimit-Reset-Ms": "2500"}, {"X-RateLimit-Reset-Ms": "0"}, {"X-RateLimit-Reset-Ms": "2500.5"},
        {"Retry-After": "7", "X-RateLimit-Reset": "30"}, {"Retry-After": "", "X-RateLimit-Reset": "30"}, {"X-RateLimit-Reset": "30", "X-RateLimit-Reset-Ms": "1"},
        {"X-RateLimit-Remaining": "5", "X-RateLimit-Limit": "100"},
    )},
    "429 date ahead": Plan(429, {"Retry-After": formatdate(NOW + 600, usegmt=True)}, SAID),
    "429 date past": Plan(429, {"Retry-After": formatdate(NOW - 600, usegmt=True)}, SAID),
    "429 reset moment": Plan(429, {"X-RateLimit-Reset": str(int(NOW) + 600)}, SAID),
    "429 reset moment in milliseconds": Plan(429, {"X-RateLimit-Reset-Ms": str(int(NOW + 600) * 1000)}, SAID),
    "429 reset ISO": Plan(429, {"X-RateLimit-Reset": iso(600)}, SAID),
    # A 403 that is a rate limit, or looks like one.
    **{f"403 {headers}": Plan(403, headers, SAID) for headers in (
        *({name: "0", "Retry-After": "5"} for name in REMAINING),
        *({name: "1", "Retry-After": "5"} for name in REMAINING),
        *({name: "100", "Retry-After": "5"} for name in LIMIT),
        *({"X-RateLimit-Remaining": value, "Retry-After": "5"} for value in ("0.0", "00", "-0", "-0.0", "+0", "0.", ".0", "0e0", "0x0", "", "none", "-1", "0.5", "1e-999")),
        *({"X-RateLimit-Limit": "100", "Retry-After": value} for value in ("0", "-5", "0.0", "0.5", "", "soon", "1e3", "+5")),
        {"X-RateLimit-Limit": "", "Retry-After": "5"}, {"X-RateLimit-Limit": "100"}, {"Retry-After": "5"}, {"X-App-Rate-Limit-Limit": "100", "Retry-After": "5"},
        {"X-RateLimit-Remaining": "0"}, {"X-RateLimit-Remaining": "1", "X-RateLimit-Limit": "100", "Retry-After": "5"},
    )},
    "403 date with limit": Plan(403, {"X-RateLimit-Limit": "100", "Retry-After": formatdate(NOW + 600, usegmt=True)}, SAID),
    "401 looks limited": Plan(401, {"X-RateLimit-Remaining": "0", "Retry-After": "5"}, SAID),
    "503 with Retry-After": Plan(503, {"Retry-After": "5"}, SAID),
    "500 with Retry-After": Plan(500, {"Retry-After": "5"}, SAID),
    # Bodies do not matter.
    **{f"{status} body {what}": Plan(status, body=body) for status in (400, 404, 500) for what, body in {"empty": "", "page": "<html>x</html>", "null": "null"}.items()},
    # No answer, or none of use.
    **{way: Plan(way=way) for way in ("silent", "reset", "cut", "garbled")},
    "page instead of JSON": Plan(body="<html>x</html>"),
    "nothing instead of JSON": Plan(body=""),
}  # fmt: skip

WAIT = re.compile(r" (Retry after \d+ second\(s\)|Rate limit encountered)\.")


@pytest.fixture(scope="module")
def differences(hurried, reference, fake):
    users = {name: f"errors-{i}" for i, name in enumerate(CASES)}
    fake.plans.update({users[name]: plan for name, plan in CASES.items()})
    with ThreadPoolExecutor(24) as pool:  # most of the time is spent waiting before retries
        ours = pool.map(lambda name: hurried.call("Jira.ListProjects", user=users[name]), CASES)
        theirs = pool.map(lambda name: reference.call("Upstream.ListProjects", user=users[name]), CASES)
        ours, theirs = list(ours), list(theirs)
    COUNTS["failures of Atlassian told by both"] = len(CASES)
    return [d for name, a, b in zip(CASES, theirs, ours) for d in compare(name, a.json["output"]["error"], b.json["output"]["error"])]


def compare(name: str, theirs: dict, ours: dict) -> list[Difference]:
    assert ours is not None and theirs is not None, name
    pairs = {field: (theirs[field], ours[field]) for field in ("kind", "can_retry", "status_code", "retry_after_ms")}
    for key in sorted((theirs["extra"] or {}).keys() | (ours["extra"] or {}).keys()):
        pairs["extra." + key] = ((theirs["extra"] or {}).get(key), (ours["extra"] or {}).get(key))
    found = [Difference(f"{name}: {field}", CASES[name].headers, a, b) for field, (a, b) in pairs.items() if a != b]
    # The reference's sentence comes first; what Atlassian says may follow.
    a, b = theirs["message"], ours["message"]
    if pairs["retry_after_ms"][0] != pairs["retry_after_ms"][1]:
        a, b = WAIT.sub("", a), WAIT.sub("", b)
    if not b.startswith(a):
        found.append(Difference(f"{name}: message", CASES[name].headers, a, b))
    assert ours["stacktrace"] is None
    return found


def test_failures_are_told_alike(differences):
    unlisted = deviations.unlisted(deviations.ERRORS, differences)
    assert not unlisted, listing(unlisted)


def test_listed_deviations_are_real(differences):
    stale = deviations.stale(deviations.ERRORS, differences)
    assert not stale, "take off the list, they no longer occur: " + "; ".join(stale)


def test_what_atlassian_says_follows_the_sentence(hurried, fake):
    fake.plans["errors-said"] = Plan(400, body=SAID)
    message = hurried.call("Jira.ListProjects", user="errors-said").json["output"]["error"]["message"]
    assert message.endswith("Upstream HTTP request failed (Bad Request, client error). Atlassian says: What Atlassian says.")
