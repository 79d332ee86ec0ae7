"""Two columns held against each other, case by case: of one record, or of two."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from harness.commands.diff import command as diff
from harness.report.columns import by_implementation
from harness.report.contrast import contrast, differing
from tests.unit.on_trial import KNOWN, one, record_of
from tests.unit.record_samples import FAILED, PASSED


def test_a_contrast_lists_cases_with_two_verdicts_alone() -> None:
    """And counts what is the same, and what only one was asked."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "b", "b"),
        one(PASSED, "a", "a", "tcp6"),
        one(PASSED, "b", "b", "tcp6"),
        one(PASSED, "a", "a", "unix-stream"),
    ]
    columns = by_implementation(cases)
    sides = columns["a"], columns["b"]
    assert [line.text for line in contrast(("a", "b"), sides)] == [
        "close.half-close-then-reply[tcp4]",
        "  a  pass",
        "  b  fail: conn: recv: eof expected, 6 bytes 'answer'",
        "the same: 1; only one of them was asked: 1",
    ]
    assert differing(sides) == 1


def test_a_listed_deviation_is_told_by_its_reason() -> None:
    """What was seen has been explained; the explanation says more."""
    columns = by_implementation([one(PASSED, "a", "a"), one(FAILED, "b", "b", expectation=KNOWN)])
    lines = [line.text for line in contrast(("a", "b"), (columns["a"], columns["b"]))]
    assert "  b  fail, listed: It is so." in lines


def differences(*words: str) -> tuple[int, str]:
    """What `diff` returns and says."""
    done = CliRunner().invoke(diff, list(words), standalone_mode=False)
    return done.return_value, done.output


def test_two_records_of_one_implementation_each_compare_whatever_its_name(tmp_path: Path) -> None:
    """Two interpreters, say."""
    first = record_of(tmp_path / "1", one(PASSED, "a@3.8", "a@3.8"))
    second = record_of(tmp_path / "2", one(FAILED, "a@3.13", "a@3.13"))
    code, text = differences(first, second)
    assert code == 1
    assert "the same: 0; only one of them was asked: 0" in text


def test_records_of_several_compare_name_by_name(tmp_path: Path) -> None:
    """Also with a record of one of them."""
    both = [one(PASSED, "a", "a"), one(FAILED, "b", "b")]
    first, second = record_of(tmp_path / "1", *both), record_of(tmp_path / "2", both[1])
    code, text = differences(first, second)
    assert code == 0
    assert "the same: 1; only one of them was asked: 1" in text
