"""The one line that says how far a run is and what it is doing. Pure.

It is written over again and again on a terminal, so it must fit: a line that wraps cannot be
written over. The number of cases comes first, for it tells most where there is little room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.report.readable import escape, shorten, shorten_middle

_LONG = 1.0  # seconds from which on it is worth saying how long a case has taken
_LEAST = 12  # columns below which a part of an id says nothing


@dataclass
class Progress:
    """How far a run is. `running` has by id when a case began, in seconds of some clock."""

    total: int = 0
    done: int = 0
    unexpected: int = 0
    running: dict[str, float] = field(default_factory=dict)

    def line(self, now: float, width: int) -> str:
        """Return the line, in less than `width` columns, so that the cursor stays on it."""
        known = f"{self.done}/{self.total}" if self.total else str(self.done)
        if self.unexpected:
            known += f"  {self.unexpected} unexpected"
        text = f"{known}  {_doing(self.running, now, width - 3 - len(known))}".rstrip()
        return shorten(text, width - 1)


def _doing(running: Mapping[str, float], now: float, room: int) -> str:
    """The case that has run for the longest time; of several at once, how many."""
    if not running:
        return ""
    longest = min(running, key=lambda name: running[name])
    others = f"{len(running)} at once, for longest " if len(running) > 1 else ""
    seconds = now - running[longest]
    took = f"  {seconds:.0f} s" if seconds >= _LONG else ""
    for before in (others, ""):
        left = room - len(before) - len(took)
        if left >= _LEAST:
            return before + shorten_middle(escape(longest), left) + took
    return took.lstrip()
