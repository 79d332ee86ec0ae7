"""How long a lane is played before its times count: as long as its own evidence says. Pure.

A fresh process is slow at first: caches are cold, an interpreter specialises its code, PyPy
compiles after 1039 trips, and a loop that calls many functions compiles for much longer. Nobody is
told here which programs do that. In the first launch of a variant rounds are played until several
in a row are no faster than the last ones; the round at which that level was reached is what the
program needs. Later launches, whose processes are as fresh, play as many, and one more for safety.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Rounds of the first launch: the fewest that are looked at, and those that are level in the end.
PROBED, LEVEL = 6, 3

# A round that is slower than the level by more than this does not belong to it. The median of 500
# trips wanders by 1 %.
SETTLED = 0.02


@dataclass(frozen=True)
class WarmUp:
    """What was played of one variant before measuring: trips, and whether the times settled."""

    trips: int
    settled: bool


def needed(medians: Sequence[float]) -> int | None:
    """How many rounds came before the level was reached; None while that cannot be said.

    `medians` are those of the rounds so far, all in one unit.
    """
    if len(medians) < PROBED:
        return None
    level = min(medians[-LEVEL:]) * (1 + SETTLED)
    slow = [at for at, one in enumerate(medians) if one > level]
    first = slow[-1] + 1 if slow else 0
    return first if first <= len(medians) - LEVEL else None


def is_enough(medians: Sequence[float], known: int | None) -> bool:
    """Whether a lane was played enough. `known` are the rounds that its first launch needed."""
    if known is not None:
        return len(medians) > known
    return needed(medians) is not None
