"""Measures the variants of a latency table together: launches, failures, results.

All variants are alive at once and take turns (`launches.py`, `turns.py`). Measured one after the
other, identical programs differ by 2 to 9 %; by turns, by 0.1 to 0.3 %. This file repeats launches,
takes out a variant that fails, and makes the figures of each variant from all its launches.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from harness.measuring.lanes import LaneFailure, Variant
from harness.measuring.launches import Course, Launch, OpenPair, Spoiled, Turns
from harness.measuring.placement import Placement, idle_states
from harness.measuring.statistics import Summary, centre, encoded, enough_for, histogram, summary

# The table of a default run: seconds a launch and launches, about 6 s in all with 12 variants.
SECONDS, LAUNCHES = 1.75, 3

# Launches whose medians lie further apart than this did not measure the same thing.
SPREAD = 0.10

_TURNS = Turns()


@dataclass(frozen=True)
class LatencyResult:
    """What was found for one variant.

    With the verdict `pass` there is a `summary`; with another, `why` is a sentence. `centres` are
    the exact medians of the launches in ns, in order: what `statistics.compare` takes. `samples`
    are all round trips in ns. `warm_up` has the trips played before those, by launch. `notes` are
    sentences that must stand beside the figures.
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
            "transport": self.variant.transport,
            "size": self.variant.size,
            "placement": str(self.placement),
            "launches": self.launches,
            **vars(self.summary),
            "histogram": self.histogram,
            "centres": [centre / 1000 for centre in self.centres],
            "warm_up": list(self.warm_up),
            "notes": list(self.notes),
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
    """Measure all variants together and return a result for each, in their order.

    `open_pair(name)` starts fresh drivers for the variants whose `pair` is that name, and ends them
    when left. `budget` is the time of one launch in seconds, warm-up included. A variant that fails
    is out; the launch it spoiled is begun again without it, so the others are measured in full.
    Up to `spare` launches in which others had the measured CPUs are repeated.
    """
    failures: dict[Variant, LaneFailure] = {}
    done: list[Launch] = []
    with idle_states(placement) as placement:
        course = Course(placement, budget, turns, seed, clock)
        for number in count():
            left = [variant for variant in variants if variant not in failures]
            if not left or len(done) == launches:
                break
            try:
                launch = course.launch(left, open_pair, number)
            except Spoiled as spoiled:
                failures.update(dict.fromkeys(spoiled.variants, spoiled.failure))
                continue
            failures.update(launch.refused)
            if spare and launch.disturbed:
                spare -= 1
            else:
                done.append(launch)
    return [_result(variant, placement, done, failures.get(variant)) for variant in variants]


def _result(
    variant: Variant, placement: Placement, done: Sequence[Launch], failure: LaneFailure | None
) -> LatencyResult:
    for launch in done:
        placement = placement.lacking(*launch.placement.missing)
    if failure is not None:
        return LatencyResult(variant, placement, failure.verdict, failure.why)
    parts = [launch.samples[variant] for launch in done]
    samples = array("I")
    for part in parts:
        samples += part
    counts = histogram(samples)
    return LatencyResult(
        variant,
        placement,
        summary=summary(counts, sum(samples)),
        centres=tuple(centre(part) for part in parts),
        warm_up=tuple(launch.warm_up.trips for launch in done),
        histogram=encoded(counts),
        notes=tuple(_notes(done, parts)),
        samples=samples,
    )


def _notes(done: Sequence[Launch], parts: Sequence[array[int]]) -> Iterator[str]:
    """Say what weakens the figures."""
    for number, launch in enumerate(done, 1):
        if launch.others is not None and launch.disturbed:
            yield f"launch {number}: others had {launch.others:.0%} of the measured CPUs"
    trips = sum(map(len, parts))
    for percentile in (90, 99, 99.9):
        if not enough_for(percentile, trips):
            yield f"no p{percentile} from {trips} trips: too few lie beyond it"
    low, high = min(map(centre, parts)), max(map(centre, parts))
    if high > low * (1 + SPREAD):
        yield f"launches disagree: p50 from {low / 1000:.2f} to {high / 1000:.2f} µs"
    if not all(launch.warm_up.settled for launch in done):
        yield "the warm-up ended before the times had settled"
