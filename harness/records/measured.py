"""What a run that times leaves behind: figures, comparisons, and how both came about. Pure.

One `latency` line for each variant that was played, one `comparison` line for each that was held
against the reference, and one `measurement` line for all that were alive together. Times are in
microseconds for a round trip; ratios are those of the middles of launches, above 1 is slower; parts
are parts of one (0.02: 2 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from harness.records.line import RecordLine

# What a variant is for: on trial; the reference once more (its A/A twin); the same loop in C, or
# where there is no compiler the blocking loop of the standard library; a loop written by hand, in
# which there is nothing of the harness.
Role = Literal["trial", "twin", "floor", "by-hand"]

Word = Literal["faster", "slower", "no difference seen"]
Stop = Literal["precision", "budget", "launches", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class LatencyRecord(RecordLine):
    """What one workload measured: microseconds for a round trip, `rate` in round trips a second
    (for a chunk of a `stream`, for a connection of `connect`).

    `options` are those of the workload but for the `size`, which is in bytes; `histogram` is an
    HdrHistogram of nanoseconds (V2, base64). A percentile with too few samples beyond it is
    None. `centres` are the middles of the launches in their order, which comparisons rest on;
    `warm_up` has the trips played before those. `extra` is what the workload says besides, with
    the unit at the end of each name. `notes` are sentences that must stand beside the figures.
    """

    kind: ClassVar[str] = "latency"
    id: str
    scenario: str
    workload: str = "ping-pong"
    options: Mapping[str, Any] = field(default_factory=dict)
    role: Role = "trial"
    transport: str
    size: int
    implementations: Mapping[str, str]
    placement: str
    launches: int
    trips: int
    p50: float
    p90: float | None
    p99: float | None
    p999: float | None
    max: float
    rate: float
    histogram: str = ""
    centres: tuple[float, ...] = ()
    warm_up: tuple[int, ...] = ()
    extra: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    run: str | None = None


@dataclass(frozen=True, kw_only=True)
class ComparisonRecord(RecordLine):
    """One variant against the reference of its run: both are ids of `latency` lines.

    The `ratio` lies between `low` and `high`, null with one launch; both were moved outwards by
    `widened` because the twin disagreed. `smallest` is the part by which a variant would have had
    to differ for this run to see it. Of a twin, this is the noise; of a floor and of a loop by hand
    it is what their names say.
    """

    kind: ClassVar[str] = "comparison"
    id: str
    reference: str
    role: Role = "trial"
    ratio: float
    low: float | None = None
    high: float | None = None
    smallest: float | None = None
    widened: float = 0.0
    launches: int
    word: Word
    run: str | None = None


@dataclass(frozen=True, kw_only=True)
class MeasurementRecord(RecordLine):
    """How the variants that were alive together were measured.

    `precision` and `budget` (seconds) are what was asked for; `stopped` says which of them ended
    the run, `widest` the half-width that was reached. `confidence` is that of all intervals of a
    reference together. `noise` is the largest reading of a twin, `harness` what the harness adds
    to a loop written by hand, both as parts; null where there is none. `replaced` has a sentence
    for each launch that did not count, `missing` for what the system did not give, `absent` for
    who was to be played beside those on trial and could not be.
    """

    kind: ClassVar[str] = "measurement"
    scenario: str
    placement: str
    references: tuple[str, ...] = ()
    precision: float | None = None
    budget: float | None = None
    confidence: float
    stopped: Stop
    widest: float | None = None
    seconds: float
    launches: int
    replaced: tuple[str, ...] = ()
    noise: float | None = None
    harness: float | None = None
    preempted: int | None = None
    missing: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    seed: str = ""
    run: str | None = None
