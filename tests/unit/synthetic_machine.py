"""Scripted drivers on a synthetic clock: latency is measured without a process or a port."""

from __future__ import annotations

import base64
import random
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.measuring.lanes import Pair, Variant
from harness.measuring.latency import LatencyResult, measure
from harness.measuring.launches import Turns
from harness.measuring.placement import Placement
from harness.protocol import Reply

Fault = Callable[["World", str, str | None, Mapping[str, Any]], Reply | None]

TURNS = Turns(trips=20, drop=2, warm_up=50)


class World:
    """A synthetic machine: trips take the time of their handle's size, and the machine drifts."""

    def __init__(self, nanoseconds: Callable[[str, int], float], fault: Fault | None = None):
        self.now = 0.0
        self.nanoseconds = nanoseconds
        self.fault = fault
        self.draw = random.Random(1)
        self.opened: list[str] = []
        self.log: list[tuple[str, str, str | None, Mapping[str, Any]]] = []

    def clock(self) -> float:
        return self.now

    @contextmanager
    def open_pair(self, name: str) -> Iterator[Pair]:
        self.opened.append(name)
        yield Pair(Scripted(self, name, "server"), Scripted(self, name, "client"))

    def trip(self, pair: str, size: int) -> int:
        drift = 1 + 0.5 * (self.now % 7) / 7  # slower and slower, then fast again
        took = int(self.nanoseconds(pair, size) * drift * self.draw.gauss(1, 0.02))
        self.now += took / 1e9
        return took


class Scripted:
    """A driver that plays round trips in synthetic time."""

    def __init__(self, world: World, pair: str, side: str) -> None:
        self.world, self.pair, self.side = world, pair, side
        self.sizes: dict[str | None, int] = {}
        self.samples: dict[str | None, array[int]] = {}
        self.replies: dict[int, Reply | None] = {}

    def clock(self) -> float:
        return self.world.now

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        number = len(self.replies) + 1
        self.world.log.append((self.side, op, handle, args))
        self.world.now += 1e-4
        wrong = self.world.fault and self.world.fault(self.world, op, handle, args)
        values = {} if wrong else self._do(op, handle, args)
        self.replies[number] = wrong or Reply(number, "ok", 0, 0, values=values)
        return number

    def wait(self, number: int, deadline: float) -> Reply | None:
        reply = self.replies[number]
        return None if reply is not None and reply.kind == "silent" else reply

    def _do(self, op: str, handle: str | None, args: Mapping[str, Any]) -> dict[str, Any]:
        if op == "place":
            return dict(args)
        if op == "ping_open":
            self.sizes[handle], self.samples[handle] = args["size"], array("I")
        if op == "turn":
            taken = [self.world.trip(self.pair, self.sizes[handle]) for _ in range(args["trips"])]
            self.samples[handle].extend(taken[args["drop"] :])
        if op == "fetch":
            packed = base64.b64encode(self.samples[handle].tobytes()).decode()
            self.samples[handle] = array("I")
            return {"samples": packed}
        return {"name": {"host": "127.0.0.1", "port": 1}}


def run(
    world: World, variants: list[Variant], launches: int = 5, spare: int = 0
) -> list[LatencyResult]:
    """Measure in synthetic time, 0.3 s a launch."""
    return measure(
        variants,
        world.open_pair,
        0.3,
        launches,
        Placement("free"),
        "seed",
        turns=TURNS,
        spare=spare,
        clock=world.clock,
    )


def table(sizes: tuple[int, ...] = (1, 64, 1024)) -> list[Variant]:
    """Variants of one pair, told apart by size."""
    return [Variant(f"v{size}", "tcp4", size) for size in sizes]


def twins() -> list[Variant]:
    """The same thing played by three pairs of processes."""
    return [Variant(name, "tcp4", 64, pair=name) for name in ("reference", "twin", "planted")]
