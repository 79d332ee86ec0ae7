"""The harness against others, in one run, in turns. Run it yourself:

    python -m tests.bench.against_others --transport tcp4 --transport udp4

Its Python driver and its C driver, a loop in Python and one in C written by hand, and sockperf: all
alive at once, pinned alike, each launch with fresh processes. sockperf cannot be told to play so
many trips, so it is stopped and goes on for as long as the others' turns take (`sockperf.py`). Its
UDP sockets are not connected, every message carries an address; a C loop that does so too is there.
Printed are medians and ratios with their intervals. The goals: the Python driver within 1 % of the
Python loop by hand, the C driver within 3 % of sockperf, where both do the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from harness.drivers import building, registry
from harness.measuring.disturbance import Watch
from harness.measuring.lanes import Driver, Lane, Variant, lane_of, placing
from harness.measuring.opening import Commands, fresh
from harness.measuring.placement import NAMES, Placement, aside, choose, idle_states, settle
from harness.measuring.statistics import Comparison, centre, compare
from harness.measuring.turns import creation_order, cycles
from tests.bench.sockperf import NoSockperf, Sockperf, version

BY_HAND = Path(registry.__file__).with_name("by_hand.py")
TRIPS, DROP, WARM_UP = 50, 5, 2000
# (this, held against that, the difference that is allowed). sockperf's UDP does more than ours, so
# there each is held against the C loop that does the same.
CLAIMS: dict[str, tuple[tuple[str, str, float | None], ...]] = {
    "tcp4": (
        ("harness", "by hand", 0.01),
        ("harness twin", "harness", None),
        ("harness C", "sockperf", 0.03),
        ("harness C", "C by hand", None),
        ("by hand", "C by hand", None),
        ("sockperf", "C by hand", None),
    ),
    "udp4": (
        ("harness", "by hand", 0.01),
        ("harness twin", "harness", None),
        ("harness C", "C by hand", 0.03),
        ("sockperf", "C unconnected", 0.03),
        ("harness C", "sockperf", None),
        ("by hand", "C by hand", None),
    ),
}


@dataclass
class Figures:
    """What was found of one program: middles and medians of its launches in ns."""

    centres: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)

    def add(self, samples: array[int]) -> None:
        self.centres.append(centre(samples))
        self.medians.append(median(samples))


def programs(python: str, transport: str) -> dict[str, Commands]:
    """What starts each of those that speak the protocol."""
    reference = registry.resolve(f"socket@{python}" if python else "socket").argv
    by_hand = (reference[0], "-I", "-S", str(BY_HAND))
    ours = replace(registry.COMPILED["c"], source=Path(__file__).parent / "c" / "hand_loop.c")
    c_by_hand = (building.built(ours),)
    words = {
        "harness": reference,
        "harness twin": reference,
        "by hand": by_hand,
        "harness C": registry.resolve("c").argv,
        "C by hand": c_by_hand,
    }
    if transport == "udp4":
        words["C unconnected"] = (*c_by_hand, "unconnected")
    return {name: Commands(command, command) for name, command in words.items()}


class Run:
    """Launches on one transport."""

    def __init__(
        self, commands: dict[str, Commands], transport: str, size: int, seconds: float, spare: int
    ) -> None:
        self._open = fresh(commands)
        self._names = [*commands, "sockperf"]
        self._transport, self._size, self._seconds = transport, size, seconds
        self.figures = {name: Figures() for name in self._names}
        self.spoiled, self._spare = 0, spare

    def launch(self, number: int, placement: Placement) -> None:
        """Play one launch. It does not count when others had the CPUs, while some are spare."""
        with ExitStack() as stack:
            lanes, drivers = self._lanes(number, placement, stack)
            log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log.csv"
            sockperf = self._sockperf(placement, log)
            stack.callback(sockperf.close)
            stack.enter_context(aside(placement))
            for lane in lanes.values():
                lane.turn(WARM_UP, WARM_UP)
            watch = Watch(placement, [*drivers, *sockperf.processes])
            self._play(lanes, sockperf, number)
            trouble = watch.seen().trouble
            found = {name: lane.fetch() for name, lane in lanes.items()}
            found["sockperf"] = sockperf.samples()
        if trouble is not None:
            self.spoiled += 1
            if self.spoiled <= self._spare:
                return
        for name, samples in found.items():
            self.figures[name].add(samples)

    def _lanes(
        self, number: int, placement: Placement, stack: ExitStack
    ) -> tuple[dict[str, Lane], list[Driver]]:
        lanes: dict[str, Lane] = {}
        drivers: list[Driver] = []
        for at in creation_order(len(self._names) - 1, "others", number):
            name = self._names[at]
            pair = stack.enter_context(self._open(name))
            settle(placement, placing(pair.server), placing(pair.client))
            drivers += pair
            lanes[name] = lane_of(pair, Variant(name, self._transport, self._size, name), at)
            lanes[name].open()
        return lanes, drivers

    def _sockperf(self, placement: Placement, log: Path) -> Sockperf:
        assert placement.server is not None
        assert placement.client is not None
        cpus = (placement.server, placement.client)
        batch = placement.policy == "batch"
        # The test's clock runs on while it is stopped, and its log is of its whole time.
        seconds = 3 * self._seconds + 5
        return Sockperf(self._transport, self._size, cpus, batch, seconds, log)

    def _play(self, lanes: dict[str, Lane], sockperf: Sockperf, number: int) -> None:
        end = time.monotonic() + self._seconds
        took = 0.001
        for cycle in cycles(len(self._names), "others", number):
            for at in cycle:
                name = self._names[at]
                if name == "sockperf":
                    sockperf.play(took)
                    continue
                begin = time.monotonic()
                lanes[name].turn(TRIPS, DROP)
                took = time.monotonic() - begin
            if time.monotonic() >= end:
                return


def report(run: Run, transport: str, size: int, placement: Placement) -> bool:
    """Print the table of a transport; whether all that is claimed holds."""
    launches = len(run.figures["harness"].centres)
    print(
        f"\n{transport}, {size} B, {placement}; "
        f"{launches} launches, {run.spoiled} spoiled by others"
    )
    if launches < 2:
        print("  too few launches to say anything")
        return False
    for name, figures in run.figures.items():
        print(f"  {name:14} p50 {median(figures.medians) / 1000:7.2f} µs")
    good = True
    for this, that, allowed in CLAIMS[transport]:
        found = compare(run.figures[that].centres, run.figures[this].centres)
        said, kept = _verdict(found, allowed)
        good = good and kept
        print(f"  {this} / {that}: {found}{said}")
    return good


def _verdict(found: Comparison, allowed: float | None) -> tuple[str, bool]:
    if allowed is None:
        return "", True
    kept = found.low <= 1 + allowed and found.high >= 1 - allowed
    within = abs(found.ratio - 1) <= allowed
    word = "kept" if within else "not beyond the interval" if kept else "NOT kept"
    return f"  (±{100 * allowed:g} %: {word})", kept


@contextmanager
def _held(name: str, hold: bool) -> Iterator[Placement]:
    with idle_states(choose(name, hold=hold)) as placement:  # type: ignore[arg-type]
        yield placement


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, judge."""
    options = _options(argv)
    good = True
    try:
        print(version())
        with _held(options.placement, options.hold) as placement:
            for transport in options.transport or ["tcp4", "udp4"]:
                commands = programs(options.python, transport)
                spare = options.launches // 2
                run = Run(commands, transport, options.size, options.seconds, spare)
                number = 0
                while len(run.figures["harness"].centres) < options.launches:
                    run.launch(number, placement)
                    number += 1
                good = report(run, transport, options.size, placement) and good
    except NoSockperf as problem:
        sys.exit(f"cannot be measured: {problem}")
    return 0 if good else 1


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--transport", action="append", choices=["tcp4", "udp4"])
    parser.add_argument("--size", type=int, default=64, help="bytes; sockperf takes 14 and more")
    parser.add_argument("--seconds", type=float, default=1.5, help="of a launch")
    parser.add_argument("--launches", type=int, default=12)
    parser.add_argument("--placement", choices=[n for n in NAMES if n != "free"], default="one-cpu")
    parser.add_argument("--hold", action="store_true", help="hold idle states off (two-cpus)")
    parser.add_argument("--python", help="of the driver and of the loop by hand")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
