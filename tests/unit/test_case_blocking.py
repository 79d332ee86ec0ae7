"""Started calls in a case: shown to be blocked, interrupted, finished, and waited for in vain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.engine.fake import Answer, broken, error, never, ok, unsupported
from tests.unit.scripted_case import BLOCKED, CONNECT, LISTEN, NAME, run


def test_blocked_then_finished() -> None:
    """A started call is shown to be blocked and returns when the other side acts."""
    result = run(
        BLOCKED,
        [("listen", "server", ok(name=NAME)), ("accept", "server", ok(peer=NAME, after="connect"))],
        [("connect", "client", ok())],
    )
    assert result.record.verdict == "pass"


def test_not_blocked() -> None:
    """A started call that has returned is not blocked: a failure at the `blocked` step."""
    result = run(
        BLOCKED,
        [("listen", "server", ok(name=NAME)), ("accept", "server", ok(peer=NAME))],
    )
    assert result.record.verdict == "fail"
    assert result.record.failure is not None
    assert result.record.failure.step == "blocked: waiting"


@pytest.mark.parametrize(
    ("ending", "wanted"),
    [
        (error("EAGAIN", takes=0.02), "inconclusive"),
        (error("EAGAIN", takes=0.001), "fail"),
        (error("EINTR", takes=0.02), "fail"),
    ],
)
def test_the_look_comes_late(ending: Answer, wanted: str) -> None:
    """A call that was blocked for as long as is to be shown (10 ms), until its own time was over,
    shows nothing; one that came back sooner, or with something else, was not blocked."""
    server = [("listen", "server", ok(name=NAME)), ("accept", "server", ending)]
    assert run(BLOCKED, server).record.verdict == wanted


INTERRUPTED = (
    LISTEN
    + "  - server: accept\n    as: conn\n    start: waiting\n  - interrupt: waiting\n"
    + "  - finish: waiting\n    expect: {error: EINTR}\n"
)


def test_interrupt_tells_the_driver_which_call() -> None:
    """The thread of the started call is sent a signal once the call is seen to be blocked."""
    asked = []

    def server(op: str, handle: str | None, args: Any) -> Answer:
        asked.append((op, dict(args)))
        answers = {
            "listen": ok(name=NAME),
            "accept": error("EINTR", after="interrupt"),
            "interrupt": ok(),
        }
        return answers.get(op, unsupported())

    assert run(INTERRUPTED, server).record.verdict == "pass"
    # The second request is the accept; before the signal the driver was seen to answer others.
    assert asked[0][0] == "listen"
    assert asked[-1] == ("interrupt", {"request": 2})


@pytest.mark.parametrize(
    ("ending", "wanted"),
    [
        (error("EAGAIN", takes=0.001), "inconclusive"),
        (error("timeout", takes=0.001), "inconclusive"),
        (ok(events=[], takes=0.001), "inconclusive"),
        (error("EINTR", takes=0.001), "fail"),
        (ok(name=NAME, takes=0.001), "fail"),
    ],
)
def test_no_call_left_to_interrupt(ending: Answer, wanted: str) -> None:
    """A call whose own time ran out before the signal shows nothing; one that ended fails."""
    server = [("listen", "server", ok(name=NAME)), ("accept", "server", ending)]
    result = run(INTERRUPTED, server)
    assert result.record.verdict == wanted
    assert result.record.failure is not None
    assert "has returned" in result.record.failure.actual


def test_the_call_ends_just_before_the_signal() -> None:
    """That the driver finds no call to interrupt is then no fault of the driver."""
    server = [
        ("listen", "server", ok(name=NAME)),
        ("accept", "server", error("EAGAIN", after="interrupt")),
        ("interrupt", None, broken("BadRequest: no started request runs here")),
    ]
    assert run(INTERRUPTED, server).record.verdict == "inconclusive"


def test_a_driver_that_sends_no_signals() -> None:
    """The case is unsupported then, in the driver's own words."""
    server = [("listen", "server", ok(name=NAME)), ("accept", "server", never())]
    result = run(INTERRUPTED, server)
    assert result.record.verdict == "unsupported"
    assert result.record.why is not None
    assert "no operation interrupt" in result.record.why
    assert not result.clean


def test_unsupported_is_no_failure_to_block() -> None:
    """A driver that cannot do the started call says so, and the case is unsupported."""
    result = run(
        BLOCKED,
        [("listen", "server", ok(name=NAME)), ("accept", "server", unsupported("no accept"))],
    )
    assert result.record.verdict == "unsupported"
    assert result.record.why is not None
    assert "no accept" in result.record.why


IN_VAIN = {
    "one call": "  - client: recv\n",
    "together": "  - together:\n    - client: recv\n    - client: recv\n",
    "eventually": "  - client: recv\n    eventually: 1s\n",
    "nothing": "",
}


@pytest.mark.parametrize("waits", IN_VAIN.values(), ids=IN_VAIN)
@pytest.mark.parametrize(
    ("answer", "verdict"), [(unsupported("no accept"), "unsupported"), (broken(), "broken")]
)
def test_what_waits_for_an_impossible_call_is_no_hang(
    waits: str, answer: Answer, verdict: str
) -> None:
    """A started call that is refused later ends the case, not the call that waits for it."""

    def server(op: str, handle: str | None, args: Any) -> Answer:
        return ok(name=NAME) if op == "listen" else replace(answer, takes=1.5)

    def client(op: str, handle: str | None, args: Any) -> Answer:
        return never() if op == "recv" else ok()

    begun = "  - server: accept\n    as: conn\n    start: waiting\n"
    result = run(LISTEN + CONNECT + begun + waits + "  - finish: waiting\n", server, client)
    assert result.record.verdict == verdict
    assert result.clean == (waits == "" and verdict == "unsupported")
