"""Which call of one side the bytes of the other came from: the arrows of a case on the page."""

from __future__ import annotations

from typing import Any

from harness.records.evidence import SocketView, TimelineEntry
from harness.report.html.arrows import Arrow, arrows
from tests.unit.record_samples import data


def entry(side: Any, handle: str, op: str, at: float, **more: Any) -> TimelineEntry:
    return TimelineEntry(
        side=side, handle=handle, op=op, start_ms=at, end_ms=at + 0.1, text=f"{op} -> ok", **more
    )


def sent(handle: str, size: int, at: float, side: Any = "client") -> TimelineEntry:
    return entry(side, handle, "send", at, sent=size)


def got(handle: str, content: bytes, at: float, side: Any = "server") -> TimelineEntry:
    return entry(side, handle, "recv", at, got=data(content))


PAIR = (
    entry("client", "client", "connect", 0),
    entry("server", "server", "accept", 1, makes="conn"),
)


def test_a_send_that_arrives_in_pieces_has_an_arrow_to_each() -> None:
    """Bytes are counted from the beginning of the stream."""
    calls = [*PAIR, sent("client", 5, 2), got("conn", b"ab", 3), got("conn", b"cde", 4)]
    assert arrows(calls, (), "tcp4") == [Arrow(0, 1), Arrow(2, 3, 2), Arrow(2, 4, 3)]


def test_two_connections_are_not_mixed_up() -> None:
    """The second to connect is the second to be accepted."""
    calls = [
        *PAIR,
        entry("client", "client2", "connect", 2),
        entry("server", "server", "accept", 3, makes="conn2"),
        sent("client2", 3, 4),
        got("conn2", b"abc", 5),
        sent("client", 3, 6),
        got("conn", b"xyz", 7),
    ]
    assert arrows(calls, (), "tcp4")[2:] == [Arrow(4, 5, 3), Arrow(6, 7, 3)]


def test_the_names_of_sockets_tell_connections_too() -> None:
    """Where a case made them in another way, the kernel knows who is at the other end."""
    views = [
        SocketView(handle="left", side="server", local="1:1", peer="1:2"),
        SocketView(handle="right", side="client", local="1:2", peer="1:1"),
        SocketView(handle="", side="client", local="1:2", peer="1:1"),
    ]
    calls = [sent("right", 3, 0), got("left", b"abc", 1), got("other", b"abc", 2)]
    assert arrows(calls, views, "unix-stream") == [Arrow(0, 1, 3)]


def test_a_datagram_is_the_first_of_its_size() -> None:
    """Those that were lost have no arrow."""
    calls = [sent("client", 4, 0), sent("client", 2, 1), got("server", b"ab", 2)]
    assert arrows(calls, (), "udp4") == [Arrow(1, 2, 2)]


def test_with_one_handle_a_side_there_is_nothing_to_guess() -> None:
    """Though nobody says how they were connected."""
    calls = [sent("client", 3, 0), got("conn", b"abc", 1)]
    assert arrows(calls, (), "unix-stream") == [Arrow(0, 1, 3)]


def test_where_nothing_fits_there_is_no_arrow() -> None:
    """Two handles on one side, and nobody says who is whose."""
    calls = [sent("client", 3, 0), sent("client2", 3, 1), got("conn", b"abc", 2)]
    assert arrows(calls, (), "unix-stream") == []
