"""Problems: the text that an author of a scenario sees, and nothing of how it was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.language.problems import (
    SHOWN_CELLS,
    SHOWN_PROBLEMS,
    Place,
    Problem,
    lines_of,
    nearest,
    render,
    render_all,
    suggest,
    visible,
)

OPERATIONS = ["send", "sendall", "recv", "recvfrom", "receive", "bind", "shutdown", "half-close"]


def caret(source: str, column: int, width: int | None = None, line: int = 1) -> list[str]:
    """The shown source line and the caret line, without the gutter."""
    text = render(Problem(Place(line, column, width), "wrong"), "f.yaml", source)
    return [row.partition("| ")[2] for row in text.split("\n")[1:]]


def test_the_whole_message() -> None:
    """A problem is told with place, sentence, hint, the line and carets under the word."""
    source = "\n" * 11 + "  - conn: recieve\n"
    problem = Problem(Place(12, 11, 7), "unknown operation `recieve`", "did you mean `receive`?")
    assert render(problem, "scenarios/close.yaml", source) == (
        "scenarios/close.yaml:12:11: unknown operation `recieve`; did you mean `receive`?\n"
        "    12 |   - conn: recieve\n"
        "       |           ^^^^^^^"
    )


def test_a_place_without_width_gets_one_caret() -> None:
    """What spans several lines is pointed at where it begins."""
    assert caret("a: [b", 4) == ["a: [b", "   ^"]


def test_a_tab_before_the_caret() -> None:
    """Tabs become spaces in both lines, so that the caret stays under its word."""
    assert caret("\ta:\tbad", 5, 3) == ["    a:    bad", "          ^^^"]


def test_wide_characters_before_and_under_the_caret() -> None:
    """Wide characters take two columns of the terminal, combining marks none."""
    assert caret("名前: 値段", 5, 2) == ["名前: 値段", "      ^^^^"]
    assert caret("Ａ: x", 4, 1) == ["Ａ: x", "    ^"]
    assert caret("e\u0301: x", 5, 1) == ["e\u0301: x", "   ^"]


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\x1b", "\\x1b"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_characters_that_a_terminal_obeys_or_hides(char: str, shown: str) -> None:
    """Control characters, text-reversing marks and surrogates are shown as escapes."""
    assert caret(f"{char}a", 2, 1) == [f"{shown}a", " " * len(shown) + "^"]
    assert visible(f"a{char}b") == f"a{shown}b"


def test_a_message_cannot_break_the_terminal() -> None:
    """A key quoted in a message, or a file's name, may hold control characters too."""
    head = render(Problem(Place(1, 1), "unknown key `\x1b[2J`"), "a\nb.yaml", "x")
    assert head.startswith("a\\x0ab.yaml:1:1: unknown key `\\x1b[2J`\n")


def test_a_long_line_is_cut_around_the_caret() -> None:
    """Both ends of a long line are cut, marked by an ellipsis, and the caret stays right."""
    shown, below = caret("x" * 500 + "bad" + "y" * 500, 501, 3)
    assert shown[below.index("^") : below.rindex("^") + 1] == "bad"
    assert shown[0] == shown[-1] == "…"
    assert len(shown) == SHOWN_CELLS + 2


def test_a_line_of_combining_marks_is_cut() -> None:
    """Characters that take no room do not make a message of a megabyte."""
    shown, _ = caret("a" + "\u0301" * 100_000, 1)
    assert len(shown) < 3 * SHOWN_CELLS


def test_a_place_outside_the_text_has_no_line() -> None:
    """A file that could not be read is complained of without an excerpt."""
    assert render(Problem(Place(1, 1), "it is a directory"), "d", "") == "d:1:1: it is a directory"
    assert render(Problem(Place(9, 1), "gone"), "d", "a\nb") == "d:9:1: gone"


def test_lines_end_as_editors_see_it() -> None:
    """LF, CR LF and CR end a line, and no other character does."""
    assert lines_of("a\r\nb\rc\nd\x85e\u2028f\x0cg") == ["a", "b", "c", "d\x85e\u2028f\x0cg"]


def test_all_problems_in_the_order_of_the_lines() -> None:
    """Problems come sorted by place, and the same one only once."""
    first, second, third = (Problem(Place(*at), "bad") for at in [(1, 2), (2, 1), (2, 3)])
    text = render_all([third, first, second, first], "f", "abc\nabc")
    heads = [row for row in text.split("\n") if row.startswith("f:")]
    assert heads == ["f:1:2: bad", "f:2:1: bad", "f:2:3: bad"]


def test_no_more_than_a_screenful() -> None:
    """Beyond the limit problems are counted, not shown."""
    problems = [Problem(Place(1, column), "bad") for column in range(1, SHOWN_PROBLEMS + 4)]
    rows = render_all(problems, "f", "x" * 99).split("\n")
    assert len(rows) == SHOWN_PROBLEMS * 3 + 1
    assert rows[-1] == "and 3 more"


def test_nothing_wrong_is_nothing_said() -> None:
    """An empty list of problems gives an empty text."""
    assert render_all([], "f", "x") == ""


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("recieve", "receive"),
        ("snd", "send"),
        ("SEND", "send"),
        ("half_close", "half-close"),
        ("shutdwon", "shutdown"),
        ("bnid", "bind"),
        ("recvform", "recvfrom"),
    ],
)
def test_a_slip_is_recognised(word: str, near: str) -> None:
    """Letters left out or swapped, other case, an underscore for a hyphen."""
    assert nearest(word, OPERATIONS) == near
    assert suggest(word, OPERATIONS) == f"did you mean `{near}`?"


@pytest.mark.parametrize("word", ["", "x", "telnet", "fetch", "7", "s" * 100_000])
def test_another_word_gets_no_suggestion(word: str) -> None:
    """A suggestion that has little to do with the word would mislead."""
    assert suggest(word, OPERATIONS) is None


@given(st.text(), st.integers(1, 50), st.integers(1, 300), st.none() | st.integers(1, 300))
def test_rendering_never_fails(source: str, line: int, column: int, width: int | None) -> None:
    """Any text with any place renders, in printable characters and bounded lines."""
    text = render(Problem(Place(line, column, width), "bad", "mend it"), "f.yaml", source)
    assert text.startswith(f"f.yaml:{line}:{column}: bad; mend it")
    assert text.count("\n") in (0, 2)
    assert max(map(len, text.split("\n"))) <= 3 * SHOWN_CELLS
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
