"""The timeline of a case in two lanes: the server's calls left, the client's right. Pure.

A call during which nothing else happened is one row, at the time of its beginning. A call that
took a millisecond, or into which another one fell, shows where it began and where it ended, with a
line between; a call that never ended is a row of its own at the bottom. On loopback calls take
microseconds, so the rows with lines are those that waited.

Where two lanes do not fit, the same rows stand in one, each with the name of its side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from harness.records.model import TimelineEntry
from harness.report.readable import escape, fold, pad, shorten, shorten_middle

Cell = tuple[str, str]  # the lines of open calls, and the text right of them

_WAITED_MS = 1.0  # from here on a call is drawn with its end
_MOST_LINES = 4  # calls of one side that are open at once and get a line
_FIRST, _LAST = 6, 34  # calls that are shown of a long timeline
_FOLDED = 3  # rows which the text of one call may take
_NARROW = 64  # columns that two lanes need
_GAP = 2
_ARROW = " → "


@dataclass(frozen=True)
class _Row:
    """One row: of a call the beginning, the end, or both (`whole`), or that it is `stuck`."""

    entry: TimelineEntry
    phase: str
    ms: float | None
    order: int


def timeline(entries: Sequence[TimelineEntry], width: int) -> list[str]:
    """Draw the calls in at most `width` columns. No calls, no lines."""
    if not entries:
        return []
    ordered = sorted(entries, key=lambda entry: entry.start_ms)
    kept = [entry for at, entry in enumerate(ordered) if _kept(at, entry, len(ordered))]
    rows = _rows(kept)
    lines = _two_lanes(rows, width) if width >= _NARROW else _one_lane(rows, width)
    left_out = len(ordered) - len(kept)
    if left_out:
        lines.append(f"  … {left_out} calls between are left out; the record has them all")
    return lines


def _kept(at: int, entry: TimelineEntry, number: int) -> bool:
    """Of a long timeline, keep how it began, how it ended, and whatever went wrong."""
    return at < _FIRST or at >= number - _LAST or entry.failed or entry.end_ms is None


def _rows(entries: Sequence[TimelineEntry]) -> list[_Row]:
    rows = []
    for order, entry in enumerate(entries):
        if _is_whole(entry, entries):
            rows.append(_Row(entry, "whole", entry.start_ms, order))
            continue
        rows.append(_Row(entry, "begin", entry.start_ms, order))
        rows.append(_Row(entry, "stuck" if entry.end_ms is None else "end", entry.end_ms, order))
    return sorted(rows, key=_moment)


def _moment(row: _Row) -> tuple[float, bool, int]:
    """Sort by time. Of one moment, ends stand first: one call made room for the next."""
    return (float("inf") if row.ms is None else row.ms, row.phase != "end", row.order)


def _is_whole(entry: TimelineEntry, entries: Sequence[TimelineEntry]) -> bool:
    end = entry.end_ms
    if end is None or end - entry.start_ms >= _WAITED_MS:
        return False
    moments = (
        moment
        for other in entries
        if other is not entry
        for moment in (other.start_ms, other.end_ms)
    )
    return not any(moment is not None and entry.start_ms < moment < end for moment in moments)


def _text(row: _Row) -> str:
    """Return what a row says. ` -> ` stands between a call and what came of it.

    That a call went well without more to tell is said only where it ends apart from its beginning.
    """
    entry = row.entry
    call, _, outcome = escape(entry.text).partition(" -> ")
    who = escape(entry.handle)
    if row.phase == "begin":
        return f"{who} {call}"
    if row.phase == "stuck":
        return f"{who} {escape(entry.op)}: still blocked"
    if row.phase == "end":
        return f"{who} {escape(entry.op)}{_ARROW}{outcome or 'ok'}"
    return f"{who} {call}{_ARROW}{outcome}" if outcome not in ("", "ok") else f"{who} {call}"


class _Lines:
    """The lines of the calls that are open on one side, each in a column as long as it is open."""

    def __init__(self) -> None:
        self.columns: list[TimelineEntry | None] = []

    def cell(self, row: _Row | None) -> Cell:
        """Return what stands on this side in a row; None is a row of the other side."""
        if row is not None and row.phase == "begin":
            self._open(row.entry)
        signs = "".join(self._sign(entry, row) for entry in self.columns)
        if row is None:
            return signs, ""
        lineless = row.phase == "begin" and not any(each is row.entry for each in self.columns)
        if row.phase in ("end", "stuck"):
            self._close(row.entry)
        return signs, _text(row) + (" …" if lineless else "")

    def _close(self, entry: TimelineEntry) -> None:
        self.columns = [None if each is entry else each for each in self.columns]
        while self.columns and self.columns[-1] is None:
            self.columns.pop()

    def _open(self, entry: TimelineEntry) -> None:
        if None in self.columns:
            self.columns[self.columns.index(None)] = entry
        elif len(self.columns) < _MOST_LINES:
            self.columns.append(entry)

    @staticmethod
    def _sign(entry: TimelineEntry | None, row: _Row | None) -> str:
        if entry is None:
            return "  "
        if row is None or entry is not row.entry:
            return "│ "
        return {"begin": "┌ ", "end": "└ ", "stuck": "╵ "}[row.phase]


def _cells(rows: Sequence[_Row]) -> Iterator[tuple[_Row, Cell, Cell]]:
    """Yield each row with what stands in the server's lane and in the client's."""
    server, client = _Lines(), _Lines()
    for row in rows:
        if row.entry.side == "server":
            yield row, server.cell(row), client.cell(None)
        else:
            yield row, server.cell(None), client.cell(row)


def _clock(rows: Sequence[_Row]) -> tuple[list[str], int]:
    times = ["" if row.ms is None else f"{row.ms:.2f}" for row in rows]
    return times, max(len("ms"), *map(len, times))


def _two_lanes(rows: Sequence[_Row], width: int) -> list[str]:
    times, clock = _clock(rows)
    cells = list(_cells(rows))
    left, right = _widths(cells, width - 2 - clock - 2 * _GAP)
    lines = [f"  {'ms':>{clock}}  {pad('server', left)}  client"]
    for time, (row, server, client) in zip(times, cells, strict=True):
        ones, others = _block(server, left), _block(client, right)
        high = max(len(ones), len(others))
        ones, others = _filled(ones, server, high), _filled(others, client, high)
        stamps = [time, *[""] * (high - 1)]
        marks = [_mark(row), *["  "] * (high - 1)]
        for mark, stamp, one, other in zip(marks, stamps, ones, others, strict=True):
            lines.append(f"{mark}{stamp:>{clock}}  {pad(one, left)}  {other}".rstrip())
    return lines


def _mark(row: _Row) -> str:
    return "> " if row.entry.failed and row.phase != "begin" else "  "


def _widths(cells: Sequence[tuple[_Row, Cell, Cell]], room: int) -> tuple[int, int]:
    """Share the room: a side which needs less than half leaves the rest to the other one."""
    left = max(len("server"), *(cell_len(bars + text) for _, (bars, text), _ in cells))
    right = max(len("client"), *(cell_len(bars + text) for _, _, (bars, text) in cells))
    if left + right <= room:
        return left, right
    left = max(min(left, room // 2), room - right)
    return left, room - left


def _block(cell: Cell, width: int) -> list[str]:
    """Fold the text of a cell, right of the lines of the calls that are open."""
    bars, text = cell
    room = width - len(bars)
    if cell_len(text) <= room:
        return [bars + text]
    first, *more = _folded(text, room - 2)
    if len(more) >= _FOLDED:
        more = [*more[: _FOLDED - 2], shorten(" ".join(more[_FOLDED - 2 :]), room - 2)]
    return [bars + first, *(f"{_below(bars)}  {piece}" for piece in more)]


def _folded(text: str, width: int) -> list[str]:
    """Break before the arrow first: the call and what came of it are two things.

    A word that is too long, mostly a path, loses its middle; the table of sockets has all of it.
    """
    words = (shorten_middle(word, width - 2) for word in text.split(" "))
    call, arrow, outcome = " ".join(words).partition(_ARROW)
    lines = fold(call, width)
    if arrow:
        first, *more = fold(outcome, width - 2)
        lines += [f"→ {first}", *(f"  {piece}" for piece in more)]
    return lines


def _filled(block: list[str], cell: Cell, high: int) -> list[str]:
    """Draw the lines of open calls on beside the longer text of the other side."""
    return block + [_below(cell[0])] * (high - len(block))


def _below(bars: str) -> str:
    return bars.replace("┌", "│").replace("└", " ").replace("╵", " ")


def _one_lane(rows: Sequence[_Row], width: int) -> list[str]:
    times, clock = _clock(rows)
    lines = []
    for time, row in zip(times, rows, strict=True):
        head = f"{_mark(row)}{time:>{clock}}  {row.entry.side}  "
        begun = " …" if row.phase == "begin" else ""
        pieces = _folded(_text(row) + begun, max(width - len(head) - 2, 12))
        lines.append(head + pieces[0])
        lines.extend(" " * (len(head) + 2) + piece for piece in pieces[1:])
    return lines
