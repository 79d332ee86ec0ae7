"""The proof that a trial finds what is wrong: each wrong program is caught, by its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.programs import matrix
from tests.mutants.programs.running import (
    BUGS,
    CLIENTS,
    WRONG_MODULES,
    caught,
    client_trial,
    module_trial,
    tried,
)

# How many of each there are at least.
SERVERS, OF_CLIENTS, OF_MODULES = 60, 16, 10


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules are found in the current folder; other tests have another."""
    monkeypatch.chdir(Path.cwd())


def test_every_wrong_program_is_in_the_matrix() -> None:
    """The kill matrix is of today's programs, and none of them has survived."""
    kills = matrix.kept()
    assert set(kills) == set(matrix.ALL)
    assert [name for name in matrix.ALL if not kills[name]] == []
    assert len(BUGS) >= SERVERS
    assert len(CLIENTS) >= OF_CLIENTS
    assert len(WRONG_MODULES) >= OF_MODULES


def test_every_check_is_failed_by_a_wrong_program() -> None:
    """A check that nobody fails proves nothing."""
    assert set(matrix.claims()) - set(matrix.of(matrix.kept())) == set()


@pytest.mark.parametrize("name", [*BUGS, *CLIENTS, *WRONG_MODULES])
def test_wrong_program_is_caught(name: str) -> None:
    """A check of the sentence that it breaks catches it."""
    assert any(caught(name, record) for record in tried(name))


def test_right_client_keeps_its_contract() -> None:
    """Nothing is found of a client that is right."""
    records = [check.run() for check in client_trial("none").checks()]
    assert [one.id for one in records if one.verdict != "pass"] == []
    assert len(records) == 12


def test_right_module_keeps_the_contract() -> None:
    """All from the standard library under another name is no other thing."""
    with module_trial("right") as trial:
        records = [one.run() for one in trial.checks() if one.id.startswith("close.")]
    assert [one.id for one in records if one.unexpected] == []
    assert len(records) > 5
