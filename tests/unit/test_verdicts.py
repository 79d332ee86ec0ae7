"""The order of the verdicts, what they mean, and which of them are as expected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.records.model import Expectation
from harness.verdicts import MEANING, UNEXPECTED, VERDICTS, Verdict, worst
from tests.unit.record_samples import FAILED


def test_the_order_of_the_verdicts_is_the_one_that_is_documented() -> None:
    """From good to bad: what was shown, what was not to be shown, what went wrong."""
    assert VERDICTS == ("pass", "varies", "unsupported", "inconclusive", "fail", "broken")


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (("pass", "varies"), "varies"),
        (("fail", "inconclusive"), "fail"),
        (("broken", "fail"), "broken"),
        (("unsupported", None), "unsupported"),
    ],
)
def test_the_worst_verdict_counts_and_absent_phases_do_not(
    given_: tuple[Verdict | None, ...], expected: Verdict
) -> None:
    """A case is as bad as its worse phase."""
    assert worst(*given_) == expected


def test_without_any_verdict_there_is_no_worst_one() -> None:
    """Nothing known is not a pass."""
    with pytest.raises(ValueError, match="no verdict"):
        worst(None)


def test_every_verdict_has_a_meaning() -> None:
    """No verdict is shown without words for it."""
    assert tuple(MEANING) == VERDICTS


@pytest.mark.parametrize("verdict", VERDICTS)
def test_without_a_listed_deviation_the_verdict_alone_decides(verdict: Verdict) -> None:
    """fail, inconclusive and broken are news."""
    assert replace(FAILED, verdict=verdict).unexpected is (verdict in UNEXPECTED)


@pytest.mark.parametrize(
    ("kind", "verdict", "unexpected"),
    [
        ("known", "fail", False),
        ("known", "inconclusive", False),
        ("known", "broken", True),
        ("known", "pass", True),
        ("known", "unsupported", False),
        ("known", "varies", False),
        ("flaky", "fail", False),
        ("flaky", "pass", False),
        ("flaky", "broken", True),
    ],
)
def test_a_listed_deviation_excuses_a_failure_but_no_fault_of_ours(
    kind: Any, verdict: Verdict, unexpected: bool
) -> None:
    """A known deviation that passes is stale, a flaky one may pass, broken is never excused."""
    listed = Expectation(kind=kind, reason="the kernel is old")
    assert replace(FAILED, verdict=verdict, expectation=listed).unexpected is unexpected
