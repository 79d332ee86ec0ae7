"""Drivers that go wrong after their greeting: every call has an end, and the fault its name."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from harness.engine import process
from harness.engine.faults import DriverDied, DriverError, DriverGarbage, DriverHung
from harness.engine.process import Driver
from tests.integration.driver_process.groups import SOON, Hostile, soon, wait_for_end


def send_for_ever(driver: Driver) -> None:
    while True:
        driver.send("recv", "conn", {})


def provoke(driver: Driver) -> DriverError:
    """Ask for something and return what the driver does wrong then."""
    with pytest.raises(DriverError) as caught:
        driver.ask("recv", "conn", limit=SOON)
    return caught.value


def test_a_death_in_the_midst_of_a_request_names_the_signal(greeted: Hostile) -> None:
    """The signal and the last lines of the log are told."""
    problem = provoke(greeted("dies_mid_request"))
    assert isinstance(problem, DriverDied)
    assert problem.status == -signal.SIGSEGV
    assert "killed by SIGSEGV" in str(problem)
    assert problem.stderr == "about to crash\n"


def test_half_a_reply_is_quoted(greeted: Hostile) -> None:
    """The line in which the driver stopped helps its author."""
    problem = provoke(greeted("half_a_reply"))
    assert isinstance(problem, DriverDied)
    assert problem.status == 0
    assert """in the middle of the line '{"id":1,"reply":"o'""" in str(problem)


def test_no_answer_is_none_for_wait_and_hung_for_ask(greeted: Hostile) -> None:
    """Only the caller knows whether silence is wrong."""
    driver = greeted("hangs")
    number = driver.send("recv", "conn", {})
    assert driver.wait(number, time.monotonic() + 0.01) is None
    with pytest.raises(DriverHung, match="no answer to `recv`"):
        driver.ask("recv", "conn", limit=0.01)
    assert driver.alive


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


def test_a_flood_on_standard_output_ends_the_conversation_and_takes_no_memory(
    greeted: Hostile,
) -> None:
    """100 MB of garbage are garbage at the first line."""
    driver = greeted("floods_stdout")
    before = resident()
    problem = provoke(driver)
    assert isinstance(problem, DriverGarbage)
    assert "not JSON: 'junk'" in str(problem)
    assert resident() - before < 20e6
    with pytest.raises(DriverGarbage):
        driver.send("recv", "conn", {})
    assert not driver.alive


def test_a_flood_on_standard_error_is_read_and_forgotten(greeted: Hostile) -> None:
    """The log neither holds the driver up nor grows here; its end is kept."""
    driver = greeted("floods_stderr")
    before = resident()
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    while not driver.stderr_tail().endswith("the end\n"):
        driver.pump(1.0)
    assert len(driver.stderr_tail()) == 8192
    assert resident() - before < 20e6


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("answers_what_nobody_asked", "a reply to request 999, which was never made"),
        ("nests_too_deep", "nested too deep"),
    ],
)
def test_a_message_that_does_not_belong_ends_the_conversation(
    greeted: Hostile, way: str, sentence: str
) -> None:
    """Unread replies cannot pile up: each must have been asked for."""
    problem = provoke(greeted(way))
    assert isinstance(problem, DriverGarbage)
    assert sentence in str(problem)


def test_a_second_reply_ends_the_conversation_after_the_first(greeted: Hostile) -> None:
    """What came before the fault is still handed out."""
    driver = greeted("answers_twice")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    problem = provoke(driver)
    assert isinstance(problem, DriverGarbage)
    assert "a reply to request 1, which was answered already" in str(problem)


def test_a_death_is_noticed_though_a_child_holds_the_pipes(greeted: Hostile) -> None:
    """There is no EOF then; the process itself is looked at, and the child is killed."""
    driver = greeted("dies_leaving_a_child_with_the_pipes")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    number = driver.conversation.number()
    with pytest.raises(DriverDied) as caught:
        driver.wait(number, soon())
    assert caught.value.status == 4
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_death_nobody_waits_for_ends_the_children_too(greeted: Hostile) -> None:
    """Once the process is reaped its number may be another's: its group is killed with it."""
    driver = greeted("dies_leaving_a_child_with_the_pipes")
    driver.send("recv", "conn", {})
    give_up = soon()
    while driver.alive and time.monotonic() < give_up:
        time.sleep(0.001)
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_death_found_out_by_asking_shows_the_log(greeted: Hostile) -> None:
    """Nobody had read what the driver wrote last; it is read then."""
    driver = greeted("dies_between_requests")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    assert wait_for_end(driver._process.pid, SOON) == []
    with pytest.raises(DriverDied, match="exit status 6") as caught:
        send_for_ever(driver)
    assert caught.value.stderr == "good bye\n"


def test_a_driver_that_ignores_eof_and_signals_is_killed_with_its_children(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """close() is polite first, for a bounded time."""
    monkeypatch.setattr(process, "ENDS_BY_ITSELF", 0.05)
    driver = greeted("ignores_everything")
    driver.send("recv", "conn", {})
    assert not driver.close()
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_driver_that_closes_its_output_has_died(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can never answer again, though it runs on; it is ended."""
    monkeypatch.setattr(process, "EXIT_AFTER_EOF", 0.05)
    problem = provoke(greeted("closes_stdout"))
    assert isinstance(problem, DriverDied)
    assert problem.status is None
    assert "went on running" in str(problem)


def test_a_driver_that_reads_no_requests_is_hung(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its pipe is full the engine waits a bounded time."""
    monkeypatch.setattr(process, "TAKES_NO_REQUEST", 0.05)
    driver = greeted("never_reads")
    with pytest.raises(DriverHung, match="took no request"):
        driver.send("data", "x", {"text": "x" * 200_000})


def test_a_driver_that_closes_its_input_is_noticed(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken pipe is told as what it is, the driver's end."""
    monkeypatch.setattr(process, "EXIT_AFTER_EOF", 0.05)
    driver = greeted("stops_reading")
    with pytest.raises(DriverDied, match="went on running"):
        send_for_ever(driver)
