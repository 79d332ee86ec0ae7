"""What figures are of, by the kind of their workload, and what a workload says besides. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from harness.records.model import LatencyRecord


class Words(NamedTuple):
    """What the µs are for, what a sample is called, and the heading of the rate."""

    timed: str
    samples: str
    rate: str


_TRIPS = Words("a round trip", "round trips", "trips/s")
_WORDS: Mapping[str, Words] = {
    "paced": Words("a round trip, from when its message was due", "round trips", "trips/s"),
    "stream": Words("a chunk, the mean of a turn", "turns", "chunks/s"),
    "connect": Words("a connection", "connections", "conns/s"),
}


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


def besides(kind: str, extra: Mapping[str, float]) -> str | None:
    """Return in a sentence what a workload says beyond its samples, the mean of a launch."""
    say = _BESIDES.get(kind)
    return say(extra) if say is not None and extra else None


def _stream(extra: Mapping[str, float]) -> str:
    writing, reading = (extra.get(f"{who}_cpu_s", 0.0) for who in ("writer", "reader"))
    return (
        f"{extra.get('sent_bytes_per_s', 0) / 1e6:,.0f} MB/s; a launch's CPU time"
        f" {writing:.3g} s writing, {reading:.3g} s reading"
    )


def _paced(extra: Mapping[str, float]) -> str:
    return (
        f"messages left {extra.get('late_mean_us', 0):,.1f} µs late on average,"
        f" {extra.get('late_most_us', 0):,.0f} µs at most"
    )


_BESIDES: Mapping[str, Callable[[Mapping[str, float]], str]] = {"stream": _stream, "paced": _paced}
