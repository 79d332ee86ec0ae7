"""Real threads in real system calls: what is proved, and that load never makes it false."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.blocking import prove_blocked
from harness.engine.faults import DriverDied
from harness.engine.process import Driver

DRIVERS = Path(__file__).parent / "drivers"
INTERPRETERS = ("python3.8", "python3.9", "python3.10", "python3.12", "python3.13", "pypy3")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def soon() -> float:
    """Far enough away for a busy machine."""
    return time.monotonic() + 20.0


def start(interpreter: str, scratch: Path) -> Driver:
    driver = Driver.start([interpreter, "-I", "-S", str(DRIVERS / "polite.py")], scratch, "server")
    driver.greet(soon())
    driver.ask("listen", "server", limit=20)
    return driver


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    """A driver with a listener."""
    driver = start(sys.executable, tmp_path)
    yield driver
    driver.kill()


@pytest.fixture(params=INTERPRETERS)
def interpreter(request: pytest.FixtureRequest) -> str:
    """Each interpreter that is here."""
    name: str = request.param
    try:
        subprocess.run([name, "-c", ""], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"{name} is not here")
    return name


@pytest.fixture
def busy() -> Iterator[None]:
    """More programs that only compute than this machine has processors."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    yield
    for program in programs:
        program.kill()
        program.wait()


def accept(driver: Driver) -> int:
    return driver.send("accept", "server", {"as": "conn"}, start=True)


@linux
def test_an_accept_without_a_client_is_asleep_in_accept(driver: Driver) -> None:
    """The kernel's own word for it is in the proof."""
    proof = prove_blocked(driver, accept(driver), 0.02, soon())
    assert (proof.outcome, proof.how) == ("blocked", "kernel: asleep in accept4")


@linux
def test_load_makes_the_proof_late_but_never_false(
    interpreter: str, busy: None, tmp_path: Path
) -> None:
    """On a machine with too much to do, a blocked call is proved and a returned one refuted."""
    driver = start(interpreter, tmp_path)
    for _ in range(2):
        waiting = accept(driver)
        assert prove_blocked(driver, waiting, 0.01, soon()).how == "kernel: asleep in accept4"
        driver.ask("reset", limit=20)
        assert driver.wait(waiting, soon()) is not None
        name = driver.ask("listen", "server", limit=20).values["name"]
        driver.ask("connect", "client", {"to": name}, limit=20)
        assert prove_blocked(driver, accept(driver), 0.01, soon()).outcome == "returned"
    driver.kill()


def test_a_call_that_only_computes_is_never_called_blocked(driver: Driver) -> None:
    """It sleeps nowhere, and then it returns."""
    spin = driver.send("spin", "x", {"seconds": 0.3}, start=True)
    assert prove_blocked(driver, spin, 0.01, soon()).outcome == "returned"


@linux
def test_a_call_asleep_elsewhere_is_not_proved(driver: Driver) -> None:
    """A thread that waits for a lock says nothing of sockets, however long it does."""
    lock = driver.send("lock", "x", {}, start=True)
    proof = prove_blocked(driver, lock, 0.01, time.monotonic() + 0.1)
    assert proof.outcome == "unproven"
    assert "its thread sleeps elsewhere (system call 202" in proof.how.replace(" 98 ", " 202 ")


@linux
def test_a_library_that_waits_in_slices_is_blocked(driver: Driver) -> None:
    """It wakes now and then, sleeps again, and never replies."""
    slices = driver.send("slices", "server", {}, start=True)
    proof = prove_blocked(driver, slices, 0.03, soon())
    assert proof.outcome == "blocked"
    assert proof.how.endswith("waking now and then")


def test_without_a_process_to_look_at_there_is_the_witness(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver behind ssh has a process id that means nothing here."""
    monkeypatch.setattr(Driver, "pid", None)
    proof = prove_blocked(driver, accept(driver), 0.02, soon())
    assert (proof.outcome, proof.how) == ("blocked", "witness: no reply for 100 ms")


def test_a_process_id_of_another_group_is_not_believed(tmp_path: Path) -> None:
    """The number that a driver says of itself must be in the group started for it."""
    driver = start(sys.executable, tmp_path)
    assert driver.pid == driver._process.pid
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    object.__setattr__(driver.hello, "pid", stranger.pid)
    assert driver.pid is None
    driver.kill()
    stranger.communicate()


def test_a_death_meanwhile_is_raised(driver: Driver) -> None:
    """A dead thread is no blocked one."""
    waiting = accept(driver)
    driver.started(waiting, soon())
    driver._process.kill()
    with pytest.raises(DriverDied, match="SIGKILL"):
        prove_blocked(driver, waiting, 0.5, soon())
