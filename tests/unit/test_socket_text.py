"""What a report says of the kernel's view of a socket, and what it is silent about."""

from __future__ import annotations

from typing import Any

import pytest

from harness.records.evidence import SocketView
from harness.report.sockets import remarks, socket_lines

TCP = {"bytes_sent": 5, "bytes_received": 0, "rtt": 20, "rto": 201_000, "snd_wnd": 65536}


def view(**facts: Any) -> SocketView:
    """A socket of the server with these facts."""
    return SocketView(**{"handle": "conn", "side": "server", "fd": 6, **facts})


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, []),
        ({"state": "LISTEN", "receive_queue": 0, "send_queue": 128}, []),
        (
            {"state": "LISTEN", "receive_queue": 2, "send_queue": 128},
            ["2 of 128 waiting to be accepted"],
        ),
        ({"receive_queue": 832, "send_queue": 0}, ["receive queue 832, send queue 0"]),
        ({"receive_queue": 0, "send_queue": 0}, []),
        (
            {"shut": "both", "timer": "keepalive in 5 ms"},
            ["shut down for both", "timer: keepalive in 5 ms"],
        ),
        (
            {"receive_queue": 3, "send_queue": 7, "tcp": {"rtt": 0}},
            ["3 unread", "7 not acknowledged"],
        ),
        ({"tcp": TCP}, ["sent 5, received 0 bytes", "rtt 20 µs, rto 201 ms"]),
        (
            {"tcp": {"total_retrans": 2, "snd_wnd": 0}, "state": "ESTABLISHED"},
            ["2 segments sent again", "the peer's window is closed"],
        ),
        ({"tcp": {"snd_wnd": 0}, "state": "SYN_SENT"}, []),
        ({"fd": None, "state": "TIME_WAIT", "receive_queue": 0}, ["no process holds it"]),
        ({"fd": None, "state": "ESTABLISHED", "receive_queue": 0}, ["nobody has accepted it"]),
        ({"fd": None, "state": "ESTABLISHED"}, []),
    ],
)  # fmt: skip
def test_only_what_stands_out_is_said(facts: dict[str, Any], said: list[str]) -> None:
    """An empty queue, an open window and a record that knows nothing are worth no word."""
    assert remarks(view(**facts)) == said


def test_the_remarks_stand_below_their_socket() -> None:
    """Also where the addresses had to leave the table."""
    sockets = [view(local="/x" * 50, shut="reading"), view(handle="other", local="/y")]
    lines = socket_lines(sockets, 60, "queues are told on Linux only")
    assert [line.strip()[:6] for line in lines] == [
        "handle", "server", "/x/x/x", "shut d", "server", "/y → -", "queues"
    ]  # fmt: skip


def test_no_sockets_no_lines() -> None:
    """A note alone explains nothing."""
    assert socket_lines([], 80, "queues are told on Linux only") == []
