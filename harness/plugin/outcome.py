"""What pytest makes of a verdict: a test that passes, fails, is skipped, or fails as foretold."""

from __future__ import annotations

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from harness.plugin import junit
from harness.records.model import CaseRecord
from harness.report import failure


class Unexpected(Exception):
    """A case whose verdict somebody must look at."""

    def __init__(self, record: CaseRecord) -> None:
        super().__init__(record.id)
        self.record = record


def conclude(item: pytest.Item, record: CaseRecord) -> None:
    """Give an item's report its properties, and raise what pytest is to make of the verdict."""
    item.user_properties.extend(junit.properties(record))
    if record.unexpected:
        raise Unexpected(record)
    if record.verdict == "unsupported":
        pytest.skip(record.why or "unsupported")
    if record.foretold:
        pytest.xfail(record.expectation.reason if record.expectation else "")


def told(excinfo: pytest.ExceptionInfo[BaseException]) -> TerminalRepr | None:
    """What people read of an unexpected verdict; None of anything else that was raised."""
    unexpected = excinfo.value
    return VerdictRepr(unexpected.record) if isinstance(unexpected, Unexpected) else None


class VerdictRepr(TerminalRepr):
    """A failed case as pytest shows it: our text, with the place in the YAML file."""

    def __init__(self, record: CaseRecord) -> None:
        self.text = failure.failure_text(record)
        at = record.failure
        self.reprcrash = ReprFileLocation(
            path=at.file if at else record.file,
            lineno=at.line if at else record.line,
            message=_in_one_line(record),
        )

    def __str__(self) -> str:
        return self.text

    def toterminal(self, tw: TerminalWriter) -> None:
        tw.line(self.text)


def _in_one_line(record: CaseRecord) -> str:
    if record.stale:
        return "a deviation that is listed as known did not show"
    if record.failure is None:
        return f"{record.verdict}: {record.why or ''}".splitlines()[0]
    at = record.failure
    return f"{record.verdict}: {at.step}: expected {at.expected}, got {at.actual}"
