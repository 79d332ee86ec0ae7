"""What the harness's own round-trip loop costs, against a loop written by hand. Run it yourself:

    python -m tests.bench.check_ping --seconds 1 --launches 10

The driver, a twin of it, the hand-written loop and its twin take turns in one run, all pinned
alike. Printed are the ratios of medians with their intervals over launches. The twins are the
noise floor: identical programs, so what is read there is error. Exit status 1 when harness / hand
lies outside 2 % by more than its interval.

The hand-written programs share a session, as two programs started from one terminal do. On Linux
with autogroups (`sched_autogroup_enabled`) every session is a scheduling group of its own, and a
switch between groups adds about 1 µs to a round trip; `--apart` measures the loops alone when the
drivers have a session each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import psutil

from harness.engine.process import Driver
from harness.measuring.lanes import Pair, Variant
from harness.measuring.latency import LatencyResult, measure
from harness.measuring.launches import Turns
from harness.measuring.placement import NAMES, choose
from harness.measuring.statistics import Comparison, compare
from harness.protocol import Reply

DRIVER = Path(__file__).parents[2] / "harness" / "drivers" / "python"
HAND = Path(__file__).with_name("hand_loop.py")
ALLOWED = 0.02
OTHERS = [
    (transport, size)
    for transport in ("tcp4", "udp4", "unix-stream")
    for size in (1, 64, 1024, 16384)
]


class Hand:
    """The two hand-written programs, in the clothes of the two drivers of a pair."""

    def __init__(self, python: str, size: int, apart: bool) -> None:
        self._python = python
        self._size = size
        self._apart = apart
        self._places: dict[str, Mapping[str, Any]] = {}
        self._programs: list[subprocess.Popen[str]] = []

    @contextmanager
    def pair(self) -> Iterator[Pair]:
        """Yield the pair; the programs start when the lane connects, and end here."""
        try:
            yield Pair(HandSide(self, "server"), HandSide(self, "client"))
        finally:
            for program in reversed(self._programs):
                program.kill()
                program.communicate()

    def do(self, side: str, op: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out what a lane asks of a driver, as far as it means anything here."""
        if op == "place":
            self._places[side] = args
            return dict(args)
        if op == "listen":
            return {"name": self._start("server")}
        if op == "connect":
            assert self._start("client", args["to"]) == "ready"
        if op == "cpu_time":
            return {"ns": self._cpu_time(side)}
        if op == "turn":
            assert self._say(f"turn {args['trips']} {args['drop']}") == "done"
        if op == "fetch":
            return {"samples": self._say("fetch")}
        return {}

    def _start(self, role: str, *arguments: str) -> str:
        program = subprocess.Popen(
            [self._python, "-I", "-S", str(HAND), role, str(self._size), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=self._apart,
        )
        self._programs.append(program)
        if role in self._places:
            _place(program.pid, **self._places[role])
        return self._heard()

    def _cpu_time(self, side: str) -> int:
        program = self._programs[("server", "client").index(side)]
        times = psutil.Process(program.pid).cpu_times()
        return int(1e9 * (times.user + times.system))

    def _say(self, line: str) -> str:
        client = self._programs[-1]
        assert client.stdin
        client.stdin.write(line + "\n")
        client.stdin.flush()
        return self._heard()

    def _heard(self) -> str:
        stdout = self._programs[-1].stdout
        assert stdout
        return stdout.readline().strip()


def _place(pid: int, cpus: list[int], policy: str) -> None:
    """Send a program with a single thread where the drivers go."""
    os.sched_setaffinity(pid, cpus)
    number = os.SCHED_BATCH if policy == "batch" else os.SCHED_OTHER
    os.sched_setscheduler(pid, number, os.sched_param(0))


class HandSide:
    """One side of it, with the interface of a driver."""

    def __init__(self, hand: Hand, side: str) -> None:
        self._hand = hand
        self._side = side
        self._replies: dict[int, Reply] = {}

    def clock(self) -> float:
        """The clock of deadlines."""
        return time.monotonic()

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        """Do it at once."""
        number = len(self._replies)
        self._replies[number] = Reply(
            number, "ok", 0, 0, values=self._hand.do(self._side, op, args)
        )
        return number

    def wait(self, number: int, deadline: float) -> Reply | None:
        """Return what came of it."""
        return self._replies[number]


@contextmanager
def driver_pair(python: str) -> Iterator[Pair]:
    """Start two reference drivers."""
    with tempfile.TemporaryDirectory(prefix="check-ping-") as scratch:
        drivers = []
        try:
            for side in ("server", "client"):
                argv = [python, "-I", "-S", str(DRIVER)]
                drivers.append(Driver.start(argv, Path(scratch) / side, side))
            for driver in drivers:
                driver.greet(driver.clock() + 10)
            yield Pair(*drivers)
        finally:
            for driver in drivers:
                driver.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    options = _options(argv)

    def open_pair(name: str) -> Any:
        if name.startswith("hand"):
            return Hand(options.python, options.size, options.apart).pair()
        return driver_pair(options.python)

    variants = [
        Variant(name, "tcp4", options.size, pair=name)
        for name in ("harness", "harness twin", "hand", "hand twin")
    ]
    crowd = [
        Variant(f"{transport} {size}", transport, size, pair="harness")
        for transport, size in OTHERS
        if (transport, size) != ("tcp4", options.size)
    ]
    results = measure(
        variants + (crowd if options.crowd else []),
        open_pair,
        options.seconds,
        options.launches,
        choose(options.placement, hold=options.hold),
        options.seed,
        Turns(trips=options.trips, drop=options.drop),
        spare=2 * options.launches,
    )
    return _report(dict(zip([v.name for v in variants], results, strict=False)), options.size)


def _report(results: Mapping[str, LatencyResult], size: int) -> int:
    for name, result in results.items():
        if result.summary is None:
            print(f"{name}: {result.verdict}: {result.why}")
            return 2
        figures = result.summary
        print(
            f"{name:13} p50 {figures.p50:7.2f} µs  p99 {figures.p99 or float('nan'):7.2f} µs"
            f"  {figures.trips} trips  {figures.rate:.0f}/s"
        )
        for note in result.notes:
            print(f"    note: {note}")
    print(f"tcp4, {size} B, {results['hand'].placement}, {results['hand'].launches} launches")
    for other, reference in (("harness twin", "harness"), ("hand twin", "hand")):
        print(f"{other} / {reference}: {_compared(results, other, reference)}")
    verdict = compare(_pooled(results, "hand"), _pooled(results, "harness"))
    good = verdict.low <= 1 + ALLOWED and verdict.high >= 1 - ALLOWED
    print(f"harness / hand: {verdict}  (allowed ±2 %: {'kept' if good else 'NOT kept'})")
    return 0 if good else 1


def _pooled(results: Mapping[str, LatencyResult], name: str) -> list[float]:
    """The mean of a program and its twin, launch by launch: half the noise."""
    both = results[name].centres, results[f"{name} twin"].centres
    return [geometric_mean(pair) for pair in zip(*both, strict=True)]


def _compared(results: Mapping[str, LatencyResult], other: str, reference: str) -> Comparison:
    return compare(results[reference].centres, results[other].centres)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=1.0, help="a launch")
    parser.add_argument("--launches", type=int, default=10)
    parser.add_argument("--trips", type=int, default=50, help="a turn")
    parser.add_argument("--drop", type=int, default=5, help="first trips of a turn not kept")
    parser.add_argument("--size", type=int, default=64, help="bytes")
    parser.add_argument("--python", default=sys.executable, help="runs all four")
    parser.add_argument("--placement", choices=NAMES, default="one-cpu")
    parser.add_argument("--hold", action="store_true", help="hold idle states off (two-cpus)")
    parser.add_argument("--apart", action="store_true", help="hand: a session for each process")
    parser.add_argument("--crowd", action="store_true", help="11 more variants in the driver")
    parser.add_argument("--seed", default="check")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
