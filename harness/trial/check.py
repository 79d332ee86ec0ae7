"""What every trial is made of: checks that are not made yet. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.records.model import CaseRecord, ScenarioRecord


class Pointless(Exception):
    """A check that is not made; the text says why."""


@dataclass(frozen=True)
class Check:
    """One check, not made yet: the id of its case, the sentences it is about, what makes it, and
    what writes a script of it once it has found something (where a script can do the same), and
    the scenario that it plays (where it plays one)."""

    id: str
    sentences: tuple[str, ...]
    run: Callable[[], CaseRecord]
    script: Callable[[CaseRecord], str] | None = None
    scenario: ScenarioRecord | None = None
