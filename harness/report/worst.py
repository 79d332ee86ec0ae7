"""Which cases somebody must look at, the worst first: for reports with little room. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.records.model import CaseRecord
from harness.report.readable import escape
from harness.verdicts import VERDICTS


def worst_first(cases: Iterable[CaseRecord]) -> list[CaseRecord]:
    """The unexpected cases by their verdict, each verdict in the order in which they came."""
    unexpected = [case for case in cases if case.unexpected]
    return sorted(unexpected, key=lambda case: -VERDICTS.index(case.verdict))


def in_one_line(case: CaseRecord) -> str:
    """What is wrong with a case, as one escaped sentence."""
    if case.stale:
        return "a deviation that is listed as known did not show"
    at = case.failure
    if at is None:
        return escape((case.why or "no reason was given").splitlines()[0])
    wanted = f"expected {at.expected}, got " if at.expected else ""
    return escape(f"{at.step}: {wanted}{at.actual}")
