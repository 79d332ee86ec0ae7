"""`anyio`: its streams and listeners, on its asyncio backend.

Its exceptions wrap the system's: where one was caused by an error of the system's, that is told.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, List

import addresses
import anyio
import anyio.abc
import anyio.from_thread
import bridge
import streams
import workloads
from bells import EventBell
from offering import offer, version_of


class AnyioPortal(bridge.Portal):
    """Its own way in from other threads, which may not be used on the loop's."""

    def __init__(self) -> None:
        super().__init__()
        self._entered = anyio.from_thread.start_blocking_portal()
        self._way = self._entered.__enter__()
        self._ready = threading.Event()
        self._way.start_task_soon(self._live)
        self._ready.wait()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def bell(self) -> EventBell:
        return EventBell(anyio)

    def begin(self, work: Any, future: Future[Any]) -> None:
        if threading.get_ident() == self._thread:
            self._group.start_soon(self._cancellable, work, future)
        else:
            self._way.start_task_soon(self._cancellable, work, future)

    async def _live(self) -> None:
        self._thread = threading.get_ident()
        async with anyio.create_task_group() as self._group:
            self._ready.set()
            await anyio.sleep_forever()

    async def _cancellable(self, work: Any, future: Future[Any]) -> None:
        with anyio.CancelScope() as scope:

            def cancel(done: Future[Any]) -> None:
                if done.cancelled():
                    self.begin(_called(scope.cancel), Future())

            future.add_done_callback(cancel)
            await work


async def _called(function: Any) -> None:
    function()


class _Raw(streams.Endpoint):
    """Anything of anyio's, with the socket below."""

    def __init__(self, one: Any) -> None:
        self.one = one

    def raw(self) -> Any:
        return self.one.extra(anyio.abc.SocketAttribute.raw_socket)

    async def close(self) -> None:
        self.closed = True
        await self.one.aclose()

    async def drop(self) -> None:
        self.closed = True
        await anyio.aclose_forcefully(self.one)


class Connection(_Raw, streams.Connection):
    """A byte stream. Its names are those it had at first: after a reset there is nobody to ask."""

    def __init__(self, one: Any) -> None:
        super().__init__(one)
        self._name = _name(one, anyio.abc.SocketAttribute.local_address)
        self.peer = _name(one, anyio.abc.SocketAttribute.remote_address)

    def getsockname(self) -> Any:
        self.check()
        return self._name

    async def receive(self, size: int) -> bytes:
        try:
            data: bytes = await self.one.receive(size)
            return data
        except anyio.EndOfStream:
            return b""
        except anyio.BrokenResourceError as failure:
            raise _cause(failure) from None

    async def transmit(self, data: bytes) -> None:
        try:
            await self.one.send(data)
        except anyio.BrokenResourceError as failure:
            raise _cause(failure) from None

    async def send_eof(self) -> None:
        await self.one.send_eof()


class Listener(_Raw):
    """One listening socket of a listener that may have several."""

    async def accept(self) -> Any:
        self.check()
        conn = Connection(await self.one.accept())
        return conn, conn.peer


class Datagrams(_Raw):
    """An endpoint for datagrams; whole ones come, whatever size was asked for."""

    async def recvfrom(self, size: int, flags: int = 0) -> Any:
        self.check(flags)
        data, peer = await self.one.receive()
        return data, peer

    async def sendto(self, data: bytes, flags: int, to: Any) -> None:
        self.check(flags)
        await self.one.send((data, to))


class Aimed(_Raw):
    """A connected one; what it hears is from its peer alone."""

    async def recv(self, size: int, flags: int = 0) -> Any:
        self.check(flags)
        return await self.one.receive()

    async def recvfrom(self, size: int, flags: int = 0) -> Any:
        return await self.recv(size, flags), self.raw().getpeername()

    async def send(self, data: bytes, flags: int = 0) -> int:
        self.check(flags)
        await self.one.send(data)
        return len(data)

    sendall = send


def _name(one: Any, which: Any) -> Any:
    try:
        return one.extra(which)
    except (OSError, LookupError):
        return None


def _cause(failure: BaseException) -> BaseException:
    return failure.__cause__ if isinstance(failure.__cause__, OSError) else failure


class Library:
    """How anyio makes them. Its word for all interfaces is None, the socket module's is ""."""

    async def listen(self, transport: str, address: Any, backlog: Any) -> Listener:
        how = {} if backlog is None else {"backlog": backlog}
        if transport == "unix-stream":
            return Listener(await anyio.create_unix_listener(address, **how))
        host, port = address[:2]
        how["family"] = addresses.kind_of(transport)[0]
        found = await anyio.create_tcp_listener(local_host=host or None, local_port=port, **how)
        return Listener(found.listeners[0])

    async def connect(self, transport: str, address: Any) -> Connection:
        if transport == "unix-stream":
            return Connection(await anyio.connect_unix(address))
        try:
            return Connection(await anyio.connect_tcp(*address[:2]))
        except OSError as failure:
            raise _cause(failure) from None

    async def bind(self, transport: str, address: Any) -> Datagrams:
        host, port = (address or ("", 0))[:2]
        how = {"local_host": host or None, "local_port": port}
        return Datagrams(await anyio.create_udp_socket(addresses.kind_of(transport)[0], **how))

    async def aim(self, transport: str, address: Any, local: Any) -> Aimed:
        make, how = anyio.create_connected_udp_socket, {}
        if local is not None:
            how = {"local_host": local[0], "local_port": local[1]}
        return Aimed(await make(*address[:2], **how))


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    streams.LIBRARY = Library()
    offer(streams.OPERATIONS | streams.DATAGRAMS, workloads.WORKLOADS)
    transports = ["tcp4", "tcp6", "unix-stream", "udp4", "udp6"]
    bridge.main(arguments, "anyio", version_of("anyio"), AnyioPortal(), transports=transports)
