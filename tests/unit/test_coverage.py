"""What `coverage` counts."""

from __future__ import annotations

from harness.coverage import coverage
from harness.coverage_universe import PROMISED, why_left_out
from harness.language.loader import loads

TEXT = """\
scenarios:
- id: a.one
  claim: So.
  transports: [tcp4, unix-stream]
  matrix: {how: [read, write]}
  steps:
  - together:
    - client: socket
    - server: socket
  - client: shutdown
    how: ${how}
    expect: {when: {unix: ok, else: {strict: {no: {error: ENOTCONN}}}}}
  - client: recv
    flags: [MSG_PEEK, MSG_DONTWAIT]
    expect: would-block
  - server: setsockopt
    option: SO_KEEPALIVE
    value: 1
"""


def test_each_scenario_counts_once_on_each_transport() -> None:
    """A scenario counts once for each of its transports, however many variants it has."""
    found = coverage(loads(TEXT).scenarios)
    assert found.operations["shutdown"] == {"tcp4": 1, "unix-stream": 1}
    assert found.operations["socket"] == {"tcp4": 1, "unix-stream": 1}
    assert set(found.flags) == {"MSG_PEEK", "MSG_DONTWAIT"}
    assert set(found.options) == {"SO_KEEPALIVE"}
    assert set(found.errors) == {"ENOTCONN", "EAGAIN"}


def test_never() -> None:
    """What no scenario touches is named; what one touches is not."""
    never = coverage(loads(TEXT).scenarios).never({"SO_KEEPALIVE", "SO_LINGER"}, {"MSG_OOB"})
    assert never["options"] == ["SO_LINGER"]
    assert never["flags"] == ["MSG_OOB"]
    assert "accept" in never["operations"]
    assert "shutdown" not in never["operations"]
    assert "EMFILE" in never["errors"]
    assert "ENOTCONN" not in never["errors"]


PAIRS = """\
scenarios:
- id: a.two
  claim: So.
  transports: [udp4, unix-dgram]
  steps:
  - client: socket
  - client: sendmsg
    only: unix
    data: x
    ancillary: [{fds: [client]}]
    expect: {error: ENOTCONN}
  - client: raw
    call: recv
    arguments: [fd, null, 0, 0]
    start: reading
  - finish: reading
    expect: {when: {udp: {error: EINTR}, unix: {error: ENOTCONN}}}
  - client: recvmsg
    expect: {ancillary: {includes: [{type: IP_TTL}]}}
"""


def test_what_is_for_some_transports_counts_there_only() -> None:
    """Neither a step nor an outcome counts on a transport that its condition leaves out."""
    found = coverage(loads(PAIRS).scenarios)
    assert found.operations["sendmsg"] == {"unix-dgram": 1}
    assert found.errors["EINTR"] == {"udp4": 1}
    assert found.errors["ENOTCONN"] == {"unix-dgram": 1}


def test_control_messages() -> None:
    """Control messages count, those that are sent and those that are waited for."""
    found = coverage(loads(PAIRS).scenarios)
    assert set(found.messages) == {"SCM_RIGHTS", "IP_TTL"}


def test_pairs() -> None:
    """An error counts with its operation: of `raw` the call, of `finish` what was begun."""
    found = coverage(loads(PAIRS).scenarios)
    assert found.pairs["recv EINTR"] == {"udp4": 1}
    assert found.pairs["sendmsg SCM_RIGHTS"] == {"unix-dgram": 1}
    assert "recv EINTR" not in found.never([], [])["pairs"]
    assert "recv EBADF" in found.never([], [])["pairs"]


def test_why_left_out() -> None:
    """A name is left out for its own reason, and an error with any operation; a hole has none."""
    assert why_left_out("SO_PEERSEC") is not None
    assert why_left_out("accept ENFILE") is not None
    assert why_left_out("accept EMFILE") is None


def test_no_error_is_promised_twice() -> None:
    """The universe lists each error once for a function."""
    assert [call for call, errors in PROMISED.items() if len(set(errors)) != len(errors)] == []
