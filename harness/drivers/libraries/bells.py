"""Waiting until somebody rings, but not for longer than so many seconds: in each kind of loop.

A client that keeps a pace waits so: for an answer, or for the moment when its next message is due.
A portal's `bell()` gives one. Both kinds have `wait(seconds)`, a coroutine function, and `ring()`,
which does nothing when nobody waits.
"""

from __future__ import annotations

from typing import Any, Callable

from inbox import NewWaiter


class CallbackBell:
    """For loops that call back: `call_later` returns what stops its timer."""

    def __init__(
        self,
        new_waiter: NewWaiter,
        call_later: Callable[[float, Callable[[], None]], Callable[[], Any]],
    ) -> None:
        self._new_waiter = new_waiter
        self._call_later = call_later

    async def wait(self, seconds: float) -> None:
        waiter, self.ring = self._new_waiter()  # type: ignore[method-assign]
        stop = self._call_later(seconds, self.ring)
        try:
            await waiter
        finally:
            stop()

    def ring(self) -> None:
        """Nobody has waited yet."""


class EventBell:
    """For libraries with events and scopes that are left after a time: trio, anyio."""

    def __init__(self, library: Any) -> None:
        self._library = library

    async def wait(self, seconds: float) -> None:
        event = self._library.Event()
        self.ring = event.set  # type: ignore[method-assign]
        with self._library.move_on_after(seconds):
            await event.wait()

    def ring(self) -> None:
        """Nobody has waited yet."""
