"""What is wrong with a file, said so that its author can mend it: place, sentence, hint, the line.

Owns the look of every message about a scenario file. It knows nothing of YAML or of scenarios, and
it is pure: the caller brings the file's name and its text.

A line is what editors number: it ends with LF, CR LF or CR. A column counts characters from 1.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

# A terminal of 100 columns minus the gutter: a longer source line is cut around its caret.
SHOWN_CELLS = 88
# How much of a cut line stays in front of the caret, so that the reader sees where he is.
SHOWN_BEFORE = 40
# Columns a tab is shown as. Its real width is the terminal's affair, so it becomes spaces.
TAB_CELLS = 4
# More than a screenful of messages helps nobody; the rest is counted.
SHOWN_PROBLEMS = 20
# Below this likeness (difflib's ratio) a suggestion is a guess that misleads: `recieve`/`receive`
# has 0.86, `snd`/`send` 0.86, `bind`/`find` 0.75, `peek`/`poll` 0.5.
LIKENESS = 0.7

_GUTTER = 6
_LINE_END = re.compile(r"\r\n|\r|\n")
# Controls, invisible formatters (also the ones that reverse text), surrogates, separators.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file: line and column from 1, and how many characters it spans.

    `width` is None for what spans several lines or has no length. It takes no part in comparing.
    """

    line: int
    column: int
    width: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `message` and `hint` are clauses without a full stop."""

    place: Place
    message: str
    hint: str | None = None


def lines_of(source: str) -> list[str]:
    """The lines of a text as editors number them, without their ends."""
    return _LINE_END.split(source)


def render(problem: Problem, file: str, source: str) -> str:
    """`file:line:col: message; hint`, and below it the source line with a caret run.

    A place outside `source` (a file that could not be read) is told without a line.
    """
    return _render(problem, file, lines_of(source))


def render_all(problems: Iterable[Problem], file: str, source: str) -> str:
    """All problems of one file in the order of the lines, each once; at most `SHOWN_PROBLEMS`."""
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.place)
    lines = lines_of(source)
    shown = [_render(problem, file, lines) for problem in ordered[:SHOWN_PROBLEMS]]
    if len(ordered) > SHOWN_PROBLEMS:
        shown.append(f"and {len(ordered) - SHOWN_PROBLEMS} more")
    return "\n".join(shown)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most likely a slip of, or None when nothing is close."""
    exact = {name.casefold().replace("_", "-"): name for name in known}
    wanted = word.casefold().replace("_", "-")
    close = difflib.get_close_matches(wanted, exact, n=1, cutoff=LIKENESS)
    return exact[close[0]] if close else None


def suggest(word: str, known: Iterable[str]) -> str | None:
    """A hint for an unknown word: ``did you mean `receive`?``, or None when nothing is close."""
    near = nearest(word, known)
    return None if near is None else f"did you mean `{near}`?"


def visible(text: str) -> str:
    """The text on one line with whatever a terminal would obey or hide shown as an escape."""
    return "".join(_escape(char) if _is_invisible(char) else char for char in text)


def _render(problem: Problem, file: str, lines: list[str]) -> str:
    place = problem.place
    said = problem.message if problem.hint is None else f"{problem.message}; {problem.hint}"
    head = f"{visible(file)}:{place.line}:{place.column}: {visible(said)}"
    if place.line > len(lines) or not any(lines):
        return head
    shown, caret = _excerpt(lines[place.line - 1], place.column - 1, place.width or 1)
    return f"{head}\n{place.line:>{_GUTTER}} | {shown}\n{'':>{_GUTTER}} | {caret}"


def _excerpt(line: str, at: int, width: int) -> tuple[str, str]:
    """The line as it is shown and the caret line below it; `at` counts characters from 0."""
    before = _fit(reversed(line[:at]), SHOWN_BEFORE)[::-1]
    indent = _cells_of(before)
    after = _fit(line[at:], SHOWN_CELLS - indent)
    left = "…" if len(before) < min(at, len(line)) else ""
    right = "…" if len(after) < len(line[at:]) else ""
    shown = f"{left}{''.join(before)}{''.join(after)}{right}"
    run = max(1, _cells_of(after[:width]))
    return shown.rstrip(), " " * (len(left) + indent) + "^" * run


def _fit(chars: Iterable[str], cells: int) -> list[str]:
    """The first characters, as they are shown, that fit into so many cells.

    Not more than twice as many characters as cells: combining marks take no room, without end.
    """
    shown: list[str] = []
    for char in itertools.islice(chars, 2 * cells):
        piece = _shown(char)
        cells -= _cells(piece)
        if cells < 0:
            break
        shown.append(piece)
    return shown


def _shown(char: str) -> str:
    if char == "\t":
        return " " * TAB_CELLS
    return _escape(char) if _is_invisible(char) else char


def _cells_of(pieces: Iterable[str]) -> int:
    return sum(map(_cells, pieces))


def _cells(piece: str) -> int:
    """Terminal columns of a piece: wide characters take two, combining marks none."""
    if piece.isascii():
        return len(piece)
    if unicodedata.category(piece) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(piece) in "WF" else 1


def _is_invisible(char: str) -> bool:
    return not (" " <= char <= "~") and unicodedata.category(char) in _INVISIBLE


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
