"""Which handles and started calls there are at each step of a scenario."""

from __future__ import annotations

import pytest

from harness.language.loader import loads
from harness.language.owners import owners
from tests.unit.scenario_texts import only_message, with_steps


def test_closed_handle_on_purpose() -> None:
    """A step that expects EBADF may use a closed handle."""
    text = with_steps(
        "- client: socket\n- client: close\n- client: recv\n  expect: {error: EBADF}\n"
    )
    assert not loads(text).problems


def test_a_closed_handle_is_not_opened_again_by_using_it() -> None:
    """Only `socket` gives its name to a new one; `bind` would be done on the closed one."""
    closed = "- server: socket\n- server: close\n"
    assert not loads(with_steps(closed + "- server: socket\n- server: bind\n")).problems
    again = loads(with_steps(closed + "- server: bind\n"))
    assert "`server` was closed on line 7" in only_message(again)
    failing = "- server: bind\n  expect: {error: EBADF}\n"
    assert not loads(with_steps(closed + failing + failing)).problems


@pytest.mark.parametrize("expected", ["would-block", "{error: EINVAL}"])
def test_a_call_that_is_to_fail_makes_no_handle(expected: str) -> None:
    """So the name is free for the next one."""
    failing = f"- server: accept\n  as: conn\n  expect: {expected}\n"
    text = with_steps("- server: listen\n" + failing + "- server: accept\n  as: conn\n")
    assert not loads(text).problems
    text = with_steps("- server: listen\n" + failing + "- conn: recv\n")
    assert "unknown handle `conn`" in only_message(loads(text))


def test_descriptors_that_arrive_together_are_numbered_handles() -> None:
    """`got2` is there once a recvmsg named its first arrival `got`, in the same process."""
    text = with_steps(
        "- client: socketpair\n  as: other\n- other: recvmsg\n  as: got\n- got2: close\n"
    )
    loaded = loads(text)
    assert not loaded.problems
    assert owners(loaded.scenarios[0].variants[0].steps)["got2"] == "client"
    assert "unknown handle `con2`" in only_message(loads(text.replace("got2", "con2")))
    twice = with_steps(
        "- client: socketpair\n  as: other\n- other: recvmsg\n  as: got\n- got2: close\n"
        "- got2: recv\n"
    )
    assert "`got2` was closed on line 10" in only_message(loads(twice))


def test_a_descriptor_that_is_passed_on_is_a_known_handle() -> None:
    """A misspelled one is found before anything runs."""
    text = with_steps(
        "- client: socketpair\n  as: other\n"
        "- client: sendmsg\n  data: x\n  ancillary: [{fds: [other]}]\n"
    )
    assert not loads(text).problems
    assert "unknown handle `othr`" in only_message(loads(text.replace("[other]", "[othr]")))


@pytest.mark.parametrize("message", ["{fd: [other]}", "other", "{fds: [other], value: 1}", "{}"])
def test_control_messages_are_of_a_few_kinds(message: str) -> None:
    """What is none of them is told before anything runs."""
    text = "- client: socketpair\n  as: other\n- client: sendmsg\n  data: x\n"
    told = only_message(loads(with_steps(text + f"  ancillary: [{message}]\n")))
    assert "not a control message" in told
    told = only_message(loads(with_steps(text + f"  ancillary: {message}\n")))
    assert "a list of control messages" in told


def test_an_interruption_is_of_a_call_under_way() -> None:
    """`interrupt` names a started call as `blocked` does, and does not end it."""
    started = "- server: listen\n- server: accept\n  as: conn\n  start: waiting\n"
    text = with_steps(started + "- interrupt: waiting\n- finish: waiting\n")
    assert not loads(text).problems
    step = loads(text).scenarios[0].variants[0].steps[2]
    assert str(step) == "interrupt: waiting"
    text = with_steps("- interrupt: waiting\n")
    assert "unknown started call `waiting`" in only_message(loads(text))


def test_handle_closed_on_another_transport_only() -> None:
    """Handles are followed through the steps that a transport really does."""
    text = with_steps(
        "- client: socket\n- client: close\n  only: udp\n- client: getsockname\n"
    ).replace("[tcp4]", "[tcp4, udp4]")
    assert "`client` was closed on line 7" in only_message(loads(text))
    assert not loads(text.replace("[tcp4, udp4]", "[tcp4]")).problems


def test_look_up_needs_no_socket() -> None:
    """`getaddrinfo` is done in a process, not on a socket; the name says in which."""
    steps = "- client: getaddrinfo\n  host: localhost\n  port: echo\n  flags: AI_PASSIVE\n"
    assert not loads(with_steps(steps)).problems
    (problem,) = loads(with_steps(steps.replace("client", "nobody"))).problems
    assert "in which process `nobody` lives" in problem.message
