"""From the lines of a report to a console: colours, and letters that it can show.

Every text is printed as `Text`, never as markup, which would take `[tcp4-64B]` for a style; and
never cut to the console's width, for ids, places and commands are there to be copied. What the
lines say is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from harness.report.line import Line, Role

STYLES: Mapping[Role, str] = {
    "pass": "green",
    "varies": "yellow",
    "unsupported": "cyan",
    "inconclusive": "magenta",
    "fail": "bold red",
    "broken": "bold red",
    "plain": "",
    "faint": "dim",
    "heading": "bold",
    "place": "bold",
    "caret": "bold yellow",
    "expected": "green",
    "actual": "red",
    "command": "cyan",
}

# What reports draw, for terminals and files that know no more than ASCII.
_ASCII = str.maketrans("→│┌└╵─…·µ“”", '>|,`!-~.u""')


class _Console(Console):
    """A console which leaves it to the command line what a reader means who went away."""

    def on_broken_pipe(self) -> None:
        raise  # rich calls this while it handles the BrokenPipeError


def console(file: IO[str] | None = None, **options: Any) -> Console:
    """Return a console as reports need it: nothing is guessed from the text. NO_COLOR is obeyed.

    The options are those of `rich.console.Console`, `width` and `force_terminal` for instance.
    """
    return _Console(file=file, markup=False, highlight=False, emoji=False, **options)


def paint(lines: Iterable[Line], out: Console) -> None:
    """Print lines in the colours of their roles."""
    for line in lines:
        out.print(painted(line.text, line.role, out), soft_wrap=True)


def painted(text: str, role: Role, out: Console) -> Text:
    """Return a text, already escaped, in the colour of its role and in letters that `out` has."""
    if not out.encoding.lower().startswith("utf"):
        text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode()
    return Text(text, STYLES[role])
