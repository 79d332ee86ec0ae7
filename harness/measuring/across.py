"""Two records of runs, compared: what a stored figure is worth against another. Pure.

Within a run all programs take turns. Two runs have nothing in common but what was played in both,
and raw times of one and the same program differ by up to 13 % from run to run. So each case is
first held against the floor of its own run, the C loop, launch by launch; what is compared is how
far above the floor it lies. What the floor does not take with it is read from a program that is the
same in both runs, the loop by hand: it ought to read nothing. Every interval is widened by the most
that its interval leaves possible, by `BETWEEN` at least. Without a floor that both runs have, raw
times are compared, and `WITHOUT_FLOOR` is added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.measuring.statistics import CONFIDENCE, Comparison, t_quantile, trimmed
from harness.records.measured import LatencyRecord
from harness.records.results import Results

# What is allowed for between two runs of one program beyond their own intervals: over its floor,
# and without one. Of 30 pairs of runs on one machine within minutes of each other the blocking loop
# differed by 0.57 % at most over its floor, the loop by hand by 0.80 %; without it by 1 % in the
# middle and 12.7 % at most. README.md tells how they were made.
BETWEEN, WITHOUT_FLOOR = 0.01, 0.10

# Facts without which a comparison means nothing, and facts to be told of.
DECISIVE = ("environment.cpu", "environment.machine", "environment.kernel", "environment.governor")
TELLING = (
    "environment.host",
    "environment.cpus",
    "environment.cpu_quota",
    "environment.container",
    "environment.harness",
)


class Nothing(ValueError):
    """Two records that have no case in common; the text says what they have."""


@dataclass(frozen=True)
class Pairing:
    """One case in both records, and what is said of it. `doubts` are sentences about it.

    `runtimes` are those of the servers, before and after: `CPython 3.13.0`.
    """

    before: LatencyRecord
    after: LatencyRecord
    compared: Comparison
    floor: str | None = None
    runtimes: tuple[str, str] = ("", "")
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Across:
    """Two records. `objections` make the comparison meaningless, `warnings` are to be told."""

    pairings: Sequence[Pairing]
    objections: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unpaired: tuple[str, ...] = field(default=())


def across(before: Results, after: Results, confidence: float = CONFIDENCE) -> Across:
    """Compare the cases that both have. Raise Nothing when there is none."""
    here, there = _trials(before), _trials(after)
    keys = _keys(here, there)
    if not keys:
        raise Nothing(
            f"no case is in both: {_listed(here)} in the first, {_listed(there)} in the second"
        )
    each = 1 - (1 - confidence) / len(keys)
    pairings = [
        paired((before, here[one]), (after, there[other]), each) for one, other in keys.items()
    ]
    return Across(
        pairings,
        (*differing(DECISIVE, before, after), *_misplaced(pairings)),
        (*differing(TELLING, before, after), *_stopped(before, after)),
        tuple(name for name in (*here, *there) if name not in {*keys, *keys.values()}),
    )


# --- who is compared with whom -------------------------------------------------------------------


def _trials(results: Results) -> dict[str, LatencyRecord]:
    return {one.id: one for one in results.latencies if one.role == "trial" and one.centres}


def _keys(here: Mapping[str, LatencyRecord], there: Mapping[str, LatencyRecord]) -> dict[str, str]:
    """The ids that belong together. Where each record has one implementation, its name does not
    matter: then it is two interpreters that are compared, or two states of one."""
    same = {name: name for name in here if name in there}
    if same or any(len({str(r.implementations) for r in a.values()}) > 1 for a in (here, there)):
        return same
    cases = {case_of(name): name for name in there}
    return {name: cases[case_of(name)] for name in here if case_of(name) in cases}


def case_of(name: str) -> str:
    """An id without its implementations: `latency.round-trip[tcp4-size=64]`."""
    return re.sub(r"-(?:impl|server|client)=.*(?=\]$)", "", name)


# --- one case ------------------------------------------------------------------------------------


def paired(
    first: tuple[Results, LatencyRecord], second: tuple[Results, LatencyRecord], confidence: float
) -> Pairing:
    """Compare a case of one record with a case of another, each over the floor of its own."""
    (before, one), (after, other) = first, second
    beside = _beside(before, one), _beside(after, other)
    same = [name for name in beside[0] if name in beside[1] and _is_same(name, before, after)]
    floor = next((name for name in same if not _by_hand(name)), None)
    hand = next(filter(_by_hand, same), None)
    floors = (beside[0][floor], beside[1][floor]) if floor else (None, None)
    compared = _unpaired(_over(one, floors[0]), _over(other, floors[1]), confidence)
    widened, doubts = WITHOUT_FLOOR, ["no floor is in both records: raw times are compared"]
    if floor:
        widened, doubts = _between(hand, beside, floors, compared)
    runtimes = (
        runtime(one.implementations["server"], before),
        runtime(other.implementations["server"], after),
    )
    notes = (*doubts, *one.notes, *other.notes)
    return Pairing(one, other, compared.widen(widened), floor, runtimes, notes)


def _between(
    hand: str | None,
    beside: tuple[dict[str, LatencyRecord], dict[str, LatencyRecord]],
    floors: tuple[LatencyRecord | None, LatencyRecord | None],
    compared: Comparison,
) -> tuple[float, list[str]]:
    """By how much to widen, for what differs between the runs; and what to say of it."""
    if hand is None or compared.launches < 2:
        return BETWEEN, []
    one, other = (_over(mine[hand], floor) for mine, floor in zip(beside, floors, strict=True))
    control = _unpaired(one, other, CONFIDENCE)
    possible = max(control.high, 1 / control.low) - 1
    if possible <= BETWEEN:
        return BETWEEN, []
    same = f"{hand} is the same in both runs and "
    if control.word == "no difference seen":
        return possible, [f"{same}could differ by {100 * possible:.1f} % unseen"]
    return possible, [f"{same}differs by {100 * control.off:.1f} %"]


def _beside(results: Results, trial: LatencyRecord) -> dict[str, LatencyRecord]:
    """What was played beside a trial, by the name of the implementation."""
    return {
        one.implementations["server"]: one
        for one in results.latencies
        if one.role in ("floor", "by-hand")
        and case_of(one.id) == case_of(trial.id)
        and len(one.centres) == len(trial.centres)
    }


def _is_same(name: str, before: Results, after: Results) -> bool:
    """Whether a name stands for the same program in both: on the same interpreter, if it has one"""
    return runtime(name, before) == runtime(name, after)


def runtime(name: str, results: Results) -> str:
    """What an implementation ran on, as it said itself: `CPython 3.13.0`."""
    return str(results.header.drivers.get(name, {}).get("runtime", ""))


def _by_hand(name: str) -> bool:
    return name.startswith("by-hand")


def _over(one: LatencyRecord, floor: LatencyRecord | None) -> list[float]:
    """The logarithms of a case's launches, less those of its floor."""
    base = floor.centres if floor else [1.0] * len(one.centres)
    return [math.log(a / b) for a, b in zip(one.centres, base, strict=True)]


def _unpaired(one: Sequence[float], other: Sequence[float], confidence: float) -> Comparison:
    """The difference of two means of launches that do not pair (Welch)."""
    launches = min(len(one), len(other))
    if launches < 2:
        mean = math.fsum(other) / len(other) - math.fsum(one) / len(one)
        return Comparison(math.exp(mean), 0.0, math.inf, launches)
    (a, error_a, free_a), (b, error_b, free_b) = trimmed(one), trimmed(other)
    error = math.hypot(error_a, error_b)
    parts = error_a**4 / free_a + error_b**4 / free_b
    freedom = max(int(error**4 / parts), 1) if parts else free_a
    half = t_quantile(confidence, freedom) * error
    low, high = math.exp(b - a - half), math.exp(b - a + half)
    return Comparison(math.exp(b - a), low, high, launches)


# --- what speaks against it ----------------------------------------------------------------------


def differing(names: Sequence[str], before: Results, after: Results) -> Iterator[str]:
    """Say of each of these facts of the headers that is not the same what it was."""
    for name in names:
        here, there = before.header.fact(name), after.header.fact(name)
        if here != there:
            said = ["unknown" if fact is None else str(fact) for fact in (here, there)]
            yield f"the {name.removeprefix('environment.')} differs: {said[0]}, then {said[1]}"


def _misplaced(pairings: Sequence[Pairing]) -> Iterator[str]:
    """Placements that differ in more than the numbers of their CPUs."""
    said = set()
    for one in pairings:
        here, there = one.before.placement, one.after.placement
        if re.sub(r"\d+", "n", here) != re.sub(r"\d+", "n", there) and (here, there) not in said:
            said.add((here, there))
            yield f"the placement differs: {here}, then {there}"


def _stopped(before: Results, after: Results) -> Iterator[str]:
    for which, one in (("first", before), ("second", after)):
        if one.stopped:
            yield f"the {which} run: {one.stopped}"


def _listed(cases: Mapping[str, LatencyRecord]) -> str:
    return ", ".join(list(cases)[:3]) + (" …" if len(cases) > 3 else "") or "nothing timed"
