"""The matrix: a column for each on trial, a row for each claim on which not all agree."""

from __future__ import annotations

import pytest

from harness.report.columns import on_trial
from harness.report.matrix import matrix_rows
from tests.unit.on_trial import KNOWN, one, text
from tests.unit.record_samples import FAILED, PASSED


@pytest.mark.parametrize(
    ("server", "client", "name"),
    [
        ("trio", "trio", "trio"),
        ("trio", "socket", "server=trio"),
        ("socket", "trio", "client=trio"),
        ("trio", "node", "trio+node"),
        ("socket", "socket", "socket"),
    ],
)
def test_a_column_says_who_was_on_trial_as_what(server: str, client: str, name: str) -> None:
    """The reference is not on trial against another."""
    assert on_trial(one(PASSED, server, client)) == name


def test_the_matrix_shows_the_claims_on_which_not_all_agree() -> None:
    """A claim's cell is the worst of its cases; those on which all agree are left out."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "a", "a", "tcp6"),
        one(PASSED, "b", "b"),
        one(PASSED, "a", "a", scenario="close.both-agree"),
        one(PASSED, "b", "b", scenario="close.both-agree"),
    ]
    assert text(matrix_rows(cases))[1:] == [
        "claims        -    ·    v    k    ?    F    B",
        "a a                1                   1",
        "b b                2",
        "close                    ab",
        "  half-close-then-reply  F·",
    ]
    assert text(matrix_rows(cases, every=True))[-1] == "  both-agree             ··"


def test_what_cannot_be_asked_is_no_disagreement() -> None:
    """Unsupported, or not tried at all; a listed deviation is one, but has its own sign."""
    unasked = one(PASSED, "b", "b", verdict="unsupported")
    assert not [r for r in text(matrix_rows([one(PASSED, "a", "a"), unasked])) if "reply" in r]
    listed = one(FAILED, "b", "b", expectation=KNOWN)
    rows = text(matrix_rows([one(PASSED, "a", "a"), listed]))
    assert "  half-close-then-reply  ·k" in rows


def test_an_implementation_has_one_column_for_all_its_parts() -> None:
    """The worst of them; with roles each part has its own. Two others together are a column."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "a", "socket"),
        one(PASSED, "socket", "a"),
        one(PASSED, "socket", "socket"),
        one(PASSED, "a", "b"),
    ]
    shown = text(matrix_rows(cases))[2:5]
    assert [line.split() for line in shown] == [
        ["a", "a", "1"],
        ["b", "socket", "1"],
        ["c", "a+b", "1"],
    ]
    parts = text(matrix_rows(cases, roles=True))[2:7]
    assert [line.split()[1] for line in parts] == ["a", "server=a", "client=a", "socket", "a+b"]


def test_columns_that_do_not_fit_make_another_table() -> None:
    """No row is longer than the width; each implementation is in one of the tables."""
    names = [f"impl-{number:02}" for number in range(20)]
    cases = [one(PASSED if name != "impl-07" else FAILED, name, name) for name in names]
    lines = text(matrix_rows(cases, width=43))
    assert [line for line in lines if "half-close" in line] == [
        "  half-close-then-reply  ····· ··F·· ·····",
        "  half-close-then-reply  ·····",
    ]
    assert [line.split()[1] for line in lines if " impl-" in line] == names
