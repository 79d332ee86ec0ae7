"""The gate for CI: is a variant slower than the reference by more than is allowed? Pure.

Three answers, of which only one stops a CI. `exceeded`: the whole interval lies beyond the limit.
`kept`: the whole interval lies within it. `inconclusive`: the limit lies in the interval, and the
run could not have told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from harness.records.measured import ComparisonRecord

Answer = Literal["kept", "inconclusive", "exceeded"]
_ORDER: tuple[Answer, ...] = ("kept", "inconclusive", "exceeded")


class Interval(Protocol):
    """Two bounds of a ratio; None where there is no interval."""

    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def of(compared: Iterable[ComparisonRecord], limit: float) -> dict[str, Answer]:
    """The answer for each variant on trial, by its id."""
    return {one.id: answer(one, limit) for one in compared if one.role == "trial"}


def answer(compared: Interval, limit: float) -> Answer:
    """What is known of one variant; `limit` is the part by which it may be slower (0.05: 5 %)."""
    low = 0.0 if compared.low is None else compared.low
    high = math.inf if compared.high is None else compared.high
    if low > 1 + limit:
        return "exceeded"
    return "kept" if high <= 1 + limit else "inconclusive"


def worst(answers: Iterable[Answer]) -> Answer:
    """The answer for a whole run: that of its worst variant."""
    return max(answers, key=_ORDER.index, default="kept")


def exit_status(found: Answer, inconclusive: int = 0) -> int:
    """1 when the limit is exceeded; `inconclusive` when nobody can tell; else 0."""
    return {"kept": 0, "inconclusive": inconclusive, "exceeded": 1}[found]


def sentence(answers: Mapping[str, Answer], limit: float) -> str:
    """What is said of the gate: its answer, and who is to blame."""
    found = worst(answers.values())
    whose = ", ".join(name for name, each in answers.items() if each == found)
    said = {
        "kept": "kept: nothing is slower by more",
        "inconclusive": f"inconclusive: this run could not tell for {whose}",
        "exceeded": f"exceeded by {whose}",
    }
    return f"gate --fail-if-slower {100 * limit:g}%: {said[found]}"
