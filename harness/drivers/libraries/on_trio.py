"""`trio`: its low-level sockets, `trio.socket`, which have every call of the system's."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, List

import trio
import workloads
from bells import EventBell
from bridge import Inner, Portal
from bridge import main as be_a_driver
from offering import (
    DONTWAIT,
    LOOKING,
    NAMED,
    OPTIONS,
    PATHS,
    READING,
    WAITALL,
    offer,
    refuse_flags,
    version_of,
)

_OWN = (
    "socket socketpair bind listen accept connect shutdown dup detach close_fd send sendall sendto"
    " sendmsg recv_into recvfrom recvmsg recvmsg_into serve"
)


class TrioPortal(Portal):
    """A run of trio on a thread of its own, with one nursery for everything."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = threading.Event()
        threading.Thread(target=trio.run, args=(self._live,), daemon=True).start()
        self._ready.wait()

    async def _live(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self._nursery:
            self._ready.set()
            await trio.sleep_forever()

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)

    def bell(self) -> EventBell:
        return EventBell(trio)

    def begin(self, work: Any, future: Future[Any]) -> None:
        self._token.run_sync_soon(self._nursery.start_soon, self._cancellable, work, future)

    async def _cancellable(self, work: Any, future: Future[Any]) -> None:
        with trio.CancelScope() as scope:

            def cancel(done: Future[Any]) -> None:
                if done.cancelled():
                    self._token.run_sync_soon(scope.cancel)

            future.add_done_callback(cancel)
            await work


class Socket(Inner):
    """A socket of trio's; it has no `sendall`, which is written as its documentation shows."""

    def __init__(self, *kind: Any, sock: Any = None) -> None:
        self._sock = trio.socket.socket(*kind) if sock is None else sock

    @staticmethod
    def pair(*kind: Any) -> Any:
        return [Socket(sock=end) for end in trio.socket.socketpair(*kind)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def drop(self) -> None:
        self._sock.close()

    def dup(self) -> Socket:
        return Socket(sock=self._sock.dup())

    async def accept(self) -> Any:
        sock, peer = await self._sock.accept()
        return Socket(sock=sock), peer

    async def sendall(self, data: Any, flags: int = 0) -> None:
        view = memoryview(data)
        sent = await self._sock.send(view, flags)
        while sent < len(view):
            sent += await self._sock.send(view[sent:], flags)


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    offer([*_OWN.split(), *LOOKING, *NAMED, *OPTIONS, *PATHS, *READING], workloads.WORKLOADS)
    refuse_flags(DONTWAIT, WAITALL)
    be_a_driver(arguments, "trio", version_of("trio"), TrioPortal(), Socket)
