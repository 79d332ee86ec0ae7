"""The record that is kept in results/: it loads, it shows, and nothing in it is unexplained."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.commands.show import command as show
from harness.drivers import registry
from harness.records.results import Results
from harness.records.store import read

KEPT = Path(__file__).parents[2] / "results" / "reference.jsonl.xz"


@pytest.fixture(scope="module")
def kept() -> Results:
    """The record; a Python without lzma cannot read it."""
    pytest.importorskip("lzma")
    return read(KEPT)


def test_it_is_a_whole_run_of_many_implementations(kept: Results) -> None:
    """And of all scenarios, but for those that time."""
    assert kept.stopped is None
    tried = {name for case in kept.cases for name in case.implementations.values()}
    assert len(tried & set(registry.known())) >= 14


def test_all_in_it_is_as_expected(kept: Results) -> None:
    """What deviates is listed with its reason."""
    assert [case.id for case in kept.cases if case.unexpected] == []


def test_it_shows_as_a_matrix(kept: Results) -> None:
    """Every implementation has a line and a letter, and the rows fit into 80 columns."""
    done = CliRunner().invoke(show, ["--matrix", str(KEPT)], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    rows = done.output.splitlines()[1:]
    assert max(map(len, rows)) <= 80
    for name in {case.implementations["server"] for case in kept.cases}:
        assert any(f" {name} " in row for row in rows)
