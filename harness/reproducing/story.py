"""The beginning of the script of a case: what was found, how to run it, the steps. Pure.

What plays the steps (`player.py`) and the drivers come behind it (`whole.py`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness import conditions
from harness.language.model import ACTORS, Actor
from harness.plan import Case
from harness.records.model import CaseRecord
from harness.reproducing.steps import WIDTH, Steps, literal


@dataclass(frozen=True)
class Side:
    """How a script starts the driver of one side: the commands that build it, and last the one that
    starts it; the names of the drivers whose sources it needs for that. `shown` and `packages` are
    for people."""

    commands: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...]
    shown: str
    packages: tuple[str, ...] = ()

    @property
    def takes_python(self) -> bool:
        """Whether any Python may run it."""
        return self.commands[-1][0] == "{python}"


def story(
    case: Case,
    facts: Mapping[Actor, conditions.Facts],
    sides: Mapping[Actor, Side],
    record: CaseRecord,
    patience: tuple[float, float],
) -> str:
    """Return the beginning of the script for a case that was found wrong. Raise NoScript.

    `patience`: the seconds after which a call hangs, and the factor for slow machines."""
    head = [f"{side.upper()} = {literal(sides[side].commands)}" for side in ACTORS]
    lines = [
        "#!/usr/bin/env python3",
        '"""' + "\n".join(map(in_docstring, _about(case, facts, sides, record))),
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *head,
        f"TRANSPORT = {literal(case.transport)}",
        f"PATIENCE = {patience!r}  # seconds after which a call hangs; factor for slow machines",
        "",
        "",
        "def steps(case):",
        *(f"    {line}" for line in Steps(case, facts, record.failure).lines()),
    ]
    return "\n".join(lines) + "\n"


def _about(
    case: Case,
    facts: Mapping[Actor, conditions.Facts],
    sides: Mapping[Actor, Side],
    record: CaseRecord,
) -> Iterator[str]:
    failure = record.failure
    assert failure is not None
    yield from textwrap.wrap(record.claim, WIDTH)
    yield ""
    yield f"Case:      {case.id}, {failure.file}:{failure.line}"
    for side in ACTORS:
        yield f"{side.capitalize() + ':':10} {sides[side].shown}"
    yield from _labelled("Expected:", f"{failure.step}: {failure.expected}")
    yield from _labelled("Came:", failure.actual)
    if record.expectation is not None:
        known = f"{record.expectation.reason} {record.expectation.link or ''}"
        yield from _labelled("Known:", known)
    yield ""
    server = facts["server"]
    kernel = ".".join(map(str, server.kernel))
    yield from textwrap.wrap(
        f"Run it: python3 SCRIPT [SERVER [CLIENT]], Python 3.10 or newer. {_sides_said(sides)} "
        "Exit status 1: the fault shows. 0: it does not. 2: it could not be tried. The steps are "
        f"those for {server.runtime} on {server.system} {kernel}. What plays them stands below, "
        "and the drivers, packed: --unpack FOLDER writes them.",
        WIDTH,
    )


def _labelled(label: str, text: str) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH - 15)]
    return [f"{label:10} {line}" if not at else f"{'':10} {line}" for at, line in enumerate(lines)]


def _sides_said(sides: Mapping[Actor, Side]) -> str:
    """What may be named in the place of SERVER and CLIENT."""
    takes = {side.takes_python for side in sides.values()}
    if takes != {True}:
        python = "the Python of a side, or " if True in takes else ""
        return f"SERVER and CLIENT are {python}another command for its driver."
    packages = sorted({one for side in sides.values() for one in side.packages})
    need = f", which need {' and '.join(packages)}" if packages else ""
    return f"SERVER and CLIENT are the Pythons of the two sides{need}: this one when not said."


def in_docstring(text: str) -> str:
    """Text that may come from anywhere, as it has to stand between triple quotes."""
    return "".join(
        f"\\{c}" if c in '\\"' else c if c.isprintable() else ascii(c)[1:-1] for c in text
    )
