"""One launch: fresh processes, every variant connected and alive, a warm-up, then turns.

This file owns the course of a launch. It starts no process itself (`open_pair` does), knows no
operation (`lanes/` does) and draws no conclusion.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import geometric_mean
from typing import TypeVar

from harness.engine.conversation import DriverError
from harness.measuring.disturbance import SPOILED, CpuTime, Reading, read, share_of_others
from harness.measuring.lanes import (
    Lane,
    LaneFailure,
    Pair,
    Variant,
    check_place,
    cpu_time,
    lane_of,
    placing,
)
from harness.measuring.placement import Placement, aside, is_aside, settle
from harness.measuring.statistics import centre
from harness.measuring.turns import creation_order, cycles

T = TypeVar("T")
OpenPair = Callable[[str], AbstractContextManager[Pair]]


@dataclass(frozen=True)
class Turns:
    """How long turns are, in round trips.

    `drop` first trips of each turn are played but not kept: they start with cold caches. A turn of
    the warm-up has `warm_up` trips, long enough for a compiling interpreter to compile in the first
    cycle.
    """

    trips: int = 50
    drop: int = 5
    warm_up: int = 500


# A warm-up cycle that is less than so much faster than the one before ends the warm-up; so does
# this part of the launch's time.
SETTLED = 0.01
WARM_UP = 0.4


@dataclass(frozen=True)
class WarmUp:
    """What was played before measuring: trips of each variant, and whether they settled."""

    trips: int
    settled: bool


@dataclass(frozen=True)
class Launch:
    """What a launch gave: samples (ns) by variant, and the variants that a driver lacks.

    `others` is the part of the measured CPUs' time that went to others; None when not known.
    """

    placement: Placement
    warm_up: WarmUp
    samples: Mapping[Variant, array[int]]
    refused: Mapping[Variant, LaneFailure]
    others: float | None = None

    @property
    def disturbed(self) -> bool:
        """Whether others had so much that the launch is spoiled, however it looks."""
        return self.others is not None and self.others > SPOILED


class Spoiled(Exception):
    """The launch ended early because of these variants, which fail."""

    def __init__(self, variants: Iterable[Variant], failure: LaneFailure) -> None:
        super().__init__(failure.why)
        self.variants = tuple(variants)
        self.failure = failure


@dataclass(frozen=True)
class Course:
    """How each launch of a run goes: where, for how long (seconds), in turns of what length."""

    placement: Placement
    budget: float
    turns: Turns
    seed: str
    clock: Callable[[], float]

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
                return Launch(placement, WarmUp(0, True), {}, refused)
            before = self._reading(pairs.values())
            warm_up = self._play(lanes, number)
            after = self._reading(pairs.values())
            samples = {lane.variant: _blamed(lane, lane.fetch) for lane in lanes}
        others = share_of_others(before, after, len(placement.cpus))
        return Launch(placement, warm_up, samples, refused, others)

    def _reading(self, pairs: Iterable[Pair]) -> Reading | None:
        """Read the load of the measured CPUs, and which part of it is ours."""
        own: list[CpuTime] = [partial(cpu_time, driver) for pair in pairs for driver in pair]
        if not is_aside(self.placement):
            own.append(time.process_time_ns)
        return read(self.placement.cpus, own)

    def _play(self, lanes: Sequence[Lane], number: int) -> WarmUp:
        """Take turns until the time is spent, in whole cycles."""
        begin = self.clock()
        draw = cycles(len(lanes), self.seed, number)
        warm_up = self._warm_up(lanes, draw, begin + WARM_UP * self.budget)
        for cycle in draw:
            _play_cycle(lanes, cycle, self.turns.trips, self.turns.drop)
            if self.clock() >= begin + self.budget:
                break
        return warm_up

    def _warm_up(
        self, lanes: Sequence[Lane], draw: Iterable[tuple[int, ...]], end: float
    ) -> WarmUp:
        """Play long turns until a cycle is not faster than the one before it, or it is `end`."""
        before: list[float] = []
        played = 0
        for cycle in draw:
            _play_cycle(lanes, cycle, self.turns.warm_up, 0)
            played += 2 * self.turns.warm_up
            now = [centre(_blamed(lane, lane.fetch)) for lane in lanes]
            if before and _faster(before, now) < SETTLED:
                return WarmUp(played, True)
            if self.clock() >= end:
                break
            before = now
        return WarmUp(played, False)


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


def _play_cycle(lanes: Sequence[Lane], cycle: Iterable[int], trips: int, drop: int) -> None:
    for index in cycle:
        lane = lanes[index]
        _blamed(lane, lane.turn, trips, drop)


def _blamed(lane: Lane, call: Callable[..., T], *arguments: int) -> T:
    """Call, and let a failure name the variant whose lane it is."""
    try:
        return call(*arguments)
    except LaneFailure as failure:
        raise Spoiled([lane.variant], failure) from failure


def _faster(before: Sequence[float], now: Sequence[float]) -> float:
    """By which part `now` is faster than `before`, over all lanes."""
    return 1 - geometric_mean(b / a for a, b in zip(before, now, strict=True))
