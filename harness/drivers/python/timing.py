"""Round trips, timed: the loop that answers and the loop that measures.

The engine makes and connects the sockets with the ordinary operations. Then one side answers
(`pong`, in the background), the other gets ready (`ping_open`), plays so many round trips whenever
it is told to (`turn`) and hands over what it measured (`fetch`). Many connections can be ready
in one process; only the one whose turn it is plays. Which one, and when, is decided elsewhere.

What is in the two loops was measured, and stays as plain as a hand-written loop: raw nanoseconds
into a preallocated array (a histogram record a trip costs 5 to 12 %), recv_into a preallocated
buffer (recv costs 0.3 µs), no settimeout (1.5 µs). Each reply is compared with what was sent, as a
whole, after the clock has stopped; the messages alternate, so that a stale buffer does not pass.
"""

from __future__ import annotations

import socket
import sys
from array import array
from binascii import b2a_base64
from time import perf_counter_ns  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict, List

import placing  # noqa: F401  (registers `place`, which measuring needs)
from registry import BadRequest, Values, integer, operation

LONGEST = 2**32 - 1  # a trip of 4.29 s or more is stored as this


class WrongBytes(Exception):
    """What came back is not what was sent."""


# --- answering -----------------------------------------------------------------------------------
@operation("pong", workload=True)
def pong(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Send back all that comes, `size` bytes at a time, until the other side is gone."""
    sock = session.socket(handle)
    size = _size(args)
    session.on_stop(handle, lambda: _wake(sock))
    if sock.type == socket.SOCK_STREAM:
        session.call(_answer_stream, sock, size)
    elif _connected(sock):
        session.call(_answer_records, sock, size)
    else:
        session.call(_answer_anybody, sock, size)


def _answer_stream(sock: socket.socket, size: int) -> None:
    buffer = bytearray(size)
    recv_into, sendall = sock.recv_into, sock.sendall
    while True:
        got = recv_into(buffer)
        if got != size and not (got and _fill(sock, buffer, got)):
            return
        sendall(buffer)


def _answer_records(sock: socket.socket, size: int) -> None:
    buffer = bytearray(size)
    view = memoryview(buffer)
    recv_into, send = sock.recv_into, sock.send
    while True:
        got = recv_into(buffer)
        if got == size:
            send(buffer)
        elif got:
            send(view[:got])
        else:
            return


def _answer_anybody(sock: socket.socket, size: int) -> None:
    view = memoryview(bytearray(size))
    recvfrom_into, sendto = sock.recvfrom_into, sock.sendto
    while True:
        got, peer = recvfrom_into(view)
        if not got:
            return
        sendto(view[:got], peer)


def _fill(sock: socket.socket, buffer: bytearray, got: int) -> bool:
    """Read until the buffer is full; false when the stream ends before."""
    view = memoryview(buffer)
    while got < len(buffer):
        more = sock.recv_into(view[got:])
        if not more:
            return False
        got += more
    return True


def _wake(sock: socket.socket) -> None:
    """End a call that waits on this socket; closing it would not."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # not connected: Linux wakes a waiting datagram call all the same


def _connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


# --- measuring -----------------------------------------------------------------------------------
class Ping:
    """One connection that is ready to play, with its messages and the samples not yet fetched."""

    def __init__(self, sock: socket.socket, size: int, capacity: int) -> None:
        self.sock = sock
        self.size = size
        self.stream = sock.type == socket.SOCK_STREAM
        self.messages = [_pattern(size, 0), _pattern(size, 1)]
        # A record that is too long must not fit as if it were right: room for one byte more.
        self.buffer = bytearray(size if self.stream else size + 1)
        self.samples = array("I", bytes(4 * capacity))
        self.stored = 0
        self.played = 0

    def play(self, trips: int, drop: int) -> None:
        """Play `trips` round trips; keep the samples of all but the first `drop`."""
        stored = self.stored
        self._play(drop)
        self.stored = stored
        self._play(trips - drop)

    def _play(self, trips: int) -> None:
        odd = self.played % 2
        plan = (self.messages * (trips // 2 + 1))[odd : odd + trips]
        loop = _play_stream if self.stream else _play_records
        loop(self, plan)
        self.stored += trips
        self.played += trips


PINGS: Dict[str, Ping] = {}  # by handle: the connections of this process that are ready to play


@operation("ping_open", workload=True)
def ping_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Get a connected socket ready to play: messages of `size` bytes, room for `samples`."""
    capacity = integer(args, "samples")
    if capacity < 1:
        raise BadRequest("room for at least one sample is needed")
    PINGS[handle] = Ping(session.socket(handle), _size(args), capacity)
    session.on_stop(handle, lambda: _forget(handle))


@operation("turn", workload=True)
def turn(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Play `trips` round trips at once; the first `drop` are not kept (they start cold)."""
    ping = _ping(handle)
    trips, drop = integer(args, "trips"), integer(args, "drop", 0)
    if not 0 <= drop <= trips:
        raise BadRequest("cannot drop %d of %d trips" % (drop, trips))
    if ping.stored + max(drop, trips - drop) > len(ping.samples):
        raise BadRequest("no room for the samples of %d trips: fetch first" % trips)
    session.call(ping.play, trips, drop)
    return {"trips": trips}


@operation("fetch", workload=True)
def fetch(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Hand over all samples since the last fetch: ns, base64 of little-endian uint32."""
    ping = _ping(handle)
    taken = ping.samples[: ping.stored]
    ping.stored = 0
    if sys.byteorder == "big":
        taken.byteswap()
    return {"samples": b2a_base64(taken.tobytes(), newline=False).decode("ascii")}


def _play_stream(ping: Ping, plan: List[bytes]) -> None:
    sock, size, samples, at = ping.sock, ping.size, ping.samples, ping.stored
    buffer = ping.buffer
    clock, sendall, recv_into = perf_counter_ns, sock.sendall, sock.recv_into
    # The buffer is as long as the message, so this is ==; PyPy's == of these takes 35 µs at 16 KiB.
    same = buffer.startswith
    for message in plan:
        begin = clock()
        sendall(message)
        got = recv_into(buffer)
        if got != size and not (got and _fill(sock, buffer, got)):
            raise EOFError("the stream ended at trip %d" % _number(ping, at))
        end = clock()
        if not same(message):
            raise WrongBytes("wrong bytes at trip %d" % _number(ping, at))
        try:
            samples[at] = end - begin
        except OverflowError:
            samples[at] = LONGEST
        at += 1


def _play_records(ping: Ping, plan: List[bytes]) -> None:
    sock, size, samples, at = ping.sock, ping.size, ping.samples, ping.stored
    buffer = ping.buffer
    clock, send, recv_into = perf_counter_ns, sock.send, sock.recv_into
    same = buffer.startswith
    for message in plan:
        begin = clock()
        send(message)
        got = recv_into(buffer)
        end = clock()
        if got != size or not same(message):
            raise WrongBytes("wrong bytes at trip %d" % _number(ping, at))
        try:
            samples[at] = end - begin
        except OverflowError:
            samples[at] = LONGEST
        at += 1


def _number(ping: Ping, at: int) -> int:
    """The trip being played, counted from 1 since `ping_open`."""
    return ping.played + at - ping.stored + 1


def _forget(handle: str) -> None:
    PINGS.pop(handle, None)


def _ping(handle: Any) -> Ping:
    if handle not in PINGS:
        raise BadRequest("the handle %r is not ready to play: ping_open first" % (handle,))
    return PINGS[handle]


def _size(args: Dict[str, Any]) -> int:
    size = integer(args, "size")
    if size < 1:
        raise BadRequest("a round trip needs at least one byte, not %d" % size)
    return size


def _pattern(size: int, number: int) -> bytes:
    """Bytes of a period that no block size shares, and everywhere other than the other number's."""
    block = bytes((i + 101 * number) % 251 for i in range(251))
    return (block * (size // 251 + 1))[:size]
