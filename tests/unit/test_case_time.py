"""Time in a case: bounds, another host's clock, trying again, and where the time went."""

from __future__ import annotations

import itertools

import pytest

from harness import plan
from harness.engine import kernel_steps
from harness.engine.case import run_case
from harness.engine.fake import Answer, FakeDriver, Stage, ok
from harness.engine.patience import EVENTUALLY_PAUSE
from harness.language.loader import loads
from tests.unit.scripted_case import BLOCKED, CONNECT, LISTEN, NAME, SCENARIO, run


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


def test_reading_the_kernels_table_is_no_time_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look into the system's tables counts as a call, as one of a driver does."""
    ticks = itertools.count(0, 500_000)
    monkeypatch.setattr(kernel_steps, "now", lambda _driver: next(ticks))
    monkeypatch.setattr(kernel_steps, "tcp_states", lambda *_: [])
    look = "  - kernel: tcp_table\n    local: server\n    expect: {states: []}\n"
    record = run(LISTEN + look, [("listen", "server", ok(name=NAME))]).record
    assert record.verdict == "pass"
    assert record.calling >= 0.0005
