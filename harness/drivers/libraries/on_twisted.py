"""`twisted`: protocols, endpoints and producers on its default reactor.

The reactor accepts by itself, as fast as connections come; `accept` takes the next of those.
A protocol says here that it knows half-closed connections; without that Twisted closes both sides.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Callable, List

import bridge
import callbacks
import inbox
import streams
import workloads
from bells import CallbackBell
from offering import offer, version_of
from twisted.internet import endpoints, error, interfaces, protocol, reactor, task
from twisted.internet.defer import Deferred, ensureDeferred
from zope.interface import implementer


def _new_waiter() -> Any:
    deferred: Any = Deferred()
    return deferred, lambda: None if deferred.called else deferred.callback(None)


def _call_later(seconds: float, function: Callable[[], None]) -> Callable[[], Any]:
    timer = reactor.callLater(seconds, function)
    return lambda: timer.active() and timer.cancel()


class TwistedPortal(bridge.Portal):
    """The reactor, on a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        threading.Thread(target=reactor.run, args=(False,), daemon=True).start()

    async def sleep(self, seconds: float) -> None:
        await task.deferLater(reactor, seconds)

    def bell(self) -> CallbackBell:
        return CallbackBell(_new_waiter, _call_later)

    def begin(self, work: Any, future: Future[Any]) -> None:
        def start() -> None:
            deferred = ensureDeferred(work)
            deferred.addErrback(lambda failure: None)  # the future has it

            def cancel(done: Future[Any]) -> None:
                if done.cancelled():
                    reactor.callFromThread(deferred.cancel)

            future.add_done_callback(cancel)

        reactor.callFromThread(start)


@implementer(interfaces.IHalfCloseableProtocol, interfaces.IPushProducer)
class Connection(callbacks.Trips, streams.Connection, protocol.Protocol):
    """A protocol that keeps what comes until it is asked for, and the producer of what is sent."""

    def __init__(self, made: Any = None) -> None:
        self._made = made
        self._inbox = inbox.Stream(_new_waiter, self._hold)
        self._flow = inbox.Signal(_new_waiter)
        self._paused = self._lost = False

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)
        self._name, self.peer = self.raw().getsockname(), None
        with suppress(OSError):  # it has reset the connection already
            self.peer = self.raw().getpeername()
        if self._made is not None:
            self._made(self)

    def dataReceived(self, data: bytes) -> None:
        self._inbox.feed(data)

    def readConnectionLost(self) -> None:
        self._inbox.end()

    def connectionLost(self, reason: Any = None) -> None:
        self._lost = True
        clean = reason.check(error.ConnectionDone)
        self._inbox.end(None if clean else reason.value)
        self._flow.wake()

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        self._flow.wake()

    writeConnectionLost = resumeProducing

    def stopProducing(self) -> None:
        """The connection is gone already; `connectionLost` comes a moment later."""
        self._lost = True
        self._flow.wake()

    def raw(self) -> Any:
        return self.transport.getHandle()

    def getsockname(self) -> Any:
        """As it was at first: the socket may be gone already, after a reset."""
        self.check()
        return self._name

    async def receive(self, size: int) -> bytes:
        data: bytes = await self._inbox.read(size)
        return data

    async def transmit(self, data: bytes) -> None:
        if self._lost:
            raise error.ConnectionLost("written to after it was lost")
        self.transport.write(data)
        await self._flow.until(lambda: not self._paused or self._lost)
        if self._lost:
            raise error.ConnectionLost("lost before all was sent")

    async def send_eof(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseWriteConnection()

    async def finish(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        await self._flow.until(lambda: self._lost)

    def drop(self) -> None:
        self.closed = True
        self.transport.abortConnection()

    def _hold(self, held: bool) -> None:
        (self.transport.pauseProducing if held else self.transport.resumeProducing)()


class Listener(streams.Endpoint, protocol.Factory):
    """A factory whose connections wait to be accepted."""

    noisy = False

    def __init__(self) -> None:
        self._waiting = inbox.Datagrams(_new_waiter)

    def buildProtocol(self, address: Any) -> Connection:
        return Connection(self._waiting.feed)

    def raw(self) -> Any:
        return self.port.socket

    async def accept(self) -> Any:
        self.check()
        conn = await self._waiting.take()
        return conn, conn.peer

    async def close(self) -> None:
        self.closed = True
        with suppress(FileNotFoundError):  # the path of its unix socket is removed already
            await self.port.stopListening()

    drop = close


class Library:
    """How Twisted makes them."""

    async def listen(self, transport: str, address: Any, backlog: Any) -> Listener:
        listener = Listener()
        how = {} if backlog is None else {"backlog": backlog}
        try:
            if transport == "unix-stream":
                listener.port = reactor.listenUNIX(address, listener, **how)
            else:
                host = address[0] or {"tcp4": "", "tcp6": "::"}[transport]  # empty is IPv4's
                listener.port = reactor.listenTCP(address[1], listener, interface=host, **how)
        except error.CannotListenError as failure:
            raise failure.socketError from None
        return listener

    async def connect(self, transport: str, address: Any) -> Any:
        if transport == "unix-stream":
            endpoint = endpoints.UNIXClientEndpoint(reactor, address)
        else:
            kind = {"tcp4": endpoints.TCP4ClientEndpoint, "tcp6": endpoints.TCP6ClientEndpoint}
            endpoint = kind[transport](reactor, *address[:2])
        try:
            return await endpoints.connectProtocol(endpoint, Connection())
        except error.ConnectError as failure:
            if failure.osError is None:
                raise
            raise OSError(failure.osError, str(failure)) from None


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    streams.LIBRARY = Library()
    offer(streams.OPERATIONS, workloads.WORKLOADS)
    transports = ["tcp4", "tcp6", "unix-stream"]
    bridge.main(arguments, "twisted", version_of("twisted"), TwistedPortal(), transports=transports)
