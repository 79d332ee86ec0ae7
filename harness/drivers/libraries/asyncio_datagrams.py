"""An endpoint for datagrams on asyncio's loop, or on uvloop's: a protocol with callbacks."""

from __future__ import annotations

import asyncio
from typing import Any

import callbacks
import inbox
import streams
from asyncio_portal import new_waiter


class Datagrams(callbacks.DatagramTrips, streams.Endpoint, asyncio.DatagramProtocol):
    """An endpoint for datagrams. Whole ones come, whatever size was asked for."""

    def __init__(self) -> None:
        self._inbox = inbox.Datagrams(new_waiter)
        self._lost = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        self._inbox.feed((data, peer))

    def error_received(self, failure: Exception) -> None:
        self._inbox.feed(failure)

    def raw(self) -> Any:
        return self.transport.get_extra_info("socket")

    async def recvfrom(self, size: int, flags: int = 0) -> Any:
        self.check(flags)
        return await self._inbox.take()

    async def recv(self, size: int, flags: int = 0) -> Any:
        return (await self.recvfrom(size, flags))[0]

    def sendto(self, data: bytes, flags: int = 0, to: Any = None) -> int:
        self.check(flags)
        self.transport.sendto(data, to)
        return len(data)

    send = sendall = sendto

    def connection_lost(self, failure: Any) -> None:
        self._lost = True
        self._inbox.wake()

    async def close(self) -> None:
        """Its port is free when this is done; `transport.close` alone returns before."""
        self.closed = True
        self.transport.close()
        await self._inbox.until(lambda: self._lost)

    def drop(self) -> None:
        self.closed = True
        self.transport.abort()
