"""`tornado`: `IOStream`, `TCPServer`'s sockets and `TCPClient`, on its loop, which is asyncio's.

Tornado closes a stream when the other side has ended its own, and cannot shut down one direction.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import Any, List

import addresses
import bridge
import inbox
import streams
import workloads
from asyncio_portal import AsyncioPortal, new_waiter
from offering import offer, version_of
from registry import Unsupported
from tornado import iostream, netutil


class Connection(streams.Connection):
    """A stream; reading gives what is there, `partial`. Its names are those it had at first."""

    def __init__(self, stream: Any, peer: Any = None) -> None:
        self.stream = stream
        self.peer = peer
        self._name = self.raw().getsockname()
        with suppress(OSError):  # it has reset the connection already
            self.peer = self.raw().getpeername()

    def raw(self) -> Any:
        if self.stream.socket is None:
            raise OSError(errno.EBADF, "Tornado has closed the stream by itself")
        return self.stream.socket

    def getsockname(self) -> Any:
        self.check()
        return self._name

    def getpeername(self) -> Any:
        self.check()
        return self.peer

    async def receive(self, size: int) -> bytes:
        try:
            data: bytes = await self.stream.read_bytes(size, partial=True)
            return data
        except iostream.StreamClosedError as failure:
            if failure.real_error is not None:
                raise failure.real_error from None
            return b""

    async def receive_whole(self, size: int) -> bytes:
        try:
            data: bytes = await self.stream.read_bytes(size)
            return data
        except iostream.StreamClosedError:
            return b""

    async def transmit(self, data: bytes) -> None:
        try:
            await self.stream.write(data)
        except iostream.StreamClosedError as failure:
            raise (failure.real_error or failure) from None

    async def send_eof(self) -> None:
        raise Unsupported("Tornado's streams are not shut down in one direction")

    async def finish(self) -> None:
        self.stream.close()

    def drop(self) -> None:
        self.closed = True
        self.stream.close()


class Listener(streams.Endpoint):
    """A listening socket with Tornado's accept handler, which accepts as connections come."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._waiting = inbox.Datagrams(new_waiter)
        self._remove = netutil.add_accept_handler(sock, self._accepted)

    def _accepted(self, sock: socket.socket, peer: Any) -> None:
        self._waiting.feed((Connection(iostream.IOStream(sock), peer), peer))

    def raw(self) -> Any:
        return self.sock

    async def accept(self) -> Any:
        self.check()
        return await self._waiting.take()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._remove()
            self.sock.close()

    drop = close


class Library:
    """How Tornado makes them."""

    async def listen(self, transport: str, address: Any, backlog: Any) -> Listener:
        how = {} if backlog is None else {"backlog": backlog}
        if transport == "unix-stream":
            return Listener(netutil.bind_unix_socket(address, **how))
        family, _ = addresses.kind_of(transport)
        host, port = address[:2]
        return Listener(netutil.bind_sockets(port, host, family, **how)[0])

    async def connect(self, transport: str, address: Any) -> Connection:
        stream = iostream.IOStream(socket.socket(*addresses.kind_of(transport)))
        try:
            await stream.connect(address)
        except iostream.StreamClosedError as failure:
            raise (failure.real_error or failure) from None
        return Connection(stream)


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    streams.LIBRARY = Library()
    offer(streams.OPERATIONS - {"shutdown", "serve"}, workloads.WORKLOADS)
    transports = ["tcp4", "tcp6", "unix-stream"]
    portal = AsyncioPortal("asyncio")
    bridge.main(arguments, "tornado", version_of("tornado"), portal, transports=transports)
