"""Whole cases on scripted drivers: order, blocking, hanging, dying, evidence; no port, no wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness import plan
from harness.engine.case import Result, run_case
from harness.engine.fake import (
    HELLO,
    Answer,
    FakeDriver,
    Play,
    Script,
    Stage,
    broken,
    dies,
    error,
    never,
    ok,
    unsupported,
)  # fmt: skip
from harness.engine.walk import EVENTUALLY_PAUSE, Drivers, Settings
from harness.language.loader import loads

NAME = {"host": "127.0.0.1", "port": 7}
SCENARIO = "scenarios:\n- id: a.b\n  claim: So.\n  transports: [tcp4]\n  steps:\n{}"


def got(text: str) -> dict[str, object]:
    """Received bytes as a driver describes them."""
    return {"size": len(text), "head": text.encode().hex()}


def run(steps: str, server: Script | Play = (), client: Script | Play = (), **more: str) -> Result:
    """Run a scenario of these steps on two scripted drivers."""
    closing = more.get("closing", "")
    loaded = loads(SCENARIO.format(steps + closing), "x.yaml")
    assert not loaded.problems, loaded.explain()
    (case,) = plan.cases(loaded.scenarios)
    return run_case(case, pair(server, client), Settings(deadline=5), rerun="again")


def pair(server: Script | Play, client: Script | Play, hello: Any = HELLO) -> Drivers:
    """Two greeted drivers on one stage."""
    stage = Stage()
    made = {"server": server, "client": client}
    drivers = {name: FakeDriver(script, stage, name, hello) for name, script in made.items()}
    for driver in drivers.values():
        driver.greet(stage.now)
    return drivers  # type: ignore[return-value]


LISTEN = "  - server: listen\n"
CONNECT = "  - client: connect\n"
RECV = "  - client: recv\n    expect: {data: hello}\n"


def test_pass() -> None:
    """A case whose every step holds passes, and its drivers can be used again."""
    result = run(
        LISTEN + CONNECT + RECV,
        [("listen", "server", ok(name=NAME))],
        [("connect", "client", ok()), ("recv", "client", ok(data=got("hello")))],
    )
    assert result.record.verdict == "pass"
    assert result.clean


def test_connect_goes_to_the_server() -> None:
    """A connect which does not say whereto gets the name that the server's listen gave."""
    asked = {}

    def client(op: str, handle: str | None, args: object) -> Answer:
        asked[op] = args
        return ok()

    run(LISTEN + CONNECT, [("listen", "server", ok(name=NAME))], client)
    assert asked["connect"] == {"transport": "tcp4", "to": NAME}


def test_failure_has_its_evidence() -> None:
    """A failed step is told with place, expected, actual, timeline and the command to rerun."""
    result = run(
        LISTEN + CONNECT + RECV,
        [("listen", "server", ok(name=NAME))],
        [("connect", "client", ok()), ("recv", "client", ok(data=got("help")))],
    )
    failure = result.record.failure
    assert result.record.verdict == "fail"
    assert not result.clean
    assert failure is not None
    assert (failure.file, failure.line, failure.column) == ("x.yaml", 8, 5)
    assert failure.step == "client: recv"
    assert "'hello'" in failure.expected
    assert "'help'" in failure.actual
    assert [entry.op for entry in failure.timeline] == ["listen", "connect", "recv"]
    assert [entry.failed for entry in failure.timeline] == [False, False, True]
    assert failure.rerun == "again"


def test_together_begins_both_before_waiting() -> None:
    """In `together` the second call is asked for although the first has not returned."""
    result = run(
        LISTEN + "  - together:\n    - server: accept\n      as: conn\n    - client: connect\n",
        [("listen", "server", ok(name=NAME)), ("accept", "server", ok(peer=NAME, after="connect"))],
        [("connect", "client", ok())],
    )
    assert result.record.verdict == "pass"


def test_hang_is_a_failure_of_the_case() -> None:
    """A call that never returns ends the case at the deadline, and its driver is not used again."""
    result = run(LISTEN, [("listen", "server", never())])
    assert result.record.verdict == "fail"
    assert result.record.failure is not None
    assert "still blocked after 5.0 s" in result.record.failure.actual
    assert not result.clean


def test_driver_dies() -> None:
    """A driver that dies makes the case broken, with its exit status in the record."""
    result = run(LISTEN, [("listen", "server", dies(3))])
    assert result.record.verdict == "broken"
    assert "exit status 3" in (result.record.why or "")
    assert not result.clean


def test_driver_breaks() -> None:
    """A driver's own fault is broken, not a failure of the sockets."""
    result = run(LISTEN, [("listen", "server", broken("Traceback: oops"))])
    assert result.record.verdict == "broken"
    assert "oops" in (result.record.why or "")


def test_unsupported_is_said_by_the_driver() -> None:
    """What a driver calls unsupported is not a failure, and the reason is kept."""
    result = run(LISTEN, [("listen", "server", unsupported("no listening here"))])
    assert result.record.verdict == "unsupported"
    assert "no listening here" in (result.record.why or "")
    assert result.clean


GUARDED = (
    LISTEN
    + CONNECT
    + "  - client: recv\n    provided: {data: {size: {max: 3}}}\n"
    + "    expect: {data: {prefix-of: hello}}\n"
)


def test_vacuity_guard() -> None:
    """A case which did not exercise its claim is inconclusive, neither passed nor failed."""
    server = [("listen", "server", ok(name=NAME))]
    whole = run(
        GUARDED, server, [("connect", "client", ok()), ("recv", "client", ok(data=got("hello")))]
    )
    part = run(
        GUARDED, server, [("connect", "client", ok()), ("recv", "client", ok(data=got("hel")))]
    )
    assert (whole.record.verdict, part.record.verdict) == ("inconclusive", "pass")


def test_guard_does_not_hide_an_error() -> None:
    """A call that fails outright fails the case, whatever the guard says."""
    result = run(
        GUARDED,
        [("listen", "server", ok(name=NAME))],
        [("connect", "client", ok()), ("recv", "client", error("ECONNRESET"))],
    )
    assert result.record.verdict == "fail"


BLOCKED = (
    LISTEN
    + "  - server: accept\n    as: conn\n    start: waiting\n  - blocked: waiting\n"
    + CONNECT
    + "  - finish: waiting\n    within: 100ms\n"
)


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


def test_another_clock_is_no_delay() -> None:
    """`within` counts in our time, and gives what the comparison of the clocks may be wrong by."""
    steps = LISTEN + CONNECT + "  - client: recv\n    within: {}\n"
    verdicts = []
    for within in ("4s", "1s"):
        stage = Stage()
        server = FakeDriver([("listen", "server", ok(name=NAME))], stage)
        client = FakeDriver(
            [("connect", "client", ok()), ("recv", "client", ok(takes=4.0))],
            stage,
            "client",
            ahead=5000.0,
            distance=1.5,
        )
        for driver in (server, client):
            driver.greet(stage.now)
            driver.compare_clocks(9.0)
        loaded = loads(SCENARIO.format(steps.format(within)), "x.yaml")
        (case,) = plan.cases(loaded.scenarios)
        record = run_case(case, {"server": server, "client": client}).record
        verdicts.append(record.verdict)
    assert verdicts == ["pass", "fail"]
    assert record.failure is not None
    assert record.failure.clocks == {"client": pytest.approx(1500.0, abs=0.1)}


def test_finish_too_late() -> None:
    """`within` at a finish counts from the finish, and a call which comes later fails."""
    result = run(
        BLOCKED,
        [
            ("listen", "server", ok(name=NAME)),
            ("accept", "server", ok(peer=NAME, after="connect", takes=2.0)),
        ],
        [("connect", "client", ok())],
    )
    assert result.record.verdict == "fail"
    assert result.record.failure is not None
    assert "within 100.0 ms" in result.record.failure.expected


def test_eventually() -> None:
    """A step with `eventually` is repeated until it holds."""
    polls = [("poll", "client", ok(events=[])) for _ in range(3)]
    result = run(
        LISTEN + CONNECT + "  - client: poll\n    expect: {events: [IN]}\n    eventually: 1s\n",
        [("listen", "server", ok(name=NAME))],
        [("connect", "client", ok()), *polls, ("poll", "client", ok(events=["IN"]))],
    )
    assert result.record.verdict == "pass"
    assert result.record.waiting == pytest.approx(3 * EVENTUALLY_PAUSE)


def test_eventually_gives_up() -> None:
    """A step that never holds fails with its last reply."""

    def client(op: str, handle: str | None, args: object) -> Answer:
        return ok(events=[]) if op == "poll" else ok()

    result = run(
        LISTEN + CONNECT + "  - client: poll\n    expect: {events: [IN]}\n    eventually: 1s\n",
        [("listen", "server", ok(name=NAME))],
        client,
    )
    assert result.record.verdict == "fail"
    assert result.record.failure is not None
    assert "events none" in result.record.failure.actual


def test_eventually_looks_once_more_when_the_time_is_over() -> None:
    """What came while the engine was late is seen: only a try begun after the time is the last."""
    result = run(
        LISTEN + CONNECT + "  - client: poll\n    expect: {events: [IN]}\n    eventually: 1s\n",
        [("listen", "server", ok(name=NAME))],
        [
            ("connect", "client", ok()),
            ("poll", "client", ok(events=[], takes=1.5)),
            ("poll", "client", ok(events=["IN"])),
        ],
    )
    assert result.record.verdict == "pass"


CLOSING = """\
  closing:
  - client: recv
    expect: {strict: {fin: eof}, also: {rst: {error: ECONNRESET}}}
"""


def test_closing_has_a_verdict_of_its_own() -> None:
    """The data phase may pass while the closing phase varies; the case's verdict is the worse."""
    result = run(
        LISTEN + CONNECT,
        [("listen", "server", ok(name=NAME))],
        [("connect", "client", ok()), ("recv", "client", error("ECONNRESET"))],
        closing=CLOSING,
    )
    record = result.record
    assert (record.data, record.closing, record.verdict) == ("pass", "varies", "varies")
    assert list(record.branches.values()) == ["rst"]


def test_closing_is_not_begun_after_a_failure() -> None:
    """When the data phase fails there is nothing to say about the closing."""
    result = run(LISTEN, [("listen", "server", error("EACCES"))], closing="  closing:\n" + CONNECT)
    assert (result.record.data, result.record.closing) == ("fail", None)


def test_observe_judges_nothing() -> None:
    """An observed step records what came and lets the case go on."""
    result = run(
        "  - server: listen\n    observe: listening\n",
        [("listen", "server", error("EACCES", "not allowed"))],
    )
    assert result.record.verdict == "pass"
    assert result.record.observed == {"listening": "error EACCES (not allowed)"}


def test_what_pythons_module_promises_is_asked_of_python_alone() -> None:
    """A driver in another language is not on trial by that contract."""
    loaded = loads(SCENARIO.format(LISTEN).replace("  steps", "  contract: api\n  steps"), "x.yaml")
    (case,) = plan.cases(loaded.scenarios)
    elsewhere = pair([], [], {**HELLO, "runtime": "C 11"})
    record = run_case(case, elsewhere).record
    assert record.verdict == "unsupported"
    assert record.why == "the claim is about Python's socket module, and socket is not Python"


def test_missing_operation_is_unsupported() -> None:
    """A driver that does not offer an operation is not asked for it."""
    loaded = loads(f"scenarios:\n- id: a.b\n  claim: So.\n  transports: [tcp4]\n  steps:\n{LISTEN}")
    (case,) = plan.cases(loaded.scenarios)
    drivers = pair([], [], {**HELLO, "operations": ["recv"]})
    result = run_case(case, drivers)
    assert result.record.verdict == "unsupported"
    assert "listen" in (result.record.why or "")
    assert not drivers["server"].asked  # type: ignore[attr-defined]


def test_together_tells_the_call_that_failed() -> None:
    """When one of two calls fails the other is not waited for, though it would come first."""
    result = run(
        LISTEN + "  - together:\n    - server: accept\n      as: conn\n    - client: connect\n",
        [("listen", "server", ok(name=NAME)), ("accept", "server", never())],
        [("connect", "client", error("ECONNREFUSED"))],
    )
    assert result.record.failure is not None
    assert result.record.failure.step == "client: connect"
    assert "ECONNREFUSED" in result.record.failure.actual


def test_time_is_split() -> None:
    """Waiting and calls are told apart, and calls that overlap count once."""
    result = run(
        BLOCKED,
        [
            ("listen", "server", ok(name=NAME, takes=0.0001)),
            ("accept", "server", ok(peer=NAME, after="connect", takes=0.05)),
        ],
        [("connect", "client", ok(takes=0.02))],
    )
    record = result.record
    assert record.verdict == "pass"
    assert 0.05 <= record.waiting < 0.3
    assert abs(record.calling - 0.0001) < 1e-6
