"""Stored records side by side: a table, a plot, and what speaks against it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.line import Line, Role
from harness.report.readable import escape, fold, pad, shorten_middle
from harness.report.strips import Strip, strips

_NUMBER = 8


@dataclass(frozen=True)
class Row:
    """One case: its name, both p50 in µs, the ratio with its bounds, and the word."""

    name: str
    before: float
    after: float
    ratio: float
    low: float | None
    high: float | None
    word: str


def across_lines(
    names: tuple[str, str], rows: Sequence[Row], notes: Sequence[str], width: int = 80
) -> Iterator[Line]:
    """Return the comparison of two records, whose `names` head the columns."""
    yield Line(f"{escape(names[1])} against {escape(names[0])}", "heading")
    room = min(max(len(row.name) for row in rows), width - 57)
    heads = f"{'p50':>{_NUMBER}}{'then':>{_NUMBER}}"
    yield Line(f"  {pad('', room)}{heads}  µs; a ratio above 0 is slower")
    for row in rows:
        yield Line(_row(row, room), _ROLES.get(row.word, "plain"))
    drawn = [Strip(row.name, row.ratio, row.low, row.high) for row in rows]
    yield from (Line(text) for text in strips(drawn, width))
    for note in notes:
        first, *more = fold(escape(note), width)
        yield Line(first)
        yield from (Line(f"  {line}") for line in fold(" ".join(more), width - 2) if line)


_ROLES: dict[str, Role] = {"slower": "varies", "faster": "pass"}


def _row(row: Row, room: int) -> str:
    bounded = row.low is not None and row.high is not None
    half = f" ±{50 * (row.high - row.low):.2f}" if bounded else ""  # type: ignore[operator]
    numbers = "".join(f"{time:>{_NUMBER},.2f}" for time in (row.before, row.after))
    name = pad(shorten_middle(row.name, room), room)
    return f"  {name}{numbers}  {f'{100 * (row.ratio - 1):+8.2f} %{half}':<18} {row.word}"
