"""Many drivers held against the protocol, as a table: implementations by interpreters. Pure.

A cell has the version of the library on trial, `ok` where it is the interpreter's own, WRONG for a
driver that breaks the protocol, `-` for one that cannot be had here; the reasons stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.line import Line, Role


@dataclass(frozen=True)
class Smoked:
    """What came of one implementation. `wrong` are sentences; with a `reason` it was not tried.

    `said` is who it said to be, `version` that of its library when it needs one."""

    name: str
    said: str = ""
    version: str = ""
    checks: int = 0
    wrong: tuple[str, ...] = ()
    reason: str = ""

    @property
    def cell(self) -> tuple[str, Role]:
        """What stands in the table, and its role."""
        if self.reason:
            return "-", "unsupported"
        return ("WRONG", "fail") if self.wrong else (self.version or "ok", "pass")


def story(one: Smoked) -> Iterator[Line]:
    """Yield what one came to, a line and one for each thing that is wrong."""
    if one.reason:
        yield Line(f"-      {one.reason}", "unsupported")
        return
    yield Line(f"{'WRONG ' if one.wrong else 'ok    '} {one.name}: {one.said}")
    for sentence in one.wrong:
        yield Line(f"         {sentence}", "fail")


def table(everyone: Sequence[Smoked]) -> Iterator[list[Line]]:
    """Yield the rows, in parts with roles of their own, and the sums."""
    cells = {one.name.partition("@")[::2]: one.cell for one in everyone}
    names = list(dict.fromkeys(name for name, _ in cells))
    pythons = list(dict.fromkeys(python for _, python in cells))
    room = max(map(len, names), default=0)
    widths = [
        max(len(python), *(len(cells.get((name, python), ("", ""))[0]) for name in names))
        for python in pythons
    ]
    heads = (f"  {python:<{width}}" for python, width in zip(pythons, widths, strict=True))
    yield [Line(" " * room + "".join(heads).rstrip(), "heading")]
    for name in names:
        row = [Line(f"{name:<{room}}")]
        for python, width in zip(pythons, widths, strict=True):
            text, role = cells.get((name, python), ("", "plain"))
            row.append(Line(f"  {text:<{width}}", role))
        yield row
    yield [Line(_sums(everyone))]


def _sums(everyone: Sequence[Smoked]) -> str:
    tried = [one for one in everyone if not one.reason]
    good = [one.name.partition("@")[::2] for one in tried if not one.wrong]
    apart = len(everyone) - len(tried)
    return (
        f"tried: {len(tried)}, wrong: {len(tried) - len(good)}, not to be had: {apart}; "
        f"{len({name for name, _ in good})} implementations and"
        f" {len({python for _, python in good if python})} interpreters pass"
    )
