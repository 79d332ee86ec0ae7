"""Who is on trial: implementations by interpreters, and what is said of those that are none."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from harness.commands import smoke
from harness.drivers import interpreters
from harness.engine import pool
from harness.plugin import bench
from tests.integration.commands import GOOD, records, sockharness

HOSTILE = Path(__file__).parent / "drivers" / "hostile.py"


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder with scenarios, in which the commands are run."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "echo.yaml").write_text(GOOD)
    return tmp_path


def two_interpreters() -> tuple[str, ...]:
    """Names of two; skips where there is only one."""
    names = interpreters.names()[:2]
    if len(names) < 2:
        pytest.skip("there is but one interpreter")
    return names


def test_a_run_on_several_interpreters(scenarios: Path) -> None:
    """Each runs every case, in one record that names what each is; one after the other, so that
    their drivers stay warm."""
    one, other = two_interpreters()
    done = sockharness(scenarios, "run", "--python", one, "--python", other)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = records(scenarios)
    tried = [line["implementations"]["server"] for line in lines if line["kind"] == "case"]  # type: ignore[index]
    assert tried == [f"socket@{one}"] * 2 + [f"socket@{other}"] * 2
    greeted = {line["name"]: line["hello"] for line in lines if line["kind"] == "driver"}
    assert set(greeted) == {f"socket@{one}", f"socket@{other}"}
    apart = sockharness(scenarios, "diff", f"socket@{one}", f"socket@{other}")
    assert (apart.returncode, apart.stdout) == (0, "the same: 2; only one of them was asked: 0\n")


def hostile(way: str) -> str:
    return f"cmd:{sys.executable} {HOSTILE} {way}"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (hostile("exits_at_once"), "it ended with exit status 3 (No module named 'socket')"),
        (hostile("greets_in_prose"), "not JSON: 'Welcome to my driver!'"),
        (hostile("wrong_protocol"), "speaks protocol version 2; this harness speaks 1"),
        ("module:no_such_module", "(ModuleNotFoundError: No module named 'no_such_module')"),
    ],
    ids=["exits", "prose", "version", "module"],
)
def test_what_is_no_driver_is_told_once(scenarios: Path, name: str, sentence: str) -> None:
    """Before anything runs, in one sentence, and not by each case."""
    done = sockharness(scenarios, "run", "--impl", name)
    assert done.returncode == 4
    (said,) = [line for line in done.stderr.splitlines() if line]
    assert said.startswith(f"ERROR: `{name}` is no driver: no greeting: ")
    assert sentence in said
    assert not (scenarios / "results").exists()


def test_one_that_never_greets(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found out by the time that a greeting may take."""
    monkeypatch.setattr(pool, "GREETS_WITHIN", 0.2)
    name = hostile("never_greets")
    options: Any = SimpleNamespace(pairs=((name, name),), capture=False)
    lock: Any = None
    trying = bench.Bench(options, lock)
    try:
        with pytest.raises(pytest.UsageError) as caught:
            trying.try_strangers()
    finally:
        trying.close()
    assert str(caught.value) == (
        f"`{name}` is no driver: no greeting: it runs, but has said nothing"
    )


def test_with_workers_too(scenarios: Path) -> None:
    """The process that the user started says it, and no worker runs a case."""
    pytest.importorskip("xdist")
    done = sockharness(scenarios, "run", "-n", "2", "--impl", hostile("exits_at_once"))
    assert done.returncode == 4
    assert done.stderr.count("is no driver") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--impl", "socket", "--python", "3.7"), "`3.7` is too old"),
        (("--impl", "socket", "--python", "9.9"), "there is no interpreter `9.9`; there are"),
        (("--impl", "socket@/bin/sh"), "`/bin/sh` does not answer as a Python interpreter does"),
        (("--impl", "socket@/"), "`/` is not an executable file"),
        (("--impl", "sokcet"), "there is no implementation `sokcet`; did you mean `socket`?"),
        (("--impl", "cmd:"), "a command must follow `cmd:`"),
        (("--impl", "cmd:no-such-program"), "there is no program `no-such-program`"),
        (("--impl", "./no-such-file"), "`./no-such-file`: there is no such file"),
    ],
)
def test_names_of_nothing(words: tuple[str, ...], sentence: str) -> None:
    """Wrong usage, in one sentence; `run` says the same of them."""
    with pytest.raises(click.UsageError) as caught:
        CliRunner().invoke(smoke.command, words, standalone_mode=False, catch_exceptions=False)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_several_drivers_are_held_against_the_protocol(scenarios: Path) -> None:
    """In one command, with a table at its end; one that breaks it makes the status 1."""
    one, other = two_interpreters()
    words = ("smoke", "--impl", "socket", "--python", one, "--python", other)
    done = sockharness(scenarios, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == (
        "tried: 2, wrong: 0, not to be had: 0; 1 implementations and 2 interpreters pass"
    )
    wrong = sockharness(scenarios, "smoke", "--impl", hostile("exits_at_once"))
    assert wrong.returncode == 1
    assert "it ended with exit status 3" in wrong.stdout


@pytest.mark.parametrize("words", [(), ("--impl", "socket", "./driver")])
def test_one_driver_or_several(words: tuple[str, ...]) -> None:
    """A command and names together are no question."""
    with pytest.raises(click.UsageError, match="either one driver, by its command, or several"):
        CliRunner().invoke(smoke.command, words, standalone_mode=False, catch_exceptions=False)
