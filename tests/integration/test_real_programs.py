"""Real programs on trial: a false alarm on one that is right is a defect of ours.

One that is not installed is skipped by its name.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.engine.walk import Settings
from harness.trial.target import Target, words_of
from harness.trial.trial import Trial

REAL = Path(__file__).parent / "programs_real"
PATIENCE = Settings(deadline=10.0)
PY = f"{sys.executable} {REAL}"
HERE = "{host} {port}"


def program(name: str) -> Callable[[Path], str]:
    """The program, or the reason to skip."""

    def need(_: Path) -> str:
        if shutil.which(name) is None:
            pytest.skip(f"there is no {name} here")
        return name

    return need


def library(name: str) -> Callable[[Path], str]:
    """The library, or the reason to skip."""

    def need(_: Path) -> str:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed here")
        return name

    return need


def compiled(folder: Path) -> str:
    """The C program, compiled."""
    import subprocess

    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    made = folder / "echo"
    subprocess.run([compiler, "-O1", "-o", str(made), str(REAL / "echo.c")], check=True)
    return str(made)


# What is needed; the command; the transport; the sentences that it is known not to keep, and why.
NONE: frozenset[str] = frozenset()
PROGRAMS = {
    "socketserver-tcp4": (None, f"{PY}/by_socketserver.py tcp4 {HERE}", "tcp4", NONE),
    "socketserver-tcp6": (None, f"{PY}/by_socketserver.py tcp6 {HERE}", "tcp6", NONE),
    "socketserver-udp4": (None, f"{PY}/by_socketserver.py udp4 {HERE}", "udp4", NONE),
    "socketserver-unix": (
        None,
        f"{PY}/by_socketserver.py unix-stream {{path}}",
        "unix-stream",
        NONE,
    ),
    "asyncio": (None, f"{PY}/by_asyncio.py asyncio {HERE}", "tcp4", NONE),
    "selectors": (None, f"{PY}/by_selectors.py {HERE}", "tcp4", NONE),
    "node": (program("node"), f"node {REAL}/node.js {HERE}", "tcp4", NONE),
    "c": (compiled, f"{{program}} {HERE}", "tcp4", NONE),
    "uvloop": (library("uvloop"), f"{PY}/by_asyncio.py uvloop {HERE}", "tcp4", NONE),
    "trio": (library("trio"), f"{PY}/by_trio.py {HERE}", "tcp4", NONE),
    "gevent": (library("gevent"), f"{PY}/by_gevent.py {HERE}", "tcp4", NONE),
    "twisted": (library("twisted"), f"{PY}/by_twisted.py {HERE}", "tcp4", NONE),
    "socat": (
        program("socat"),
        "socat TCP4-LISTEN:{port},bind={host},reuseaddr,fork,backlog=128 PIPE",
        "tcp4",
        NONE,
    ),
    # ncat's children are /bin/cat, and stay when it is ended.
    "ncat": (
        program("ncat"),
        "ncat --listen --keep-open --max-conns 200 --exec /bin/cat {host} {port}",
        "tcp4",
        frozenset({"life.3"}),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_false_alarm_on_a_right_program(name: str, tmp_path: Path) -> None:
    """Every sentence of the contract is kept, but for those that are known."""
    need, command, transport, known = PROGRAMS[name]
    found = need(tmp_path) if need is not None else ""
    words = words_of(command.replace("{program}", found), transport)
    alarms = []
    with Trial(Target("echo", transport, words), PATIENCE) as trial:
        for check in trial.checks():
            record = check.run()
            if record.verdict != "pass" and not known & set(check.sentences):
                said = record.failure and (record.failure.expected, record.failure.actual)
                alarms.append((record.verdict, record.id, said, record.why))
    assert alarms == []
