"""`asyncio-sock` and `uvloop-sock`: asyncio's low-level calls on plain sockets, `loop.sock_*`.

The loop sends by `sock_sendall` alone, so `send` is that too and takes all. These calls have no
flags. Datagrams with addresses came with Python 3.11.
"""

from __future__ import annotations

import socket
import sys
from typing import Any, List

import workloads
from asyncio_portal import AsyncioPortal
from bridge import Inner
from bridge import main as be_a_driver
from offering import LOOKING, NAMED, OPTIONS, PATHS, READING, offer
from registry import Unsupported

_OWN = "socket socketpair bind listen accept connect shutdown send sendall recv_into serve".split()


class Socket(Inner):
    """A non-blocking socket with the loop's calls; what never waits is the socket's own."""

    loop: Any = None
    # asyncio leaves it in the selector when an accept is cancelled, to who has that number next.
    leaves_readers = False

    def __init__(self, *kind: Any, sock: Any = None) -> None:
        self._sock = socket.socket(*kind) if sock is None else sock
        self._sock.setblocking(False)

    @staticmethod
    def pair(*kind: Any) -> Any:
        return [Socket(sock=end) for end in socket.socketpair(*kind)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def drop(self) -> None:
        if self.leaves_readers and self._sock.fileno() != -1:
            self.loop.remove_reader(self._sock)
        self._sock.close()

    async def accept(self) -> Any:
        sock, peer = await self.loop.sock_accept(self._sock)
        return Socket(sock=sock), peer

    async def connect(self, address: Any) -> None:
        await self.loop.sock_connect(self._sock, address)

    async def recv(self, size: int, flags: int = 0) -> Any:
        _no_flags(flags)
        return await self.loop.sock_recv(self._sock, size)

    async def recv_into(self, buffer: bytearray, count: int = 0, flags: int = 0) -> Any:
        _no_flags(flags)
        if count:
            raise Unsupported("loop.sock_recv_into takes no count: it fills the buffer")
        return await self.loop.sock_recv_into(self._sock, buffer)

    async def send(self, data: Any, flags: int = 0) -> int:
        await self.sendall(data, flags)
        return len(data)

    async def sendall(self, data: Any, flags: int = 0) -> None:
        _no_flags(flags)
        await self.loop.sock_sendall(self._sock, data)

    async def recvfrom(self, size: int, flags: int = 0) -> Any:
        _no_flags(flags)
        return await self.loop.sock_recvfrom(self._sock, size)

    async def sendto(self, data: Any, flags: int, address: Any) -> Any:
        _no_flags(flags)
        return await self.loop.sock_sendto(self._sock, data, address)


def _no_flags(flags: int) -> None:
    if flags:
        raise Unsupported("loop.sock_* take no flags")


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver, on the loop that the word names."""
    kind = words[0] if words else "asyncio"
    portal = AsyncioPortal(kind)
    Socket.loop = portal.loop
    Socket.leaves_readers = kind == "asyncio" and sys.version_info < (3, 9)
    datagrams = ["recvfrom", "sendto"] if _has_datagrams(portal.loop) else []
    offer([*_OWN, *datagrams, *LOOKING, *NAMED, *OPTIONS, *PATHS, *READING], workloads.WORKLOADS)
    be_a_driver(arguments, kind + "-sock", portal.version, portal, Socket)


def _has_datagrams(loop: Any) -> bool:
    """uvloop has the methods, and they say that there are none."""
    return hasattr(loop, "sock_recvfrom") and type(loop).__module__.startswith("asyncio")
