"""Reading what /proc says of a thread, and the proof by witness on a made-up clock."""

from __future__ import annotations

from typing import Any

import pytest

from harness.engine import blocking
from harness.engine.blocking import (
    CALLS,
    PING,
    Unknown,
    prove_blocked,
    state,
    voluntary_switches,
    waiting_call,
)
from harness.engine.fake import FakeDriver, Stage, dies, error, never, ok, unsupported
from harness.engine.faults import DriverDied

REGISTERS = "0x7f632334e6e8 0x7f632261d9b0 0x7f6322d28fa8"


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("4880 (python3.11) S 4836 4836 3058 0 -1", "S"),
        ("7 (a) R (b) R 1 7 7 0", "R"),
        ("7 (two words) D 1 7 7 0", "D"),
        ("", ""),
    ],
)
def test_the_state_stands_behind_the_last_parenthesis(text: str, letter: str) -> None:
    """A program may call itself `a) R (b`; its name does not pass for its state."""
    assert state(text) == letter


@pytest.mark.parametrize(
    ("text", "machine", "call"),
    [
        (f"288 0x3 0x7f63 0x7f64 0x80000 0x0 0x0 {REGISTERS}", "x86_64", "accept4"),
        (f"45 0x4 0x7f63 0xa 0x0 0x0 0x0 {REGISTERS}", "x86_64", "recvfrom"),
        (f"242 0x3 0x7f63 0x7f64 0x80000 0x0 0x0 {REGISTERS}", "aarch64", "accept4"),
        (f"207 0x4 0x7f63 0xa 0x0 0x0 0x0 {REGISTERS}", "aarch64", "recvfrom"),
        (f"7 0x7f63 0x1 0x2710 0x0 0x0 0x0 {REGISTERS}", "x86_64", "poll"),
        (f"270 0x5 0x7f63 0x0 0x0 0x7f63 0x0 {REGISTERS}", "x86_64", "pselect6"),
        # Without a descriptor they are only naps; PyPy's time.sleep is one.
        (f"7 0x7f63 0x0 0x2710 0x0 0x0 0x0 {REGISTERS}", "x86_64", None),
        (f"270 0x0 0x0 0x0 0x0 0x7f63 0x0 {REGISTERS}", "x86_64", None),
        (f"72 0x0 0x0 0x0 0x0 0x7f63 0x0 {REGISTERS}", "aarch64", None),
        # futex: a lock, most often the interpreter's own.
        (f"202 0x5626 0x189 0x0 0x0 0x0 0xffffffff {REGISTERS}", "x86_64", None),
        ("running", "x86_64", None),
        ("-1 0x7ffc 0x7f63", "x86_64", None),
        ("", "x86_64", None),
    ],
)
def test_only_a_call_which_can_wait_for_a_socket_counts(
    text: str, machine: str, call: str | None
) -> None:
    """Naps, locks and running threads are not asleep in a socket."""
    assert waiting_call(text, CALLS[machine]) == call


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Name:\tx\nvoluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t3\n", 17),
        ("nonvoluntary_ctxt_switches:\t3\nvoluntary_ctxt_switches:\t4", 4),
        ("", 0),
        ("Name:\tx\n", Unknown("no count of context switches")),
    ],
)
def test_only_voluntary_switches_are_counted(text: str, count: int | Unknown) -> None:
    """Being preempted is not waking up."""
    assert voluntary_switches(text) == count


def files(monkeypatch: pytest.MonkeyPatch, **texts: str | Unknown) -> None:
    """Let /proc say this; what is not named cannot be read."""
    monkeypatch.setattr(
        blocking, "_read", lambda _pid, _tid, what: texts.get(what, Unknown("denied"))
    )


SLEEPING = "7 (python) S 1 7 7 0"


@pytest.mark.parametrize(
    ("wchan", "seen"),
    [
        ("inet_csk_accept", "inet_csk_accept"),
        ("poll_schedule_timeout.constprop.0", "poll_schedule_timeout.constprop.0"),
        ("__skb_wait_for_more_packets", "__skb_wait_for_more_packets"),
        ("unix_stream_read_generic", "unix_stream_read_generic"),
        ("sk_stream_wait_memory", "sk_stream_wait_memory"),
        ("futex_do_wait", None),
        ("hrtimer_nanosleep", None),
        ("0", Unknown("neither syscall nor wchan of the thread can be read")),
    ],
)
def test_where_the_system_call_is_secret_the_waiting_function_tells(
    monkeypatch: pytest.MonkeyPatch, wchan: str, seen: str | Unknown | None
) -> None:
    """/proc/PID/syscall needs more rights than wchan; a kernel may hide both."""
    files(monkeypatch, stat=SLEEPING, wchan=wchan)
    assert blocking.asleep_in(7, 7) == seen


def test_a_running_thread_is_not_asleep_whatever_call_it_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The state decides first."""
    call = f"288 0x3 0x7f63 0x7f64 0x80000 0x0 0x0 {REGISTERS}"
    files(monkeypatch, stat="7 (python) R 1 7 7 0", syscall=call)
    assert blocking.asleep_in(7, 7) is None


def test_an_unknown_machine_falls_back_to_the_waiting_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """System call numbers mean nothing without their table."""
    monkeypatch.setattr(blocking, "CALLS", {})
    files(monkeypatch, stat=SLEEPING, syscall=f"288 {REGISTERS}", wchan="inet_csk_accept")
    assert blocking.asleep_in(7, 7) == "inet_csk_accept"


def begun(answer: Any, **more: Any) -> tuple[FakeDriver, int]:
    """A fake driver with one started call."""

    def play(op: str, _handle: str | None, _args: Any) -> Any:
        return more.get(op, unsupported()) if op != "accept" else answer

    driver = FakeDriver(play, Stage())
    driver.greet(driver.clock())
    return driver, driver.send("accept", "server", {}, start=True)


def test_the_witness_is_silence_while_the_driver_answers() -> None:
    """100 ms at least, before and after which the driver answered something else."""
    driver, accept = begun(never())
    before = driver.clock()
    proof = prove_blocked(driver, accept, 0.02, driver.clock() + 5)
    assert (proof.outcome, proof.how) == ("blocked", "witness: no reply for 100 ms")
    assert driver.clock() - before == pytest.approx(0.1)
    assert [asked["op"] for asked in driver.asked] == ["accept", PING, PING]


def test_a_hold_longer_than_the_witness_is_kept() -> None:
    """The scenario's own time is never cut."""
    driver, accept = begun(never())
    assert prove_blocked(driver, accept, 0.3, driver.clock() + 5).how.endswith("for 300 ms")


@pytest.mark.parametrize("takes", [0.0, 0.05])
def test_a_reply_within_the_hold_means_not_blocked(takes: float) -> None:
    """It is left to be fetched: what the call came back with is the evidence."""
    driver, accept = begun(error("EINVAL", takes=takes))
    assert prove_blocked(driver, accept, 0.02, driver.clock() + 5).outcome == "returned"
    reply = driver.wait(accept, 0)
    assert reply is not None
    assert reply.error == "EINVAL"


def test_a_driver_that_answers_nothing_proves_nothing() -> None:
    """Its silence on the call may be for another reason."""
    driver, accept = begun(never(), ping=never())
    proof = prove_blocked(driver, accept, 0.02, driver.clock() + 5)
    assert (proof.outcome, proof.how) == (
        "unproven",
        "the driver answers no other request either",
    )


def test_a_reply_that_comes_with_the_second_answer_still_counts() -> None:
    """The driver was late with both: the call was not blocked."""
    driver, accept = begun(ok(takes=0.4), ping=unsupported())
    slow = iter([unsupported(), ok(takes=0.5)])
    driver._script = lambda *_: next(slow)
    assert prove_blocked(driver, accept, 0.02, driver.clock() + 5).outcome == "returned"


def test_the_death_of_the_driver_is_not_taken_for_blocking() -> None:
    """It is raised."""
    driver, accept = begun(dies(3, takes=0.05))
    with pytest.raises(DriverDied, match="status 3"):
        prove_blocked(driver, accept, 0.02, driver.clock() + 5)
