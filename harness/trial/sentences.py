"""The sentences of the contracts, by number, and which of them a record looks at. Pure.

The text of the page is given; how a scenario names a sentence (`spec: [contract echo.1]`) is known
here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MARK = "contract "
_BEGIN = re.compile(r"- \*\*([a-z]+\.\d+)\*\* (.+)")


@dataclass(frozen=True)
class Sentence:
    """One promise: its number (`echo.1`), its words, its line in the page, counted from 1."""

    id: str
    text: str
    line: int


def parse(page: str) -> Mapping[str, Sentence]:
    """Read the numbered sentences of the page, in its order. Raise ValueError when two have the
    same number."""
    found: dict[str, Sentence] = {}
    current: str | None = None
    for number, line in enumerate(page.splitlines(), 1):
        begun = _BEGIN.fullmatch(line)
        if begun is not None:
            current = begun[1]
            if current in found:
                raise ValueError(f"two sentences are called {current}")
            found[current] = Sentence(current, begun[2], number)
        elif current is not None and line.startswith("  "):
            before = found[current]
            found[current] = Sentence(current, f"{before.text} {line.strip()}", before.line)
        else:
            current = None
    return found


def named(spec: Iterable[str]) -> tuple[str, ...]:
    """Which sentences a `spec` names."""
    return tuple(word.removeprefix(_MARK) for word in spec if word.startswith(_MARK))


def as_spec(*ids: str) -> tuple[str, ...]:
    """Name sentences as a `spec` does."""
    return tuple(_MARK + one for one in ids)
