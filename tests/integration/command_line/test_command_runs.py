"""A run by the command line: what is run, its exit code, what it shows and leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands import GOOD, WRONG, records, sockharness


def test_run_passes(folder: Path) -> None:
    """A run that is as expected exits with 0, shows its verdicts and leaves a whole record."""
    done = sockharness(folder, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 cases" in done.stdout
    assert "results/run-" in done.stdout
    kinds = [line["kind"] for line in records(folder)]
    assert (kinds[0], kinds[-1], kinds.count("case")) == ("header", "footer", 2)


TIMED = """\
scenarios:
- id: timed.one
  claim: A trip takes a while.
  transports: [tcp4]
  workload: {kind: paced, size: 8}
"""


def test_workloads_are_played_when_they_are_named(folder: Path) -> None:
    """A run of the folder leaves `workloads` out, and so does the list; naming it brings them."""
    (folder / "scenarios" / "workloads").mkdir()
    (folder / "scenarios" / "workloads" / "timed.yaml").write_text(TIMED)
    assert "timed.one" not in sockharness(folder, "list", ".").stdout
    assert "timed.one" in sockharness(folder, "list", "scenarios/workloads").stdout
    assert "2 cases" in sockharness(folder, "run", "scenarios").stdout
    done = sockharness(folder, "run", "scenarios/workloads", "--latency-seconds", "0.3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 case" in done.stdout
    (folder / "scenarios" / "workloads" / "timed.yaml").write_text(TIMED.replace("size", "siz"))
    done = sockharness(folder, "check-scenarios", "scenarios")
    assert "unknown key of `paced` `siz`" in done.stdout + done.stderr


def test_run_fails(folder: Path) -> None:
    """A wrong expectation exits with 1 and names the line, both values and the rerun command."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    done = sockharness(folder, "run", "--transport", "tcp4")
    assert done.returncode == 1
    assert "scenarios/echo.yaml:13:5" in done.stdout
    assert "'help'" in done.stdout
    assert "'hello'" in done.stdout
    assert "sockharness run 'scenarios/echo.yaml::echo.one[tcp4]'" in done.stdout


def test_rerun_command_runs_one_case(folder: Path) -> None:
    """The command that a failure names runs exactly that case."""
    done = sockharness(folder, "run", "scenarios/echo.yaml::echo.one[tcp4]")
    assert done.returncode == 0
    assert "1 case " in done.stdout


def test_show_renders_the_record_again(folder: Path) -> None:
    """`show` gives the table of a run from its record alone."""
    sockharness(folder, "run")
    shown = sockharness(folder, "show", "results")
    assert shown.returncode == 0
    assert "echo" in shown.stdout


def test_two_processes_give_the_same_verdicts(folder: Path) -> None:
    """`-n 2` runs the same cases to the same verdicts, in one record."""
    pytest.importorskip("xdist")
    done = sockharness(folder, "run", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(line["kind"] == "case" for line in records(folder)) == 2


def test_a_scenario_stands_in_the_record_once_however_many_tell_it(folder: Path) -> None:
    """Each of two workers runs some of its cases."""
    pytest.importorskip("xdist")
    text = '{repeat: x, size: "${size}"}'
    many = GOOD.replace("  steps:", "  matrix: {size: [1, 2, 3, 4, 5, 6, 7, 8]}\n  steps:")
    (folder / "many.yaml").write_text(many.replace("hello", text))
    assert sockharness(folder, "run", "many.yaml", "-n", "2").returncode == 0
    lines = records(folder)
    assert sum(line["kind"] == "case" for line in lines) == 16
    assert [line["id"] for line in lines if line["kind"] == "scenario"] == ["echo.one"]
