"""Which failures are none, or only a variation: what a program says of itself, and time. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.records.model import CaseRecord
from harness.trial.sentences import named
from harness.trial.target import Target

# What a program that serves one client after another cannot keep.
_NEEDS_MANY = {"life.6", "echo.6", "chargen.4", "echo.7", "life.5"}


def only_late(record: CaseRecord) -> bool:
    """Whether everything was right but for a bound of time."""
    failure = record.failure
    return failure is not None and failure.expected.startswith("its end within")


def judged(record: CaseRecord, target: Target) -> CaseRecord:
    """The record as it counts for this target."""
    lenient = target.one_by_one and bool(_NEEDS_MANY & set(named(record.spec)))
    if record.verdict == "fail" and lenient:
        why = "it serves one client after another, as was said of it"
        return replace(record, verdict="varies", data="varies", why=why)
    return record
