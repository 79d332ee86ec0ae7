"""The closed loop: send, wait for the answer, compare, send the next.

The messages alternate, so that a stale buffer does not pass for an answer.
"""

from __future__ import annotations

import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict, List

from registry import operation
from timing import (
    LONGEST,
    Player,
    WrongBytes,
    capacity_of,
    fill,
    pattern,
    ready,
    set_delay,
    size_of,
)
from timing_pong import Receive, receiving


class Ping(Player):
    """One connection that is ready to play, with its messages."""

    def __init__(self, sock: Any, size: int, capacity: int, receive: Receive) -> None:
        super().__init__(capacity)
        self.sock = sock
        self.receive = receive
        self.size = size
        self.stream = sock.type == socket.SOCK_STREAM
        self.messages = [pattern(size, 0), pattern(size, 1)]
        # A record that is too long must not fit as if it were right: room for one byte more.
        self.buffer = bytearray(size if self.stream else size + 1)

    def go(self, trips: int) -> None:
        odd = self.played % 2
        plan = (self.messages * (trips // 2 + 1))[odd : odd + trips]
        loop = _play_stream if self.stream else _play_records
        loop(self, plan)
        self.stored += trips
        self.played += trips

    def number(self, at: int) -> int:
        """The trip being played, counted from 1 since it was opened."""
        return self.played + at - self.stored + 1


@operation("ping_open", workload=True)
def ping_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Get a connected socket ready to play: messages of `size` bytes, room for `samples`."""
    sock = session.socket(handle)
    size, capacity = size_of(args), capacity_of(args)
    set_delay(sock, args)
    ready(session, handle, Ping(sock, size, capacity, receiving(sock, args)))


def _play_stream(ping: Ping, plan: List[bytes]) -> None:
    sock, size, samples, at = ping.sock, ping.size, ping.samples, ping.stored
    buffer = ping.buffer
    sendall, receive = sock.sendall, ping.receive
    # The buffer is as long as the message, so this is ==; PyPy's == of these takes 35 µs at 16 KiB.
    same = buffer.startswith
    now = clock
    for message in plan:
        begin = now()
        sendall(message)
        got = receive(buffer)
        if got != size and not (got and fill(sock, buffer, got)):
            raise EOFError("the stream ended at trip %d" % ping.number(at))
        end = now()
        if not same(message):
            raise WrongBytes("wrong bytes at trip %d" % ping.number(at))
        try:
            samples[at] = end - begin
        except OverflowError:
            samples[at] = LONGEST
        at += 1


def _play_records(ping: Ping, plan: List[bytes]) -> None:
    sock, size, samples, at = ping.sock, ping.size, ping.samples, ping.stored
    buffer = ping.buffer
    send, receive = sock.send, ping.receive
    same = buffer.startswith
    now = clock
    for message in plan:
        begin = now()
        send(message)
        got = receive(buffer)
        end = now()
        if got != size or not same(message):
            raise WrongBytes("wrong bytes at trip %d" % ping.number(at))
        try:
            samples[at] = end - begin
        except OverflowError:
            samples[at] = LONGEST
        at += 1
