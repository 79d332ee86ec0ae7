"""`asyncio-streams` and `uvloop-streams`: `open_connection`, `start_server`, reader and writer.

The loop accepts by itself, as fast as connections come; `accept` takes the next of those. What is
sent is handed to `write` and waited for in `drain`, as the documentation shows.
"""

from __future__ import annotations

import asyncio
from typing import Any, List

import addresses
import bridge
import streams
import workloads
from asyncio_portal import AsyncioPortal
from offering import offer


class Listener(streams.Endpoint):
    """A server whose connections wait in a queue."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Any] = asyncio.Queue()

    async def open(self, start: Any, *where: Any, **how: Any) -> Listener:
        self._server = await start(self._connected, *where, **how)
        return self

    def _connected(self, reader: Any, writer: Any) -> None:
        self._waiting.put_nowait(Connection(reader, writer))

    def raw(self) -> Any:
        return self._server.sockets[0]

    async def accept(self) -> Any:
        self.check()
        conn = await self._waiting.get()
        return conn, conn.peer

    def close(self) -> None:
        self.closed = True
        self._server.close()

    def drop(self) -> None:
        self.close()
        while not self._waiting.empty():
            self._waiting.get_nowait().drop()


class Connection(streams.Connection):
    """Reader and writer of one connection."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self.reader = reader
        self.writer = writer
        # As they are at first: the socket may be gone soon, after a reset.
        self.peer, self._name = map(writer.get_extra_info, ("peername", "sockname"))

    def raw(self) -> Any:
        return self.writer.get_extra_info("socket")

    def getsockname(self) -> Any:
        self.check()
        return self._name

    async def receive(self, size: int) -> bytes:
        data: bytes = await self.reader.read(size)
        return data

    async def receive_whole(self, size: int) -> bytes:
        try:
            data: bytes = await self.reader.readexactly(size)
            return data
        except asyncio.IncompleteReadError as less:
            return less.partial

    async def transmit(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send_eof(self) -> None:
        self.writer.write_eof()

    async def finish(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def drop(self) -> None:
        self.closed = True
        self.writer.transport.abort()


class Library:
    """How asyncio makes them."""

    async def listen(self, transport: str, address: Any, backlog: Any) -> Listener:
        how = {} if backlog is None else {"backlog": backlog}
        if transport == "unix-stream":
            return await Listener().open(asyncio.start_unix_server, address, **how)
        family, _ = addresses.kind_of(transport)
        return await Listener().open(asyncio.start_server, *address[:2], family=family, **how)

    async def connect(self, transport: str, address: Any) -> Connection:
        if transport == "unix-stream":
            return Connection(*await asyncio.open_unix_connection(address))
        family, _ = addresses.kind_of(transport)
        return Connection(*await asyncio.open_connection(*address[:2], family=family))


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver, on the loop that the word names."""
    kind = words[0] if words else "asyncio"
    portal = AsyncioPortal(kind)
    streams.LIBRARY = Library()
    offer(streams.OPERATIONS, workloads.WORKLOADS)
    transports = ["tcp4", "tcp6", "unix-stream"]
    bridge.main(arguments, kind + "-streams", portal.version, portal, transports=transports)
