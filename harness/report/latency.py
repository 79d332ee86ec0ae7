"""The latencies of a record as tables: microseconds for a round trip, and round trips a second.

A figure without its placement says nothing, and neither does one without the number of launches it
rests on. So figures share a table only when they share workload, implementations, placement and
run, and the caption names them. It judges nothing: comparing is another report's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from harness.records.model import LatencyRecord
from harness.report.readable import escape, fold, pad
from harness.report.workloads import besides, differing, row, words

_HEADINGS = ("transport", "size", "p50", "p90", "p99", "p99.9", "max")
# Notes on what the tables show as a dash.
_TOO_FEW = "no p"
_UNITS = ((1 << 20, "MiB"), (1 << 10, "KiB"))


def latency_lines(records: Sequence[LatencyRecord], width: int = 80) -> list[str]:
    """Return a table for each workload, each with its caption; blank lines between them."""
    lines: list[str] = []
    ordered = sorted(records, key=_together)
    for _, group in groupby(ordered, key=_together):
        lines += [""] if lines else []
        lines += _one_table(list(group), width)
    return lines


def _together(record: LatencyRecord) -> tuple[str, ...]:
    whose = implementations(record.implementations)
    return (record.scenario, whose, record.placement, record.run or "")


def implementations(named: Mapping[str, str]) -> str:
    """Return who played: one name when all are the same, else each actor with its own."""
    if len(set(named.values())) == 1:
        return escape(next(iter(named.values())))
    return ", ".join(f"{escape(actor)} {escape(name)}" for actor, name in named.items())


def _one_table(records: Sequence[LatencyRecord], width: int) -> Iterator[str]:
    first = records[0]
    yield escape(first.scenario) + "  " + implementations(first.implementations)
    headings = (*_HEADINGS, words(first.workload).rate)
    shown = differing(records)
    rows = [(row(record, shown), *_cells(record)) for record in _in_order(records, shown)]
    yield from _aligned([headings, *rows], width)
    for text in (_caption(records), *_notes(records)):
        yield from (f"  {line}" for line in fold(text, width - 2))


def _in_order(records: Iterable[LatencyRecord], options: Sequence[str] = ()) -> list[LatencyRecord]:
    def key(record: LatencyRecord) -> tuple[object, ...]:
        return (record.transport, record.size, *(record.options.get(name, 0) for name in options))

    return sorted(records, key=key)


def _cells(record: LatencyRecord) -> tuple[str, ...]:
    times = (record.p50, record.p90, record.p99, record.p999, record.max)
    return (in_units(record.size), *map(microseconds, times), f"{record.rate:,.0f}")


def _aligned(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Put the columns below each other: the transport to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = "  " if sum(widths) + 2 * len(widths) <= width else " "
    for first, *numbers in rows:
        cells = (f"{cell:>{room}}" for cell, room in zip(numbers, widths[1:], strict=True))
        yield "  " + gap.join([pad(first, widths[0]), *cells])


def _caption(records: Sequence[LatencyRecord]) -> str:
    first = records[0]
    whence = f", {escape(first.run)}" if first.run else ""
    timed, samples, _ = words(first.workload)
    return (
        f"µs for {timed}; placement {escape(first.placement)}; "
        f"{_span(record.launches for record in records)} launches, "
        f"{_span(record.trips for record in records)} {samples} in all{whence}"
    )


def _notes(records: Sequence[LatencyRecord]) -> Iterator[str]:
    """Each note once, before it the rows that it is about, unless it is about all of them."""
    about: dict[str, list[str]] = {}
    options = differing(records)
    if any(note.startswith(_TOO_FEW) for record in records for note in record.notes):
        yield f"-: too few {words(records[0].workload).samples} lie beyond it"
    for record in _in_order(records, options):
        whose = f"{row(record, options)} {in_units(record.size)}"
        said = besides(record.extra)
        for note in (*record.notes, *filter(None, [said])):
            if not note.startswith(_TOO_FEW):
                about.setdefault(note, []).append(whose)
    for note, rows in about.items():
        whose = "" if len(rows) == len(records) else ", ".join(rows) + ": "
        yield whose + escape(note)


def _span(numbers: Iterable[int]) -> str:
    given = sorted(set(numbers))
    return f"{given[0]:,}" if len(given) == 1 else f"{given[0]:,} to {given[-1]:,}"


def in_units(size: int) -> str:
    """Return 64 B, 16 KiB; only whole units, for a size is exact."""
    for unit, name in _UNITS:
        if size and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def microseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"
