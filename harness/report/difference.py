"""Two pieces of data, one above the other, and a mark below the first byte that differs. Pure.

Data comes as a record has it: its size, its first 64 bytes, a digest of longer ones. So there is
a difference which can be told but not shown, behind the 64th byte.
"""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len

from harness.records.model import Data
from harness.report.readable import as_text, shorten

_ROW = 16  # bytes in a row of hex
_BEFORE = 12  # characters of text that are shown before the difference
_LABEL = 10  # columns of "expected  "

Role = Literal["expected", "actual", "caret"]


def compare(expected: Data, actual: Data, width: int) -> list[tuple[str, Role]]:
    """Return lines of at most `width` columns, and of each what it shows."""
    heads = bytes.fromhex(expected.head), bytes.fromhex(actual.head)
    at = _first_difference(*heads)
    sizes = [_bytes(data.size) for data in (expected, actual)]
    column = _LABEL + max(map(len, sizes)) + 2
    one, other = map(as_text, heads)
    if one is None or other is None:
        rows, mark = _hex_rows(heads, at)
    else:
        rows, mark = _text_rows((one, other), heads, at, width - column)
    first, second = (
        f"{label:<{_LABEL}}{size:>{column - _LABEL - 2}}  {row}".rstrip()
        for label, size, row in zip(("expected", "actual"), sizes, rows, strict=True)
    )
    pointer = _pointer(column + mark, _verdict(expected, actual, heads, at), width)
    return [(first, "expected"), (second, "actual"), *((line, "caret") for line in pointer)]


def _first_difference(expected: bytes, actual: bytes) -> int:
    pairs = zip(expected, actual)  # noqa: B905 - one may well be shorter
    shorter = min(len(expected), len(actual))
    return next((at for at, (one, other) in enumerate(pairs) if one != other), shorter)


def _verdict(expected: Data, actual: Data, heads: tuple[bytes, bytes], at: int) -> str:
    more = actual.size - expected.size
    if at < min(map(len, heads)):
        return f"byte {at} is the first that differs"
    if more < 0 and at == actual.size:
        return f"ends here: {_bytes(-more)} too few"
    if more > 0 and at == expected.size:
        return f"goes on here: {_bytes(more)} too many"
    return f"the same up to here; {'the sizes differ' if more else 'the digests differ'}"


def _bytes(size: int) -> str:
    return "1 byte" if size == 1 else f"{size} bytes"


def _text_rows(
    texts: tuple[list[str], list[str]], heads: tuple[bytes, bytes], at: int, room: int
) -> tuple[list[str], int]:
    """Return both texts, from shortly before the difference on, and the column of the mark."""
    same = len(as_text(heads[0][:at]) or ())
    long = any(cell_len("".join(text)) + 2 > room for text in texts)
    start = max(0, same - _BEFORE) if long else 0
    opening = "…" if start else "'"
    rows = [shorten(f"{opening}{''.join(text[start:])}'", room) for text in texts]
    return rows, cell_len(opening + "".join(texts[0][start:same]))


def _hex_rows(heads: tuple[bytes, bytes], at: int) -> tuple[list[str], int]:
    """Return the row of sixteen bytes which has the difference, and the column of the mark."""
    start = at // _ROW * _ROW
    if start and start == max(map(len, heads)):
        start -= _ROW  # both end just here: the row before says more than an empty one
    rows = []
    for head in heads:
        row = head[start : start + _ROW].hex(" ")
        rows.append(f"{start:04x}: {row}" + (" …" if len(head) > start + _ROW else ""))
    return rows, 6 + 3 * (at - start)


def _pointer(column: int, verdict: str, width: int) -> list[str]:
    """Return the mark with its sentence: right of it, or else left, or else below."""
    if column + 2 + len(verdict) <= width:
        return [" " * column + "^ " + verdict]
    if column > len(verdict):
        return [f"{verdict} ^".rjust(column + 1)]
    return [" " * column + "^", " " * _LABEL + verdict]
