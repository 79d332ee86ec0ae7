"""Workloads of many connections in a library's loop: a task for each, as these libraries do it.

None of them waits by itself for whichever is ready; the loop does that for all tasks.
"""

from __future__ import annotations

from typing import Any, Dict

import trips
from offering import instead
from services import LoopService
from session import Session
from timing import set_delay, size_of
from timing_connect import count
from timing_fan_in import connections_of, make_room


class Tasks(LoopService):
    """A task for each connection of a socket, which stays as it was made when this ends."""

    def __init__(self, sock: Any) -> None:
        super().__init__("echo", sock, b"")
        self._path = None


class Many(Tasks):
    """Every task answers."""

    def __init__(self, sock: Any, args: Dict[str, Any]) -> None:
        super().__init__(sock)
        self._args = args
        self._size = size_of(args)

    async def _converse(self, conn: Any) -> None:
        try:
            set_delay(conn, self._args)
            await trips.answer(conn, self._size)
        finally:
            self._connections.discard(conn)
            await self.portal.settled(conn.drop())


class Welcome(Tasks):
    """Accepts, says a byte that counts, closes; one after the other."""

    _number = 0

    async def _converse(self, conn: Any) -> None:
        said, self._number = count(self._number), self._number + 1
        try:
            await trips.ways(conn)[1](said)
            await self.portal.settled(conn.close())
        except Exception:  # the client ends with a reset, in whatever words of the library
            pass
        finally:
            self._connections.discard(conn)
            await self.portal.settled(conn.drop())


@instead("pong_many", workload=True)
def pong_many(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    make_room(session, connections_of(args))
    _serve(session, handle, Many(session.socket(handle), args))


@instead("welcome", workload=True)
def welcome(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    _serve(session, handle, Welcome(session.socket(handle)))


def _serve(session: Session, handle: Any, service: LoopService) -> None:
    task = service.spawn(service._accept)
    session.on_stop(handle, service.stop)
    session.call(service.portal.wait, task)
