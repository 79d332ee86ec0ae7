"""Listeners, connections and datagram endpoints of libraries that have no sockets: their bases.

What is asked of the socket below (names, options, the descriptor) is answered here; what the
library does stands in the classes of its driver.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from bridge import Inner
from registry import Unsupported


class Endpoint(Inner):
    """What listeners, connections and datagram endpoints have in common.

    A subclass gives `raw()`, the socket below, and `drop()`."""

    closed = False

    def raw(self) -> Any:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        """The names, options and descriptor are the socket's below."""
        if name in ("type", "family"):
            return getattr(self.raw(), name)
        if name not in ("getsockname", "getpeername", "getsockopt", "setsockopt"):
            raise AttributeError(name)

        def call(*arguments: Any) -> Any:
            self.check()
            return getattr(self.raw(), name)(*arguments)

        return call

    def fileno(self) -> Any:
        return -1 if self.closed else self.raw().fileno()

    def check(self, flags: int = 0) -> None:
        """EBADF once it was closed here; these libraries know no flags."""
        if self.closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if flags:
            raise Unsupported("this library's connections take no flags")


class Connection(Endpoint):
    """A stream. A subclass gives `receive`, `transmit`, `send_eof` and `finish`."""

    async def recv(self, size: int, flags: int = 0) -> bytes:
        self.check(flags)
        data: bytes = await self.receive(size)
        return data

    async def send(self, data: bytes, flags: int = 0) -> int:
        await self.sendall(data, flags)
        return len(data)

    async def sendall(self, data: bytes, flags: int = 0) -> None:
        self.check(flags)
        await self.transmit(bytes(data))

    async def shutdown(self, how: int) -> None:
        self.check()
        if how != socket.SHUT_WR:
            raise Unsupported("this library shuts the writing side alone")
        await self.send_eof()

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            await self.finish()
