"""The scripted driver keeps the same rules as a process, on its own clock."""

from __future__ import annotations

import pytest

from harness.engine.any_driver import answered_any
from harness.engine.fake import (
    HELLO,
    Answer,
    FakeDriver,
    Script,
    Stage,
    broken,
    dies,
    error,
    never,
    ok,
    unsupported,
)
from harness.engine.faults import DriverDied, DriverGarbage, DriverHung, NotADriver


def greeted(script: Script, stage: Stage | None = None, name: str = "server") -> FakeDriver:
    """A fake that has greeted."""
    driver = FakeDriver(script, stage, name)
    driver.greet(driver.clock())
    return driver


def test_the_answers_come_in_the_order_of_the_script() -> None:
    """All four kinds, with the fields that the judge sees."""
    driver = greeted(
        [
            ("listen", "server", ok(name={"port": 7})),
            ("recv", None, error("ECONNRESET", "reset by peer")),
            ("outq", "conn", unsupported("no SIOCOUTQ")),
            ("send", "conn", broken("Traceback")),
        ]
    )
    replies = [
        driver.ask("listen", "server", limit=1),
        driver.ask("recv", "conn", {"size": 1}, limit=1),
        driver.ask("outq", "conn", limit=1),
        driver.ask("send", "conn", {"data": "x"}, limit=1),
    ]
    assert [reply.kind for reply in replies] == ["ok", "error", "unsupported", "broken"]
    assert replies[0].values == {"name": {"port": 7}}
    assert (replies[1].error, replies[1].text) == ("ECONNRESET", "reset by peer")
    assert [reply.text for reply in replies[2:]] == ["no SIOCOUTQ", "Traceback"]
    assert driver.finished


def test_a_request_out_of_the_script_is_an_error_of_the_test() -> None:
    """Both what was asked and what was expected are named."""
    driver = greeted([("listen", "server", ok())])
    with pytest.raises(AssertionError, match=r"asked for recv on conn.*'listen', 'server'"):
        driver.send("recv", "conn", {})
    assert not driver.finished


def test_reset_and_unknown_operations_need_no_line_in_the_script() -> None:
    """Every driver answers these."""
    driver = greeted([])
    assert driver.ask("reset", limit=1).values == {"stuck": 0}
    assert driver.ask("no-such-thing", limit=1).kind == "unsupported"


def test_waiting_moves_the_clock_and_takes_no_time() -> None:
    """A reply comes when it is due; a wait that is too short ends exactly at its deadline."""
    driver = greeted([("recv", "conn", ok(takes=30.0))])
    begin = driver.clock()
    number = driver.send("recv", "conn", {})
    assert driver.wait(number, begin + 10) is None
    assert driver.clock() == begin + 10
    reply = driver.wait(number, begin + 60)
    assert reply is not None
    assert driver.clock() == begin + 30
    assert reply.end - reply.begin == 30_000_000_000


def test_a_call_may_wait_for_what_another_driver_is_asked() -> None:
    """accept returns when the client connects, and has taken all that time."""
    stage = Stage()
    server = greeted([("accept", "server", ok(takes=0.5, after="connect"))], stage)
    client = greeted([("connect", "client", ok(takes=0.1))], stage, "client")
    accept = server.send("accept", "server", {}, start=True)
    assert server.started(accept, server.clock()) is not None
    assert server.wait(accept, stage.now + 2) is None
    connect = client.send("connect", "client", {})
    wanted = {server: [accept], client: [connect]}
    assert answered_any(wanted, stage.now + 9) == (client, connect)
    assert client.wait(connect, 0) is not None
    assert answered_any(wanted, stage.now + 9) == (server, accept)
    accepted = server.wait(accept, 0)
    assert accepted is not None
    assert accepted.end - accepted.begin == pytest.approx(2.5e9)


def test_the_clock_never_goes_back() -> None:
    """A reply that was due while nobody listened comes late, not in the past."""
    stage = Stage()
    early = greeted([("recv", "conn", ok(takes=1.0))], stage)
    late = greeted([("recv", "conn", ok(takes=5.0))], stage, "client")
    first, second = (driver.send("recv", "conn", {}) for driver in (early, late))
    begin = stage.now
    assert late.wait(second, begin + 9) is not None
    assert early.wait(first, begin + 9) is not None
    assert stage.now == begin + 5


def test_answered_any_ends_at_the_deadline() -> None:
    """Nothing from anyone is None."""
    driver = greeted([("recv", "conn", never())])
    number = driver.send("recv", "conn", {})
    deadline = driver.clock() + 3
    assert answered_any({driver: [number]}, deadline) is None
    assert driver.clock() == deadline


def test_a_scripted_death_is_raised_when_it_is_due() -> None:
    """Then nothing more can be asked."""
    driver = greeted([("recv", "conn", dies(-9, takes=1.0))])
    number = driver.send("recv", "conn", {})
    assert driver.wait(number, driver.clock() + 0.5) is None
    with pytest.raises(DriverDied, match="SIGKILL"):
        driver.wait(number, driver.clock() + 1)
    assert not driver.alive
    with pytest.raises(DriverDied):
        driver.send("recv", "conn", {})


def test_a_call_that_blocks_for_ever_is_hung_for_ask() -> None:
    """The limit is told."""
    driver = greeted([("recv", "conn", never())])
    with pytest.raises(DriverHung, match="no answer to `recv` for 7 s"):
        driver.ask("recv", "conn", limit=7)


def test_a_wrong_greeting_is_no_driver() -> None:
    """The fake speaks through the same parser as a process."""
    driver = FakeDriver([], hello=dict(HELLO, protocol=3))
    with pytest.raises(NotADriver, match="protocol version 3"):
        driver.greet(driver.clock())


def test_a_message_out_of_place_is_garbage() -> None:
    """A scripted reply that is none ends the conversation."""
    driver = greeted([("recv", "conn", Answer({"reply": "perhaps"}))])
    with pytest.raises(DriverGarbage, match="unknown kind of reply 'perhaps'"):
        driver.ask("recv", "conn", limit=1)


def test_arguments_must_be_fit_for_the_wire() -> None:
    """What a process could not be sent a fake refuses too."""
    with pytest.raises(TypeError):
        greeted([("send", None, ok())]).send("send", "conn", {"data": b"bytes"})


def test_forgotten_requests_may_still_be_answered() -> None:
    """Their replies are dropped, and numbers are not used again."""
    driver = greeted([("recv", "conn", ok(takes=1.0)), ("recv", "conn", ok(takes=2.0))])
    old = driver.send("recv", "conn", {})
    driver.forget()
    new = driver.send("recv", "conn", {})
    assert driver.wait(new, driver.clock() + 5) is not None
    assert driver.wait(old, driver.clock() + 5) is None
    assert new == old + 1
