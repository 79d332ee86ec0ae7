"""The small standard services on a library's own sockets, as tasks of its loop.

What they say is `conversations.py`'s; here it is said with the library's receiving and sending, so
the library is the one on trial. Ending one cancels its tasks and drops its connections.
"""

from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Awaitable, Callable, Dict, Set

from conversations import ANSWERS, CHUNK, LAST_WORD_WAIT, LINES, RECORD
from registry import OPERATIONS, Unsupported
from serving import PAUSE, _own_path


class LoopService:
    """One service on one bridged socket. `portal` is set once, by the bridge."""

    portal: Any = None

    def __init__(self, name: str, sock: Any, greeting: bytes) -> None:
        self.name = name
        self.greeting = greeting
        self._inner = sock.inner
        self._datagrams = sock.type == socket.SOCK_DGRAM
        if self._datagrams and "recvfrom" not in OPERATIONS:
            raise Unsupported("this library has no datagrams with addresses")
        self._path = _own_path(sock)
        self._tasks: Set[Future[Any]] = set()
        self._connections: Set[Any] = set()

    def start(self) -> None:
        """Serve from now on, in the background."""
        self.spawn(self._answer if self._datagrams else self._accept)

    def stop(self) -> None:
        """End it: nothing of it is left, but for the socket given."""
        for task in list(self._tasks):
            task.cancel()
        self.portal.run(self._drop)
        if self._path is not None:
            with suppress(OSError):
                os.unlink(self._path)

    def spawn(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run it as a task which ends with this service at the latest."""
        task: Future[Any] = self.portal.submit(function, *arguments)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _drop(self) -> None:
        for conn in list(self._connections):
            await self.portal.settled(conn.drop())

    async def _accept(self) -> None:
        while True:
            try:
                conn, _ = await self._inner.accept()
            except OSError:
                await self.portal.sleep(PAUSE)  # no descriptor left, most likely
                continue
            self._connections.add(conn)
            self.spawn(self._converse, conn)

    async def _converse(self, conn: Any) -> None:
        try:
            await _CONVERSATIONS[self.name](self, conn)
            await self.portal.settled(conn.close())
        except Exception:  # the client reset or vanished, in whatever words of the library
            pass
        finally:
            self._connections.discard(conn)
            await self.portal.settled(conn.drop())

    async def _answer(self) -> None:
        answer = ANSWERS[self.name]
        while True:
            try:
                data, peer = await self._inner.recvfrom(RECORD)
                said = answer(data, self.greeting)
                if peer and said is not None:
                    await self.portal.settled(self._inner.sendto(said, 0, peer))
            except OSError:
                continue  # an asker that is gone


async def _echo(service: LoopService, conn: Any) -> None:
    """Not reading while an answer is not taken is the whole of the backpressure."""
    while True:
        data = await conn.recv(RECORD)
        if not data:
            return
        await conn.sendall(data)


async def _discard(service: LoopService, conn: Any) -> None:
    while await conn.recv(CHUNK):
        pass


async def _chargen(service: LoopService, conn: Any) -> None:
    """Reads as well, so that a client which only sends is not held up."""
    service.spawn(_discard, service, conn)
    while True:
        await conn.sendall(LINES)


async def _last_word(service: LoopService, conn: Any) -> None:
    """FIN after it, then read until the client has ended too, but not for ever."""
    await conn.sendall(ANSWERS[service.name](b"", service.greeting))
    await service.portal.settled(conn.shutdown(socket.SHUT_WR))
    rest = service.spawn(_discard, service, conn)
    patience = threading.Timer(LAST_WORD_WAIT, rest.cancel)
    patience.daemon = True
    patience.start()
    while not rest.done():
        await service.portal.sleep(0.005)
    patience.cancel()


_CONVERSATIONS: Dict[str, Callable[[LoopService, Any], Awaitable[None]]] = {
    "echo": _echo,
    "discard": _discard,
    "chargen": _chargen,
    "daytime": _last_word,
    "greet": _last_word,
}
