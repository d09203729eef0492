"""Compares our tools with Arcade's own Python toolkits: `make peers`, which calls ./run.

    inputs.txt       what each tool is called with
    sides.py         how both sides are run, each call on a new sandbox
    compare.py       what counts as a fact and as a difference
    deviations.py    the differences that are meant, with reasons: the only list there is
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from compare import Difference, compare, stale, unlisted
from deviations import LISTED
from sides import Ours, Theirs

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    tool: str
    ours: dict
    theirs: dict
    token: str

    def __str__(self) -> str:
        inputs = json.dumps(self.ours, ensure_ascii=False) if self.ours else ""
        return " ".join(filter(None, (self.tool, inputs, self.token.removeprefix("sandbox"))))


def cases() -> list[Case]:
    read = json.JSONDecoder().raw_decode
    out = []
    for line in (HERE / "inputs.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        tool, _, rest = line.partition(" ")
        ours, end = read(rest)
        rest = rest[end:].strip()
        theirs = ours
        if rest.startswith("{"):
            theirs, end = read(rest)
            rest = rest[end:].strip()
        out.append(Case(tool, ours, theirs, rest or "sandbox"))
    return out


def mismatched(known: list[Case], both: set[str]) -> list[str]:
    """Tools without inputs, and inputs without tools."""
    named = {c.tool for c in known}
    return [f"{t}: both have it; inputs.txt has no line for it" for t in sorted(both - named)] + [
        f"{t}: inputs.txt has a line for it; it is not a tool that both have" for t in sorted(named - both)
    ]


def main(binary: str, *only: str) -> int:
    ours, theirs = Ours(Path(binary).resolve()), Theirs(Path(binary).resolve())
    both = set(ours.tools()) & set(theirs.tools())
    known = cases()
    wrong = mismatched(known, both)
    if strange := set(only) - both:
        wrong += [f"{t}: not a tool that both have" for t in sorted(strange)]
    if wrong:
        print("\n".join(wrong))
        return 1
    chosen = [c for c in known if not only or c.tool in only]
    theirs.call(chosen[0].tool, chosen[0].theirs, chosen[0].token)  # so that no time holds what Python loads once

    rows, differences = [], []
    for case in chosen:
        t = theirs.call(case.tool, case.theirs, case.token)
        cold = ours.call(case.tool, case.ours, case.token, primed=False)
        warm = ours.call(case.tool, case.ours, case.token, primed=True)
        facts, found = compare(case.tool, t, cold, warm)
        differences += found
        other = sum(d.kind in ("missing", "other value") for d in found)
        rows.append((
            str(case), f"{len(t.requests)}", f"{len(cold.requests)}", f"{len(warm.requests)}",
            "fails" if t.failure else f"{t.bytes}", "fails" if cold.failure else f"{cold.bytes}",
            f"{t.milliseconds:.1f}", f"{cold.milliseconds:.1f}", f"{warm.milliseconds:.1f}", f"{facts - other}/{facts}",
        ))  # fmt: skip
    print_table(rows)
    print(f"\n{len(both)} tools that both have, {len(chosen)} calls; {len(LISTED)} listed deviations")
    return report(unlisted(LISTED, differences), [] if only else stale(LISTED, differences))


def print_table(rows: list[tuple[str, ...]]) -> None:
    heads = [
        ("", "requests", "", "", "bytes", "", "milliseconds", "", "", "facts"),
        ("tool and inputs", "theirs", "cold", "warm", "theirs", "ours", "theirs", "cold", "warm", "in ours"),
    ]
    widths = [max(len(r[i]) for r in rows + heads[1:]) for i in range(len(heads[1]))]
    widths[0] = min(widths[0], 64)
    for row in heads + rows:
        first = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        print("  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]).rstrip())


def report(new: list[Difference], gone: list[str]) -> int:
    if new:
        print("\nUnlisted differences; mend them, or list them in deviations.py with the reason:")
        shown: dict[tuple, list[Difference]] = {}
        for d in new:
            shown.setdefault((d.tool, d.kind, d.path), []).append(d)
        for alike in shown.values():
            print(f"  {alike[0]}" + (f" ({len(alike)} times)" if len(alike) > 1 else ""))
    if gone:
        print("\nListed deviations that no longer occur; take them off the list:")
        for text in gone:
            print(f"  {text}")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
