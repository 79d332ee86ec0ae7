"""`sockharness smoke`: good drivers pass, and each bend of one is told in words."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.commands.smoke import command
from harness.engine import process
from harness.engine.any_driver import AnyDriver
from harness.engine.selftest import CHECKS, Check, bench, selftest
from harness.engine.selftest.talk import greets
from harness.engine.selftest.work import trials
from tests.integration.starts import Start

HERE = Path(__file__).parent
POLITE = [sys.executable, str(HERE / "drivers" / "polite.py")]
BENT = [sys.executable, str(HERE / "drivers" / "bent.py")]
REFERENCE = [
    sys.executable, "-I", "-S", str(HERE.parents[1] / "harness" / "drivers" / "python")
]  # fmt: skip


def outcome(name: str, start: Callable[[], AnyDriver]) -> Check:
    """Make that one check of the self-test."""
    on = bench.Bench(start)
    try:
        if name in CHECKS:
            return on.check(name, CHECKS[name])
        greeting = on.check("it greets", greets)
        if greeting.problem:
            return greeting
        return next(check for check in trials(on, on.driver.hello) if check.problem)
    finally:
        on.drop()


def test_the_reference_driver_keeps_the_protocol(starting: Start) -> None:
    """Every operation on every transport of this machine."""
    problems = [check for check in selftest(starting(*REFERENCE)) if check.problem]
    assert problems == []


def test_a_small_driver_is_asked_for_what_it_claims_alone(starting: Start) -> None:
    """What it does not claim is named as not tried, and is no fault."""
    checks = {check.name: check for check in selftest(starting(*POLITE))}
    assert [check for check in checks.values() if check.problem] == []
    assert checks["a megabyte is sent and received"].note.startswith("not tried")
    assert checks["operations on tcp4"].note == "7 ok"
    assert "operations on udp4" not in checks


@pytest.mark.parametrize(
    ("bend", "check", "sentence"),
    [
        ("no_os", "it greets", "a wrong or missing field ('os')"),
        ("no_runtime", "its greeting is complete", "`runtime` in the greeting is empty"),
        ("no_operations", "its greeting is complete", "it claims no operations"),
        ("replies_twice", "one reply for each request", "which was answered already"),
        ("replies_again_later", "one reply for each request", "which was answered already"),
        ("swallows_some", "one reply for each request", "no reply to one of 20 requests"),
        (
            "unknown_operation_is_an_error",
            "an unknown operation is unsupported",
            "replied error ENOSYS (what?), not unsupported",
        ),
        (
            "unknown_handle_is_an_error",
            "an unknown handle is broken",
            "`fileno` on an unknown handle replied error EBADF, not broken",
        ),
        ("unknown_handle_is_the_end", "an unknown handle is broken", "exit status 1"),
        ("dies_of_nonsense", "a line that is no request is broken", "JSONDecodeError"),
        ("dies_a_moment_later", "an unknown operation is unsupported", "exit status 5"),
        ("strict_about_fields", "unknown fields are ignored", "broken (unknown field)"),
        ("times_in_seconds", "times are of the monotonic clock", "they are whole nanoseconds"),
        ("times_in_microseconds", "times are of the monotonic clock", "not CLOCK_MONOTONIC"),
        ("times_of_the_day", "times are of the monotonic clock", "not CLOCK_MONOTONIC"),
        ("times_swapped", "times are of the monotonic clock", "`at` goes backwards"),
        ("no_started_event", "a started request runs beside others", "no started event"),
        (
            "started_on_the_main_thread",
            "a started request runs beside others",
            "no reply to `ping`",
        ),
        ("wrong_thread", "a started request runs beside others", "none of its threads"),
        ("one_at_a_time", "two started requests run at once", "no reply to the started"),
        ("reset_without_stuck", "reset frees everything", "without `stuck`"),
        ("reset_keeps_a_socket", "reset frees everything", "left a socket open: LISTEN"),
        ("reset_forgets_who_waits", "reset frees everything", "got no reply"),
        ("prints", "unknown fields are ignored", "not JSON: 'resetting now'"),
        ("deaf_while_blocked", "it ends so when it is blocked, too", "it does not end"),
        ("never_ends", "it ends at the end of its input", "it does not end"),
        ("receives_too_little", "recv on tcp4", "received {'size': 3, 'head': '70696e'}"),
        ("send_tells_no_count", "send on tcp4", "replied ok without `count`"),
        ("claims_what_it_has_not", "what is claimed is there", "it claims dup"),
        ("cannot_accept", "a started request runs beside others", "replied error 95"),
    ],
)
def test_each_bend_of_a_driver_is_found_and_told(
    starting: Start, monkeypatch: pytest.MonkeyPatch, bend: str, check: str, sentence: str
) -> None:
    """By the check for it, in a sentence that says what it is."""
    monkeypatch.setattr(bench, "REPLIES_WITHIN", 1.0)
    monkeypatch.setattr(process, "ENDS_BY_ITSELF", 0.5)
    found = outcome(check, starting(*BENT, bend))
    assert found.name == check
    assert sentence in found.problem


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


ELSEWHEN = ("unshare", "--time", "--monotonic", "100000", "--fork")


@pytest.mark.parametrize(
    ("driver", "note", "problem"),
    [(POLITE, "by another clock than ours", ""), (BENT, "", "no clock that counts nanoseconds")],
    ids=["another moment", "another pace"],
)
def test_a_clock_that_counts_from_another_moment(
    starting: Start, driver: list[str], note: str, problem: str
) -> None:
    """As on another machine: that is no fault, if it counts nanoseconds."""
    if shutil.which("unshare") is None or _fails(*ELSEWHEN, "true"):
        pytest.skip("no namespace of time can be made")
    bend = ["times_in_microseconds"] * (driver is BENT)
    check = outcome("times are of the monotonic clock", starting(*ELSEWHEN, *driver, *bend))
    assert note in check.note
    assert problem in check.problem
    assert bool(problem) == bool(check.problem)


def test_an_operation_beyond_the_table_is_named(starting: Start) -> None:
    """No scenario can ask for it, but a misspelt one is seen at a glance."""
    checks = selftest(starting(*BENT, "made_up_operation"))
    found = {check.name: check for check in itertools.islice(checks, 2)}
    checks.close()  # type: ignore[attr-defined]
    assert found["its greeting is complete"].note == "tcp4; not in the table: listne"


def smoke(*arguments: str) -> tuple[object, str]:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.output


def test_the_command_prints_a_line_for_each_check_and_returns_0() -> None:
    """Options behind the command's first word are its own."""
    status, output = smoke(sys.executable, "-I", "-S", POLITE[-1])
    lines = output.splitlines()
    assert status == 0
    assert all(line.startswith("ok     ") for line in lines[:-1])
    assert lines[-1] == f"checks: {len(lines) - 1}, wrong: 0"


def test_what_is_no_driver_is_wrong_and_returns_1() -> None:
    """With its log, which most often tells why."""
    hostile = str(HERE / "drivers" / "hostile.py")
    assert smoke(sys.executable, hostile, "exits_at_once") == (
        1,
        "WRONG  it greets: no greeting: it ended with exit status 3\n"
        "         | No module named 'socket'\n"
        "checks: 1, wrong: 1\n",
    )


def test_no_command_is_wrong_usage() -> None:
    """Which the command line turns into exit status 4."""
    with pytest.raises(click.UsageError, match="driver"):
        smoke()
