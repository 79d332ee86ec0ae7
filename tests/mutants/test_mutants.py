"""The proof that the scenarios can fail: each is failed by a mutant and passed by the reference."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from harness import plan
from harness.plan import Case
from tests.mutants.matrix import KILLS
from tests.mutants.running import MUTATIONS, behaviours, run

MATRIX: dict[str, dict[str, str]] = json.loads(KILLS.read_text())


def _proofs() -> dict[str, list[str]]:
    """Mutant -> the cases that have to fail it: one for each scenario, spread over the mutants,
    and one for each mutant that would otherwise have none."""
    proofs: dict[str, list[str]] = defaultdict(list)
    for found in MATRIX.values():
        if found:
            chosen = min(found, key=lambda name: len(proofs[name]))
            proofs[chosen].append(found[chosen])
    for name in MUTATIONS:
        if not proofs[name]:
            proofs[name] += [found[name] for found in MATRIX.values() if name in found][:1]
    return proofs


PROOFS = _proofs()
CASES: dict[str, Case] = {case.id: case for case in plan.cases(behaviours())}


def test_every_scenario_has_a_mutant() -> None:
    """No scenario is in the corpus that no mutant fails; the matrix is of today's corpus."""
    ids = {scenario.id for scenario in behaviours()}
    assert sorted(name for name in ids if not MATRIX.get(name)) == []
    assert sorted(set(MATRIX) - ids) == []


@pytest.mark.parametrize("mutant", MUTATIONS)
def test_mutant_is_caught(mutant: str) -> None:
    """Each case that is to catch the mutant fails with it, and passes without."""
    cases = [CASES[name] for name in PROOFS[mutant]]
    assert cases, f"nobody catches {mutant}: {MUTATIONS[mutant].bug}"
    missed = [outcome.case.id for outcome in run(cases, mutant) if not outcome.killed]
    wrong = [outcome.case.id for outcome in run(cases, None) if outcome.verdict != "pass"]
    assert (missed, wrong) == ([], [])
