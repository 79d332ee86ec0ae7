"""Which pairs of implementations the options ask for."""

from __future__ import annotations

from harness.plugin.options import _pairs


def test_crossing_gives_every_ordered_pair_once() -> None:
    """Each with itself too; what was asked for in another way is not run twice."""
    pairs = _pairs(["socket"], [], [], ["socket", "socket-nonblocking"])
    assert pairs == (
        ("socket", "socket"),
        ("socket", "socket-nonblocking"),
        ("socket-nonblocking", "socket"),
        ("socket-nonblocking", "socket-nonblocking"),
    )


def test_an_implementation_is_tried_in_each_role() -> None:
    """With itself, and on either side of the reference; the reference itself only once."""
    assert _pairs(["socket-nonblocking", "socket"], [], [], [], roles=True) == (
        ("socket-nonblocking", "socket-nonblocking"),
        ("socket-nonblocking", "socket"),
        ("socket", "socket-nonblocking"),
        ("socket", "socket"),
    )


def test_servers_and_clients_are_tried_with_each_other() -> None:
    """Each server with each client; where only one side is named, with the reference."""
    assert _pairs([], ["socket-nonblocking", "socketserver"], [], []) == (
        ("socket-nonblocking", "socket"),
        ("socketserver", "socket"),
    )
    assert _pairs([], ["socketserver"], ["socket", "socket-nonblocking"], []) == (
        ("socketserver", "socket"),
        ("socketserver", "socket-nonblocking"),
    )
