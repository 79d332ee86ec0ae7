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

_STYLES: Mapping[Role, str] = {
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
_ASCII = str.maketrans("→│┌└╵─…·µ“”●├┤±", '>|,`!-~.u""o[]~')


def console(file: IO[str] | None = None, **options: Any) -> Console:
    """Return a console as reports need it: nothing is guessed from the text. NO_COLOR is obeyed.

    The options are those of `rich.console.Console`, `width` and `force_terminal` for instance.
    """
    return Console(file=file, markup=False, highlight=False, emoji=False, **options)


def paint(lines: Iterable[Line], out: Console) -> None:
    """Print lines in the colours of their roles."""
    for line in lines:
        paint_parts([line], out)


def paint_parts(parts: Iterable[Line], out: Console) -> None:
    """Print one line, made of parts with roles of their own."""
    whole = Text()
    for part in parts:
        whole.append(_in_letters_of(out, part.text), _STYLES[part.role])
    out.print(whole, soft_wrap=True)


def _in_letters_of(out: Console, text: str) -> str:
    if out.encoding.lower().startswith("utf"):
        return text
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()
