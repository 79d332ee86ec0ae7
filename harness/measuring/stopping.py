"""When a run has seen enough: the interval asked for is reached, or the time is spent. Pure.

Launches are added one by one. The rule looks at how wide the intervals are, never at what they
hold, for a run that goes on until it sees a difference sees one. With few launches the width itself
is a guess, so there is a least number of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["precision", "budget", "launches", "interrupted"]

# With six, the interval is 1.6 times as wide as if the spread were known; with three, four times.
LEAST = 6


@dataclass(frozen=True)
class Rule:
    """Stop when every interval's half-width is at most `precision` (0.02: 2 %), after at least
    `least` launches; or when another launch does not fit into `budget` seconds; or after `most`
    launches. What is None does not stop a run."""

    precision: float | None = None
    budget: float | None = None
    least: int = LEAST
    most: int | None = None

    def reason(self, launches: int, widest: float, spent: float, longest: float) -> Reason | None:
        """Why to stop now, None to go on.

        `widest` is the half-width reached, `spent` the seconds so far, `longest` those of the
        longest launch.
        """
        if self.most is not None and launches >= self.most:
            return "launches"
        if self.precision is not None and launches >= self.least and widest <= self.precision:
            return "precision"
        if self.budget is not None and launches and spent + longest > self.budget:
            return "budget"
        return None
