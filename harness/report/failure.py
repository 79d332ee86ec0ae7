"""The text of one failure: where, what was expected, what came, and what led there. Pure.

From top to bottom it answers what a reader asks: what is claimed, which line of YAML, which
difference, what both sides did and when, what the kernel thinks of the sockets, what the driver
said, and what to type to see it again. Parts of which the record knows nothing are left out.

Lines have roles, so that a terminal may colour them; the words are the same without colours.
Two kinds of lines may be wider than asked for, those which are there to be copied: the place in
the file, and the command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeGuard

from rich.cells import cell_len

from harness.records.model import CaseRecord, Data, Failure
from harness.report.difference import compare
from harness.report.lanes import timeline
from harness.report.line import Line, Role
from harness.report.readable import escape, fold, fold_lines, shorten
from harness.report.sockets import socket_lines

WIDTH = 80
_LEAST = 40  # columns below which folding makes things worse
_LABEL = 10  # columns of "expected  "
_LOG_LINES = 20


def failure_text(record: CaseRecord, width: int = WIDTH) -> str:
    """Return the text of a case that did not pass, for at most `width` columns, without its id."""
    return "\n".join(line.text for line in failure_lines(record, width))


def failure_lines(record: CaseRecord, width: int = WIDTH) -> list[Line]:
    """Return the same text line by line, each with its role."""
    width = max(width, _LEAST)
    failure = record.failure
    parts: list[list[Line]] = [list(_claim(record, width))]
    if failure is None:
        parts.append([Line(_place(record.file, record.line), "place"), *_why(record, width)])
    else:
        story = (_where(failure, width), _why(record, width), difference_lines(failure, width))
        parts.append([line for part in story for line in part])
        lines = [*_clocks(failure), *timeline(failure.timeline, width)]
        parts.append(_marked(_titled("timeline", lines)))
        sockets = socket_lines(failure.sockets, width, failure.sockets_note)
        parts.append(_titled("sockets, as the kernel sees them", sockets))
        parts.append(_titled("stderr of the driver", _log(failure.stderr, width)))
        rerun = [f"  {escape(failure.rerun)}"] if failure.rerun else []
        packets = list(_file(failure.capture, failure.capture_note, width))
        parts.append(_titled("packets", packets, "place"))
        script = list(_file(failure.script_file, failure.script_note, width))
        parts.append(_titled("shown without sockharness by", script, "place"))
        parts.append(_titled("run it again", rerun, "command"))
    return _joined(part for part in parts if part)


def _joined(parts: Iterable[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for part in parts:
        lines += [Line(""), *part] if lines else part
    return lines


def _titled(title: str, lines: Sequence[str], role: Role = "plain") -> list[Line]:
    return [Line(title, "heading"), *(Line(line, role) for line in lines)] if lines else []


def _clocks(failure: Failure) -> Iterator[str]:
    """Times by two clocks say which call came first only if they are further apart than this."""
    for side, error in failure.clocks.items():
        yield f"  {side}: by another clock than ours, ±{error:.2f} ms"


def _marked(lines: list[Line]) -> list[Line]:
    """Give the row of the call on trial the colour of what came."""
    return [Line(each.text, "actual") if each.text.startswith(">") else each for each in lines]


def _claim(record: CaseRecord, width: int) -> Iterator[Line]:
    for text in fold(escape(record.claim), width):
        yield Line(text)
    if record.spec:
        for text in fold(escape(f"({', '.join(record.spec)})"), width):
            yield Line(text, "faint")


def _place(file: str, line: int, column: int | None = None) -> str:
    return f"{escape(file)}:{line}" + ("" if column is None else f":{column}")


def _why(record: CaseRecord, width: int) -> Iterator[Line]:
    if record.why and not (record.failure and record.failure.actual == record.why):
        yield from (Line(text) for text in fold_lines(record.why, width))


def _where(failure: Failure, width: int) -> Iterator[Line]:
    """The place, the line of YAML, and a caret below the column."""
    place = _place(failure.file, failure.line, failure.column)
    yield Line(f"{place}: {escape(failure.step)}", "place")
    if not failure.source.strip():
        return
    gutter = f"{failure.line:>5} | "
    source, column = _window(failure.source.rstrip("\r\n"), failure.column, width - len(gutter))
    yield Line(gutter + source)
    yield Line(f"{'|':>{len(gutter) - 1}} {' ' * column}^", "caret")


def _window(source: str, column: int, room: int) -> tuple[str, int]:
    """Return what is to be seen of a long line, and how many columns before its caret."""
    source = source.expandtabs(1)  # the position counts a tab as one column
    before, after = escape(source[: column - 1]), escape(source[column - 1 :])
    if cell_len(before + after) > room and cell_len(before) > room // 2:
        before = "…" + before[-(room // 3) :]
    return before + shorten(after, room - cell_len(before)), cell_len(before)


def difference_lines(failure: Failure, width: int) -> Iterator[Line]:
    expected, actual = failure.expected_data, failure.actual_data
    if _comparable(expected) and _comparable(actual) and expected != actual:
        yield from (Line(text, role) for text, role in compare(expected, actual, width))
    else:
        yield from _stated("expected", failure.expected, width)
        yield from _stated("actual", failure.actual, width)


def _comparable(data: Data | None) -> TypeGuard[Data]:
    """Tell whether there are bytes to compare; the file may have come through foreign hands."""
    if data is None:
        return False
    try:
        return len(bytes.fromhex(data.head)) <= data.size
    except ValueError:
        return False


def _stated(label: Literal["expected", "actual"], text: str, width: int) -> Iterator[Line]:
    if not text:  # a fault: nothing in particular was expected
        return
    pieces = fold_lines(text, width - _LABEL)
    yield Line(f"{label:<{_LABEL}}{pieces[0]}", label)
    yield from (Line(" " * _LABEL + piece, label) for piece in pieces[1:])


def _file(path: str | None, note: str, width: int) -> Iterator[str]:
    """A file whole, for it is there to be copied; and why there is none, or what it lacks."""
    if path:
        yield f"  {escape(path)}"
    if note:
        yield from (f"  {line}" for line in fold(escape(note), width - 2))


def _log(text: str, width: int) -> list[str]:
    if not text.strip():
        return []
    lines = text.rstrip("\n").split("\n")
    left_out = len(lines) - _LOG_LINES
    tail = "\n".join(lines[-_LOG_LINES:])
    shown = [f"  | {piece}" for piece in fold_lines(tail, width - 4)]
    return [f"  | … {left_out} lines before", *shown] if left_out > 0 else shown
