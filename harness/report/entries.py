"""From failures nobody has explained to entries of `expectations.yaml`. Pure text.

Failures of one implementation with the same step, expectation and outcome most likely have one
cause, so they become one entry. Its reason says only what was seen, behind a word that the loader
refuses: an entry counts when a person has found out why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from harness.language.deviations import UNEXPLAINED
from harness.plan import DEFAULT_IMPLEMENTATION
from harness.records.model import CaseRecord


def unexplained(cases: Iterable[CaseRecord]) -> list[CaseRecord]:
    """The cases that a list of deviations can speak of: wrong, not listed, no fault of ours."""
    wrong = [case for case in cases if case.unexpected and case.verdict != "broken"]
    return [case for case in wrong if not case.stale and case.failure]


def broken(cases: Iterable[CaseRecord]) -> list[CaseRecord]:
    """The cases that no entry excuses: the fault is the driver's, or the harness's."""
    return [case for case in cases if case.verdict == "broken"]


def stale(cases: Iterable[CaseRecord]) -> list[CaseRecord]:
    """The cases that are listed as known and pass: somebody has to take them out."""
    return [case for case in cases if case.stale]


def entries(cases: Iterable[CaseRecord]) -> Iterator[str]:
    """Yield the text of each entry."""
    groups: dict[tuple[str, ...], list[CaseRecord]] = {}
    for case in cases:
        groups.setdefault(_cause(case), []).append(case)
    for (name, scenario, gist), group in groups.items():
        yield "\n".join(_lines(name, scenario, gist, group)) + "\n"


def _cause(case: CaseRecord) -> tuple[str, str, str]:
    assert case.failure is not None
    at = case.failure
    # What stands in parentheses is the system's text, with ports and paths that change.
    actual = re.sub(r" \([^()]*(\([^()]*\))?[^()]*\)$", "", at.actual.splitlines()[0])
    return _suspect(case), case.scenario, f"{at.step}: expected {at.expected}, got {actual}"


def _suspect(case: CaseRecord) -> str:
    """The implementation that the entry is about: the one that is not the reference."""
    names = [case.implementations[actor] for actor in ("server", "client")]
    return next((n for n in names if n != DEFAULT_IMPLEMENTATION), DEFAULT_IMPLEMENTATION)


def _lines(name: str, scenario: str, gist: str, group: list[CaseRecord]) -> Iterator[str]:
    yield "- cases:"
    for case in group:
        # On another interpreter it is the same implementation.
        yield f"  - {_scalar(re.sub(r'@[^]-]*', '*', case.id))}"
    yield f"  only: impl:{name.partition('@')[0]}"
    yield "  kind: known"
    yield f"  reason: {json.dumps(f'{UNEXPLAINED} {gist}', ensure_ascii=False)}"


def _scalar(text: str) -> str:
    """Plain where YAML takes it so: ids have brackets, which only begin a list at the start."""
    return text if re.fullmatch(r"[\w.][\w.\[\]=*@/-]*", text) else json.dumps(text)
