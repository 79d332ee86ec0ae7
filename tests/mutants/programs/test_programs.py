"""The proof that a trial finds what is wrong: each wrong program is caught, by its sentence."""

from __future__ import annotations

import json

import pytest

from tests.mutants.programs.matrix import KILLS
from tests.mutants.programs.running import BUGS, caught, tried

MATRIX: dict[str, str | None] = json.loads(KILLS.read_text())


def test_every_wrong_program_is_in_the_matrix() -> None:
    """The kill matrix is of today's programs, there are sixty at least, and none has survived."""
    assert set(MATRIX) == set(BUGS)
    assert len(BUGS) >= 60
    assert [name for name in BUGS if not MATRIX[name]] == []


@pytest.mark.parametrize("name", BUGS)
def test_wrong_program_is_caught(name: str) -> None:
    """A check of the sentence that it breaks catches it."""
    assert any(caught(name, record) for record in tried(name))
