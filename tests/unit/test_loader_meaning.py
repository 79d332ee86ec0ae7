"""What steps, outcomes and workloads mean once they are loaded."""

from __future__ import annotations

import pytest

from harness.language.loader import loads
from harness.language.model import Call, Finish, Ref, Together
from tests.unit.scenario_texts import GOOD, only_message, with_steps


def test_good_file() -> None:
    """A file without faults gives its scenarios, steps in order, with their places."""
    loaded = loads(GOOD)
    assert not loaded.problems
    (scenario,) = loaded.scenarios
    listen, together, send, recv = scenario.variants[0].steps
    assert isinstance(listen, Call)
    assert (listen.handle, listen.operation) == ("server", "listen")
    assert isinstance(together, Together)
    assert [call.makes for call in together.calls] == ["conn", None]
    assert isinstance(send, Call)
    assert send.args == {"data": "hello"}
    assert (recv.place.line, recv.place.column) == (13, 5)


def test_references() -> None:
    """`$name` and `$handle.port` are references, `$$` stands for a dollar."""
    text = with_steps(
        """\
        - server: listen
        - client: bind
          address: {host: 127.0.0.1, port: $server.port}
        - client: sendto
          data: $$5
        """
    )
    _, bind, send = loads(text).scenarios[0].variants[0].steps
    assert isinstance(bind, Call)
    assert isinstance(send, Call)
    assert bind.args["address"]["port"] == Ref("server", "port")
    assert send.args["data"] == "$5"


def test_finish_keeps_its_expectation() -> None:
    """The expectation of a started call stands at its `finish`."""
    text = with_steps(
        "- client: socket\n- client: recv\n  start: r\n- finish: r\n  expect: eof\n  within: 1s\n"
    )
    finish = loads(text).scenarios[0].variants[0].steps[2]
    assert isinstance(finish, Finish)
    assert finish.within == 1.0
    assert finish.expect is not None
    assert finish.expect.strict[""].word == "eof"


def test_outcome_sets_and_conditions() -> None:
    """`strict`, `also` and `when` are read into named outcomes and branches."""
    text = with_steps(
        """\
        - client: socket
          expect:
            when:
              linux: {strict: {clean: ok}, also: {late: {error: ENOTCONN}}}
              else: ok
        """
    )
    call = loads(text).scenarios[0].variants[0].steps[0]
    assert isinstance(call, Call)
    assert call.expect is not None
    (linux, branch), (other, _) = call.expect.when
    assert (linux, other) == ("linux", "else")
    assert branch.also["late"].errors == ("ENOTCONN",)


def test_steps_or_workload() -> None:
    """A scenario has steps or a workload, and one of them."""
    neither = GOOD.partition("  steps:")[0]
    assert "either `steps` or a `workload`" in only_message(loads(neither))
    both = GOOD + "  workload: ping-pong\n"
    assert "either `steps` or a `workload`" in only_message(loads(both))


def timed(workload: str, transports: str = "[tcp4]", matrix: str = "") -> str:
    """A file with one workload."""
    head = "scenarios:\n- id: a.b\n  claim: So.\n"
    return f"{head}  transports: {transports}\n{matrix}  workload: {workload}\n"


def test_a_workload_has_all_its_options() -> None:
    """What a scenario does not say has its default, and a matrix fills in what it says."""
    (scenario,) = loads(timed("paced")).scenarios
    assert scenario.variants[0].workload is not None
    assert scenario.variants[0].workload.options == {"size": 64, "nodelay": True, "rate": 1000}
    matrix = "  matrix: {n: [1, 100]}\n"
    workload = "{kind: fan-in, connections: '${n}', order: random}"
    (scenario,) = loads(timed(workload, matrix=matrix)).scenarios
    found = [variant.workload.options for variant in scenario.variants if variant.workload]
    assert [options["connections"] for options in found] == [1, 100]
    assert {options["order"] for options in found} == {"random"}


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ("ping-bong", "unknown word `ping-bong`"),
        ("[ping-pong]", "the kind of a workload"),
        ("{kind: paced, rat: 5}", "unknown key of `paced` `rat`"),
        ("{kind: paced, rate: 0}", "expected a number from 1 to 1000000, found the number 0"),
        ("{kind: paced, rate: fast}", "expected a whole number"),
        ("{kind: ping-pong, busy: 1}", "expected true or false"),
        ("{kind: fan-in, order: sorted}", "unknown word `sorted`"),
        ("{kind: connect, size: 3}", "unknown key of `connect` `size`"),
    ],
)
def test_a_workload_is_checked(workload: str, said: str) -> None:
    """Every option has a type and bounds, told at its place."""
    assert said in only_message(loads(timed(workload)))


def test_a_workload_needs_a_transport_that_carries_it() -> None:
    """A stream over datagrams that may be dropped is refused when it is read."""
    message = only_message(loads(timed("stream", "[tcp4, udp4]")))
    assert "`stream` is not played over udp4; over tcp4, " in message
    assert "not played over unix-dgram" in only_message(loads(timed("connect", "unix-dgram")))


def test_what_the_socket_table_says_can_be_expected() -> None:
    """The step `kernel: sockets` has fields like any other, and a wrong one is named."""
    steps = "- server: listen\n- kernel: sockets\n  of: server\n  expect: {state: LISTEN}\n"
    assert not loads(with_steps(steps)).problems
    (problem,) = loads(with_steps(steps.replace("state", "stage"))).problems
    assert "`stage`" in problem.message
    assert "state" in (problem.hint or "")
