"""All variants of a run against its reference, and what their words are worth. Pure.

The reference is played twice, by two pairs of processes that are told apart by nothing: the second
is its twin. What is read between the two is error, and is the noise of the run. Both together are
the reference: the mean of two launches of the same program is steadier than one.

A run that compares many says many words. Each gets its part of the error that is allowed in all, so
that a run without any difference names one in at most a hundredth of the cases, however many
variants it has (Bonferroni). When the interval of the twin leaves 1 out, something is in this run
that launches do not average away: every interval is then widened by what the twin read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.measuring.statistics import CONFIDENCE, Comparison, compare
from harness.records.measured import ComparisonRecord, Role

Centres = Sequence[float]  # the median of each launch, in ns


@dataclass(frozen=True)
class Comparisons:
    """What a run says of its variants: `of` them by name; `noise` is the reading of the twin."""

    of: Mapping[str, Comparison]
    noise: Comparison | None = None
    confidence: float = CONFIDENCE

    @property
    def widened(self) -> float:
        """The part by which every interval was widened, because the twin disagreed."""
        if self.noise is None or self.noise.word == "no difference seen":
            return 0.0
        return self.noise.off

    @property
    def widest(self) -> float:
        """The largest half-width among the variants; 0 when there are none."""
        return max((one.half_width for one in self.of.values()), default=0.0)


def against(
    reference: Centres,
    twin: Centres | None,
    others: Mapping[str, Centres],
    confidence: float = CONFIDENCE,
) -> Comparisons:
    """Compare the others with the reference; all have a figure for each launch, in one order.

    Raise ValueError when they do not pair.
    """
    noise = compare(reference, twin, confidence) if twin is not None else None
    pooled = reference if twin is None else _mean(reference, twin)
    each = 1 - (1 - confidence) / max(len(others), 1)
    plain = {name: compare(pooled, centres, each) for name, centres in others.items()}
    made = Comparisons(plain, noise, confidence)
    if not made.widened:
        return made
    return Comparisons(
        {name: one.widen(made.widened) for name, one in plain.items()}, noise, confidence
    )


def recorded(name: str, reference: str, one: Comparison, role: Role = "trial") -> ComparisonRecord:
    """The line of a record that says this of two ids; what one launch cannot tell is None."""
    bounded = not math.isinf(one.high)
    return ComparisonRecord(
        id=name,
        reference=reference,
        role=role,
        ratio=one.ratio,
        low=one.low if bounded else None,
        high=one.high if bounded else None,
        smallest=one.half_width if bounded else None,
        widened=one.widened,
        launches=one.launches,
        word=one.word,
    )


def _mean(one: Centres, other: Centres) -> list[float]:
    """The geometric mean of two, launch by launch."""
    return [math.sqrt(a * b) for a, b in zip(one, other, strict=True)]
