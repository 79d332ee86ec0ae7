"""`asyncio-protocol` and `uvloop-protocol`: transports and protocols, with callbacks.

A protocol that nobody reads from pauses its transport; one whose transport asks for a pause waits.
`eof_received` answers true, which keeps the connection open for the answer: without that a
transport closes itself when the other side has said its last word, as documented.
"""

from __future__ import annotations

import asyncio
from typing import Any, List

import addresses
import bridge
import callbacks
import inbox
import streams
import workloads
from asyncio_datagrams import Datagrams
from asyncio_portal import AsyncioPortal, new_waiter
from offering import offer


class Connection(callbacks.Trips, streams.Connection, asyncio.Protocol):
    """A protocol that keeps what comes until it is asked for."""

    def __init__(self, made: Any = None) -> None:
        self._made = made
        self._inbox = inbox.Stream(new_waiter, self._hold)
        self._flow = inbox.Signal(new_waiter)
        self._paused = self._lost = False

    def connection_made(self, transport: Any) -> None:
        self.transport, self.peer = transport, transport.get_extra_info("peername")
        if self._made is not None:
            self._made(self)

    def data_received(self, data: bytes) -> None:
        self._inbox.feed(data)

    def eof_received(self) -> bool:
        self._inbox.end()
        return True

    def connection_lost(self, failure: Any) -> None:
        self._lost = True
        self._failure = failure
        self._inbox.end(failure)
        self._flow.wake()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._flow.wake()

    def raw(self) -> Any:
        return self.transport.get_extra_info("socket")

    def getsockname(self) -> Any:
        """As it was at first: the socket may be gone already, after a reset."""
        self.check()
        return self.transport.get_extra_info("sockname")

    async def receive(self, size: int) -> bytes:
        data: bytes = await self._inbox.read(size)
        return data

    async def transmit(self, data: bytes) -> None:
        if self.transport.is_closing():  # write() would drop it, and never ask for a pause
            await self._flow.until(lambda: self._lost)
        if not self._lost:
            self.transport.write(data)
            await self._flow.until(lambda: not self._paused or self._lost)
        if self._lost:
            raise self._failure or ConnectionResetError("Connection lost")

    async def send_eof(self) -> None:
        self.transport.write_eof()

    async def finish(self) -> None:
        self.transport.close()
        await self._flow.until(lambda: self._lost)

    def drop(self) -> None:
        self.closed = True
        self.transport.abort()

    def _hold(self, held: bool) -> None:
        if held:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()


class Listener(streams.Endpoint):
    """A server; its loop accepts by itself, and the connections wait here."""

    server: Any

    def __init__(self) -> None:
        self._waiting = inbox.Datagrams(new_waiter)

    def protocol(self) -> Connection:
        return Connection(self._waiting.feed)

    def raw(self) -> Any:
        return self.server.sockets[0]

    async def accept(self) -> Any:
        self.check()
        conn = await self._waiting.take()
        return conn, conn.peer

    def close(self) -> None:
        self.closed = True
        self.server.close()

    drop = close


class Library:
    """How asyncio makes them."""

    async def listen(self, transport: str, address: Any, backlog: Any) -> Listener:
        loop, listener = asyncio.get_running_loop(), Listener()
        how = {} if backlog is None else {"backlog": backlog}
        if transport == "unix-stream":
            start = loop.create_unix_server(listener.protocol, address, **how)
        else:
            how["family"] = addresses.kind_of(transport)[0]
            start = loop.create_server(listener.protocol, *address[:2], **how)
        listener.server = await start
        return listener

    async def connect(self, transport: str, address: Any) -> Any:
        loop = asyncio.get_running_loop()
        if transport == "unix-stream":
            return (await loop.create_unix_connection(Connection, address))[1]
        how: Any = {"family": addresses.kind_of(transport)[0]}
        return (await loop.create_connection(Connection, *address[:2], **how))[1]

    async def bind(self, transport: str, address: Any) -> Any:
        return await self._datagrams(transport, local_addr=address)

    async def aim(self, transport: str, address: Any, local: Any) -> Any:
        return await self._datagrams(transport, remote_addr=address, local_addr=local)

    async def _datagrams(self, transport: str, **where: Any) -> Any:
        # Pairs alone are taken, for IPv6 as well.
        how = {name: address and address[:2] for name, address in where.items()}
        how["family"] = addresses.kind_of(transport)[0]
        make = asyncio.get_running_loop().create_datagram_endpoint
        try:
            return (await make(Datagrams, **how))[1]
        except OSError as failure:  # uvloop wraps the system's error
            raise failure.__cause__ or failure from None


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver, on the loop that the word names."""
    kind = words[0] if words else "asyncio"
    portal = AsyncioPortal(kind)
    streams.LIBRARY = Library()
    offer(streams.OPERATIONS | streams.DATAGRAMS, workloads.WORKLOADS)
    names = "tcp4 tcp6 unix-stream udp4 udp6".split()
    bridge.main(arguments, kind + "-protocol", portal.version, portal, transports=names)
