"""The portal into asyncio, on the loop of the standard library or on uvloop's."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Future
from typing import Any, Set

from bells import CallbackBell
from bridge import Portal
from offering import version_of


class AsyncioPortal(Portal):
    """A loop that runs for ever, on a thread of its own."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        if kind == "uvloop":
            import uvloop

            self.loop = uvloop.new_event_loop()
            self.version = version_of("uvloop")
        else:
            self.loop = asyncio.new_event_loop()
            self.version = "%d.%d.%d" % sys.version_info[:3]
        self._tasks: Set[Any] = set()  # the loop itself keeps only weak references
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def begin(self, work: Any, future: Future[Any]) -> None:
        self.loop.call_soon_threadsafe(self._start, work, future)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def bell(self) -> CallbackBell:
        return CallbackBell(new_waiter, lambda *when: self.loop.call_later(*when).cancel)

    def _start(self, work: Any, future: Future[Any]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        def cancel(done: Future[Any]) -> None:
            if done.cancelled():
                self.loop.call_soon_threadsafe(task.cancel)

        future.add_done_callback(cancel)


def new_waiter() -> Any:
    """What `inbox` needs: something to await, and what wakes who does."""
    future = asyncio.get_running_loop().create_future()
    return future, lambda: None if future.done() else future.set_result(None)
