"""The page of what real programs do, `results/programs.md`, made of the figures of `repeat.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from tests.real.programs import PROGRAMS, Real

FIGURES = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parents[2] / "results" / "programs.md"
BEGIN, END = "<!-- made by python -m tests.real.repeat --write -->", "<!-- end of the table -->"
HEADER = """| program | promises | runs (busy) | seconds | its contract | what it really does |
|---|---|--:|--:|---|---|"""


def figures() -> dict[str, Any]:
    """What is kept of the last runs, by program."""
    kept: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    return {name: one for name, one in kept.items() if name in PROGRAMS}


def write(shown: Mapping[str, Any]) -> None:
    """Keep the figures, and put the table into the page."""
    FIGURES.write_text(json.dumps(shown, indent=1) + "\n")
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(shown)}\n{END}{after}")


def table(shown: Mapping[str, Any]) -> str:
    """The table, a row for each program in the order in which they are listed."""
    rows = [_row(name, PROGRAMS[name], shown[name]) for name in PROGRAMS if name in shown]
    return "\n".join([HEADER, *rows])


def _row(name: str, real: Real, one: Mapping[str, Any]) -> str:
    title = f"{name} {one['version']}".strip() + (f": {real.about}" if real.about else "")
    service = "client" if real.client else ", ".join(real.service)
    runs = f"{one['runs']} ({one['busy']})"
    times = sorted(one["seconds"])
    took = f"{median(times):.0f} to {times[-1]:.0f}"
    verdict = "broken" if one["broken"] else "varies" if one["varies"] else "kept"
    cells = (title, f"{service}; {', '.join(real.transport)}", runs, took, verdict)
    return f"| {' | '.join(cells)} | {'; '.join(_found(real, one))} |"


def _found(real: Real, one: Mapping[str, Any]) -> list[str]:
    """The sentences that were not simply kept, by reason, and how often."""
    reasons = {**real.broken, **real.at_times}
    said: dict[tuple[str, str], list[str]] = {}
    for word, counts in (("", one["broken"]), ("varies: ", one["varies"])):
        for sentence, count in sorted(counts.items()):
            often = "" if count == one["runs"] else f" ({count} of {one['runs']})"
            reason = (word, reasons.get(sentence, "not explained yet"))
            said.setdefault(reason, []).append(f"{sentence}{often}")
    return [f"{word}{', '.join(ids)}: {why}" for (word, why), ids in said.items()]
