"""How a case ends: its verdict, the evidence of a failure, and whether its drivers go on."""

from __future__ import annotations

from harness import plan
from harness.engine.case import run_case
from harness.engine.fake import HELLO, Answer, broken, dies, error, never, ok, unsupported
from harness.language.loader import loads
from tests.unit.scripted_case import CONNECT, LISTEN, NAME, RECV, SCENARIO, got, pair, run


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
