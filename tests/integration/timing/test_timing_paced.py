"""The open loop: it goes on while answers are missing, and its samples count from when due."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Sequence

import psutil
import pytest

from harness.engine.process import Driver
from harness.measuring.lanes import (
    LaneFailure,
    Pair,
    Variant,
    Workload,
    ask,
    lane_of,
    unpacked,
)
from harness.protocol import Reply
from tests.integration.timing.conftest import needs
from tests.integration.timing.echoes import against, honest, listening, messages

# Messages a second: few, so that the client waits between them on a busy machine too.
RATE = 500
INTERVAL = 1_000_000_000 // RATE
TRANSPORTS = ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram", "unix-seqpacket")


def paced(transport: str = "tcp4", size: int = 64, rate: int = RATE) -> Variant:
    """A variant of this kind."""
    return Variant("p", transport, size, workload=Workload.of("paced", {"rate": rate}))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_transport_keeps_a_pace(pair: Pair, transport: str) -> None:
    """A turn gives a sample for each message that is not dropped, and says how late they were."""
    assert isinstance(pair.client, Driver)
    if transport not in pair.client.hello.transports:
        pytest.skip(f"no {transport} here")
    lane = lane_of(pair, paced(transport), 0)
    lane.open()
    lane.turn(20)
    lane.extra()
    lane.turn(20, 5)
    assert len(lane.fetch()) == 35
    late = lane.extra()
    assert 0 <= late["late_mean_us"] <= late["late_most_us"]


def test_a_turn_takes_as_long_as_its_schedule(usual_pair: Pair) -> None:
    """The last of 41 messages leaves 40 intervals after the first, never earlier."""
    paced_client = usual_pair.client
    lane = lane_of(usual_pair, paced(), 0)
    lane.open()
    reply = paced_client.wait(
        paced_client.send("turn", "client-0", {"trips": 41}), paced_client.clock() + 10
    )
    assert reply is not None
    assert reply.end - reply.begin >= 40 * INTERVAL


def test_a_stall_is_in_every_sample_that_it_held_up(player: Driver) -> None:
    """A server that answers nothing until 40 more messages have come is a closed loop's end: it
    would wait for ever, or show one slow trip. Here each of the 40 is as slow as it was held up."""
    first, last = 20, 60

    def stall(conn: socket.socket) -> None:
        held = b""
        for number, data in enumerate(messages(conn, 64)):
            held += data
            if not first <= number < last:
                conn.sendall(held)
                held = b""

    with listening(stall) as to:
        ask(player, "connect", "c", {"transport": "tcp4", "to": to})
        ask(player, "paced_open", "c", {"size": 64, "samples": 100, "rate": RATE})
        ask(player, "turn", "c", {"trips": 70})
        samples = unpacked(ask(player, "fetch", "c", {})["samples"])
        ask(player, "close", "c", {})
    for number in range(first, last):
        assert samples[number] >= (last - number) * INTERVAL
    assert sum(sample > 10 * INTERVAL for sample in samples) >= 30


def test_a_client_that_is_late_itself_hides_nothing(player: Driver) -> None:
    """The client is stopped for 40 intervals: what was due meanwhile has that in its samples."""
    # A busy machine may stop it when most of its schedule is over: then once more.
    for _ in range(20):
        halted, turn, samples = _halted(player)
        if halted - turn.begin < 35 * INTERVAL:
            break
    assert turn.values["most_late_ns"] >= 38 * INTERVAL
    assert turn.values["late_ns"] >= 500 * INTERVAL  # 38 + 37 + 36 …
    assert sum(sample > 10 * INTERVAL for sample in samples) >= 25


def _halted(player: Driver) -> tuple[int, Reply, Sequence[int]]:
    """Play 80 trips, and stop the client at an early one; when that was, the turn, its samples."""
    pid = player.hello.pid
    times: list[int] = []

    def halt(conn: socket.socket) -> None:
        for number, data in enumerate(messages(conn, 64)):
            conn.sendall(data)
            if number == 5:
                os.kill(pid, signal.SIGSTOP)
                while not _is_stopped(pid):
                    pass
                times.append(time.monotonic_ns())
                while time.monotonic_ns() < times[0] + 40 * INTERVAL:
                    pass
                os.kill(pid, signal.SIGCONT)

    with listening(halt) as to:
        ask(player, "connect", "c", {"transport": "tcp4", "to": to})
        ask(player, "paced_open", "c", {"size": 64, "samples": 100, "rate": RATE})
        turn = player.wait(player.send("turn", "c", {"trips": 80}), player.clock() + 10)
        assert turn is not None
        samples = unpacked(ask(player, "fetch", "c", {})["samples"])
        ask(player, "reset", None, {})
    return times[0], turn, samples


def _is_stopped(pid: int) -> bool:
    """Whether all threads are: one takes the signal, and stops the others."""
    threads = [psutil.Process(one.id) for one in psutil.Process(pid).threads()]
    return all(one.status() == psutil.STATUS_STOPPED for one in threads)


def test_messages_larger_than_the_buffers_are_answered(usual_pair: Pair) -> None:
    """A message that does not go in one call goes on while answers are read."""
    lane = lane_of(usual_pair, paced(size=1 << 20), 0)
    lane.open()
    lane.turn(10)
    assert len(lane.fetch()) == 10


def test_a_rate_beyond_reach_leaves_no_message_out(usual_pair: Pair) -> None:
    """Late messages are sent at once, all of them."""
    lane = lane_of(usual_pair, paced(rate=1_000_000), 0)
    lane.open()
    lane.turn(3000)
    assert len(lane.fetch()) == 3000
    assert lane.extra()["late_most_us"] > 0


def test_an_honest_echo_passes(player: Driver) -> None:
    """The lies below are found against the same echo that is honest here."""
    against(player, honest, opens="paced_open", rate=4 * RATE)


def test_a_flipped_byte_is_caught_at_its_trip(player: Driver) -> None:
    """One byte of trip 37, over several turns."""

    def lie(trip: int, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if trip == 37 else data

    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 37\b") as caught:
        against(player, lie, turns=(7, 20, 20), opens="paced_open", rate=4 * RATE)
    assert caught.value.verdict == "fail"


def test_an_answer_before_its_question_is_caught(player: Driver) -> None:
    """An echo that says the same twice is found, although all bytes are of its client."""
    with pytest.raises(LaneFailure, match=r"wrong bytes at trip 13\b"):
        against(
            player,
            lambda trip, data: 2 * data if trip == 12 else data,
            opens="paced_open",
            rate=RATE,
        )


def test_a_lost_datagram_is_caught_by_the_next(player: Driver) -> None:
    """Messages differ from their neighbours: the answer to the next is not taken for this one."""
    needs(player, "udp4")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def echo() -> None:
            trip = 0
            while data := server.recvfrom(100):
                trip += 1
                if not data[0]:
                    return
                if trip != 7:
                    server.sendto(*data)

        thread = threading.Thread(target=echo, daemon=True)
        thread.start()
        to = {"host": "127.0.0.1", "port": server.getsockname()[1]}
        ask(player, "connect", "c", {"transport": "udp4", "to": to})
        ask(player, "paced_open", "c", {"size": 64, "samples": 100, "rate": RATE})
        with pytest.raises(LaneFailure, match=r"wrong bytes at trip 7\b"):
            ask(player, "turn", "c", {"trips": 40})
        server.sendto(b"", server.getsockname())
        thread.join(10)


def test_nonsense_is_refused_with_a_sentence(driver: Driver) -> None:
    """A rate is a number of messages a second."""
    ask(driver, "bind", "c", {"transport": "udp4"})
    with pytest.raises(LaneFailure, match="at least one message a second"):
        ask(driver, "paced_open", "c", {"size": 5, "samples": 5, "rate": 0})
