"""Bytes in the text of a failure: as text or in hex, and where they first differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.records.evidence import Data
from harness.report.difference import compare
from harness.report.failure import failure_text
from harness.report.readable import as_text
from tests.unit import golden
from tests.unit.record_samples import data, failed_with


@pytest.mark.parametrize(
    ("content", "signs"),
    [
        (b"ab", ["a", "b"]),
        (b"a\r\n\t", ["a", r"\r", r"\n", r"\t"]),
        ("ü".encode(), ["ü"]),
        (b"\x00", None),
        (b"\xff", None),
        (b"\x1b[31m", None),
        ("ü".encode()[:1], None),
        (b"", []),
    ],
)
def test_bytes_are_text_when_all_of_them_are_printed_signs(
    content: bytes, signs: list[str] | None
) -> None:
    """Ends of lines and tabs count as text; an escape makes it binary."""
    assert as_text(content) == signs


def test_a_text_whose_last_character_was_cut_is_still_a_text() -> None:
    """Only the first 64 bytes are kept, wherever a character ends."""
    assert as_text("grü".encode()[:3], cut=True) == ["g", "r"]
    assert as_text(b"gr\xff", cut=True) is None


@pytest.mark.parametrize(
    ("name", "expected", "actual"),
    [
        ("shorter", data(b"question"), data(b"quest")),
        ("longer", data(b"question"), data(b"questions?")),
        ("other-text", data(b"question"), data(b"quesTion")),
        ("long-text", data(b"line\n" * 12 + b"end."), data(b"line\n" * 11 + b"lime\nend")),
        ("hex", data(bytes(range(40))), data(bytes(range(25)) + b"\xff" + bytes(14))),
        ("nothing", data(b"\x00\x01"), data(b"")),
        ("behind-the-head", data(bytes(64), 1 << 20, "aa"), data(bytes(64), 1 << 20, "bb")),
        ("size-behind-the-head", data(b"a" * 64, 70_000, "aa"), data(b"a" * 64, 69_999, "bb")),
    ],
)
def test_the_first_difference_of_bytes_is_pointed_at(
    name: str, expected: Data, actual: Data
) -> None:
    """Two lines with the sizes, and a mark below the first byte that differs."""
    lines = [line for line, _ in compare(expected, actual, 80)]
    golden.check(f"difference-{name}", "\n".join(lines))


def test_rows_of_hex_are_shorter_in_a_narrow_terminal() -> None:
    """Eight bytes where sixteen do not fit, from the row that differs."""
    lines = compare(data(bytes(range(20))), data(bytes(range(12))), 60)
    assert [line for line, _ in lines] == [
        "expected  20 bytes  0008: 08 09 0a 0b 0c 0d 0e 0f …",
        "actual    12 bytes  0008: 08 09 0a 0b",
        "           ends here: 8 bytes too few ^",
    ]


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(50, 120))
def test_before_the_mark_both_rows_are_the_same_and_from_it_on_they_differ(
    one: bytes, other: bytes, width: int
) -> None:
    """Whatever the bytes are, and however wide the terminal."""
    (above, _), (below, _), (pointer, _), *_ = compare(data(one), data(other), width)
    sizes = max(len("1 byte" if len(each) == 1 else f"{len(each)} bytes") for each in (one, other))
    start, mark = 10 + sizes + 2, pointer.index("^")
    upper, lower = (_in_columns(row[start:]).ljust(mark - start) for row in (above, below))
    assert upper[: mark - start] == lower[: mark - start]
    assert (upper[mark - start :] == lower[mark - start :]) is (one == other)


def _in_columns(text: str) -> str:
    """One letter for each column: a wide letter is followed by a filler."""
    return "".join(each.ljust(cell_len(each), "_") for each in text if cell_len(each))


def test_equal_bytes_are_not_compared() -> None:
    """The difference lies elsewhere, in the time for instance, and is told in words."""
    both = data(b"same")
    text = failure_text(failed_with(expected="in 5 ms", expected_data=both, actual_data=both))
    assert "expected  in 5 ms" in text


@pytest.mark.parametrize("head", ["zz", "00" * 9])
def test_spoilt_bytes_are_not_compared(head: str) -> None:
    """A record may come through foreign hands; the words still stand."""
    spoilt = replace(data(b"12345678"), head=head)
    text = failure_text(failed_with(expected_data=data(b"x"), actual_data=spoilt))
    assert "expected  eof" in text
