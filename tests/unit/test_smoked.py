"""Many drivers held against the protocol, as a reader sees them."""

from __future__ import annotations

from harness.report.smoked import Smoked, story, table

EVERYONE = (
    Smoked("socket@3.9", "socket 1, CPython 3.9.18", checks=22),
    Smoked("socket@pypy3", "socket 1, PyPy 3.9.16", checks=22),
    Smoked("trio@3.9", "trio 0.31.0, CPython 3.9.18", "0.31.0", 22),
    Smoked("trio@pypy3", "trio 0.31.0, PyPy 3.9.16", "0.31.0", 22, ("it ends: it does not end",)),
    Smoked("gevent@3.9", "gevent 25.9.1, CPython 3.9.18", "25.9.1", 22),
    Smoked("gevent@pypy3", reason="`gevent@pypy3`: PyPI has no wheel of gevent"),
    Smoked("c", "c 1, C 201112", checks=22),
)


def test_the_table_has_implementations_by_interpreters() -> None:
    """A version where the library has one of its own; what runs on no Python stands apart."""
    rows = ["".join(part.text for part in row).rstrip() for row in table(EVERYONE)]
    assert rows == [
        "        3.9     pypy3",
        "socket  ok      ok",
        "trio    0.31.0  WRONG",
        "gevent  25.9.1  -",
        "c                      ok",
        "tried: 6, wrong: 1, not to be had: 1; 4 implementations and 2 interpreters pass",
    ]


def test_each_is_told_with_what_is_wrong() -> None:
    """Or why it was not tried."""
    assert [line.text for one in EVERYONE[3:6] for line in story(one)] == [
        "WRONG  trio@pypy3: trio 0.31.0, PyPy 3.9.16",
        "         it ends: it does not end",
        "ok     gevent@3.9: gevent 25.9.1, CPython 3.9.18",
        "-      `gevent@pypy3`: PyPI has no wheel of gevent",
    ]
