"""What a callback has brought and nobody has taken yet: between callbacks and `await`.

Knows no library: `new_waiter` makes something to await, and the function that wakes who awaits it.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, List, Optional, Tuple

NewWaiter = Callable[[], Tuple[Any, Callable[[], None]]]


class Signal:
    """Waiting until something holds; whoever changes it says so with `wake`."""

    def __init__(self, new_waiter: NewWaiter) -> None:
        self._new_waiter = new_waiter
        self._wakers: List[Callable[[], None]] = []

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            waiter, wake = self._new_waiter()
            self._wakers.append(wake)
            await waiter

    def wake(self) -> None:
        wakers, self._wakers = self._wakers, []
        for wake in wakers:
            wake()


class Stream(Signal):
    """Bytes in order, then the end or a failure. `hold(True)` asks for no more until `False`."""

    LIMIT = 65536

    def __init__(self, new_waiter: NewWaiter, hold: Callable[[bool], None]) -> None:
        super().__init__(new_waiter)
        self._hold = hold
        self._held = False
        self._bytes = bytearray()
        self.ended = False
        self.failure: Optional[BaseException] = None

    def feed(self, data: bytes) -> None:
        self._bytes += data
        self._look()

    def divert(self, take: Callable[[bytes], None]) -> None:
        """From now on hand what comes to `take`, first what is here already; nobody reads then."""
        data, self._bytes = bytes(self._bytes), bytearray()
        self.feed = take  # type: ignore[method-assign,assignment]
        if self._held:
            self._look()
        if data:
            take(data)

    def restore(self, data: bytes) -> None:
        """From now on keep again what comes, behind `data`, which nobody has taken."""
        del self.feed
        self.feed(data)

    def end(self, failure: Optional[BaseException] = None) -> None:
        self.ended = True
        self.failure = self.failure or failure
        self.wake()

    async def read(self, size: int) -> bytes:
        """What is there, at least a byte; nothing at the end. A failure is told once."""
        await self.until(lambda: bool(self._bytes) or self.ended)
        if not self._bytes and self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        data = bytes(self._bytes[:size])
        del self._bytes[:size]
        self._look()
        return data

    def _look(self) -> None:
        """More than one limit that nobody reads, and the library is asked to wait."""
        held = len(self._bytes) > self.LIMIT
        if held != self._held and not self.ended:
            self._held = held
            self._hold(held)
        self.wake()


class Datagrams(Signal):
    """Datagrams with their senders, and failures between them, in order."""

    def __init__(self, new_waiter: NewWaiter) -> None:
        super().__init__(new_waiter)
        self._waiting: Deque[Any] = deque()

    def feed(self, found: Any) -> None:
        """(data, peer), or an exception."""
        self._waiting.append(found)
        self.wake()

    def divert(self, take: Callable[[Any], None]) -> None:
        """From now on hand what comes to `take`, first what is here already."""
        self.feed = take  # type: ignore[method-assign,assignment]
        while self._waiting:
            take(self._waiting.popleft())

    async def take(self) -> Any:
        await self.until(lambda: bool(self._waiting))
        found = self._waiting.popleft()
        if isinstance(found, BaseException):
            raise found
        return found
