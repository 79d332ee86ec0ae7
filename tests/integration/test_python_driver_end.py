"""How the Python driver ends, and that nothing is left of it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.driver_client import HERE, PATIENCE, Driver, eventually, sleeping


@pytest.mark.parametrize(("started", "stdout_too"), [(False, False), (False, True), (True, False)])
def test_the_end_of_input_ends_a_blocked_driver(
    mortal: Driver, started: bool, stdout_too: bool
) -> None:
    """Also when the main thread is in accept: no process, no scratch folder, no parent is left."""
    path = mortal.ok("listen", "server", transport="unix-stream")["name"]["path"]
    assert Path(path).is_socket()
    mortal.begin("accept", "server", as_="conn", start=started)
    eventually(lambda: sleeping(mortal.process.pid, mortal.process.pid))
    assert mortal.process.stdin is not None
    assert mortal.process.stdout is not None
    if stdout_too:
        mortal.process.stdout.close()
    mortal.process.stdin.close()
    mortal.process.wait(PATIENCE)
    assert not mortal.scratch.parent.exists()


def test_a_driver_that_nobody_listens_to_ends(mortal: Driver) -> None:
    """The first answer that cannot be written is the last."""
    assert mortal.process.stdout is not None
    mortal.process.stdout.close()
    mortal.begin("reset")
    mortal.process.wait(PATIENCE)


def test_a_parent_that_is_not_empty_stays(mortal: Driver) -> None:
    """Another driver's scratch folder beside this one is left alone."""
    mortal.ok("listen", "server", transport="unix-stream")
    beside = mortal.scratch.parent / "other"
    beside.mkdir()
    mortal.end()
    assert [path.name for path in mortal.scratch.parent.iterdir()] == ["other"]


def test_the_end_takes_the_whole_group(tmp_path: Path) -> None:
    """What shares the driver's process group does not outlive it."""
    companion = ["sh", "-c", 'sleep 1000 >&2 </dev/null & exec "$0" "$@"']
    driver = Driver(sys.executable, tmp_path / "s", companion)
    assert driver.process.stdin is not None
    assert driver.process.stderr is not None
    driver.process.stdin.close()
    ended, _, _ = select.select([driver.process.stderr], [], [], PATIENCE)
    assert ended
    assert driver.process.stderr.read() == b""  # nobody has its other end any more
    driver.end()


def test_a_driver_that_leads_no_group_just_exits(tmp_path: Path) -> None:
    """Without a session of its own it kills nobody, and its status is 0."""
    command = [sys.executable, "-I", "-S", str(HERE), "--scratch", str(tmp_path / "t")]
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE
    )
    assert ended.returncode == 0


def test_a_driver_that_fails_says_so(tmp_path: Path) -> None:
    """What went wrong is on stderr, the status is not 0, and the scratch folder is gone."""
    command = [sys.executable, "-I", "-S", str(HERE), "--scratch", str(tmp_path / "p" / "s")]
    with open(os.devnull, "wb") as cannot_be_read:
        ended = subprocess.run(command, stdin=cannot_be_read, capture_output=True)
    assert ended.returncode == 1
    assert b"Bad file descriptor" in ended.stderr
    assert not (tmp_path / "p").exists()


def test_a_wrong_command_line_is_refused_in_words() -> None:
    """The usage is said on stderr, with status 1."""
    ended = subprocess.run([sys.executable, "-I", "-S", str(HERE), "--help"], capture_output=True)
    assert ended.returncode == 1
    assert b"--scratch DIR" in ended.stderr
