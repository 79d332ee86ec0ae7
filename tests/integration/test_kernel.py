"""The system's table of sockets, of this very process."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from harness.engine.kernel import socket_of, sockets_of
from harness.engine.tcp_table import tcp_states


def test_both_ends_of_a_connection_are_found_by_their_descriptors() -> None:
    """State, names as text and in parts."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        conn, _ = listener.accept()
        listening = socket_of(os.getpid(), listener.fileno())
        connected = socket_of(os.getpid(), client.fileno())
        conn.close()
        half = socket_of(os.getpid(), client.fileno())
        port, own = listener.getsockname()[1], client.getsockname()[1]
    assert listening == {
        "fd": listening and listening["fd"],
        "family": "ipv4",
        "type": "stream",
        "state": "LISTEN",
        "local": f"127.0.0.1:{port}",
        "peer": "",
        "host": "127.0.0.1",
        "port": port,
    }
    assert connected is not None
    assert connected["state"] == "ESTABLISHED"
    assert (connected["host"], connected["port"]) == ("127.0.0.1", own)
    assert (connected["peer_host"], connected["peer_port"]) == ("127.0.0.1", port)
    assert half is not None
    assert half["state"] == "CLOSE_WAIT"


def test_other_kinds_of_sockets_are_in_the_table_too() -> None:
    """UDP over IPv6 and unix, of which only UDP has ports."""
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
    ):
        udp.bind(("::1", 0))
        if sys.platform == "linux":
            unix.bind(f"\0sockharness-{os.getpid()}")
        found = {row["fd"]: row for row in sockets_of(os.getpid())}
        assert (found[udp.fileno()]["family"], found[udp.fileno()]["type"]) == ("ipv6", "dgram")
        assert found[udp.fileno()]["local"] == f"[::1]:{udp.getsockname()[1]}"
        if sys.platform == "linux":
            assert found[unix.fileno()]["path"] == f"@sockharness-{os.getpid()}"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux leaves it out of its tables")
def test_a_socket_that_is_neither_bound_nor_connected_is_closed() -> None:
    """It stands in no table, but it is a socket."""
    with socket.socket() as fresh:
        found = socket_of(os.getpid(), fresh.fileno())
        assert found is not None
        assert found["state"] == "CLOSE"


def test_what_is_no_socket_is_none() -> None:
    """Neither a file, nor an unused number, nor a process that cannot be looked at."""
    with open(os.devnull) as file:
        assert socket_of(os.getpid(), file.fileno()) is None
    assert socket_of(os.getpid(), 9999) is None
    assert socket_of(None, 0) is None
    assert sockets_of(2**22 + 1) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells of these")
def test_a_connection_that_nobody_holds_is_found_by_its_names() -> None:
    """Who closes first is in TIME_WAIT; the other name has nothing but the listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = dict(zip(("host", "port"), listener.getsockname(), strict=True))
        with socket.create_connection(listener.getsockname()) as connected:
            client = dict(zip(("host", "port"), connected.getsockname(), strict=True))
            conn, _ = listener.accept()
            assert tcp_states(server) == ["ESTABLISHED", "LISTEN"]
            assert tcp_states(server, client) == ["ESTABLISHED"]
        conn.recv(1)
        conn.close()
        assert tcp_states(client, server) == ["TIME_WAIT"]
        assert tcp_states(server) == ["LISTEN"]
