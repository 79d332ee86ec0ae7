"""The proof that the scenarios can fail: each is failed by a mutant and passed by the reference."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.plan import Case
from harness.plugin.apart import alone
from tests.mutants import kills, proofs
from tests.mutants.running import MUTATIONS, Outcome, run
from tests.mutants.trials import CASES

MATRIX = kills.read(CASES.values(), MUTATIONS)
# A busy machine may spoil one try of a case that is about time.
TRIES = 3

PROOFS = proofs.chosen(MATRIX, CASES, MUTATIONS)
FAMILIES = sorted({case.scenario.family for cases in PROOFS.values() for case in cases})


def _tried(cases: list[Case], mutant: str | None, wanted: str) -> list[Outcome]:
    """Run cases until each gave the verdict that is wanted; those that never did."""
    others: list[Outcome] = []
    for _ in range(TRIES):
        others = [outcome for outcome in run(cases, mutant) if outcome.verdict != wanted]
        cases = [outcome.case for outcome in others]
        if not cases:
            break
    return others


@contextmanager
def _apart(cases: list[Case], factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hold what machine-wide cases have to themselves: the processes of `-n` share one lock."""
    with (factory.getbasetemp().parent / "mutants.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if any(map(alone, cases)) else fcntl.LOCK_SH)
        yield


def _shown(outcomes: list[Outcome]) -> list[str]:
    return [f"{outcome.case.id}: {outcome.verdict}" for outcome in outcomes]


def test_every_scenario_has_a_mutant() -> None:
    """No scenario is in the corpus that no mutant fails."""
    assert [name for name, found in MATRIX.items() if not found] == []


@pytest.mark.parametrize("mutant", MUTATIONS)
def test_mutant_is_caught(mutant: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each case that is to catch the mutant fails with it."""
    cases = PROOFS[mutant]
    assert cases, f"nobody catches {mutant}: {MUTATIONS[mutant].bug}"
    with _apart(cases, tmp_path_factory):
        assert _shown(_tried(cases, mutant, "fail")) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_reference_passes(family: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The cases that catch a mutant pass with the driver that has no bug."""
    all_of_them = [case for cases in PROOFS.values() for case in cases]
    cases = list({case.id: case for case in all_of_them if case.scenario.family == family}.values())
    with _apart(cases, tmp_path_factory):
        assert _shown(_tried(cases, None, "pass")) == []
