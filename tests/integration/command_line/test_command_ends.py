"""A run that is ended suddenly, or whose driver is: nothing is left, no record is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.integration.commands import GOOD, HANGS, records, sockharness


def drivers_below(folder: Path) -> list[psutil.Process]:
    """Driver processes which were started for a run in this folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "--scratch" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("SOCKHARNESS_TEST") == str(folder)
    ]


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_sudden_end(folder: Path, number: signal.Signals) -> None:
    """However a run ends, its drivers and its temporary files are gone within two seconds."""
    (folder / "scenarios" / "echo.yaml").write_text(HANGS)
    temporary = folder / "t"
    temporary.mkdir()
    environment = {**os.environ, "SOCKHARNESS_TEST": str(folder), "TMPDIR": str(temporary)}
    before = set(Path("/tmp").glob("sockharness-*"))
    run = subprocess.Popen(
        [sys.executable, "-m", "harness", "run"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert wait_for(lambda: len(drivers_below(folder)) == 2)
    scratch = Path(drivers_below(folder)[0].cmdline()[-1]).parent
    run.send_signal(number)
    output, _ = run.communicate(timeout=20)
    if number != signal.SIGKILL:
        assert run.returncode == 2, output
        assert records(folder)[-1]["complete"] is False
    assert wait_for(lambda: not drivers_below(folder), seconds=2)
    assert wait_for(lambda: not scratch.exists(), seconds=2)
    assert scratch not in before


MISBEHAVING = """\
#!{python}
import os, sys, time
sys.path.insert(0, {driver!r})
import driver, registry

def misbehave(session, handle, args):
    {how}

registry.OPERATIONS["getpeername"] = misbehave
driver.main(sys.argv[1:])
"""
THREE = (
    GOOD.replace("[tcp4, tcp6]", "[tcp4]")
    + """\
- id: echo.two
  claim: Here the driver misbehaves.
  transports: [tcp4]
  steps:
  - server: listen
  - client: connect
  - client: getpeername
- id: echo.zero
  claim: The driver is asked again.
  transports: [tcp4]
  steps:
  - server: listen
  - client: connect
"""
)


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ("os._exit(3)", "broken"),
        ("os.kill(os.getpid(), 9)", "broken"),
        ("time.sleep(1000)", "fail"),
        ("1 / 0", "broken"),
        ("os.write(4, b'garbage\\n')", "broken"),  # 4: the copy of fd 1 that it keeps for itself
    ],
    ids=["dies", "is-killed", "hangs", "raises", "talks-garbage"],
)
def test_misbehaving_driver_costs_its_case_only(folder: Path, how: str, verdict: str) -> None:
    """However a driver misbehaves, the other cases run and every record is kept."""
    driver = Path(__file__).parents[3] / "harness" / "drivers" / "python"
    program = folder / "driver.py"
    program.write_text(MISBEHAVING.format(python=sys.executable, driver=str(driver), how=how))
    program.chmod(0o755)
    (folder / "scenarios" / "echo.yaml").write_text(THREE)
    done = sockharness(folder, "run", "--impl", "./driver.py", "--step-deadline", "1")
    assert done.returncode == 1
    cases = {
        line["scenario"]: line["verdict"] for line in records(folder) if line["kind"] == "case"
    }
    assert cases == {"echo.one": "pass", "echo.two": verdict, "echo.zero": "pass"}
