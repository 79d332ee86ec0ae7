"""Between requests, which come one after the other on threads, and a library with an event loop.

The loop runs on a thread of its own. A request's thread hands each call to it, as a task of the
loop, and waits for the outcome: that is a `Portal`. So the operations of the reference driver work
on a library's sockets too: they get a `Bridged` one, on which every method is done in the loop. A
started request names no thread, because the loop's is not its own: the engine asks its witness.

A library brings two things (`on_trio.py` is an example):

- a portal: `begin(work, future)` runs the coroutine `work` as a task, and cancels that task when
  the future is cancelled; it is called on any thread. `sleep(seconds)` waits in the loop, and
  `bell()` gives what waits there for no longer than so many seconds (`bells.py`).
- a class below `Inner` with the methods that the offered operations call on a socket, coroutine
  functions or plain ones; `drop()`, which ends it at once whatever is unsent and waits for nothing;
  and where `socketpair` is offered `pair(family, type)`, which makes two.
"""

from __future__ import annotations

from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import Any, Callable, List, Optional, Sequence, Set

import loops
import services
import serving
from addresses import TRANSPORTS
from driver import Nature
from driver import main as be_a_driver
from loops import settled
from offering import without_blocking_calls
from registry import Unsupported
from session import Holdings, Scratch


class Portal:
    """The way into a library's loop."""

    def __init__(self) -> None:
        self._running: Set[Future[Any]] = set()

    def begin(self, work: Any, future: Future[Any]) -> None:
        """Run the coroutine as a task of the loop; the library's part."""
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        """Wait in the loop; the library's part."""
        raise NotImplementedError

    def bell(self) -> Any:
        """Return one of `bells.py`; the library's part."""
        raise NotImplementedError

    settled = staticmethod(settled)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have it called in the loop, and what it returns awaited if it can be."""
        future: Future[Any] = Future()
        self.begin(_work(future, function, arguments), future)
        return future

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The same, and wait for the outcome. Not to be called in the loop."""
        return self.wait(self.submit(function, *arguments))

    def wait(self, future: Future[Any]) -> Any:
        """Wait for the outcome of what was submitted; a reset cancels it."""
        self._running.add(future)
        try:
            return future.result()
        except NotImplementedError as failure:
            raise Unsupported("the library says that it has no such thing: %s" % failure) from None
        except CancelledError:
            raise ConnectionAbortedError("cancelled by a reset") from None
        finally:
            self._running.discard(future)

    def cancel(self) -> None:
        """End every call that somebody waits for."""
        for future in list(self._running):
            future.cancel()


async def _work(future: Future[Any], function: Callable[..., Any], arguments: Any) -> None:
    try:
        result = await settled(function(*arguments))
    except BaseException as failure:
        _settle(future.set_exception, failure)
        if not isinstance(failure, Exception):
            raise  # the loop cancels it, and wants to see that it has ended
    else:
        _settle(future.set_result, result)


def _settle(tell: Callable[[Any], None], outcome: Any) -> None:
    try:
        tell(outcome)
    except InvalidStateError:
        pass  # cancelled meanwhile: nobody waits


class Inner:
    """The base of a library's sockets, connections and listeners."""


class Bridged:
    """A library's socket as the operations want it: every call is done in the loop, and waits."""

    def __init__(self, portal: Portal, inner: Any) -> None:
        self.portal = portal
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        try:
            found = getattr(self.inner, name)
        except AttributeError:
            raise Unsupported("this library's sockets have no %s" % name) from None
        if not callable(found):
            return found
        return lambda *arguments: self._out(self.portal.run(found, *arguments))

    def _out(self, result: Any) -> Any:
        """New sockets come out bridged as well."""
        if isinstance(result, tuple):
            return tuple(map(self._out, result))
        return Bridged(self.portal, result) if isinstance(result, Inner) else result


class LoopHoldings(Holdings):
    """The sockets of a library. `make_inner` makes one; a stream library has other ways."""

    def __init__(self, scratch: Scratch, portal: Portal, make_inner: Any = None) -> None:
        super().__init__(scratch)
        self.portal = portal
        self.make_inner = make_inner
        self.make = lambda *kind: Bridged(portal, portal.run(make_inner, *kind))
        self.pair = lambda *kind: [
            Bridged(portal, end) for end in portal.run(make_inner.pair, *kind)
        ]

    def reset(self) -> int:
        """Cancel what waits, end every socket; return how many calls could not be ended."""
        self.portal.cancel()
        self._wait()
        for handle in list(self.stops):
            self.stop(handle)
        for sock in self.sockets.values():
            sock.drop()  # type: ignore[attr-defined]
        for _ in range(2):  # some libraries close a moment later, in a round of their own
            self.portal.run(self.portal.sleep, 0)
        self.sockets.clear()
        self.named.clear()
        self.scratch.clear()
        return self._wait()


def main(
    arguments: List[str],
    name: str,
    version: str,
    portal: Portal,
    make_inner: Optional[Any] = None,
    transports: Sequence[str] = tuple(TRANSPORTS),
) -> None:
    """Be the driver of a library, with what `offer` has left."""
    without_blocking_calls()
    loops.put_in()
    services.LoopService.portal = portal
    serving.Service = services.LoopService  # type: ignore[assignment,misc]
    be_a_driver(
        arguments,
        Nature(
            implementation=name,
            version=version,
            holdings=lambda scratch: LoopHoldings(scratch, portal, make_inner),
            thread_id=lambda: 0,
            transports=transports,
        ),
    )
