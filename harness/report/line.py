"""A line of a report: its words, and what they are for. Pure.

Reports are made of these, so that one text serves a terminal with colours, a pipe and a golden
file. Which colour a role has is known to `paint.py` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from harness.verdicts import Verdict

Role = (
    Verdict
    | Literal["plain", "faint", "heading", "place", "caret", "expected", "actual", "command"]
)


@dataclass(frozen=True)
class Line:
    """One line, already escaped."""

    text: str
    role: Role = "plain"


def rule(title: str, width: int, role: Role = "heading") -> Line:
    """Return a title drawn out to the width; a title that is wider stays whole."""
    begun = f"── {title} "
    return Line(begun + "─" * max(2, width - cell_len(begun)), role)
