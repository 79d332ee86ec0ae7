"""Scripts of cases: they show the fault, and only where it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from harness import plan
from harness.drivers import interpreters, registry
from harness.engine.case import facts_of, run_case
from harness.engine.pool import Pool
from harness.engine.settings import Settings
from harness.language.model import ACTORS
from harness.plan import Case
from harness.records.model import CaseRecord
from harness.reproducing import whole
from harness.trial import corpus
from tests.integration.commands import GOOD, WRONG, sockharness
from tests.integration.starts import argv
from tests.mutants.programs.running import MODULES
from tests.unit.failed_case import failure_of, told

MUTANT = Path(__file__).parents[1] / "mutants" / "driver.py"
RIGHT = registry.resolve("socket").argv

# A case, and a bug that it finds. Together they have every construct of the language.
PLANTED = {
    "close.half-close-then-reply[tcp4]": "shutdown-closes",
    "binding.connect-gives-the-client-a-name[tcp4]": "listens-everywhere",
    "linger-timewait.linger-blocks-close[tcp4]": "close-does-nothing",
    "linger-timewait.linger-dead-peer[tcp4]": "setsockopt-does-nothing",
    "close.does-not-end-blocked-send[tcp4]": "send-cuts-at-4096",
    "echo.full-duplex-simultaneous[unix-stream]": "recv-decodes-text",
    "close.sigpipe[unix-stream-case=ignored-write=sendmsg]": "errors-lose-their-number",
    "ancillary.closed-in-flight[unix-stream-passed=tcp4]": "sendmsg-loses-ancillary",
    "flags.waitall-signal-returns-partial[tcp4-read=recv]": "recv-drops-last-byte",
    "options.keepalive-default-idle[tcp4]": "getsockopt-says-zero",
    "service.echo-tcp-non-reading-client[tcp4]": "service-says-who-it-is",
    "partial-write.peer-close-cuts-blocked-send[tcp4-end=close-write=send]": "send-swallows-errors",
}
CONSTRUCTS = (
    "case.together(",
    "case.finish(",
    "case.blocked(",
    "interrupt=True",
    "case.kernel(",
    "case.saved(",
    "start=True",
    "eventually=",
    "within=",
    "at_least=",
    "provided=",
    "observe=True",
    "save=",
    "expect=[",
    'expect={"error"',
    ".serve(",
    ".quiet(",
    ".fork(",
    '"fds"',
    ".port",
)
# Known deviations, and what is on trial as both sides.
KNOWN = {
    "uvloop-streams": "close.does-not-wake-blocked-accept[tcp4]",
    "eventlet": "accept.two-waiting-acceptors[tcp6]",
    "trio": "close.does-not-wake-blocked-recv[tcp4-read=recv]",
}


@cache
def corpus_cases() -> dict[str, Case]:
    """The cases that are tried here, by their ids."""
    wanted = {*PLANTED, *KNOWN.values()}
    return {one.id: one for one in plan.cases(corpus.behaviours()) if one.id in wanted}


def tried(case: Case, command: Sequence[str]) -> CaseRecord:
    """The record of a case on drivers that this command starts, with the script's beginning."""
    settings = Settings()
    with Pool() as pool:
        drivers = {actor: pool.acquire(command, actor) for actor in ACTORS}
        record = run_case(case, drivers, settings).record
        return whole.told(record, case, facts_of(case, drivers), settings)


def run(script: str | Path, *words: str, folder: Path | None = None) -> tuple[int, str]:
    """Run a script where nothing but the standard library is to be had: its status, its words."""
    command = [sys.executable, "-I", "-S", str(script), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", PLANTED)
def test_a_script_shows_the_fault_and_nothing_else(name: str, tmp_path: Path) -> None:
    """With the wrong driver it exits with 1, with the right one with 0."""
    words = (sys.executable, "-I", "-S", str(MUTANT), PLANTED[name])
    known = corpus_cases()[name]
    case = Case(
        known.scenario, known.variant, known.transport, (f"wrong=cmd:{' '.join(words)}",) * 2
    )
    record = tried(case, words)
    assert record.verdict == "fail", record
    assert record.failure is not None
    script = tmp_path / "script.py"
    script.write_text(whole.script(record.failure))
    status, said = run(script)
    assert (status, said[:15]) == (1, "THE FAULT SHOWS"), said
    assert run(script, " ".join(RIGHT)) == (0, "the fault does not show\n")


def test_what_is_planted_has_every_construct() -> None:
    """No construct of the language is left untried."""
    scripts = "".join(failure_of(told(corpus_cases()[name])).script for name in PLANTED)
    assert [one for one in CONSTRUCTS if one not in scripts] == []


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_deviation_of_a_library_is_shown(name: str, tmp_path: Path) -> None:
    """The script is run by the Python that has the library, or is told which that is."""
    python = argv(name)[0]
    file = f"{KNOWN[name].partition('.')[0]}.yaml::{KNOWN[name][:-1]}-impl={name}]"
    words = ("--impl", name, "--results", "none", "--scripts", str(tmp_path), "--deviations")
    done = sockharness(corpus.folder(), "run", file, *words, "--slow-factor", "5")
    assert "1 xfailed" in done.stdout
    (script,) = tmp_path.iterdir()
    status, said = run(script, python)
    assert status == 1, said
    assert run(script, str(tmp_path / "no-python"))[0] == 2


def test_a_script_carries_the_driver_in_any_language(tmp_path: Path) -> None:
    """Sources are unpacked and built; the report says where the scripts are."""
    names = [name for name in ("c", "node", "asyncio-streams") if registry.is_there(name)]
    (tmp_path / "x.yaml").write_text(WRONG.replace("tcp4, tcp6", "tcp4"))
    chosen = [word for name in names for word in ("--impl", name)]
    done = sockharness(tmp_path, "run", "x.yaml", *chosen, "-n", "2", "--scripts", "found")
    found = [tmp_path / "found" / f"echo-one-tcp4-impl-{name}.py" for name in names]
    assert sorted((tmp_path / "found").iterdir()) == sorted(found)
    for script in found:
        assert f"  found/{script.name}\n" in done.stdout
        lines = script.read_text().splitlines()
        marked = next(at for at, line in enumerate(lines, 1) if line.endswith("<-- the fault"))
        status, said = run(script)
        assert (status, said.splitlines()[0]) == (
            1,
            f"THE FAULT SHOWS, in line {marked}: conn.recv",
        )


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_python_of_one_side_is_none_of_the_other(tmp_path: Path) -> None:
    """What is said for the server counts for the client only where both are Python."""
    (tmp_path / "x.yaml").write_text(WRONG.replace("tcp4, tcp6", "tcp4"))
    sides = ("--server", "socket", "--client", "node")
    sockharness(tmp_path, "run", "x.yaml", *sides, "--scripts", "found")
    (script,) = (tmp_path / "found").iterdir()
    assert run(script, sys.executable)[0] == 1


def test_nothing_is_written_of_what_passes(tmp_path: Path) -> None:
    """Not even the folder."""
    (tmp_path / "x.yaml").write_text(GOOD)
    sockharness(tmp_path, "run", "x.yaml", "--scripts", "found")
    assert not (tmp_path / "found").exists()


def test_a_wrong_module_is_shown_by_a_script(tmp_path: Path) -> None:
    """`check --module` writes one for each finding; it is run beside the module."""
    words = ("--module", "eof_is_an_error", "--transport", "tcp4", "-k", "close.half-close-then")
    done = sockharness(MODULES, "check", *words, "--scripts", str(tmp_path))
    assert done.returncode == 1, done.stdout
    script = next(tmp_path.iterdir())
    status, said = run(script, folder=MODULES)
    assert status == 1, said
    right = script.read_text().replace('"on_module", "eof_is_an_error"', '"on_module", "right"')
    script.write_text(right)
    assert run(script, folder=MODULES)[0] == 0


def test_a_module_that_breaks_the_driver_is_shown_too(tmp_path: Path) -> None:
    """The same driver is right on the standard library's module."""
    (tmp_path / "texts.py").write_text(
        "import socket as original\nfrom socket import *\n\n"
        "class socket(original.socket):\n"
        "    def recv(self, *words):\n        return super().recv(*words).decode()\n"
    )
    words = ("--module", "texts", "--transport", "tcp4", "-k", "close.half-close-then")
    sockharness(tmp_path, "check", *words, "--scripts", "found")
    (script,) = (tmp_path / "found").iterdir()
    status, said = run(script, folder=tmp_path)
    assert (status, "'str' object has no attribute 'hex'" in said) == (1, True)


def test_an_older_python_does_not_look_like_the_fault(tmp_path: Path) -> None:
    """It is told to take another one."""
    try:
        old = interpreters.find("3.9").path
    except interpreters.NotFound as reason:
        pytest.skip(str(reason))
    script = tmp_path / "script.py"
    script.write_text(
        whole.script(told(corpus_cases()["close.half-close-then-reply[tcp4]"]).failure)
    )
    done = subprocess.run([old, str(script)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout[:16]) == (2, "cannot be tried:")


def test_the_drivers_can_be_looked_at(tmp_path: Path) -> None:
    """A script writes what it carries."""
    script = tmp_path / "script.py"
    script.write_text(
        whole.script(told(corpus_cases()["close.half-close-then-reply[tcp4]"]).failure)
    )
    assert run(script, "--unpack", str(tmp_path))[0] == 0
    unpacked = (tmp_path / "python" / "driver.py").read_text()
    assert unpacked == Path(RIGHT[-1], "driver.py").read_text()
