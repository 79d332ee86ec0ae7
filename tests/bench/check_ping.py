"""What the harness's own round-trip loop costs, against a loop written by hand. Run it yourself:

    python -m tests.bench.check_ping --seconds 1 --launches 10

The driver, a twin of it, the hand-written loop and its twin take turns in one run, all pinned
alike. Printed are the ratios of medians with their intervals over launches. The twins are the
noise floor: identical programs, so what is read there is error. Exit status 1 when harness / hand
lies outside 2 % by more than its interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import geometric_mean

from harness.drivers import registry
from harness.measuring.lanes import Variant
from harness.measuring.latency import LatencyResult, measure
from harness.measuring.launches import Turns
from harness.measuring.opening import Commands, fresh
from harness.measuring.placement import NAMES, choose
from harness.measuring.statistics import Comparison, compare

BY_HAND = Path(registry.__file__).with_name("by_hand.py")
ALLOWED = 0.02
OTHERS = [
    (transport, size)
    for transport in ("tcp4", "udp4", "unix-stream")
    for size in (1, 64, 1024, 16384)
]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    options = _options(argv)
    driver = registry.resolve(f"socket@{options.python}" if options.python else "socket").argv
    hand = (driver[0], "-I", "-S", str(BY_HAND))
    words = {"harness": driver, "harness twin": driver, "hand": hand, "hand twin": hand}
    variants = [Variant(name, options.transport, options.size, pair=name) for name in words]
    crowd = [
        Variant(f"{transport} {size}", transport, size, pair="harness")
        for transport, size in OTHERS
        if (transport, size) != (options.transport, options.size)
    ]
    results = measure(
        variants + (crowd if options.crowd else []),
        fresh({name: Commands(command, command) for name, command in words.items()}),
        options.seconds,
        options.launches,
        choose(options.placement, hold=options.hold),
        options.seed,
        Turns(trips=options.trips, drop=options.drop),
        spare=2 * options.launches,
    )
    return _report(dict(zip([v.name for v in variants], results, strict=False)))


def _report(results: Mapping[str, LatencyResult]) -> int:
    print(f"{results['hand'].launches} launches")
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
    hand = results["hand"]
    print(f"{hand.variant.transport}, {hand.variant.size} B, {hand.placement}")
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
    parser.add_argument("--transport", default="tcp4")
    parser.add_argument("--size", type=int, default=64, help="bytes")
    parser.add_argument("--python", help="a version or a name; runs all four")
    parser.add_argument("--placement", choices=NAMES, default="one-cpu")
    parser.add_argument("--hold", action="store_true", help="hold idle states off (two-cpus)")
    parser.add_argument("--crowd", action="store_true", help="11 more variants in the driver")
    parser.add_argument("--seed", default="check")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
