"""Trips for libraries that call back when bytes have come: no task is woken for them.

That is how such a library is used where speed matters: a protocol writes its answer in the callback
that brought the question.
"""

from __future__ import annotations

from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Callable, List


class Whole:
    """Puts pieces of a stream together to messages of one size, and hands these on until `over`."""

    def __init__(self, size: int, take: Callable[[bytes], Any]) -> None:
        self._size = size
        self._take = take
        self.over = False
        self.rest = b""

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        size = self._size
        if len(data) == size and not self.rest and not self.over:
            self._take(data)
            return
        self.rest += data
        while len(self.rest) >= size and not self.over:
            data, self.rest = self.rest[:size], self.rest[size:]
            self._take(data)


class Playing:
    """A turn of the closed loop: the next message is written when the answer has come."""

    def __init__(self, ping: Any, plan: List[bytes], write: Callable[[bytes], None]) -> None:
        self._judge = ping.judge
        self._plan = iter(plan)
        self._write = write
        self._message = b""
        self._begin = 0

    def next(self) -> bool:
        """Write the next message; say whether there was none."""
        message = next(self._plan, None)
        if message is None:
            return True
        self._message = message
        self._begin = clock()
        self._write(message)
        return False

    def take(self, data: bytes) -> bool:
        """Take an answer; say whether it was the last."""
        self._judge(data, self._message, clock() - self._begin)
        return self.next()


class Trips:
    """What a connection with an inbox and a transport gets of this."""

    _inbox: Any
    transport: Any

    async def answer(self, size: int) -> None:
        """Send back what comes, until the other side is gone."""
        inbox = self._inbox
        inbox.divert(Whole(size, self.transport.write).feed)
        await inbox.until(lambda: inbox.ended)

    async def hear(self, size: int, take: Callable[[bytes], bool]) -> None:
        """Hand on messages until `take` says that there will be no more; what came besides waits.

        At the end of the stream it gets no bytes, and is to raise what that means."""
        inbox = self._inbox
        failures: List[Exception] = []

        def heard(data: bytes) -> None:
            try:
                whole.over = take(data)
            except Exception as failure:
                failures.append(failure)
                whole.over = True
            if whole.over:
                inbox.wake()

        whole = Whole(size, heard)
        inbox.divert(whole.feed)
        try:
            await inbox.until(lambda: whole.over or inbox.ended)
            if not whole.over:
                heard(b"")
        finally:
            inbox.restore(whole.rest)
        if failures:
            raise failures[0]

    async def play(self, ping: Any, plan: List[bytes]) -> None:
        """Play these messages; return when the last answer has come."""
        playing = Playing(ping, plan, self.transport.write)
        playing.next()
        await self.hear(ping.size, playing.take)


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
