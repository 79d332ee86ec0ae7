"""Workloads on the libraries' own connections, in their own loops."""

from __future__ import annotations

import itertools

import pytest

from harness.drivers import registry
from harness.language.workloads import WORKLOADS
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, lane_of
from tests.integration.timing.echoes import Start

TRANSPORTS = ("tcp4", "udp4", "unix-stream")
KINDS = {
    "ping-pong": Workload("ping-pong"),
    "paced": Workload.of("paced", {"rate": 2000}),
    "stream": Workload("stream"),
    "connect": Workload("connect"),
    "fan-in": Workload.of("fan-in", {"connections": 3}),
}
LOOPS = ["asyncio-streams", "asyncio-protocol", "asyncio-sock", "node"]
# A server of services alone: the blocking client plays with its echo.
NO_WORKLOADS = {"socketserver"}


@pytest.mark.parametrize("name", [n for n in registry.known() if n not in ("socket", "c")])
def test_a_library_plays(name: str, start: Start) -> None:
    """Every workload over every transport that it has: it answers the blocking client and plays
    with the blocking server, and in ping-pong with itself too; what it does not do it says."""
    library, server, client = start(name), start("socket"), start("socket")
    if not (library.hello.workloads or "echo" in library.hello.services):
        pytest.skip(f"{name} says that it times nothing")
    played: set[tuple[str, str, str]] = set()
    numbers = itertools.count()
    for transport, (kind, workload) in itertools.product(TRANSPORTS, KINDS.items()):
        if transport not in library.hello.transports & set(WORKLOADS[kind].transports):
            continue
        if kind == "paced" and name in NO_WORKLOADS:
            continue  # a thread for each datagram: answers to an open loop change places
        pairs = {"server": Pair(library, client), "client": Pair(server, library)}
        pairs |= {"both": Pair(library, library)} if kind == "ping-pong" else {}
        in_pieces = kind == "ping-pong" and transport != "udp4"
        variant = Variant(name, transport, 100_000 if in_pieces else 1000, workload=workload)
        for sides, pair in pairs.items():
            if _turn(pair, variant, next(numbers)):
                played.add((sides, kind, transport))
    assert ("server", "ping-pong", "tcp4") in played
    if name not in NO_WORKLOADS:
        for sides in ("server", "client"):
            assert played >= {(sides, kind, "unix-stream") for kind in KINDS}
            assert played >= {(sides, kind, "tcp4") for kind in KINDS}
        assert ("both", "ping-pong", "tcp4") in played


def _turn(pair: Pair, variant: Variant, number: int) -> bool:
    lane = lane_of(pair, variant, number)
    try:
        lane.open()
    except LaneFailure as failure:
        if failure.verdict != "unsupported":
            raise
        return False
    lane.turn(20, 5)
    assert len(lane.fetch()) == (1 if variant.workload.kind == "stream" else 15)
    return True


def test_a_transport_that_a_driver_lacks_is_not_played(start: Start, usual_pair: Pair) -> None:
    """Node takes any path for a stream's: over a transport that it did not greet with, nothing."""
    node = start("node")
    for pair in (Pair(node, usual_pair.client), Pair(usual_pair.server, node)):
        for kind in ("ping-pong", "fan-in"):
            variant = Variant("q", "unix-seqpacket", 64, workload=Workload(kind))
            with pytest.raises(LaneFailure, match=r"the driver .* unix-seqpacket") as caught:
                lane_of(pair, variant, 0).open()
            assert caught.value.verdict == "unsupported"


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_does_not_spin(name: str, start: Start, usual_pair: Pair) -> None:
    """Busy polling is not what a loop does, and it says so, as server and as client."""
    loop = start(name)
    busy = Variant("b", "tcp4", 64, workload=Workload.of("ping-pong", {"busy": True}))
    for number, pair in enumerate((Pair(loop, usual_pair.client), Pair(usual_pair.server, loop))):
        with pytest.raises(LaneFailure, match="loop waits") as caught:
            lane_of(pair, busy, number).open()
        assert caught.value.verdict == "unsupported"


def test_a_server_that_has_only_select_says_so(start: Start, usual_pair: Pair) -> None:
    """eventlet takes poll and epoll away: it is told at once that it cannot wait for so many."""
    crowd = Workload.of("fan-in", {"connections": 1000})
    lane = lane_of(
        Pair(start("eventlet"), usual_pair.client), Variant("f", "tcp4", 8, "", crowd), 0
    )
    with pytest.raises(LaneFailure, match="only select") as caught:
        lane.open()
    assert caught.value.verdict == "unsupported"
