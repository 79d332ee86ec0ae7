"""The line of a run that goes on."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from harness.report.progress import Progress


def progress(*ids: str, unexpected: int = 0) -> Progress:
    """A run with these cases running, the first since second 0, each later by one."""
    running = {name: float(at) for at, name in enumerate(ids)}
    return Progress(total=412, done=37, unexpected=unexpected, running=running)


def test_it_says_how_far_and_what() -> None:
    """A short case has its name, a long one its seconds too."""
    assert progress("close.rst[tcp4]").line(0.9, 80) == "37/412  close.rst[tcp4]"
    assert progress("close.rst[tcp4]").line(7.2, 80) == "37/412  close.rst[tcp4]  7 s"


def test_of_several_at_once_it_shows_the_one_that_takes_longest() -> None:
    """With -n, that is what everybody waits for."""
    line = progress("b.two[tcp4]", "a.one[tcp4]", unexpected=3).line(5, 80)
    assert line == "37/412  3 unexpected  2 at once, for longest b.two[tcp4]  5 s"


def test_before_anything_is_known() -> None:
    """Nothing is made up."""
    assert Progress().line(0, 80) == "0"


@pytest.mark.parametrize("width", [*range(2, 60), 200])
def test_it_never_reaches_the_edge(width: int) -> None:
    """A line that wraps cannot be written over; wide signs and hostile names included."""
    name = "close." + "宽" * 40 + "\x1b[2J[tcp4-size=65536]"
    line = progress(name, "b[tcp4]").line(100, width)
    assert cell_len(line) < width
    assert line.isprintable()


def test_what_is_left_of_it_in_a_narrow_terminal() -> None:
    """The count first, then the time, then the end of the id, which tells most."""
    line = progress("close.half-close-then-reply[tcp4]").line(12, 40)
    assert line == "37/412  close.half-c…-reply[tcp4]  12 s"
    assert progress("close.half-close-then-reply[tcp4]").line(12, 20) == "37/412  12 s"
