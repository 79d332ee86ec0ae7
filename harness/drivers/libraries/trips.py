"""Workloads over a single connection in a library's loop: the answering ends, and ping-pong.

What plays is tasks of the loop, with the library's own calls and nothing between; the driver's
threads only hand over and wait. So each library is measured as its documentation uses it: by its
sockets' `recv` and `sendall`, or by its connections' `receive` and `transmit`; one that can wait
for so many bytes brings `receive_whole(size)`, and one that calls back `answer(size)`,
`play(ping, plan)` and `hear(size, take)` (`callbacks.py`).
"""

from __future__ import annotations

import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Callable, Dict, List, Tuple

from offering import instead
from registry import OPERATIONS, Unsupported, Values
from session import Session
from timing import WrongBytes, capacity_of, ready, set_delay, size_of
from timing_ping import Ping
from timing_stream import WRONG, chunks, cpu_time


# --- in the loop ---------------------------------------------------------------------------------
def ways(inner: Any) -> Tuple[Any, Any]:
    """How to receive so many bytes, less at the end alone, or one record; and how to send."""
    transmit = getattr(inner, "transmit", None) or inner.sendall
    if inner.type != socket.SOCK_STREAM:
        recv = inner.recv
        return lambda size: recv(size + 1), transmit  # one that is too long must show
    at_once = getattr(inner, "receive_whole", None)
    some = getattr(inner, "receive", None) or inner.recv
    return at_once or (lambda size: _whole(some, size)), transmit


async def _whole(receive: Any, size: int) -> Any:
    data = await receive(size)
    while data and len(data) < size:
        more = await receive(size - len(data))
        if not more:
            break
        data += more
    return data


async def answer(inner: Any, size: int) -> None:
    """Send back what comes, until the other side is gone."""
    if hasattr(inner, "answer"):
        await inner.answer(size)
        return
    if inner.type == socket.SOCK_DGRAM and not _connected(inner):
        await _answer_anybody(inner, size)
        return
    stream = inner.type == socket.SOCK_STREAM
    receive, transmit = ways(inner)
    while True:
        data = await receive(size)
        if not data or (stream and len(data) < size):
            return
        await transmit(data)


async def _answer_anybody(inner: Any, size: int) -> None:
    while True:
        data, peer = await inner.recvfrom(size)
        await inner.sendto(data, 0, peer)


def _connected(inner: Any) -> bool:
    try:
        return bool(inner.getpeername())
    except OSError:
        return False


async def hear(inner: Any, size: int, take: Callable[[Any], bool]) -> None:
    """Hand on messages as they come, until `take` says that there will be no more."""
    if hasattr(inner, "hear"):
        await inner.hear(size, take)
        return
    receive, _ = ways(inner)
    while not take(await receive(size)):
        pass


async def play(ping: LoopPing, inner: Any, plan: List[bytes]) -> None:
    """Play these messages, one after the other, and store the samples."""
    if hasattr(inner, "play"):
        await inner.play(ping, plan)
        return
    receive, transmit = ways(inner)
    size = ping.size
    for message in plan:
        begin = clock()
        await transmit(message)
        data = await receive(size)
        ping.judge(data, message, clock() - begin)


async def drain(inner: Any, size: int) -> None:
    """Read and compare chunks, as `timing_stream.py` tells."""
    plain, last = chunks(size)[:2], chunks(size)[2:]
    receive, transmit = ways(inner)
    number = 0
    while True:
        data = await receive(size)
        if not data:
            return
        if data == last[number % 2]:
            await transmit(cpu_time().to_bytes(8, "little"))
        elif data != plain[number % 2]:
            await transmit(WRONG)
            raise WrongBytes("wrong bytes in chunk %d" % (number + 1))
        number += 1


# --- on the request's thread ---------------------------------------------------------------------
class LoopPing(Ping):
    """The closed loop as a task of the library's loop."""

    def go(self, trips: int) -> None:
        odd = self.played % 2
        plan = (self.messages * (trips // 2 + 1))[odd : odd + trips]
        self.begun = self.stored
        if plan:
            self.sock.portal.run(self.turn, plan)
        self.played += trips

    async def turn(self, plan: List[bytes]) -> None:
        """Play these messages, in the loop."""
        await play(self, self.sock.inner, plan)

    def judge(self, data: bytes, message: bytes, took: int) -> None:
        """Keep the sample of a trip whose answer is right; say what is wrong with another."""
        if data != message:
            number = self.played + self.stored - self.begun + 1
            if self.stream and len(data) < self.size:
                raise EOFError("the stream ended at trip %d" % number)
            raise WrongBytes("wrong bytes at trip %d" % number)
        self.keep(took)


def _run(session: Session, handle: Any, function: Any, *arguments: Any) -> None:
    """Have it run in the loop until it ends or the handle does."""
    portal = session.holdings.portal  # type: ignore[attr-defined]
    task = portal.submit(function, *arguments)
    session.on_stop(handle, task.cancel)
    session.call(portal.wait, task)


def _never_busy(args: Dict[str, Any]) -> None:
    if args.get("busy"):
        raise Unsupported("an event loop waits: it does not ask again and again")


@instead("pong", workload=True)
def pong(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    sock: Any = session.socket(handle)
    size = size_of(args)
    _never_busy(args)
    if sock.type == socket.SOCK_DGRAM and not _connected(sock) and "recvfrom" not in OPERATIONS:
        raise Unsupported("this library has no datagrams with addresses")
    set_delay(sock, args)
    _run(session, handle, answer, sock.inner, size)


@instead("sink", workload=True)
def sink(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    sock: Any = session.socket(handle)
    size = size_of(args)
    set_delay(sock, args)
    try:
        _run(session, handle, drain, sock.inner, size)
    except WrongBytes:
        sock.drop()
        raise


@instead("ping_open", workload=True)
def ping_open(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    sock: Any = session.socket(handle)
    size, capacity = size_of(args), capacity_of(args)
    _never_busy(args)
    set_delay(sock, args)
    ready(session, handle, LoopPing(sock, size, capacity, None))  # type: ignore[arg-type]
    return None
