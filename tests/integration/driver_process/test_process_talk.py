"""Conversations with drivers that keep to the protocol, and commands that never become drivers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.engine import process
from harness.engine.any_driver import answered_any
from harness.engine.faults import DriverDied, NotADriver
from harness.engine.process import Driver
from tests.integration.driver_process.groups import POLITE, SOON, Hostile, soon

# --- those that keep to the protocol -------------------------------------------------------------


def test_a_request_gets_its_own_reply_with_both_clock_readings(polite: Driver) -> None:
    """Replies are matched by number, whatever the order in which they are fetched."""
    before = time.monotonic_ns()
    first = polite.send("listen", "server", {})
    second = polite.send("fileno", "server", {})
    late, early = polite.wait(second, soon()), polite.wait(first, soon())
    assert early is not None
    assert late is not None
    assert "name" in early.values
    assert "fd" in late.values
    assert before <= early.begin <= early.end <= late.begin <= late.end <= time.monotonic_ns()


def test_a_started_request_tells_its_thread_and_replies_when_it_ends(polite: Driver) -> None:
    """Until a client comes there is the started event and no reply."""
    name = polite.ask("listen", "server", limit=SOON).values["name"]
    accept = polite.send("accept", "server", {"as": "conn"}, start=True)
    event = polite.started(accept, soon())
    assert event is not None
    assert event.thread in [thread.id for thread in psutil.Process(polite.pid).threads()]
    assert polite.wait(accept, 0) is None
    polite.ask("connect", "client", {"to": name}, limit=SOON)
    assert polite.answered(accept, soon())
    reply = polite.wait(accept, 0)
    assert reply is not None
    assert reply.kind == "ok"


def test_answered_any_returns_the_driver_that_answered_first(
    started: Callable[[list[str]], Driver],
) -> None:
    """Of a blocked and an answering driver the answering one is returned, then None."""
    blocked, quick = started(POLITE), started(POLITE)
    for driver in (blocked, quick):
        driver.greet(soon())
    blocked.ask("listen", "server", limit=SOON)
    accept = blocked.send("accept", "server", {"as": "conn"})
    listen = quick.send("listen", "server", {})
    found = answered_any({blocked: [accept], quick: [listen]}, soon())
    assert found == (quick, listen)
    assert quick.wait(listen, 0) is not None
    assert answered_any({blocked: [accept], quick: [listen]}, 0) is None


def test_answered_any_raises_when_one_of_them_dies(polite: Driver, greeted: Hostile) -> None:
    """The death of one driver ends the wait for both."""
    victim = greeted("dies_mid_request")
    with pytest.raises(DriverDied, match="SIGSEGV"):
        answered_any({polite: [], victim: [victim.send("recv", "conn", {})]}, soon())


def test_a_big_argument_goes_through_in_pieces(polite: Driver) -> None:
    """A request much larger than a pipe holds arrives whole, and so does a large reply."""
    text = "0123456789" * 50_000
    assert polite.ask("data", "x", {"text": text}, limit=SOON).values["text"] == text


def test_close_is_the_drivers_own_end_even_when_it_is_blocked(polite: Driver) -> None:
    """At EOF on its standard input a driver ends by itself, without a signal."""
    polite.ask("listen", "server", limit=SOON)
    polite.send("accept", "server", {"as": "conn"})
    assert polite.wait(polite.send("fileno", "server", {}), time.monotonic() + 0.05) is None
    assert polite.close()
    assert polite._process.returncode == 0
    assert not polite.alive
    assert polite not in process._live


def test_replies_that_were_forgotten_are_dropped(polite: Driver) -> None:
    """What was open when the case ended disturbs nobody later."""
    old = polite.send("listen", "server", {})
    polite.forget()
    polite.ask("fileno", "server", limit=SOON)
    assert polite.wait(old, 0) is None


# --- those that never become drivers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("exits_at_once", "no greeting: it ended with exit status 3"),
        ("greets_in_prose", "no greeting: not JSON: 'Welcome to my driver!'"),
        ("wrong_protocol", "no greeting: speaks protocol version 2; this harness speaks 1"),
        ("endless_line", "no greeting: a line longer than 1048576 bytes"),
        ("half_a_greeting", 'exit status 0, in the middle of the line \'{"hello": {"proto\''),
    ],
)
def test_what_does_not_greet_is_not_a_driver(hostile: Hostile, way: str, sentence: str) -> None:
    """The exception says in words why this command is no driver."""
    driver = hostile(way)
    with pytest.raises(NotADriver) as caught:
        driver.greet(soon())
    assert sentence in str(caught.value)
    assert caught.value.phase == "greeting"


def test_the_log_of_a_driver_that_did_not_come_up_is_shown(hostile: Hostile) -> None:
    """Its last words on standard error are most often the reason."""
    driver = hostile("exits_at_once")
    with pytest.raises(NotADriver) as caught:
        driver.greet(soon())
    assert caught.value.explain().splitlines()[-1] == "  | No module named 'socket'"


def test_silence_instead_of_a_greeting_ends_at_the_deadline(hostile: Hostile) -> None:
    """A program that waits for something else is found out by the deadline alone."""
    driver = hostile("never_greets")
    with pytest.raises(NotADriver, match="has said nothing"):
        driver.greet(time.monotonic() + 0.05)


def not_executable(folder: Path) -> str:
    (folder / "driver").write_text("#!/bin/sh\n")
    return str(folder / "driver")


def no_interpreter(folder: Path) -> str:
    script = folder / "driver"
    script.write_text("#!/nowhere/python\n")
    script.chmod(0o755)
    return str(script)


def no_program(folder: Path) -> str:
    script = folder / "driver"
    script.write_bytes(b"\x00\x01\x02")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (lambda folder: str(folder / "absent"), "it is not there"),
        (no_interpreter, "the interpreter named in its first line"),
        (not_executable, "it is not executable"),
        (str, "it is a directory"),
        (no_program, "it is neither a program nor a script"),
        (lambda _folder: "", "the command is empty"),
    ],
)
def test_a_command_that_cannot_run_says_why(
    tmp_path: Path, command: Callable[[Path], str], reason: str
) -> None:
    """The reason is named in the user's terms, not as an errno."""
    with pytest.raises(NotADriver, match=reason) as caught:
        Driver.start([command(tmp_path)], tmp_path, "server")
    assert caught.value.phase == "starting"
