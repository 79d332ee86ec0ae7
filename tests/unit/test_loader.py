"""What a scenario file may say, and how it is told what is wrong with it."""

from __future__ import annotations

import textwrap

import pytest

from harness.language.lifetimes import owners
from harness.language.loader import Loaded, loads
from harness.language.model import Call, Finish, Ref, Together

GOOD = """\
scenarios:
- id: echo.one
  claim: What is sent comes back.
  transports: [tcp4]
  steps:
  - server: listen
  - together:
    - server: accept
      as: conn
    - client: connect
  - client: send
    data: hello
  - conn: recv
    expect: {data: hello}
"""


def with_steps(steps: str, head: str = "") -> str:
    """A file with one scenario of these steps."""
    indented = textwrap.indent(textwrap.dedent(steps), "  ")
    return (
        "scenarios:\n- id: a.b\n  claim: It is so.\n  transports: [tcp4]\n"
        + textwrap.indent(textwrap.dedent(head), "  ")
        + "  steps:\n"
        + indented
    )


def only_message(loaded: Loaded) -> str:
    """The single problem of a file, as text."""
    assert len(loaded.problems) == 1, loaded.explain()
    return loaded.explain()


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


MISTAKES = {
    "unknown operation": (
        "- server: lisen\n",
        "<text>:6:13: unknown operation `lisen`; did you mean `listen`?",
    ),
    "unknown key": (
        "- server: listen\n  baklog: 3\n",
        "<text>:7:5: unknown key of `listen` `baklog`; did you mean `backlog`?",
    ),
    "wrong type": (
        "- server: listen\n  backlog: many\n",
        '<text>:7:14: expected a whole number, found the text "many"',
    ),
    "missing argument": (
        "- server: listen\n- server: shutdown\n",
        "`shutdown` needs `how`",
    ),
    "undefined handle": (
        "- server: listen\n- con: recv\n",
        "<text>:7:5: unknown handle `con`",
    ),
    "handle used after close": (
        "- client: socket\n- client: close\n- client: getsockname\n",
        "`client` was closed on line 7",
    ),
    "unreachable finish": (
        "- server: listen\n- finish: waiting\n",
        "unknown started call `waiting`",
    ),
    "finished twice": (
        "- client: socket\n- client: recv\n  start: r\n- finish: r\n- finish: r\n",
        "`r` was finished on line 9",
    ),
    "never finished": (
        "- client: socket\n- client: recv\n  start: r\n",
        "`r` is started here and never finished; add `finish: r`",
    ),
    "unknown error name": (
        "- client: connect\n  to: {host: 127.0.0.1, port: 1}\n  expect: {error: ECONREFUSED}\n",
        "unknown error `ECONREFUSED`; did you mean `ECONNREFUSED`?",
    ),
    "bare error name": (
        "- client: socket\n  expect: EBADF\n",
        "`EBADF` is an error; write {error: EBADF}",
    ),
    "eof of an operation that receives nothing": (
        "- server: listen\n  expect: eof\n",
        "`listen` receives nothing, so it cannot end in `eof`",
    ),
    "number as data": (
        "- client: connect\n  to: {host: 127.0.0.1, port: 1}\n- client: send\n  data: 5\n",
        'write "5" in quotes',
    ),
    "time without a unit": (
        "- client: socket\n  within: 5\n",
        "expected a time with its unit, such as 100ms or 2s, found the number 5",
    ),
    "value nobody saved": (
        "- client: socket\n- client: setsockopt\n  option: SO_RCVBUF\n  value: $size\n",
        "unknown saved value `size`",
    ),
    "connect to nobody": ("- client: connect\n", "`connect` needs `to`"),
    "handle in no process": ("- sock: socket\n", "in which process `sock` lives"),
    "handle made twice": (
        "- server: listen\n- server: accept\n  as: conn\n- server: accept\n  as: conn\n",
        "the handle `conn` exists already, since line 7",
    ),
    "accept without a name": (
        "- server: listen\n- server: accept\n",
        "`accept` makes a handle; name it: `as: conn` in the same step",
    ),
    "step that is no mapping": ("- listen\n", "a step begins with who does what"),
    "modifier first": ("- expect: ok\n  server: listen\n", "not with `expect`"),
    "start in together": (
        "- together:\n  - client: socket\n    start: x\n",
        "only plain calls can stand in `together`",
    ),
    "repeat without end": ("- repeat: 100000\n  steps: [{client: socket}]\n", "from 1 to 4000"),
    "strange condition": (
        "- client: socket\n  only: linus\n",
        "unknown condition `linus`; did you mean `linux`?",
    ),
    "flag without its name": (
        "- client: socket\n- client: recv\n  flags: PEEK\n",
        "flags are written MSG_PEEK",
    ),
    "payload of a wrong shape": (
        "- client: socket\n- client: send\n  data: {hex: 0g}\n",
        "hex takes pairs of hexadecimal digits",
    ),
    "payload beyond memory": (
        "- client: socket\n- client: send\n  data: {counting: 1000000000000}\n",
        "is larger than",
    ),
    "matchers mixed with fields": (
        "- client: socket\n- client: getsockopt\n  option: SO_RCVBUF\n"
        "  expect: {value: {min: 1, host: x}}\n",
        "cannot stand beside the matcher",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_in_a_step(name: str) -> None:
    """Each mistake in a step is one problem, at its place, with a hint where there is one."""
    steps, wanted = MISTAKES[name]
    assert wanted in only_message(loads(with_steps(steps)))


SCENARIO_MISTAKES = {
    "bad id": ("id: echo.one", "id: Echo", "`Echo` is no id"),
    "unknown transport": ("[tcp4]", "[tcp]", "unknown word `tcp`"),
    "transport twice": ("[tcp4]", "[tcp4, tcp4]", "`tcp4` stands twice"),
    "claim that is no text": ("What is sent comes back.", "[a]", "expected a text, found a list"),
}


@pytest.mark.parametrize("name", SCENARIO_MISTAKES)
def test_mistake_in_a_scenario(name: str) -> None:
    """Each mistake in what a scenario says of itself is one problem."""
    old, new, wanted = SCENARIO_MISTAKES[name]
    assert wanted in only_message(loads(GOOD.replace(old, new)))


def test_all_problems_at_once() -> None:
    """Every problem of a file is told in one go, in the order of its lines."""
    text = GOOD.replace("claim", "cliam").replace("recv", "recieve").replace("send\n", "sent\n")
    loaded = loads(text)
    assert [p.place.line for p in sorted(loaded.problems, key=lambda p: p.place)] == [2, 3, 11, 13]
    assert not loaded.scenarios


def test_problem_shows_line_and_caret() -> None:
    """A problem is shown with its line, and carets under the word."""
    lines = loads(GOOD.replace("recv", "recieve")).explain().splitlines()
    assert lines[0].startswith("<text>:13:11: unknown operation `recieve`")
    assert lines[2].strip("| ") == "^" * len("recieve")
    assert lines[1].index("recieve") == lines[2].index("^")


def test_ids_are_unique() -> None:
    """Two scenarios of a file cannot have one id."""
    text = GOOD + GOOD.removeprefix("scenarios:\n")
    assert "the id `echo.one` is taken by line 2" in only_message(loads(text))


def test_duplicate_key() -> None:
    """A key that stands twice is an error, not the last one winning."""
    text = GOOD.replace("    data: hello\n", "    data: hello\n    data: there\n")
    assert "data" in only_message(loads(text))


def test_defaults_hold_for_every_scenario() -> None:
    """`defaults` gives what a scenario does not say, and the scenario's own word wins."""
    text = "defaults: {transports: [udp4], contract: linux}\n" + GOOD
    (scenario,) = loads(text).scenarios
    assert scenario.transports == ("tcp4",)
    assert scenario.contract == "linux"


MATRIX = with_steps(
    """\
    - server: listen
      backlog: ${n}
    """,
    "matrix: {n: [0, 5]}\n",
)


def test_matrix_makes_variants() -> None:
    """A matrix gives one variant for each combination, with the variable filled in."""
    (scenario,) = loads(MATRIX).scenarios
    assert [dict(v.parameters) for v in scenario.variants] == [{"n": 0}, {"n": 5}]
    backlogs = [
        step.args["backlog"]
        for v in scenario.variants
        for step in v.steps
        if isinstance(step, Call)
    ]
    assert backlogs == [0, 5]


def test_matrix_of_mappings() -> None:
    """A value of an axis may be a mapping; `${axis.key}` names a part, null leaves its key out."""
    text = with_steps(
        "- server: listen\n  backlog: ${n.value}\n",
        "matrix: {n: [{name: some, value: 3}, {name: none, value: null}]}\n",
    )
    (scenario,) = loads(text).scenarios
    steps = [variant.steps[0] for variant in scenario.variants]
    assert [step.args for step in steps if isinstance(step, Call)] == [{"backlog": 3}, {}]
    assert [dict(v.parameters) for v in scenario.variants] == [{"n": "some"}, {"n": "none"}]


def test_matrix_variable_nobody_uses() -> None:
    """An axis that no step mentions would run the same case twice: an error."""
    text = MATRIX.replace("[0, 5]}", "[0, 5], m: [1]}")
    assert "nobody uses the matrix variable `m`" in only_message(loads(text))


def test_unknown_matrix_variable() -> None:
    """A variable that is no axis is an error, with the nearest axis as a hint."""
    text = MATRIX.replace("${n}", "${m}").replace("{n:", "{num:")
    assert "unknown matrix variable `m`" in loads(text).explain()


def test_variable_inside_a_text() -> None:
    """Only whole scalars are replaced: there are no expressions."""
    text = MATRIX.replace("backlog: ${n}", "backlog: 1${n}")
    assert "mixes text and a variable" in loads(text).explain()


def test_repeat_numbers_handles() -> None:
    """`#` becomes the number of the round in handles and in data; `##` is one `#`."""
    text = with_steps(
        """\
        - server: listen
        - repeat: 2
          steps:
          - client#: connect
          - client#: send
            data: "from # in ##"
        - client2: close
        """
    )
    (scenario,) = loads(text).scenarios
    calls = [step for step in scenario.variants[0].steps if isinstance(step, Call)]
    assert [call.handle for call in calls][1:] == [
        "client1",
        "client1",
        "client2",
        "client2",
        "client2",
    ]
    assert [c.args["data"] for c in calls if c.operation == "send"] == [
        "from 1 in #",
        "from 2 in #",
    ]


def test_repeat_all_at_once() -> None:
    """`repeat` with `together` begins every round before any is awaited."""
    text = with_steps("- server: listen\n- repeat: 3\n  together: [{client#: connect}]\n")
    together = loads(text).scenarios[0].variants[0].steps[1]
    assert isinstance(together, Together)
    assert [call.handle for call in together.calls] == ["client1", "client2", "client3"]


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


def test_too_many_combinations() -> None:
    """A matrix beyond reason is refused before it is written out."""
    values = ", ".join(map(str, range(30)))
    text = MATRIX.replace("{n: [0, 5]}", f"{{n: [{values}], m: [{values}]}}")
    assert "900 combinations are more than 200" in loads(text).explain()


def test_look_up_needs_no_socket() -> None:
    """`getaddrinfo` is done in a process, not on a socket; the name says in which."""
    steps = "- client: getaddrinfo\n  host: localhost\n  port: echo\n  flags: AI_PASSIVE\n"
    assert not loads(with_steps(steps)).problems
    (problem,) = loads(with_steps(steps.replace("client", "nobody"))).problems
    assert "in which process `nobody` lives" in problem.message


def test_what_the_socket_table_says_can_be_expected() -> None:
    """The step `kernel: sockets` has fields like any other, and a wrong one is named."""
    steps = "- server: listen\n- kernel: sockets\n  of: server\n  expect: {state: LISTEN}\n"
    assert not loads(with_steps(steps)).problems
    (problem,) = loads(with_steps(steps.replace("state", "stage"))).problems
    assert "`stage`" in problem.message
    assert "state" in (problem.hint or "")
