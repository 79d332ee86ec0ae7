"""Intervals of ratios as strips on one axis, with letters alone. Pure.

    -2 %       0       +2 %      +4 %
              ├●┤                        asyncio-sock
                    ├───●───┤            gevent

The axis is logarithmic: half as long and twice as long lie equally far from 1. What lies outside of
the terminal's letters is replaced where lines are painted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.readable import pad, shorten_middle

# Percent between two marks of the axis; the first that leaves at most so many marks is taken.
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
_MARKS = 6
_TIMES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)
_NARROWEST = 20  # columns, below which a strip shows nothing


@dataclass(frozen=True)
class Strip:
    """One interval; without bounds it is a point."""

    name: str
    ratio: float
    low: float | None
    high: float | None


def strips(given: Sequence[Strip], width: int = 80) -> list[str]:
    """Return the lines of the plot; none when there is nothing to compare or no room for it."""
    names = min(max((len(one.name) for one in given), default=0), width // 3)
    room = width - names - 6
    if not given or room < _NARROWEST:
        return []
    axis = _Axis.around(given, room)
    lines = [f"  {pad('', names)}  {axis.labels()}"]
    for one in given:
        lines.append(f"  {pad(shorten_middle(one.name, names), names)}  {axis.drawn(one)}".rstrip())
    return lines


@dataclass(frozen=True)
class _Axis:
    """Where a ratio stands: the logarithms of the ends, and how many columns lie between them."""

    low: float
    high: float
    room: int

    @classmethod
    def around(cls, given: Sequence[Strip], room: int) -> _Axis:
        ends = [0.0]
        for one in given:
            ends += [math.log(edge) for edge in (one.low, one.ratio, one.high) if edge]
        low, high = min(ends), max(ends)
        margin = max(0.1 * (high - low), 0.002)
        return cls(low - margin, high + margin, room)

    def column(self, ratio: float) -> int:
        part = (math.log(ratio) - self.low) / (self.high - self.low)
        return min(max(round(part * (self.room - 1)), 0), self.room - 1)

    def drawn(self, one: Strip) -> str:
        cells = [" "] * self.room
        cells[self.column(1.0)] = "│"
        if one.low and one.high:
            begin, end = self.column(one.low), self.column(one.high)
            cells[begin : end + 1] = "─" * (end - begin + 1)
            cells[begin], cells[end] = "├", "┤"
        cells[self.column(one.ratio)] = "●"
        return "".join(cells)

    def labels(self) -> str:
        """The marks, each centred over its column, as far as they do not touch."""
        line = " " * self.room
        for ratio, text in sorted(self._marks(), key=lambda mark: abs(math.log(mark[0]))):
            at = min(max(self.column(ratio) - len(text) // 2, 0), self.room - len(text))
            if not line[max(at - 1, 0) : at + len(text) + 1].strip():
                line = line[:at] + text + line[at + len(text) :]
        return line.rstrip()

    def _marks(self) -> Iterator[tuple[float, str]]:
        low, high = math.exp(self.low), math.exp(self.high)
        if high > 2 * low:
            yield from ((times, f"x{times:g}") for times in _TIMES if low <= times <= high)
            return
        step = next((s for s in _STEPS if 100 * (high - low) / s <= _MARKS), _STEPS[-1])
        for number in range(math.ceil(100 * (low - 1) / step), int(100 * (high - 1) / step) + 1):
            percent = number * step
            yield 1 + percent / 100, f"{percent:+g} %" if number else "0"
