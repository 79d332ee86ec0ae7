"""Two pieces of data, one above the other, and a mark below the first byte that differs. Pure.

Data comes as a record has it: its size, its first 64 bytes, a digest of longer ones. So there is
a difference which can be told but not shown, behind the 64th byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from harness.records.model import Data
from harness.report.readable import as_text, shorten

_ROW, _SHORT_ROW = 16, 8  # bytes in a row of hex
_ROW_COLUMNS = 55  # what the longer one needs
_BEFORE = 12  # characters of text that are shown before the difference
_LABEL = 10  # columns of "expected  "

Role = Literal["expected", "actual", "caret"]


def compare(expected: Data, actual: Data, width: int) -> list[tuple[str, Role]]:
    """Return lines of at most `width` columns, and of each what it shows."""
    pair = _Piece.of(expected), _Piece.of(actual)
    at = _first_difference(pair)
    sizes = [_bytes(piece.size) for piece in pair]
    column = _LABEL + max(map(len, sizes)) + 2
    if all(piece.signs is not None for piece in pair):
        rows, mark = _text_rows(pair, at, width - column)
    else:
        rows, mark = _hex_rows(pair, at, _ROW if width - column >= _ROW_COLUMNS else _SHORT_ROW)
    first, second = (
        f"{label:<{_LABEL}}{size:>{column - _LABEL - 2}}  {row}".rstrip()
        for label, size, row in zip(("expected", "actual"), sizes, rows, strict=True)
    )
    pointer = _pointer(column + mark, _verdict(pair, at), width)
    return [(first, "expected"), (second, "actual"), *((line, "caret") for line in pointer)]


@dataclass(frozen=True)
class _Piece:
    """One side: its size, the bytes that are known, and these as signs where they are text."""

    size: int
    head: bytes
    signs: list[str] | None

    @classmethod
    def of(cls, data: Data) -> _Piece:
        head = bytes.fromhex(data.head)
        return cls(data.size, head, as_text(head, cut=data.size > len(head)))

    @property
    def whole(self) -> bool:
        return len(self.head) == self.size


Pair = tuple[_Piece, _Piece]


def _first_difference(pair: Pair) -> int:
    one, other = (piece.head for piece in pair)
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _verdict(pair: Pair, at: int) -> str:
    expected, actual = pair
    more = actual.size - expected.size
    if at < min(len(piece.head) for piece in pair):
        return f"byte {at} is the first that differs"
    if more < 0 and at == actual.size:
        return f"ends here: {_bytes(-more)} too few"
    if more > 0 and at == expected.size:
        return f"goes on here: {_bytes(more)} too many"
    return f"the same up to here; {'the sizes differ' if more else 'the digests differ'}"


def _bytes(size: int) -> str:
    return "1 byte" if size == 1 else f"{size} bytes"


def _text_rows(pair: Pair, at: int, room: int) -> tuple[list[str], int]:
    """Return both texts, from shortly before the difference on, and the column of the mark."""
    same = len(as_text(pair[0].head[:at], cut=True) or ())
    texts = [piece.signs or [] for piece in pair]
    long = any(cell_len("".join(text)) + 2 > room for text in texts)
    start = max(0, same - _BEFORE) if long else 0
    opening = "…" if start else "'"
    rows = [
        shorten(opening + "".join(text[start:]) + ("'" if piece.whole else "…"), room)
        for piece, text in zip(pair, texts, strict=True)
    ]
    return rows, cell_len(opening + "".join(texts[0][start:same]))


def _hex_rows(pair: Pair, at: int, length: int) -> tuple[list[str], int]:
    """Return the row of hex which has the difference, and the column of the mark."""
    start = at // length * length
    if start and start == max(len(piece.head) for piece in pair):
        start -= length  # both end just here: the row before says more than an empty one
    end = start + length
    rows = [
        f"{start:04x}: {piece.head[start:end].hex(' ')}" + (" …" if piece.size > end else "")
        for piece in pair
    ]
    return rows, 6 + 3 * (at - start)


def _pointer(column: int, verdict: str, width: int) -> list[str]:
    """Return the mark with its sentence: right of it, or else left, or else below."""
    if column + 2 + len(verdict) <= width:
        return [" " * column + "^ " + verdict]
    if column > len(verdict):
        return [f"{verdict} ^".rjust(column + 1)]
    return [" " * column + "^", " " * _LABEL + verdict]
