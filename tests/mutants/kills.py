"""The kill matrix on disk, `kills.json`: scenario -> mutant -> the case that fails, and how fast.

One line a scenario, so that a change shows in a diff. Entries of scenarios, cases and mutants that
are no more are dropped when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from harness.plan import Case

FILE = Path(__file__).with_name("kills.json")


class Kill(NamedTuple):
    """A case that a mutant fails, and how many seconds that took when it was found."""

    case: str
    seconds: float


Kills = dict[str, dict[str, Kill]]


def read(cases: Iterable[Case], mutants: Iterable[str]) -> Kills:
    """What is known of today's scenarios and mutants; each scenario has an entry, be it empty."""
    stored = json.loads(FILE.read_text()) if FILE.exists() else {}
    ids, known = set(), set(mutants)
    kills: Kills = {}
    for case in cases:
        ids.add(case.id)
        kills.setdefault(case.scenario.id, {})
    for scenario, found in kills.items():
        for mutant, entry in stored.get(scenario, {}).items():
            kill = Kill(*entry)
            if mutant in known and kill.case in ids:
                found[mutant] = kill
    return kills


def write(kills: Kills) -> None:
    """Keep it, sorted."""
    lines = [
        f"{json.dumps(scenario)}: {json.dumps(found, sort_keys=True)}"
        for scenario, found in sorted(kills.items())
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
