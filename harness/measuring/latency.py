"""Measures the variants of a latency table together: figures of each variant from its launches.

How launches are repeated is `campaign.py`'s affair. This file makes the figures of a variant out of
what a campaign gave, and says in sentences what weakens them.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

from harness.measuring import campaign
from harness.measuring.campaign import Campaign
from harness.measuring.lanes import Variant
from harness.measuring.launches import Course, OpenPair, Turns
from harness.measuring.placement import Placement
from harness.measuring.statistics import Summary, encoded, enough_for, summary
from harness.measuring.stopping import Rule

# The table of a default run: seconds a launch and launches, about 5 s in all with 12 variants, each
# with some ten thousand round trips: enough for its p99.9.
SECONDS, LAUNCHES = 1.25, 3

# Launches whose medians lie further apart than this did not measure the same thing.
SPREAD = 0.10

_TURNS = Turns()


@dataclass(frozen=True)
class LatencyResult:
    """What was found for one variant.

    With the verdict `pass` there is a `summary`; with another, `why` is a sentence. `centres` are
    the middles of the launches in ns, in order: what `statistics.compare` takes. `samples` are
    round trips in ns, thinned where they are very many. `warm_up` has the trips played before, by
    launch. `extra` is what a workload says besides, the mean over launches. `notes` are sentences
    that must stand beside the figures.
    """

    variant: Variant
    placement: Placement
    verdict: Literal["pass", "fail", "unsupported", "broken"] = "pass"
    why: str | None = None
    summary: Summary | None = None
    centres: tuple[float, ...] = ()
    warm_up: tuple[int, ...] = ()
    histogram: str = ""
    notes: tuple[str, ...] = ()
    extra: Mapping[str, float] = field(default_factory=dict)
    samples: array[int] = field(default_factory=lambda: array("I"), repr=False)

    @property
    def launches(self) -> int:
        """How many launches the figures are from."""
        return len(self.centres)

    def as_json(self) -> dict[str, Any]:
        """The fields of a `latency` record that are known here; times in µs. Raise ValueError
        when the variant failed."""
        if self.summary is None:
            raise ValueError(f"{self.variant.name} was not measured: {self.why}")
        return {
            "workload": self.variant.workload.kind,
            "options": dict(self.variant.workload.options),
            "transport": self.variant.transport,
            "size": self.variant.size,
            "placement": str(self.placement),
            "launches": self.launches,
            **vars(self.summary),
            "histogram": self.histogram,
            "centres": [centre / 1000 for centre in self.centres],
            "warm_up": list(self.warm_up),
            "notes": list(self.notes),
            "extra": dict(self.extra),
        }


def measure(
    variants: Sequence[Variant],
    open_pair: OpenPair,
    budget: float,
    launches: int,
    placement: Placement,
    seed: str,
    turns: Turns = _TURNS,
    spare: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> list[LatencyResult]:
    """Measure all variants together in so many launches; return a result for each, in their order.

    `open_pair(name)` starts fresh drivers for the variants whose `pair` is that name, and ends them
    when left. `budget` is the time of one launch in seconds, warm-up included. A variant that fails
    is out; the launch it spoiled is begun again without it, so the others are measured in full.
    Up to `spare` launches in which others had the measured CPUs are repeated.
    """
    course = Course(placement, budget, turns, seed, clock)
    done = campaign.run(variants, open_pair, course, Rule(most=launches), spare=spare)
    return results(variants, done)


def results(variants: Sequence[Variant], done: Campaign) -> list[LatencyResult]:
    """Return what a campaign found for each variant, in their order."""
    return [_result(variant, done) for variant in variants]


def _result(variant: Variant, done: Campaign) -> LatencyResult:
    failure = done.failures.get(variant)
    if failure is not None:
        return LatencyResult(variant, done.placement, failure.verdict, failure.why)
    tally = done.tallies[variant]
    return LatencyResult(
        variant,
        done.placement,
        summary=summary(tally.counts, tally.total_ns),
        centres=tuple(tally.centres),
        warm_up=tuple(launch.warm_up[variant].trips for launch in done.counted),
        histogram=encoded(tally.counts),
        notes=tuple(_notes(variant, done)),
        extra={name: fmean(values) for name, values in tally.extra.items()},
        samples=tally.samples,
    )


def _disturbed(done: Campaign) -> Iterator[str]:
    """Say of launches that others spoiled, and that count all the same."""
    shares = [one.disturbance.others or 0.0 for one in done.counted if one.disturbance.trouble]
    if shares:
        yield (
            f"others had up to {max(shares):.0%} of the measured CPUs"
            f" in {len(shares)} of {len(done.counted)} launches"
        )


def _notes(variant: Variant, done: Campaign) -> Iterator[str]:
    """Say what weakens the figures."""
    yield from _disturbed(done)
    tally = done.tallies[variant]
    for percentile in (90, 99, 99.9):
        if not enough_for(percentile, tally.trips):
            yield f"no p{percentile} from {tally.trips} trips: too few lie beyond it"
    low, high = min(tally.centres), max(tally.centres)
    if high > low * (1 + SPREAD):
        yield f"launches disagree: p50 from {low / 1000:.2f} to {high / 1000:.2f} µs"
    if not all(launch.warm_up[variant].settled for launch in done.counted):
        yield "the warm-up ended before the times had settled"
