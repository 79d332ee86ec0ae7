"""The table of verdicts by family, with its sums. Pure.

A nought is drawn as a point, so that the eye falls on what is there. Where the terminal is too
narrow for all six verdicts, those which no case has are left out; a name is never cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from harness.records.model import CaseRecord
from harness.report.line import Line
from harness.report.readable import escape
from harness.verdicts import Verdict

Row = list[Line]

# As a reader asks: did it work, nearly, not at all; was it tried; is the harness at fault.
_ORDER: tuple[Verdict, ...] = ("pass", "varies", "fail", "unsupported", "inconclusive", "broken")


def verdict_rows(cases: Sequence[CaseRecord], width: int) -> list[Row]:
    """Return the rows of the table, each a line in parts: roomy if that fits, else closer."""
    present = {case.verdict for case in cases}
    few = [verdict for verdict in _ORDER if verdict in present]
    rows: list[Row] = []
    for columns, gap in ((_ORDER, 2), (_ORDER, 1), (few, 1)):
        rows = _aligned(list(_cells(cases, columns)), gap)
        if _width(rows[0]) <= width:
            break
    return rows


def _cells(cases: Sequence[CaseRecord], columns: Sequence[Verdict]) -> Iterator[Row]:
    yield [Line(name, "heading") for name in ("family", *columns, "seconds")]
    families = sorted({case.family for case in cases})
    for family in families:
        own = [case for case in cases if case.family == family]
        yield [Line(escape(family)), *_counts(own, columns)]
    if len(families) > 1:
        yield [Line("all", "heading"), *_counts(cases, columns)]


def _counts(cases: Sequence[CaseRecord], columns: Sequence[Verdict]) -> Iterator[Line]:
    counts = Counter(case.verdict for case in cases)
    for verdict in columns:
        yield Line(str(counts[verdict]), verdict) if counts[verdict] else Line("·", "faint")
    yield Line(f"{sum(case.seconds for case in cases):.2f}")


def _aligned(rows: Sequence[Row], gap: int) -> list[Row]:
    """Fill the cells up: names to the left, numbers to the right."""
    widths = [max(cell_len(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    return [
        [
            _filled(cell, room, gap if at else 0, left=at == 0)
            for at, (cell, room) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]


def _filled(cell: Line, room: int, gap: int, left: bool) -> Line:
    blanks = " " * (room - cell_len(cell.text))
    return Line(" " * gap + (cell.text + blanks if left else blanks + cell.text), cell.role)


def _width(row: Row) -> int:
    return sum(cell_len(cell.text) for cell in row)
