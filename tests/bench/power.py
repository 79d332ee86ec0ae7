"""How often `bench` finds a difference that is there, and one that is not. Run it yourself:

    python -m tests.bench.power --minutes 3 --plant 1% --run 30s
    python -m tests.bench.power --minutes 3 --plant 2% --run 60s --placement two-cpus

Four programs take turns as in any run: a reference, its A/A twin, the same program a third time,
and the same with a spinning delay planted in the loop that answers. The first launches measure how
long a spin takes here. Then the launches are divided into runs as `bench` would have made them,
with its own rule, comparison and words: each run judges the third (a word is a false alarm) and the
planted (`slower` is a find).

Runs made of launches that follow each other are what a user would have seen; there are few of them.
`drawn` are runs of as many launches each, drawn at random from all: more of them, not independent.
`--keep FILE` adds the launches to those of earlier portions, so that a machine can be measured in
several quiet hours.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.drivers import registry
from harness.measuring import campaign
from harness.measuring.comparing import against
from harness.measuring.lanes import Variant
from harness.measuring.launches import Course, Turns
from harness.measuring.opening import Commands, fresh
from harness.measuring.placement import NAMES, choose
from harness.measuring.statistics import compare
from harness.measuring.stopping import Rule

PLANTED = Path(__file__).with_name("planted.py")
DRAWN = 2000
# Spins of the calibration: as long as a round trip, so that its error is that of a ratio.
SPINS, CALIBRATIONS = 1000, 3
# Spoiled launches that are played once more; with a budget they take a third of it at most.
SPARE = 20

SAME = ("reference", "twin", "third")

Centres = dict[str, list[float]]


@dataclass
class Launches:
    """The middles of launches in ns by program, and the seconds of each launch."""

    centres: Centres = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def part(self, numbers: Sequence[int]) -> Centres:
        """The middles of these launches."""
        return {name: [all_[n] for n in numbers] for name, all_ in self.centres.items()}


@dataclass(frozen=True)
class Place:
    """Where and on what everything runs."""

    python: str
    placement: str
    hold: bool
    transport: str
    seconds: float  # of a launch
    trips: int  # of a turn

    def play(self, spins: Mapping[str, int], rule: Rule, seed: str) -> Launches:
        """Play programs with so many spins each."""
        variants = {name: Variant(name, self.transport, 64, name) for name in spins}
        command = (self.python, "-I", "-S", str(PLANTED))
        commands = {name: (*command, str(spins[name])) for name in spins}
        course = Course(
            choose(self.placement, hold=self.hold),  # type: ignore[arg-type]
            self.seconds,
            Turns(trips=self.trips),
            seed,
            time.monotonic,
        )
        done = campaign.run(
            list(variants.values()),
            fresh({name: Commands(words, words) for name, words in commands.items()}),
            course,
            rule,
            spare=SPARE,
        )
        for failure in done.failures.values():
            sys.exit(f"cannot be measured: {failure.why}")
        print(
            f"  {len(done.counted)} launches in {done.seconds:.0f} s, {len(done.replaced)} spoiled",
            *dict.fromkeys(done.placement.missing),
            sep="\n  ",
        )
        return Launches(
            {name: list(done.centres(variant)) for name, variant in variants.items()},
            [one.seconds for one in done.counted],
        )


def spins_for(place: Place, parts: Sequence[float]) -> dict[str, int]:
    """How many spins are such parts of a round trip, by the name of the planted program."""
    found = place.play({"without": 0, "with": SPINS}, Rule(most=CALIBRATIONS), "calibration")
    ratio = compare(found.centres["without"], found.centres["with"]).ratio
    base = sorted(found.centres["without"])[CALIBRATIONS // 2]
    spin = base * (ratio - 1) / SPINS
    print(f"  a round trip takes {base / 1000:.2f} µs, a spin {spin:.2f} ns")
    return {f"+{100 * part:g} %": max(1, round(part * base / spin)) for part in parts}


def found(centres: Centres, name: str) -> bool:
    """Whether `bench` says of a planted program that it is slower."""
    compared = against(centres["reference"], centres["twin"], {name: centres[name]})
    return compared.of[name].word == "slower"


def alarms(centres: Centres) -> int:
    """Of how many of the three that are the same `bench` says a word, each against the others."""
    wrong = 0
    for at in range(3):
        reference, twin, third = (centres[name] for name in SAME[at:] + SAME[:at])
        wrong += against(reference, twin, {"": third}).of[""].word != "no difference seen"
    return wrong


def half_width(centres: Centres, name: str) -> float:
    """The half-width of one pair's interval."""
    return against(centres["reference"], centres["twin"], {name: centres[name]}).widest


def runs(of: Launches, rule: Rule) -> Iterator[list[int]]:
    """Divide launches into runs, each ended by the rule as soon as its launches say so."""
    taken: list[int] = []
    for number in range(len(of.seconds)):
        taken.append(number)
        spent = [of.seconds[n] for n in taken]
        part = of.part(taken)
        widest = max(half_width(part, n) for n in part if n.startswith("+")) if spent[1:] else 9.0
        if rule.reason(len(taken), widest, sum(spent), max(spent)) is not None:
            yield taken
            taken = []


def report(of: Launches, rule: Rule) -> None:
    """Print what runs of these launches would have said."""
    whole = list(runs(of, rule))
    names = [name for name in of.centres if name not in SAME]
    each = round(sum(map(len, whole)) / max(len(whole), 1))
    print(f"{len(of.seconds)} launches in all; {len(whole)} runs of about {each} launches")
    draw = random.Random("power")
    chosen = [draw.sample(range(len(of.seconds)), each) for _ in range(DRAWN)] if each > 1 else []
    same = against(of.centres["reference"], of.centres["twin"], {"": of.centres["third"]}).of[""]
    print(f"the same once more, over all launches: {same}")
    for kind, numbers in (("runs", whole), ("drawn", chosen)):
        wrong = sum(alarms(of.part(part)) for part in numbers)
        print(f"  {kind:6} {_rate(wrong, 3 * len(numbers), 'alarms')}")
    for name in names:
        over_all = against(of.centres["reference"], of.centres["twin"], {name: of.centres[name]})
        print(f"{name}, over all launches: {over_all.of[name]}")
        for kind, numbers in (("runs", whole), ("drawn", chosen)):
            hits = sum(found(of.part(part), name) for part in numbers)
            print(f"  {kind:6} {_rate(hits, len(numbers), 'found')}")
    widths = sorted(half_width(of.part(part), names[-1]) for part in whole)
    if widths:
        print(f"half-widths of the runs: median ±{100 * widths[len(widths) // 2]:.2f} %")


def _rate(hits: int, count: int, word: str) -> str:
    """A rate with its 95 % interval (Wilson)."""
    if not count:
        return "none"
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    low, high = max(middle - half, 0), middle + half
    return f"{hits} of {count} {word}: {p:.1%} (95 %: {low:.1%} to {high:.1%})"


def _kept(path: Path | None, fresh_ones: Launches) -> Launches:
    """The launches of earlier portions and these."""
    if path is None:
        return fresh_ones
    if path.exists():
        before = json.loads(path.read_text())
        centres = {name: before["centres"][name] + own for name, own in fresh_ones.centres.items()}
        fresh_ones = Launches(centres, before["seconds"] + fresh_ones.seconds)
    path.write_text(json.dumps(vars(fresh_ones)))
    return fresh_ones


def main(argv: Sequence[str] | None = None) -> None:
    """Play, divide, print."""
    options = _options(argv)
    place = Place(
        registry.resolve(f"socket@{options.python}" if options.python else "socket").argv[0],
        options.placement,
        options.hold,
        options.transport,
        options.launch,
        options.trips,
    )
    rule = Rule(precision=options.precision, budget=options.run)
    if options.only_report:
        report(Launches(**json.loads(options.keep.read_text())), rule)
        return
    spins = {**dict.fromkeys(SAME, 0), **spins_for(place, options.plant)}
    done = place.play(spins, Rule(budget=60 * options.minutes), options.seed)
    report(_kept(options.keep, done), rule)


def _part(text: str) -> float:
    return float(text.rstrip("% ")) / 100 if text.endswith("%") else float(text)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=3.0, help="how long launches are played")
    parser.add_argument("--run", type=lambda t: float(t.rstrip("s")), default=30.0, help="30s")
    parser.add_argument("--plant", type=_part, action="append", help="1%%; repeatable")
    parser.add_argument("--precision", type=_part, default=0.004, help="half-width that ends a run")
    parser.add_argument("--placement", choices=NAMES, default="one-cpu")
    parser.add_argument("--hold", action="store_true", help="hold idle states off (two-cpus)")
    parser.add_argument("--transport", default="tcp4")
    parser.add_argument("--python", help="of all programs")
    parser.add_argument("--launch", type=float, default=0.8, help="seconds of a launch")
    parser.add_argument("--trips", type=int, default=50, help="of a turn")
    parser.add_argument("--seed", default=f"{random.getrandbits(32):08x}")
    parser.add_argument("--keep", type=Path, help="add the launches to this file")
    parser.add_argument("--only-report", action="store_true", help="of the launches kept")
    options = parser.parse_args(argv)
    options.plant = options.plant or [0.01, 0.02, 0.05, 0.10]
    return options


if __name__ == "__main__":
    main()
