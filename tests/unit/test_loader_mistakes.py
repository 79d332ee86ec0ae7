"""Each mistake in a file of scenarios is one problem, at its place, with a hint."""

from __future__ import annotations

import pytest

from harness.language.loader import loads
from tests.unit.scenario_texts import GOOD, only_message, with_steps

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
