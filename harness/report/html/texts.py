"""Texts of records made fit for the page: every sign visible, no text without an end. Pure.

The page shows texts as text, so nothing in them can become markup. What is left to do is what a
browser would do by itself: turn the direction, break lines at odd signs, or choke on a megabyte.
"""

from __future__ import annotations

from typing import Any

from harness.report.readable import escape

LONGEST = 8_000  # signs of one text; the record has the rest
_DEEPEST = 6


def shown(text: str, most: int = LONGEST) -> str:
    """Return the text with everything invisible spelled out; its line ends stay."""
    cut = text[:most]
    lines = "\n".join(escape(line) for line in cut.split("\n"))
    left = len(text) - len(cut)
    return lines if not left else f"{lines}… {left:,} more signs are in the record"


def shown_value(value: Any, depth: int = 0) -> Any:
    """Return what a driver or a header said of itself, with its texts fit for the page."""
    if isinstance(value, str):
        return shown(value, 400)
    if isinstance(value, dict) and depth < _DEEPEST:
        return {shown(str(key), 80): shown_value(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)) and depth < _DEEPEST:
        return [shown_value(one, depth + 1) for one in value]
    if value is None or isinstance(value, (bool, float)):
        return value
    # A number too long for JavaScript would come out as another one.
    return value if isinstance(value, int) and abs(value) < 2**53 else shown(str(value), 400)
