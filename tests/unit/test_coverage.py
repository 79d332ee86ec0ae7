"""What `coverage` counts."""

from __future__ import annotations

from harness.coverage import coverage
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
