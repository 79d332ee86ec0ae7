"""What the judge makes of replies, bytes and durations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.conditions import Facts
from harness.drivers.python.payload import describe, make
from harness.judging.judge import Finding, judge, judge_time, late_bound, short_of_resources
from harness.judging.matching import Unresolved, data_matches, matches, resolve
from harness.judging.wording import describe_value
from harness.language.loader import loads
from harness.language.model import Call, Ref
from harness.protocol import Reply

TCP = Facts("tcp4", "linux", (6, 10), "CPython 3.11.7")
UDP = Facts("udp4", "linux", (6, 10), "CPython 3.11.7")


def step(text: str) -> Call:
    """The call that a step of this text is, `client` being a socket."""
    loaded = loads(
        "scenarios:\n- id: a.b\n  claim: So.\n  transports: [tcp4]\n  steps:\n"
        "  - server: listen\n  - client: connect\n"
        f"  - {text}\n"
    )
    assert not loaded.problems, loaded.explain()
    call = loaded.scenarios[0].variants[0].steps[2]
    assert isinstance(call, Call)
    return call


def ok(**values: Any) -> Reply:
    return Reply(1, "ok", 0, 1, values)


def error(name: str) -> Reply:
    return Reply(1, "error", 0, 1, error=name)


def received(data: bytes) -> Reply:
    return ok(data=describe(data))


def verdict(text: str, reply: Reply, facts: Facts = TCP, **known: Any) -> str:
    call = step(text)
    return judge(call, call.expect, reply, known, facts).verdict


RECV = "{client: recv, expect: %s}"


@pytest.mark.parametrize(
    ("expect", "reply", "wanted"),
    [
        ("{data: hello}", received(b"hello"), "pass"),
        ("{data: hello}", received(b"hell"), "fail"),
        ("{data: hello}", received(b"hellp"), "fail"),
        ("{data: hello}", error("ECONNRESET"), "fail"),
        ("eof", received(b""), "pass"),
        ("eof", received(b"x"), "fail"),
        ("eof", error("ECONNRESET"), "fail"),
        ("ok", received(b"anything"), "pass"),
        ("would-block", error("EAGAIN"), "pass"),
        ("would-block", error("EWOULDBLOCK"), "pass"),
        ("would-block", received(b""), "fail"),
        ("{error: ECONNRESET}", error("ECONNRESET"), "pass"),
        ("{error: ECONNRESET}", error("EPIPE"), "fail"),
        ("{error: ECONNRESET}", received(b""), "fail"),
        ("{error: [ECONNRESET, EPIPE]}", error("EPIPE"), "pass"),
        ("{error: ENOTSUP}", error("EOPNOTSUPP"), "pass"),
        ("{data: {size: {min: 1, max: 4}}}", received(b"abcd"), "pass"),
        ("{data: {size: {min: 1, max: 4}}}", received(b"abcde"), "fail"),
        ("{data: {prefix-of: {counting: 500}}}", received(make({"counting": 300})), "pass"),
        ("{data: {prefix-of: {counting: 500}}}", received(b"\x01"), "fail"),
        ("{data: {counting: 300}}", received(make({"counting": 300})), "pass"),
        ("{data: {counting: 300}}", received(make({"counting": 299}) + b"\0"), "fail"),
        ("{data: {matches: '^2\\d{3}'}}", received(b"2026"), "pass"),
        ("{data: {matches: '^2\\d{3}'}}", received(b"1999"), "fail"),
        ("{data: {not: abc}}", received(b"abc"), "fail"),
        ("{data: {any-of: [abc, def]}}", received(b"def"), "pass"),
    ],
)
def test_outcomes_of_recv(expect: str, reply: Reply, wanted: str) -> None:
    """Each form of outcome accepts what it names and nothing beside it."""
    assert verdict(RECV % expect, reply) == wanted


def test_eof_and_empty_datagram_are_different() -> None:
    """No bytes are the end of a stream, but on a datagram socket an empty datagram."""
    assert verdict(RECV % "eof", received(b""), UDP) == "fail"
    assert verdict(RECV % "empty", received(b""), UDP) == "pass"
    assert verdict(RECV % "empty", received(b""), TCP) == "fail"


def test_send_takes_all_bytes_by_default() -> None:
    """A send without an expectation must take the whole payload."""
    assert verdict("{client: send, data: hello}", ok(count=5)) == "pass"
    assert verdict("{client: send, data: hello}", ok(count=4)) == "fail"


def test_quiet_sees_no_event_by_default() -> None:
    """`quiet` fails when anything came."""
    assert verdict("{client: quiet}", ok(events=[])) == "pass"
    assert verdict("{client: quiet}", ok(events=["IN"])) == "fail"


def test_outcome_set() -> None:
    """An outcome under `also` makes the case vary, and its name is kept."""
    call = step(RECV % "{strict: {clean: eof}, also: {reset: {error: ECONNRESET}}}")
    found = [
        judge(call, call.expect, reply, {}, TCP) for reply in (received(b""), error("ECONNRESET"))
    ]
    assert [(one.verdict, one.branch) for one in found] == [("pass", "clean"), ("varies", "reset")]


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (TCP, "pass"),
        (Facts("tcp4", "darwin", (22,)), "fail"),
        (Facts("tcp4", "linux", (5, 15)), "fail"),
    ],
)
def test_when(facts: Facts, wanted: str) -> None:
    """The first condition that holds chooses the expectation."""
    text = RECV % "{when: {linux>=6.0: eof, else: {error: EINVAL}}}"
    assert verdict(text, received(b""), facts) == wanted


@pytest.mark.parametrize("kind", ["unsupported", "broken"])
def test_neither_pass_nor_fail(kind: str) -> None:
    """What a driver calls unsupported or broken is that, whatever was expected."""
    assert verdict(RECV % "eof", Reply(1, kind, 0, 0, text="no")) == kind


def test_saved_values_in_expectations() -> None:
    """A reference in an expectation stands for what the run saved."""
    call = Call(step("{client: socket}").place, "client", "recv")
    expected = step("{client: getsockname, expect: {name: $server.name}}").expect
    known = {"server": {"name": {"host": "127.0.0.1", "port": 7}}}
    for port, wanted in ((7, "pass"), (8, "fail")):
        reply = ok(name={"host": "127.0.0.1", "port": port})
        assert judge(call, expected, reply, known, TCP).verdict == wanted


def test_unknown_reference() -> None:
    """A value which no step produced is no value: it is told, never taken for something."""
    with pytest.raises(Unresolved, match=r"\$count is not known"):
        resolve({"size": Ref("count")}, {})


@pytest.mark.parametrize(
    ("expected", "actual", "wanted"),
    [
        ({"min": 3}, 3, True),
        ({"min": 3}, 2, False),
        ({"max": 3}, 4, False),
        ({"min": 1}, True, False),
        ({"not": 3}, 3, False),
        ({"any-of": [1, 2]}, 2, True),
        ({"includes": ["IN"]}, ["IN", "HUP"], True),
        ({"includes": ["IN", "ERR"]}, ["IN", "HUP"], False),
        ({"excludes": ["ERR"]}, ["IN", "ERR"], False),
        (["IN"], ["IN", "OUT"], False),
        ({"host": "::1"}, {"host": "::1", "port": 5}, True),
        ({"host": "::1", "port": {"min": 1}}, {"host": "::1", "port": 0}, False),
        (1, True, False),
        (0, False, False),
    ],
)
def test_matchers(expected: Any, actual: Any, wanted: bool) -> None:
    """Each matcher accepts and refuses; a boolean is no number."""
    assert matches(expected, actual) is wanted


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_bytes_match_only_themselves(sent: bytes, got: bytes) -> None:
    """Received bytes match a payload exactly when they are the same bytes."""
    assert data_matches({"hex": sent.hex()}, describe(got), {}) is (sent == got)


def test_within_forgives_a_busy_machine_only_so_much() -> None:
    """`within` has a tolerance, which the factor for slow machines widens."""
    bound = late_bound(0.5, factor=1)
    assert judge_time(0.5, None, bound - 0.001, 0, 1) is None
    late = judge_time(0.5, None, bound + 0.001, 0, 1)
    assert late is not None
    assert late.verdict == "fail"
    assert judge_time(0.5, None, bound + 0.001, 0, 3) is None


def test_at_least_is_about_the_call_itself() -> None:
    """`at-least` fails for a call that came back too soon, however long the step waited."""
    assert judge_time(None, 0.3, 1.0, 0.3, 1) is None
    early = judge_time(None, 0.3, 1.0, 0.1, 1)
    assert early is not None
    assert "300.0 ms" in early.expected


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("EMFILE", {}, "inconclusive"),
        ("EADDRINUSE", {}, "inconclusive"),
        ("EADDRINUSE", {"address": {"host": "127.0.0.1", "port": 0}}, "inconclusive"),
        ("EADDRINUSE", {"address": {"host": "127.0.0.1", "port": 7}}, "fail"),
        ("EADDRNOTAVAIL", {"to": {"host": "127.0.0.1", "port": 7}}, "inconclusive"),
        ("EADDRNOTAVAIL", {"address": {"host": "192.0.2.1", "port": 0}}, "fail"),
        ("ECONNREFUSED", {}, "fail"),
    ],
)
def test_shortage_of_the_machine(name: str, args: dict[str, Any], wanted: str) -> None:
    """A machine without free ports or descriptors says nothing about the socket on trial."""
    failed = Finding("fail", actual=name)
    assert short_of_resources(failed, error(name), args).verdict == wanted


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"host": "::1", "port": 7}, "[::1]:7"),
        ({"host": "127.0.0.1"}, "127.0.0.1"),
        ({"path": ""}, "(unnamed)"),
        ({"abstract": "0001f"}, "@0001f"),
        ([{"type": "SCM_RIGHTS", "handles": ["got", "got2"], "count": 2}],
         "SCM_RIGHTS handles got|got2 count 2"),
        ({"type": "IP_PKTINFO", "host": "127.0.0.1", "interface": 1},
         "IP_PKTINFO host 127.0.0.1 interface 1"),
        ([{"fds": ["client"], "times": 3}], "fds client times 3"),
        ([], "none"),
    ],
)  # fmt: skip
def test_values_in_words(value: object, words: str) -> None:
    """An address reads as people write it, a control message by its type, the rest by its keys."""
    assert describe_value(value) == words
