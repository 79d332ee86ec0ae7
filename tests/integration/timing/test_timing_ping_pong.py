"""The timed round trips of the real driver, on real sockets, also on CPython 3.8 and PyPy."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.engine.process import Driver
from harness.measuring.lanes import (
    LaneFailure,
    Pair,
    PingPong,
    Variant,
    Workload,
    ask,
    placing,
    unpacked,
)
from harness.measuring.placement import choose, settle
from tests.integration.timing.conftest import needs
from tests.integration.timing.echoes import Start, against, honest

TRANSPORTS = ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram", "unix-seqpacket")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_transport_plays_its_turns(pair: Pair, transport: str) -> None:
    """Turns give one sample for each trip that is not dropped, on every transport and runtime."""
    assert isinstance(pair.client, Driver)
    if transport not in pair.client.hello.transports:
        pytest.skip(f"no {transport} here")
    lane = PingPong(pair, Variant(transport, transport, 64), 0)
    lane.open()
    lane.turn(20)
    lane.turn(20, 5)
    samples = lane.fetch()
    assert len(samples) == 35
    assert all(0 < sample < 2**32 for sample in samples)
    assert len(lane.fetch()) == 0


def test_many_lanes_live_in_one_pair_of_processes(pair: Pair) -> None:
    """Transports and sizes are ready side by side, and turns alternate between them."""
    lanes = [
        PingPong(pair, Variant(f"{transport}-{size}", transport, size), number)
        for number, (transport, size) in enumerate(
            (transport, size)
            for transport in ("tcp4", "udp4", "unix-stream")
            for size in (1, 64, 1024, 16384)
        )
    ]
    for lane in lanes:
        lane.open()
    for lane in [*lanes, *reversed(lanes)]:
        lane.turn(7)
    assert [len(lane.fetch()) for lane in lanes] == [14] * 12


def test_a_message_larger_than_the_buffers_goes_round(usual_pair: Pair) -> None:
    """A megabyte is written and read in many pieces, and is compared whole."""
    lane = PingPong(usual_pair, Variant("big", "tcp4", 1 << 20), 0)
    lane.open()
    lane.turn(3)
    assert len(lane.fetch()) == 3


def test_the_answering_side_ends_with_its_client(usual_pair: Pair) -> None:
    """After the client has closed, nothing is left running: reset finds no stuck request."""
    for number, transport in enumerate(("tcp4", "unix-stream")):
        PingPong(usual_pair, Variant(transport, transport, 8), number).open()
        ask(usual_pair.client, "close", f"client-{number}", {})
    assert ask(usual_pair.server, "reset", None, {})["stuck"] == 0


def test_reset_ends_answering_datagrams_too(usual_pair: Pair) -> None:
    """A datagram server whose client says nothing is woken by reset, connected or not."""
    PingPong(usual_pair, Variant("udp4", "udp4", 8), 0).open()
    ask(usual_pair.server, "bind", "alone", {"transport": "udp4"})
    usual_pair.server.send("pong", "alone", {"size": 8}, start=True)
    assert ask(usual_pair.server, "reset", None, {})["stuck"] == 0


def test_an_empty_datagram_ends_answering(driver: Driver) -> None:
    """Anybody can tell a datagram server to stop; until then it answers everybody."""
    name = ask(driver, "bind", "s", {"transport": "udp4"})["name"]
    running = driver.send("pong", "s", {"size": 8}, start=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.settimeout(10)
        other.sendto(b"abc", (name["host"], name["port"]))
        assert other.recv(10) == b"abc"
        other.sendto(b"", (name["host"], name["port"]))
    reply = driver.wait(running, driver.clock() + 10)
    assert reply is not None
    assert reply.kind == "ok"


def test_a_connected_datagram_server_answers_what_came(usual_pair: Pair) -> None:
    """A datagram shorter than `size` comes back as short as it was."""
    PingPong(usual_pair, Variant("udp4", "udp4", 8), 0).open()
    ask(usual_pair.client, "send", "client-0", {"data": "abc"})
    assert ask(usual_pair.client, "recv", "client-0", {"size": 64})["data"]["size"] == 3


def test_closing_the_answering_socket_ends_answering(driver: Driver) -> None:
    """A close from outside wakes the thread that waits for the next round trip."""
    name = ask(driver, "bind", "s", {"transport": "udp4"})["name"]
    running = driver.send("pong", "s", {"size": 8}, start=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.settimeout(10)
        for _ in range(100):  # it waits for the next one by now, or as good as
            other.sendto(b"abc", (name["host"], name["port"]))
            other.recv(10)
    ask(driver, "close", "s", {})
    assert driver.wait(running, driver.clock() + 10) is not None


def test_an_honest_echo_passes(player: Driver) -> None:
    """The lies below are found against the same echo that is honest here."""
    against(player, honest)


def test_a_flipped_byte_is_caught_at_its_trip(pair: Pair) -> None:
    """An echo that flips the last byte of trip 37, and only that, is named with its trip."""

    def lie(trip: int, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if trip == 37 else data

    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 37\b") as caught:
        against(pair.client, lie)
    assert caught.value.verdict == "fail"


def test_trips_are_counted_over_turns(player: Driver) -> None:
    """The trip that is named counts from the first turn on."""

    def lie(trip: int, data: bytes) -> bytes:
        return b"?" * len(data) if trip == 37 else data

    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 37\b"):
        against(player, lie, turns=(7, 20, 20))


def test_a_stale_answer_is_caught(player: Driver) -> None:
    """An echo that sends the message before once more is found: messages alternate."""
    sent: list[bytes] = [b""]

    def lie(trip: int, data: bytes) -> bytes:
        sent.append(data)
        return sent[trip - 1] if trip == 12 else data

    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 12\b"):
        against(player, lie)


def test_one_byte_too_many_is_caught(player: Driver) -> None:
    """A byte more than was sent shifts the next answer, which is then wrong."""
    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 6\b"):
        against(player, lambda trip, data: data + b"!" if trip == 5 else data)


def test_a_stream_that_ends_is_told(player: Driver) -> None:
    """A server that closes in the middle is named with the trip."""
    with pytest.raises(LaneFailure, match=r"the stream ended at trip 9\b"):
        against(player, lambda trip, data: b"" if trip == 9 else data)


def test_answers_in_pieces_are_whole_in_the_end(player: Driver) -> None:
    """One answer sent in two halves is one trip."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def halves() -> None:
            conn, _ = listener.accept()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with conn:
                while data := conn.recv(64, socket.MSG_WAITALL):
                    conn.sendall(data[:20])
                    conn.sendall(data[20:])

        threading.Thread(target=halves, daemon=True).start()
        to = {"host": "127.0.0.1", "port": listener.getsockname()[1]}
        ask(player, "connect", "c", {"transport": "tcp4", "to": to})
        ask(player, "ping_open", "c", {"size": 64, "samples": 100})
        ask(player, "turn", "c", {"trips": 30})
        assert len(unpacked(ask(player, "fetch", "c", {})["samples"])) == 30
        ask(player, "close", "c", {})


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda data: data[:-1], id="short"),
        pytest.param(lambda data: data + b"!", id="long"),
        pytest.param(lambda data: data[:-1] + b"!", id="wrong"),
    ],
)
def test_a_wrong_datagram_is_caught(player: Driver, lie: Callable[[bytes], bytes]) -> None:
    """A reply a byte short, a byte long with the right beginning, or with one byte changed."""
    needs(player, "udp4")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))

        def answer() -> None:
            data, peer = echo.recvfrom(100)
            echo.sendto(lie(data), peer)

        threading.Thread(target=answer, daemon=True).start()
        to = {"host": "127.0.0.1", "port": echo.getsockname()[1]}
        ask(player, "connect", "c", {"transport": "udp4", "to": to})
        ask(player, "ping_open", "c", {"size": 64, "samples": 10})
        with pytest.raises(LaneFailure, match=r"wrong bytes at trip 1\b"):
            ask(player, "turn", "c", {"trips": 1})


@pytest.mark.parametrize(
    ("op", "args", "said"),
    [
        ("turn", {"trips": 1}, "open it first"),
        ("fetch", {}, "open it first"),
        ("ping_open", {"size": 0, "samples": 5}, "at least one byte"),
        ("ping_open", {"size": 5, "samples": 0}, "at least one sample"),
        ("place", {"cpus": [], "policy": "other"}, "a list of CPU numbers"),
        ("place", {"cpus": [0], "policy": "fifo"}, "must be batch or other"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    driver: Driver, op: str, args: dict[str, Any], said: str
) -> None:
    """A request that cannot be meant is `broken`, and the sentence says why."""
    ask(driver, "bind", "c", {"transport": "udp4"})
    with pytest.raises(LaneFailure, match=said) as caught:
        ask(driver, op, "c", args)
    assert caught.value.verdict == "broken"


def test_more_samples_than_there_is_room_for_are_refused(usual_pair: Pair) -> None:
    """Nothing is overwritten: the one who asks must fetch first."""
    lane = PingPong(usual_pair, Variant("t", "tcp4", 8), 0)
    lane.open()
    ask(usual_pair.client, "ping_open", "client-0", {"size": 8, "samples": 10})
    lane.turn(10)
    with pytest.raises(LaneFailure, match="fetch first"):
        lane.turn(1)
    assert len(lane.fetch()) == 10


def test_a_driver_goes_where_it_is_sent(start: Start, implementation: str) -> None:
    """After `place`, affinity and policy of every thread are as asked, or it is said what lacks."""
    pair = Pair(start(implementation), start(implementation))
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("no CPU affinity here")
    chosen = choose("one-cpu")
    assert settle(chosen, placing(pair.server), placing(pair.client)) == chosen
    for driver in pair:
        assert isinstance(driver, Driver)
        for task in Path(f"/proc/{driver.hello.pid}/task").iterdir():
            assert os.sched_getaffinity(int(task.name)) == chosen.cpus
            assert os.sched_getscheduler(int(task.name)) == os.SCHED_BATCH


def test_a_cpu_that_does_not_exist_is_not_claimed(driver: Driver) -> None:
    """The reply says null for the CPUs that could not be had."""
    assert ask(driver, "place", None, {"cpus": [1023], "policy": "other"})["cpus"] is None


@pytest.mark.parametrize("wanted", [True, False])
def test_delay_is_as_asked_at_both_ends(usual_pair: Pair, wanted: bool) -> None:
    """`nodelay` sets TCP_NODELAY on both ends, to either value."""
    workload = Workload.of("ping-pong", {"nodelay": wanted})
    lane = PingPong(usual_pair, Variant("t", "tcp4", 8, workload=workload), 0)
    lane.open()
    lane.turn(1)  # then the server has begun
    for driver, handle in zip(usual_pair, ("conn-0", "client-0"), strict=True):
        found = ask(driver, "getsockopt", handle, {"option": "TCP_NODELAY"})["value"]
        assert bool(found) is wanted


@pytest.mark.parametrize("transport", ["tcp4", "udp4", "unix-stream"])
def test_busy_ends_play_and_end(pair: Pair, transport: str) -> None:
    """With `busy` neither side waits in a call, and a reset still ends the answering."""
    workload = Workload.of("ping-pong", {"busy": True})
    lane = PingPong(pair, Variant("b", transport, 64, workload=workload), 0)
    lane.open()
    lane.turn(10, 2)
    assert len(lane.fetch()) == 8
    assert ask(pair.server, "reset", None, {})["stuck"] == 0


def test_what_a_server_lacks_is_told_and_not_waited_for(usual_pair: Pair) -> None:
    """A server that does not know how to answer is unsupported, not silent."""

    class Unknown(PingPong):
        answers = "no_such_answer"

    lane = Unknown(usual_pair, Variant("t", "tcp4", 8), 0)
    with pytest.raises(LaneFailure, match="has no `no_such_answer`") as caught:
        lane.open()
    assert caught.value.verdict == "unsupported"


def test_an_echo_service_can_be_the_server(usual_pair: Pair) -> None:
    """A server without `listen` and `bind` of its own is asked to serve echo instead."""

    class ServesAlone:
        """A driver that has services alone."""

        def __init__(self, driver: Any) -> None:
            self.wait, self.clock, self._driver = driver.wait, driver.clock, driver

        def send(self, op: str, *given: Any, **named: Any) -> int:
            asked = "unheard_of" if op in ("listen", "bind") else op
            return int(self._driver.send(asked, *given, **named))

    pair = Pair(ServesAlone(usual_pair.server), usual_pair.client)
    for number, transport in enumerate(("tcp4", "udp4", "unix-stream")):
        lane = PingPong(pair, Variant(transport, transport, 64), number)
        lane.open()
        lane.turn(5)
        assert len(lane.fetch()) == 5
