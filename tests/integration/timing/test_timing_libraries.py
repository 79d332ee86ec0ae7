"""Workloads on the libraries' own connections, in their own loops."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from harness.drivers import registry
from harness.engine.process import Driver
from harness.language.workloads import WORKLOADS
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, lane_of
from tests.integration.timing.echoes import Answer, Start, against, honest

LOOPS = ["asyncio-streams", "asyncio-protocol", "asyncio-sock", "node"]
# A server of services alone: the blocking client plays with its echo.
NO_WORKLOADS = {"socketserver"}


@pytest.mark.parametrize("name", [n for n in registry.known() if n not in ("socket", "c")])
def test_a_library_plays(name: str, start: Start, usual_pair: Pair) -> None:
    """It answers itself and the blocking client, over every transport that it has; what it answers
    besides is whole, and what it does not do it says."""
    library, client = start(name), usual_pair.client
    if not (library.hello.workloads or "echo" in library.hello.services):
        pytest.skip(f"{name} says that it times nothing")
    played: list[tuple[str, str, bool]] = []
    numbers = itertools.count()
    for transport in ("tcp4", "udp4", "unix-stream"):
        for kind in ("ping-pong", "stream", "connect", "fan-in"):
            if transport not in library.hello.transports & set(WORKLOADS[kind].transports):
                continue
            for other in (client, library) if kind == "ping-pong" else (client,):
                workload = Workload.of(kind, {"connections": 3} if kind == "fan-in" else {})
                in_pieces = kind == "ping-pong" and transport != "udp4"
                size = 100_000 if in_pieces else 1000
                variant = Variant(name, transport, size, workload=workload)
                if _turn(Pair(library, other), variant, next(numbers)):
                    played.append((kind, transport, other is library))
    assert ("ping-pong", "tcp4", False) in played
    if name not in NO_WORKLOADS:
        kinds = {kind for kind, transport, _ in played if transport == "unix-stream"}
        assert kinds == {"ping-pong", "stream", "connect", "fan-in"}
        assert ("ping-pong", "tcp4", True) in played


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


def _flipped(trip: int, data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1]) if trip == 37 else data


@pytest.mark.parametrize("name", LOOPS)
def test_lies_are_caught_in_a_loop(name: str, kept: Callable[[str, str], Driver]) -> None:
    """What the blocking client finds wrong a loop's client finds wrong too, at the same trip."""
    lies: list[tuple[Answer, str]] = [
        (_flipped, r"wrong bytes at trip 37\b"),
        (lambda trip, data: b"?" * 64 if trip == 12 else data, r"wrong bytes at trip 12\b"),
        (lambda trip, data: data + b"!" if trip == 5 else data, r"wrong bytes at trip 6\b"),
        (lambda trip, data: b"" if trip == 9 else data, r"the stream ended at trip 9\b"),
    ]
    driver = kept(name, "client")
    against(driver, honest, turns=(7, 20, 20))
    for lie, said in lies:
        with pytest.raises(LaneFailure, match=said) as caught:
            against(driver, lie, turns=(7, 20, 20))
        assert caught.value.verdict == "fail"


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
