"""A run of `bench`: everybody is played together, launch by launch, and the records are made.

Here meet the campaign, which plays, and the comparisons, which judge: how wide the intervals are
decides whether there is another launch. What was asked for and where records go is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.engine.any_driver import AnyDriver
from harness.engine.case import blank_record
from harness.measuring import campaign, latency
from harness.measuring.campaign import Campaign, Told
from harness.measuring.comparing import Comparisons, against, recorded
from harness.measuring.entrants import Entrant, twin_of
from harness.measuring.launches import Course
from harness.measuring.opening import fresh
from harness.measuring.statistics import CONFIDENCE, Comparison, compare
from harness.measuring.stopping import Rule
from harness.records.measured import ComparisonRecord, LatencyRecord, MeasurementRecord
from harness.records.model import CaseRecord, DriverRecord, Timed

Line = CaseRecord | DriverRecord | Timed


@dataclass(frozen=True)
class Judged:
    """What is said of everybody who is held against one reference."""

    reference: Entrant
    trials: Comparisons
    floors: Comparisons
    by_hand: Entrant | None = None
    harness: Comparison | None = None

    @property
    def widest(self) -> float:
        """The half-width that the rule looks at: of the trials, else of what there is."""
        if self.trials.of:
            return self.trials.widest
        if self.floors.of:
            return self.floors.widest
        return self.trials.noise.half_width if self.trials.noise else 0.0


@dataclass(frozen=True)
class Bench:
    """Everybody who takes part, and what was played of them."""

    entrants: Sequence[Entrant]
    course: Course
    rule: Rule
    spare: int = 0
    drivers: dict[str, DriverRecord] = field(default_factory=dict)

    def play(self, told: Told = lambda _: None) -> Campaign:
        """Play until the rule says stop."""
        return campaign.run(
            [one.variant for one in self.entrants],
            fresh({one.variant.pair: one.commands for one in self.entrants}, self._greeted),
            self.course,
            self.rule,
            self.widest,
            self.spare,
            told,
        )

    def _greeted(self, pair: str, *drivers: AnyDriver) -> None:
        """Keep who it was that played, by the names of the implementations."""
        case = next(one.case for one in self.entrants if one.variant.pair == pair)
        for name, driver in zip(case.pair, drivers, strict=True):
            self.drivers[name] = DriverRecord(name=name, hello=driver.hello.as_json())

    def widest(self, done: Campaign) -> float:
        """The half-width of the widest interval so far."""
        return max((one.widest for one in self.judged(done)), default=0.0)

    def judged(self, done: Campaign) -> list[Judged]:
        """Hold everybody against their reference. A reference that failed judges nobody."""
        references = [one for one in self.entrants if one.role == "trial" and one.against is None]
        return [self._judged(one, done) for one in references if done.centres(one.variant)]

    def _judged(self, reference: Entrant, done: Campaign) -> Judged:
        base = done.centres(reference.variant)
        found = {one.id: (one, done.centres(one.variant)) for one in self.entrants}
        there = {name: pair for name, pair in found.items() if pair[1]}

        def held(role: str) -> dict[str, Sequence[float]]:
            return {
                name: centres
                for name, (one, centres) in there.items()
                if one.role == role and one.against == reference.id
            }

        twin = next(iter(held("twin").values()), None)
        hand = next((one for one, _ in there.values() if _belongs(one, reference)), None)
        plain = there.get(hand.against or "") if hand else None
        return Judged(
            reference,
            against(base, twin, held("trial")),
            against(base, twin, held("floor")),
            hand,
            compare(there[hand.id][1], plain[1]) if hand and plain else None,
        )

    def records(self, done: Campaign) -> Iterator[Line]:
        """The lines of the record: cases, their figures, their comparisons, the measurement."""
        yield from self.drivers.values()
        results = latency.results([one.variant for one in self.entrants], done)
        for entrant, result in zip(self.entrants, results, strict=True):
            if entrant.role == "trial":
                yield blank_record(entrant.case, result.verdict, result.why)
            if result.verdict == "pass":
                yield LatencyRecord(
                    id=entrant.id,
                    scenario=entrant.case.scenario.id,
                    role=entrant.role,
                    implementations={str(k): v for k, v in entrant.case.implementations.items()},
                    **result.as_json(),
                )
        for judged in self.judged(done):
            yield from _comparisons(judged)
        yield self.measurement(done)

    def measurement(self, done: Campaign) -> MeasurementRecord:
        """How it was measured so far."""
        judged = self.judged(done)
        preempted = [launch.disturbance.preempted for launch in done.counted]
        noises = [one.trials.noise for one in judged if one.trials.noise]
        added = next((one.harness for one in judged if one.harness), None)
        return MeasurementRecord(
            scenario=self.entrants[0].case.scenario.id,
            placement=str(done.placement),
            references=tuple(one.reference.id for one in judged),
            precision=self.rule.precision,
            budget=self.rule.budget,
            confidence=CONFIDENCE,
            stopped=done.reason,
            widest=_finite(self.widest(done) if len(done.counted) > 1 else math.inf),
            seconds=done.seconds,
            launches=len(done.counted),
            replaced=tuple(
                f"launch {one.number + 1}: {one.why}" for one in done.replaced if one.why
            ),
            noise=max((one.off for one in noises), default=None),
            harness=added.ratio - 1 if added else None,
            preempted=sum(filter(None, preempted)) if None not in preempted else None,
            missing=done.placement.missing,
            absent=tuple(self._absent(done)),
            seed=self.course.seed,
        )

    def _absent(self, done: Campaign) -> Iterator[str]:
        """Say who was to be played beside those on trial, and could not be."""
        for one in self.entrants:
            if one.role != "trial" and one.variant in done.failures:
                of = "the twin of " if one.role == "twin" else ""
                yield f"{of}{one.case.pair[0]} was not played: {done.failures[one.variant].why}"


def _belongs(hand: Entrant, reference: Entrant) -> bool:
    """Whether this is the loop by hand that was played beside the reference."""
    alike = hand.case.transport == reference.case.transport
    return hand.role == "by-hand" and alike and hand.variant.size == reference.variant.size


def _comparisons(judged: Judged) -> Iterator[ComparisonRecord]:
    of = judged.reference.id
    if judged.trials.noise is not None:
        yield recorded(twin_of(of), of, judged.trials.noise, "twin")
    for name, one in judged.trials.of.items():
        yield recorded(name, of, one)
    for name, one in judged.floors.of.items():
        yield recorded(name, of, one, "floor")
    if judged.harness is not None and judged.by_hand is not None:
        by_hand = judged.by_hand
        yield recorded(by_hand.against or "", by_hand.id, judged.harness, "by-hand")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
