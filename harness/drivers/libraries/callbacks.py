"""Trips for libraries that call back when bytes have come: no task is woken for them.

That is how such a library is used where speed matters: a protocol writes its answer in the callback
that brought the question.
"""

from __future__ import annotations

from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Callable, List


class Whole:
    """Puts pieces of a stream together to messages of one size, and hands these on."""

    def __init__(self, size: int, take: Callable[[bytes], None]) -> None:
        self._size = size
        self._take = take
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        size = self._size
        if len(data) == size and not self._rest:
            self._take(data)
            return
        data = self._rest + data
        while len(data) >= size:
            self._take(data[:size])
            data = data[size:]
        self._rest = data


class Playing:
    """A turn of the closed loop: the next message is written when the answer has come."""

    def __init__(self, ping: Any, plan: List[bytes], write: Callable[[bytes], None]) -> None:
        self._ping = ping
        self._plan = iter(plan)
        self._write = write
        self.over = False
        self.failure: Any = None
        self._message = b""
        self._begin = 0

    def next(self) -> None:
        """Write the next message, if there is one."""
        message = next(self._plan, None)
        if message is None:
            self.over = True
            return
        self._message = message
        self._begin = clock()
        self._write(message)

    def take(self, data: bytes) -> None:
        """Take an answer."""
        took = clock() - self._begin
        try:
            self._ping.judge(data, self._message, took)
        except Exception as failure:
            self.failure, self.over = failure, True
        else:
            self.next()


class Trips:
    """What a connection with an inbox and a transport gets of this."""

    _inbox: Any
    transport: Any

    async def answer(self, size: int) -> None:
        """Send back what comes, until the other side is gone."""
        inbox = self._inbox
        inbox.divert(Whole(size, self.transport.write).feed)
        await inbox.until(lambda: inbox.ended)

    async def play(self, ping: Any, plan: List[bytes]) -> None:
        """Play these messages; return when the last answer has come."""
        inbox = self._inbox
        playing = Playing(ping, plan, self.transport.write)

        def take(data: bytes) -> None:
            playing.take(data)
            if playing.over:
                inbox.wake()

        inbox.divert(Whole(ping.size, take).feed)
        playing.next()
        await inbox.until(lambda: playing.over or inbox.ended)
        if not playing.over:
            playing.take(b"")  # which says that it ended, and at which trip
        if playing.failure is not None:
            raise playing.failure


class DatagramTrips:
    """The same of an endpoint for datagrams; as a client it takes them from its inbox."""

    _inbox: Any
    transport: Any
    closed: bool

    async def transmit(self, data: bytes) -> None:
        """Send to whom it is connected."""
        self.transport.sendto(data)

    async def answer(self, size: int) -> None:
        """Send each back where it came from, in the callback that brought it."""
        sendto = self.transport.sendto
        self._inbox.divert(lambda found: sendto(*found))
        await self._inbox.until(lambda: self.closed)
