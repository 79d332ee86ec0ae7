"""One launch: fresh processes, every variant connected and alive, a warm-up, then turns.

This file owns the course of a launch. It starts no process itself (`open_pair` does), knows no
operation (`lanes/` does) and draws no conclusion.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from harness.engine.faults import DriverError
from harness.measuring.disturbance import UNKNOWN, Disturbance, Watch
from harness.measuring.lanes import (
    Lane,
    LaneFailure,
    Pair,
    Variant,
    check_place,
    lane_of,
    placing,
)
from harness.measuring.placement import Placement, aside, settle
from harness.measuring.statistics import centre
from harness.measuring.turns import creation_order, cycles
from harness.measuring.warming import PROBED, WarmUp, is_enough, needed

T = TypeVar("T")
OpenPair = Callable[[str], AbstractContextManager[Pair]]


@dataclass(frozen=True)
class Turns:
    """How long turns are, in round trips.

    `drop` first trips of each turn are played but not kept: they start with cold caches. A round of
    the warm-up has `warm_up` trips.
    """

    trips: int = 50
    drop: int = 5
    warm_up: int = 500


# The part of a launch's time that its warm-up may take.
WARM_UP = 0.4

# Seconds that a turn may take: where a trip takes long, turns are shorter than Turns says, or one
# lane would have the machine for itself.
LONGEST_TURN = 0.005
# How many times its share of the warm-up a lane may take while its times are not level.
PATIENCE = 3
# Trips that show how long one takes, and the fewest that a turn has.
FIRST, FEWEST = 10, 4


@dataclass(frozen=True)
class Launch:
    """What a launch gave by variant: samples in ns, and more; and whom a driver cannot play."""

    placement: Placement
    warm_up: Mapping[Variant, WarmUp]
    samples: Mapping[Variant, array[int]]
    refused: Mapping[Variant, LaneFailure]
    disturbance: Disturbance = UNKNOWN
    extra: Mapping[Variant, Mapping[str, float]] = field(default_factory=dict)


class Spoiled(Exception):
    """The launch ended early because of these variants, which fail."""

    def __init__(self, variants: Iterable[Variant], failure: LaneFailure) -> None:
        super().__init__(failure.why)
        self.variants = tuple(variants)
        self.failure = failure


@dataclass
class Course:
    """How each launch of a run goes: where, for how long (seconds), in turns of what length.

    `lengths` are the turns as they fit into this run; `rounds` has what the first launch of a
    variant found of its warm-up.
    """

    placement: Placement
    budget: float
    turns: Turns
    seed: str
    clock: Callable[[], float]
    lengths: Turns | None = None
    rounds: dict[Variant, int] = field(default_factory=dict)

    def launch(self, variants: Sequence[Variant], open_pair: OpenPair, number: int) -> Launch:
        """Play one launch with fresh processes. Raise Spoiled."""
        order = [variants[i] for i in creation_order(len(variants), self.seed, number)]
        with ExitStack() as stack:
            pairs = _opened(order, open_pair, stack)
            placement = self.placement
            for pair in pairs.values():
                placement = settle(placement, placing(pair.server), placing(pair.client))
            # Only now: what a process starts inherits the CPUs it is kept on.
            stack.enter_context(aside(placement))
            lanes, refused = _connected(order, pairs, placement)
            if not lanes:
                return Launch(placement, {}, {}, refused)
            watch = Watch(placement, [driver for pair in pairs.values() for driver in pair])
            warm_up = self._play(lanes, number)
            disturbance = watch.seen()
            samples = {lane.variant: _blamed(lane, lane.fetch) for lane in lanes}
            extra = {lane.variant: lane.extra() for lane in lanes}
        return Launch(placement, warm_up, samples, refused, disturbance, extra)

    def _play(self, lanes: Sequence[Lane], number: int) -> dict[Variant, WarmUp]:
        """Take turns until the time is spent, in whole cycles."""
        begin = self.clock()
        share = WARM_UP * self.budget / len(lanes)
        if self.lengths is None:
            self.lengths = self._fitted(min(map(self._pace, lanes)), share)
        lengths = self.lengths
        warm_up = {lane.variant: self._warmed(lane, lengths.warm_up, share) for lane in lanes}
        for lane in lanes:
            lane.extra()  # what was said so far is of the warm-up
        end = max(begin + self.budget, self.clock() + (1 - WARM_UP) * self.budget)
        for cycle in cycles(len(lanes), self.seed, number):
            for index in cycle:
                _blamed(lanes[index], lanes[index].turn, lengths.trips, lengths.drop)
            if self.clock() >= end:
                break
        return warm_up

    def _pace(self, lane: Lane) -> float:
        """Seconds that a trip takes at first, the way to the driver and back included."""
        begin = self.clock()
        _blamed(lane, lane.turn, FIRST, FIRST)
        return (self.clock() - begin) / FIRST

    def _fitted(self, pace: float, share: float) -> Turns:
        """The turns of this run, where a trip takes so long: the same for everybody and in every
        launch, for the length of a turn shows in its middle."""
        trips = _fitting(self.turns.trips, LONGEST_TURN, pace)
        rounds = _fitting(self.turns.warm_up, share / PROBED, pace)
        return Turns(trips, min(self.turns.drop, trips // 4), rounds)

    def _warmed(self, lane: Lane, trips: int, share: float) -> WarmUp:
        """Play rounds until the lane's times are level, or it had its share some times over."""
        end = self.clock() + PATIENCE * share
        known = self.rounds.get(lane.variant)
        medians: list[float] = []
        while not is_enough(medians, known) and (self.clock() < end or not medians):
            _blamed(lane, lane.turn, trips, 0)
            medians.append(centre(_blamed(lane, lane.fetch)))
        if known is None:
            known = needed(medians)
        if known is not None:
            self.rounds[lane.variant] = known
        return WarmUp(trips * len(medians), known is not None)


def _fitting(trips: int, seconds: float, each: float) -> int:
    """As many of the trips as fit into a time, when each takes so long."""
    return max(min(trips, FEWEST), min(trips, int(seconds / each))) if each else trips


def _opened(order: Iterable[Variant], open_pair: OpenPair, stack: ExitStack) -> Mapping[str, Pair]:
    pairs: dict[str, Pair] = {}
    for variant in order:
        if variant.pair in pairs:
            continue
        try:
            pairs[variant.pair] = stack.enter_context(open_pair(variant.pair))
        except DriverError as problem:
            failed = [other for other in order if other.pair == variant.pair]
            raise Spoiled(failed, LaneFailure("broken", str(problem))) from problem
    return pairs


def _connected(
    order: Iterable[Variant], pairs: Mapping[str, Pair], placement: Placement
) -> tuple[list[Lane], dict[Variant, LaneFailure]]:
    lanes, refused = [], {}
    for number, variant in enumerate(order):
        lane = lane_of(pairs[variant.pair], variant, number)
        try:
            check_place(variant, placement)
            lane.open()
        except LaneFailure as failure:
            if failure.verdict != "unsupported":
                raise Spoiled([variant], failure) from failure
            refused[variant] = failure
        else:
            lanes.append(lane)
    return lanes, refused


def _blamed(lane: Lane, call: Callable[..., T], *arguments: int) -> T:
    """Call, and let a failure name the variant whose lane it is."""
    try:
        return call(*arguments)
    except LaneFailure as failure:
        raise Spoiled([lane.variant], failure) from failure
