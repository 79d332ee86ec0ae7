"""The Python driver's connections: bytes both ways, their end, and how they look meanwhile."""

from __future__ import annotations

import hashlib

import pytest

from harness.drivers.python.payload import make
from tests.integration.driver_client import Driver
from tests.integration.driver_operations.described import data, drained

STREAMS = ("tcp4", "tcp6", "unix-stream")
CONNECTIONS = (*STREAMS, "unix-seqpacket")


# --- connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", CONNECTIONS)
def test_a_connection_carries_bytes_both_ways_and_ends(driver: Driver, transport: str) -> None:
    """What one end sends the other receives, and EOF is an empty reception."""
    driver.connected(transport)
    assert driver.ok("send", "client", data="question") == {"count": 8}
    assert driver.ok("recv", "conn", size=100)["data"] == data("question")
    driver.ok("shutdown", "client", how="write")
    assert driver.ok("recv", "conn", size=100)["data"] == data("")
    driver.ok("sendall", "conn", data="answer")
    driver.ok("close", "conn")
    assert driver.ok("recv_into", "client", size=8) == {
        "data": data("answer"),
        "count": 6,
        "tail_untouched": True,
    }
    assert driver.ok("recv_until_eof", "client") == {"data": data(""), "calls": 1}


@pytest.mark.parametrize("transport", ["tcp4", "tcp6"])
def test_both_ends_agree_on_their_names(driver: Driver, transport: str) -> None:
    """Names have host and port only (no flow or scope of zero), and match crosswise."""
    listener = driver.ok("listen", "server", transport=transport)["name"]
    client = driver.ok("connect", "client", transport=transport, to=listener)["name"]
    assert driver.ok("accept", "server", as_="conn") == {"peer": client, "name": listener}
    assert driver.ok("getpeername", "client")["peer"] == listener
    assert set(client) == {"host", "port"}


@pytest.mark.parametrize("transport", STREAMS)
def test_a_megabyte_arrives_whole_in_any_pieces(driver: Driver, transport: str) -> None:
    """Payloads are made at one end and digested at the other; only descriptors cross the pipe."""
    payload = {"seeded": 1 << 20, "seed": "big"}
    expected = data(payload)
    assert expected["sha256"] == hashlib.sha256(make(payload)).hexdigest()
    driver.connected(transport)
    sending = driver.start("sendall", "client", data=[payload, payload], chunk=9999)
    first = driver.ok("recv_exactly", "conn", size=1 << 20, chunk=4001)
    assert first["data"] == expected
    assert first["calls"] >= (1 << 20) / 4001
    assert driver.ok("recv_exactly", "conn", size=1 << 20)["data"] == expected
    assert driver.finish(sending)["values"] == {"count": 2 << 20}


def test_reading_exactly_stops_at_the_end(driver: Driver) -> None:
    """An end that comes early is a short reception, not an error."""
    driver.connected("tcp4")
    driver.ok("sendall", "client", data="abc")
    driver.ok("close", "client")
    assert driver.ok("recv_exactly", "conn", size=9)["data"] == data("abc")


@pytest.mark.parametrize("transport", STREAMS)
def test_fill_stops_when_nothing_more_is_taken_and_drain_when_all_is_read(
    driver: Driver, transport: str
) -> None:
    """The bytes of `fill` are the counting pattern throughout, whatever the pieces."""
    driver.connected(transport)
    count = driver.ok("fill", "client", chunk=10007)["count"]
    # On a busy machine the last acknowledgements come late, and make room for some more.
    more = driver.ok("fill", "client", chunk=10007)["count"]
    assert more < count / 4
    assert driver.ok("recv_exactly", "conn", size=count)["data"] == data({"counting": count})
    if more:
        driver.ok("recv_exactly", "conn", size=more)
    driver.ok("send", "client", data="rest")
    assert driver.ok("poll", "conn", events="IN", timeout=5.0)["events"] == ["IN"]
    assert drained(driver, "conn") == (data("rest"), False)
    driver.ok("close", "client")
    assert "IN" in driver.ok("poll", "conn", events="IN", timeout=5.0)["events"]
    assert drained(driver, "conn") == (data(""), True)


def test_flags_are_given_by_name(driver: Driver) -> None:
    """One flag or several; a peek leaves the bytes where they are."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="abc", flags=["MSG_NOSIGNAL", "MSG_MORE"])
    driver.ok("send", "client", data="def")
    for _ in range(2):
        peeked = driver.ok("recv", "conn", size=6, flags=["MSG_PEEK", "MSG_WAITALL"])
        assert peeked["data"] == data("abcdef")
    assert driver.ok("recv_into", "conn", size=4, nbytes=2) == {
        "data": data("ab"),
        "count": 2,
        "tail_untouched": True,
    }


def test_urgent_data_stands_at_a_mark(driver: Driver) -> None:
    """at_mark is true where the urgent byte stood in the stream."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="abc", flags="MSG_OOB")
    assert driver.ok("poll", "conn", events="PRI", timeout=5.0)["events"] == ["PRI"]
    assert driver.ok("at_mark", "conn") == {"value": False}
    driver.ok("recv", "conn", size=2)
    assert driver.ok("at_mark", "conn") == {"value": True}
    assert driver.ok("recv", "conn", size=1, flags="MSG_OOB")["data"] == data("c")


def test_an_abort_is_a_reset(driver: Driver) -> None:
    """The other side reads ECONNRESET, and finds it as its pending error before."""
    driver.connected("tcp4")
    driver.ok("abort", "client")
    assert "ERR" in driver.ok("poll", "conn", timeout=5.0)["events"]
    assert driver.ok("so_error", "conn") == {"value": "ECONNRESET"}
    assert driver.ok("so_error", "conn") == {"value": "none"}


# --- looking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", STREAMS)
def test_readiness_is_told_by_the_names_of_poll(driver: Driver, transport: str) -> None:
    """poll, select and quiet agree on a silent, a readable and an ended connection."""
    driver.connected(transport)
    assert driver.ok("poll", "conn") == {"events": ["OUT"]}
    assert driver.ok("select", "conn") == {"ready": ["write"]}
    assert driver.ok("quiet", "conn", for_=0.01) == {"events": []}
    driver.ok("send", "client", data="x")
    assert driver.ok("poll", "conn", events=["OUT", "IN"], timeout=5.0) == {"events": ["IN", "OUT"]}
    assert driver.ok("select", "conn", timeout=5.0) == {"ready": ["read", "write"]}
    driver.ok("shutdown", "client", how="write")
    driver.ok("poll", "conn", events="RDHUP", timeout=5.0)
    assert driver.ok("quiet", "conn") == {"events": ["IN", "RDHUP"]}
    driver.ok("shutdown", "conn", how="both")
    ended = driver.ok("poll", "conn", events=["RDHUP", "OUT", "IN"])["events"]
    assert ended == ["IN", "OUT", "HUP", "RDHUP"]


@pytest.mark.parametrize("transport", STREAMS)
def test_queues_are_counted(driver: Driver, transport: str) -> None:
    """FIONREAD counts what waits to be read."""
    driver.connected(transport)
    driver.ok("send", "client", data={"counting": 300})
    driver.ok("poll", "conn", events="IN", timeout=5.0)
    assert driver.ok("fionread", "conn") == {"count": 300}
    driver.ok("recv_exactly", "conn", size=300)
    assert driver.ok("fionread", "conn") == {"count": 0}
    if transport == "unix-stream":
        assert driver.ok("outq", "client") == {"count": 0}


def test_bytes_that_the_peer_does_not_take_are_counted(driver: Driver) -> None:
    """SIOCOUTQ is above zero while the peer's window is closed."""
    driver.connected("tcp4")
    driver.ok("fill", "client")
    assert driver.ok("outq", "client")["count"] > 0


def test_the_kernel_tells_the_state_of_tcp(driver: Driver) -> None:
    """A listener tells its queue and limit, a connection its state alone."""
    name = driver.ok("listen", "server", transport="tcp4", backlog=7)["name"]
    driver.ok("connect", "client", transport="tcp4", to=name)
    driver.ok("poll", "server", events="IN", timeout=5.0)
    assert driver.ok("tcp_info", "server") == {"state": "LISTEN", "queued": 1, "limit": 7}
    assert driver.ok("tcp_info", "client") == {"state": "ESTABLISHED"}
    driver.ok("bind", "u", transport="udp4")
    assert driver.ask("tcp_info", "u")["reply"] == "error"
