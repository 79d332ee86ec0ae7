"""Throughput: what is written is read and compared, and both sides' CPU time is told."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from harness.engine.process import Driver
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, ask, lane_of, unpacked
from tests.integration.timing.echoes import listening, messages

SIZE = 1000
STREAM = Workload("stream")


@pytest.mark.parametrize(
    "transport", ["tcp4", "tcp6", "unix-stream", "unix-dgram", "unix-seqpacket"]
)
@pytest.mark.parametrize("size", [1, 65_536])
def test_a_turn_is_one_sample_and_its_sums(pair: Pair, transport: str, size: int) -> None:
    """Bytes a second are those that were timed, and both threads have used a CPU for them."""
    assert isinstance(pair.client, Driver)
    if transport not in pair.client.hello.transports:
        pytest.skip(f"no {transport} here")
    lane = lane_of(pair, Variant("s", transport, size, workload=STREAM), 0)
    lane.open()
    for turn in ((100, 0), (30, 30), (100, 20), (100, 20)):
        lane.turn(*turn)
    samples, said = lane.fetch(), lane.extra()
    assert len(samples) == 3
    assert said["sent_bytes_per_s"] > 0
    assert said["writer_cpu_s"] > 0
    assert said["reader_cpu_s"] > 0
    lane.turn(100)
    (sample,) = lane.fetch()
    timed = 1e9 * size / lane.extra()["sent_bytes_per_s"]
    assert sample == pytest.approx(timed, abs=1.01)  # whole ns


def relayed(player: Driver, bend: Callable[[int, bytes], bytes], chunks: int = 50) -> None:
    """Play a turn through a relay which bends what goes to the reader. Raise LaneFailure."""
    name = ask(player, "listen", "s", {"transport": "tcp4"})["name"]

    def relay(conn: socket.socket) -> None:
        with socket.create_connection((name["host"], name["port"])) as onward:
            for number, data in enumerate(messages(conn, SIZE), 1):
                onward.sendall(bend(number, data))
                if number == chunks:
                    conn.sendall(onward.recv(8))

    with listening(relay) as to:
        ask(player, "connect", "c", {"transport": "tcp4", "to": to})
        ask(player, "accept", "s", {"as": "conn"})
        reading = player.send("sink", "conn", {"size": SIZE}, start=True)
        ask(player, "stream_open", "c", {"size": SIZE, "samples": 10})
        try:
            ask(player, "turn", "c", {"trips": chunks})
        except LaneFailure:
            reply = player.wait(reading, player.clock() + 10)
            assert reply is not None
            raise LaneFailure("fail", reply.text) from None
        finally:
            ask(player, "reset", None, {})


def test_what_is_right_arrives(player: Driver) -> None:
    """The lies below are found by the same reader that finds nothing wrong here."""
    relayed(player, lambda number, data: data)


@pytest.mark.parametrize(
    ("bend", "chunk"),
    [
        pytest.param(lambda n, d: d[:-1] + b"!" if n == 30 else d, 30, id="a byte flipped"),
        pytest.param(lambda n, d: b"" if n == 12 else d, 12, id="a chunk lost"),
        pytest.param(lambda n, d: 2 * d if n == 12 else d, 13, id="a chunk twice"),
        pytest.param(lambda n, d: d[:-1] + b"!" if n == 50 else d, 50, id="in the last"),
    ],
)
def test_the_reader_finds_what_is_wrong(
    player: Driver, bend: Callable[[int, bytes], bytes], chunk: int
) -> None:
    """The chunk is named by the reader, and the writer's turn fails."""
    with pytest.raises(LaneFailure, match=rf"wrong bytes in chunk {chunk}\b"):
        relayed(player, bend)


def test_the_readers_reason_is_the_lanes(usual_pair: Pair) -> None:
    """What the report says is what the reader found, not that the writer was cut off."""
    lane = lane_of(usual_pair, Variant("s", "tcp4", SIZE, workload=STREAM), 0)
    lane.open()
    ask(usual_pair.client, "send", "client-0", {"data": {"repeat": "?", "size": SIZE}})
    with pytest.raises(LaneFailure, match=r"sink: wrong bytes in chunk 1\b") as caught:
        lane.turn(1000)
    assert caught.value.verdict == "fail"


def test_a_reader_that_leaves_is_told(player: Driver) -> None:
    """A connection that ends before the word that all is read fails the turn."""

    def leave(conn: socket.socket) -> None:
        conn.recv(100)

    with listening(leave) as to:
        ask(player, "connect", "c", {"transport": "tcp4", "to": to})
        ask(player, "stream_open", "c", {"size": SIZE, "samples": 10})
        with pytest.raises(LaneFailure):
            ask(player, "turn", "c", {"trips": 1})
        ask(player, "reset", None, {})


def test_a_turn_without_timed_chunks_has_no_sample(usual_pair: Pair) -> None:
    """All dropped: nothing is measured, nothing divided by nothing."""
    lane = lane_of(usual_pair, Variant("s", "tcp4", SIZE, workload=STREAM), 0)
    lane.open()
    values: Any = ask(usual_pair.client, "turn", "client-0", {"trips": 5, "drop": 5})
    assert values["bytes"] == 0
    assert len(unpacked(ask(usual_pair.client, "fetch", "client-0", {})["samples"])) == 0
