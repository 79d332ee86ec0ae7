"""What figures are of, by the kind of their workload, and what a workload says besides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from harness.records.model import LatencyRecord
from harness.report.readable import escape


class Words(NamedTuple):
    """What the µs are for, what a sample is called, and the heading of the rate."""

    timed: str
    samples: str
    rate: str


_TRIPS = Words("a round trip", "round trips", "trips/s")
_WORDS: Mapping[str, Words] = {
    # Its pace is set: what would be trips a second elsewhere is the mean latency turned over.
    "paced": Words("a round trip, from when its message was due", "round trips", "1/mean"),
    "stream": Words("a chunk, the mean of a turn", "turns", "chunks/s"),
    "connect": Words("a connection", "connections", "conns/s"),
}

# The ends of names of what a workload says besides; a factor, and the unit that is shown.
_UNITS = (
    ("_bytes_per_s", 1e-6, "MB/s"),
    ("_per_s", 1.0, "/s"),
    ("_cpu_s", 1e3, "ms of CPU"),
    ("_us", 1.0, "µs"),
    ("_s", 1.0, "s"),
)


def words(kind: str) -> Words:
    """Return how the figures of this kind of workload are spoken of."""
    return _WORDS.get(kind, _TRIPS)


def differing(records: Iterable[LatencyRecord]) -> tuple[str, ...]:
    """Return the names of the options in which these records differ, in the alphabet's order."""
    seen: dict[str, set[Any]] = {}
    for record in records:
        for name, value in record.options.items():
            seen.setdefault(name, set()).add(value)
    return tuple(sorted(name for name, values in seen.items() if len(values) > 1))


def row(record: LatencyRecord, options: Iterable[str]) -> str:
    """Return the transport and these options of a record: `tcp4 rate=100`."""
    said = (f" {name}={_word(record.options.get(name))}" for name in options)
    return escape(record.transport + "".join(said))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def besides(extra: Mapping[str, float]) -> str:
    """Return what a workload says beyond its samples: `sent 233.32 MB/s, writer 0.90 ms of CPU`."""
    return ", ".join(_besides(name, value) for name, value in extra.items())


def _besides(name: str, value: float) -> str:
    """`sent_bytes_per_s`, `reader_cpu_s`, `late_most_us`: a word or two, the figure, its unit."""
    for ending, factor, unit in _UNITS:
        if name.endswith(ending):
            word = name.removesuffix(ending).replace("_", " ").strip()
            return f"{word} {value * factor:,.2f} {unit}".strip()
    return f"{name.replace('_', ' ')} {value:,.2f}"
