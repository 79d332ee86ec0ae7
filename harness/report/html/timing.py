"""The latencies of some records as plain data: curves, launches, intervals, and words. Pure.

Launches of one record took turns and are compared pair by pair, where the record has not said it
itself; those of two records did not, and are compared as `sockharness compare` does.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hdrh.histogram import HdrHistogram

from harness.measuring.across import DECISIVE, differing, paired
from harness.measuring.statistics import (
    CONFIDENCE,
    Comparison,
    compare,
    enough_for,
    t_quantile,
    trimmed,
)
from harness.records.model import LatencyRecord, MeasurementRecord
from harness.records.results import Results
from harness.report.html.texts import shown

# Where a curve has its points, in percent: dense where readers look, up to the last of a million.
AT = (
    *(0, 1, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90),
    *(92, 94, 95, 96, 97, 98, 98.5, 99, 99.2, 99.4, 99.6, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995),
    *(99.998, 99.999),
)
Timed = tuple[int, int, LatencyRecord]  # record, side, line


def timings(
    several: Sequence[Results], side_of: Callable[[int, LatencyRecord], int]
) -> dict[str, Any]:
    """Return `at`, the measurements as `lines`, of every two comparable ones the `pairs`, and
    `runs`: how those of a record were measured, in sentences."""
    lines = [
        (at, side_of(at, line), line) for at, one in enumerate(several) for line in one.latencies
    ]
    return {
        "at": AT,
        "confidence": CONFIDENCE,
        "lines": [_line(*each) for each in lines],
        "pairs": [*_recorded(several, lines), *_pairs(several, lines)],
        "runs": [
            {"record": at, "scenario": shown(one.scenario), "said": list(_said(one))}
            for at, results in enumerate(several)
            for one in results.measurements
        ],
    }


def _line(record: int, side: int, line: LatencyRecord) -> dict[str, Any]:
    low, high = interval(line.centres)
    return {
        "record": record,
        "side": side,
        "role": line.role,
        "workload": shown(line.workload, 50),
        "scenario": shown(line.scenario, 200),
        "transport": shown(line.transport, 50),
        "size": line.size,
        "placement": shown(line.placement, 200),
        "launches": line.launches,
        "trips": line.trips,
        "figures": [line.p50, line.p90, line.p99, line.p999, line.max],
        "rate": round(line.rate, 1),
        "centres": [round(one, 4) for one in line.centres],
        "low": low,
        "high": high,
        "curve": curve(line.histogram),
        "extra": {shown(name, 50): round(value, 4) for name, value in line.extra.items()},
        "notes": [shown(note, 500) for note in telling(line)],
    }


def telling(line: LatencyRecord) -> list[str]:
    """The notes that say something new: of a percentile that is missing the table has a dash."""
    return [note for note in line.notes if not note.startswith("no p")]


def interval(centres: Sequence[float]) -> tuple[float | None, float | None]:
    """Bound the typical middle of a launch, in the unit of the centres; None with one launch."""
    if len(centres) < 2 or min(centres) <= 0:
        return None, None
    middle, error, freedom = trimmed([math.log(one) for one in centres])
    half = t_quantile(CONFIDENCE, freedom) * error
    return round(math.exp(middle - half), 4), round(math.exp(middle + half), 4)


def curve(histogram: str) -> list[float]:
    """Return µs at the percentiles AT, as many as have enough samples beyond them, then the
    maximum; nothing when the text is no histogram."""
    try:
        decoded = HdrHistogram.decode(histogram)
        trips = decoded.get_total_count()
        asked = [one for one in AT if enough_for(one, trips)]
        found = decoded.get_percentile_to_value_dict(asked)
        return [round(found[one] / 1000, 3) for one in asked] + [decoded.get_max_value() / 1000]
    except Exception:  # whatever a foreign text does to the library: there is no curve
        return []


def _recorded(several: Sequence[Results], lines: Sequence[Timed]) -> Iterator[list[Any]]:
    """Yield what the runs themselves have said, which beats what can be made of it later."""
    number = {(record, line.id): at for at, (record, _, line) in enumerate(lines)}
    for record, one in enumerate(several):
        for each in one.comparisons:
            pair = number.get((record, each.reference)), number.get((record, each.id))
            if None not in pair:
                yield [*pair, each.ratio, each.low, each.high, each.word]


def _pairs(several: Sequence[Results], lines: Sequence[Timed]) -> Iterator[list[Any]]:
    """Yield [reference, other, ratio, low, high, word], the lines by number, of all trials that do
    the same work."""
    trials = [(at, each) for at, each in enumerate(lines) if each[2].role == "trial"]
    numbered = sorted(trials, key=lambda each: _what(each[1][2]))
    for _, group in itertools.groupby(numbered, key=lambda each: _what(each[1][2])):
        for (one, first), (other, second) in itertools.permutations(group, 2):
            found = _compared(several, first, second)
            if found is not None:
                bounds = [found.ratio, found.low, found.high]
                rounded = [round(x, 5) if math.isfinite(x) else None for x in bounds]
                yield [one, other, *rounded, found.word if rounded[2] else "cannot be told"]


def _said(one: MeasurementRecord) -> Iterator[str]:
    """How it was measured, and what that is worth."""
    if one.noise is not None:
        yield f"the twin of the reference read {one.noise:.2%} off: the noise of this run"
    if one.harness is not None:
        yield f"the harness adds {one.harness:.1%} to a loop written by hand"
    widest = f"; the widest interval is ±{one.widest:.2%}" if one.widest is not None else ""
    yield f"{one.launches} launches in {one.seconds:.1f} s, ended by {one.stopped}{widest}"
    yield from (shown(text, 300) for text in (*one.missing, *one.replaced))


def _what(line: LatencyRecord) -> tuple[str, ...]:
    """What must be the same to be compared at all. The place, without the number of its CPU."""
    return (
        line.scenario,
        line.workload,
        line.transport,
        str(line.size),
        line.placement.partition(" ")[0],
    )


def _compared(several: Sequence[Results], first: Timed, second: Timed) -> Comparison | None:
    centres = first[2].centres, second[2].centres
    if not all(centres) or min(map(min, centres)) <= 0:
        return None
    if first[0] != second[0]:
        return _across(several, first, second)
    return compare(*centres) if len(centres[0]) == len(centres[1]) else None


def _across(several: Sequence[Results], first: Timed, second: Timed) -> Comparison | None:
    """As `sockharness compare` does; nothing where it would refuse."""
    before, after = several[first[0]], several[second[0]]
    if list(differing(DECISIVE, before, after)):
        return None
    return paired((before, first[2]), (after, second[2]), CONFIDENCE).compared
