"""Making connections, and many of them at once."""

from __future__ import annotations

import resource
import socket
import sys
from collections import Counter
from typing import Any

import psutil
import pytest

from harness.engine.process import Driver
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, ask, lane_of
from tests.integration.timing.echoes import Start, against, echo, honest, listening

CONNECT = Workload("connect")

needs_descriptors = pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1100,
    reason="this process may not have so many descriptors",
)


def limited(which: str, descriptors: int) -> tuple[str, ...]:
    """The words before a command that has so few descriptors: -S, the soft limit alone."""
    return ("sh", "-c", f'ulimit {which} -n {descriptors}; exec "$@"', "sh")


def fan_in(connections: int, transport: str = "tcp4", order: str = "round-robin") -> Variant:
    """A variant of this kind."""
    options = {"connections": connections, "order": order}
    return Variant("f", transport, 64, workload=Workload.of("fan-in", options))


# --- connect -------------------------------------------------------------------------------------
@pytest.mark.parametrize("transport", ["tcp4", "tcp6", "unix-stream", "unix-seqpacket"])
def test_connections_are_made_one_after_the_other(pair: Pair, transport: str) -> None:
    """A sample for each connection that is not dropped; the server ends with a reset."""
    assert isinstance(pair.client, Driver)
    if transport not in pair.client.hello.transports:
        pytest.skip(f"no {transport} here")
    lane = lane_of(pair, Variant("c", transport, 1, workload=CONNECT), 0)
    lane.open()
    lane.turn(300)  # more than the byte counts to
    lane.turn(20, 5)
    assert len(lane.fetch()) == 315
    assert ask(pair.server, "reset", None, {})["stuck"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="psutil sees TIME_WAIT of others on Linux")
def test_nothing_is_left_in_time_wait(usual_pair: Pair, player: Driver) -> None:
    """However many connections there were, the system remembers none of them."""
    lane = lane_of(Pair(usual_pair.server, player), Variant("c", "tcp4", 1, workload=CONNECT), 0)
    lane.open()
    port = ask(usual_pair.server, "getsockname", "server-0", {})["name"]["port"]
    before = _connections(port)  # others may have had the port
    assert "LISTEN" in {one.status for one in before}
    lane.turn(50)
    states = Counter(one.status for one in _connections(port) - before)
    assert "TIME_WAIT" not in states


def _connections(port: int) -> set[Any]:
    """What the system remembers of the port, on either side."""
    return {
        one
        for one in psutil.net_connections("tcp4")
        if any(name and name.port == port for name in (one.laddr, one.raddr))
    }


def test_a_connection_that_was_left_out_is_noticed(player: Driver) -> None:
    """The byte counts: a server that said it to somebody else in between is found."""
    count = iter([0, 1, 2, 4])

    def wrong(conn: socket.socket) -> None:
        conn.sendall(bytes([next(count)]))

    with listening(wrong) as to:
        ask(player, "connect_open", "c", {"transport": "tcp4", "to": to, "samples": 10})
        with pytest.raises(LaneFailure, match=r"wrong bytes from connection 4\b") as caught:
            ask(player, "turn", "c", {"trips": 4})
        assert caught.value.verdict == "fail"
        ask(player, "reset", None, {})


def test_a_connection_without_its_byte_is_wrong(player: Driver) -> None:
    """A server that closes without a word is found."""
    with listening(lambda conn: None) as to:
        ask(player, "connect_open", "c", {"transport": "tcp4", "to": to, "samples": 10})
        with pytest.raises(LaneFailure, match=r"wrong bytes from connection 1\b"):
            ask(player, "turn", "c", {"trips": 1})
        ask(player, "reset", None, {})


# --- fan-in --------------------------------------------------------------------------------------
TRANSPORTS = ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram", "unix-seqpacket")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_trips_over_many_connections(pair: Pair, transport: str) -> None:
    """Every transport; both sides end with a reset."""
    assert isinstance(pair.client, Driver)
    if transport not in pair.client.hello.transports:
        pytest.skip(f"no {transport} here")
    lane = lane_of(pair, fan_in(7, transport, "random"), 0)
    lane.open()
    lane.turn(30, 5)
    assert len(lane.fetch()) == 25
    for driver in pair:
        assert ask(driver, "reset", None, {})["stuck"] == 0


@needs_descriptors
def test_a_thousand_connections(start: Start, implementation: str) -> None:
    """All are open at once, each has played, and none had an error; whatever the soft limit was."""
    pair = Pair(start(implementation, *limited("-S", 256)), start(implementation))
    lane = lane_of(pair, fan_in(1000), 0)
    lane.open()
    lane.turn(1000)
    assert len(lane.fetch()) == 1000
    assert isinstance(pair.server, Driver)
    assert psutil.Process(pair.server.hello.pid).num_fds() > 1000


@needs_descriptors
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells another process's limits")
@pytest.mark.parametrize("name", ["socket", "c"])
def test_the_limit_is_as_before_after_a_reset(start: Start, usual_pair: Pair, name: str) -> None:
    """What was raised for the connections, of two lanes, is lowered again."""
    client = start(name, *limited("-S", 64))
    process = psutil.Process(client.hello.pid)
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    for number, many in enumerate((80, 200)):
        lane_of(Pair(usual_pair.server, client), fan_in(many), number).open()
        assert process.rlimit(psutil.RLIMIT_NOFILE)[0] > many
    ask(client, "reset", None, {})
    assert process.rlimit(psutil.RLIMIT_NOFILE) == before


def test_too_few_descriptors_are_a_sentence(start: Start) -> None:
    """Where the hard limit is too low nothing is tried, and the numbers are told."""
    low = start("socket", *limited("", 200))
    lane = lane_of(Pair(start("socket"), low), fan_in(1000), 0)
    with pytest.raises(LaneFailure, match=r"1000 connections need \d+ descriptors.* 200$") as found:
        lane.open()
    assert found.value.verdict == "unsupported"


@pytest.mark.parametrize("order", ["round-robin", "random"])
def test_everybody_has_as_many_trips(player: Driver, order: str) -> None:
    """After whole rounds, in whatever order, no connection was left out."""
    trips: Counter[Any] = Counter()

    def counting(conn: socket.socket) -> None:
        def count(trip: int, data: bytes) -> bytes:
            trips[conn.getpeername()] += 1
            return data

        echo(64, count)(conn)

    with listening(counting) as to:
        asked = {"transport": "tcp4", "to": to, "size": 64, "samples": 100}
        ask(player, "fan_open", "c", {**asked, "connections": 5, "order": order})
        ask(player, "turn", "c", {"trips": 12})
        ask(player, "turn", "c", {"trips": 13})
        ask(player, "reset", None, {})
    assert list(trips.values()) == [6] * 5  # one when it was opened


def test_a_flipped_byte_is_caught(player: Driver) -> None:
    """Whichever connection it comes from; an honest echo passes."""

    def lie(trip: int, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if trip == 37 else data

    against(player, honest, opens="fan_open", connections=5)
    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 37\b"):
        against(player, lie, opens="fan_open", connections=5)


def test_no_connection_at_all_is_refused(player: Driver) -> None:
    """With a sentence, and at once: a round of nobody would never end."""
    asked = {"transport": "tcp4", "to": {"host": "127.0.0.1", "port": 1}, "size": 8, "samples": 8}
    with pytest.raises(LaneFailure, match="at least one connection is needed") as caught:
        ask(player, "fan_open", "c", {**asked, "connections": 0})
    assert caught.value.verdict == "broken"
