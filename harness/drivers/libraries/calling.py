"""Making connections in a library's loop: one after the other, or many to play over.

Over many, a task waits for the one answer that is due, whether the library calls back or not.
"""

from __future__ import annotations

import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict, List

import addresses
from bridge import Bridged
from calls_naming import RESET
from loops import settled
from offering import instead
from registry import text
from session import Session
from timing import capacity_of, ready, set_delay, size_of
from timing_connect import Caller
from timing_fan_in import connections_of, make_room, order_of
from trips import LoopPing, ways


class Dialer:
    """Makes connections, or connected sockets for datagrams, to one address."""

    def __init__(self, session: Session, handle: str, args: Dict[str, Any]) -> None:
        self._transport = text(args, "transport")
        self._to = addresses.to_library(args.get("to"))
        self._holdings: Any = session.holdings
        self._handle = handle

    async def dial(self) -> Any:
        """Return one; to be awaited in the loop."""
        if self._holdings.make_inner is None:
            import streams  # which a library without sockets has imported before

            return await streams.dial(self._transport, self._to)
        family, kind = addresses.kind_of(self._transport)
        inner = self._holdings.make_inner(family, kind)
        try:
            if kind == socket.SOCK_DGRAM and addresses.is_unix(family):
                own = self._holdings.scratch.fresh(self._handle)  # or it could not be answered
                await settled(inner.bind(own))
            await settled(inner.connect(self._to))
        except BaseException:
            await settled(inner.drop())
            raise
        return inner


# --- one after the other -------------------------------------------------------------------------
class LoopCaller(Caller):
    """Who connects again and again, in the loop."""

    def __init__(self, session: Session, handle: str, args: Dict[str, Any]) -> None:
        super().__init__(session, args)
        self._dialer = Dialer(session, handle, args)
        self._portal = session.holdings.portal  # type: ignore[attr-defined]

    def go(self, trips: int) -> None:
        self._portal.run(self._go, trips)

    async def _go(self, trips: int) -> None:
        for _ in range(trips):
            begin = clock()
            said = await self._call_in_loop()
            self.judge(said, clock() - begin)

    async def _call_in_loop(self) -> bytes:
        inner = await self._dialer.dial()
        try:
            if self.resets:  # before some libraries close by themselves, at the server's end
                inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            some = getattr(inner, "receive", None) or inner.recv
            said: bytes = await some(2)
            if not self.resets:
                await settled(inner.close())
                return said
        except BaseException:
            await settled(inner.drop())
            raise
        await settled(inner.drop())  # close() shuts down first in some libraries, which is no reset
        return said


@instead("connect_open", workload=True)
def connect_open(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    name = session.free(handle)
    ready(session, name, LoopCaller(session, name, args))


# --- many ----------------------------------------------------------------------------------------
class LoopCrowd(LoopPing):
    """All the connections, and who of them is next."""

    def __init__(
        self, session: Session, args: Dict[str, Any], inners: List[Any], capacity: int
    ) -> None:
        portal = session.holdings.portal  # type: ignore[attr-defined]
        super().__init__(Bridged(portal, inners[0]), size_of(args), capacity, None)  # type: ignore[arg-type]
        self._inners = inners
        self._ways = [ways(inner) for inner in inners]
        self._order = order_of(args)
        self._coming: List[Any] = []

    def greet(self) -> None:
        """Play one trip over each; none is kept."""
        for _ in self._inners:
            self.play(1, 1)

    async def turn(self, plan: List[bytes]) -> None:
        while len(self._coming) < len(plan):
            self._coming += self._order(self._ways)
        for message in plan:
            receive, transmit = self._coming.pop(0)
            begin = clock()
            await transmit(message)
            data = await receive(self.size)
            self.judge(data, message, clock() - begin)

    def close(self) -> None:
        self.sock.portal.run(_drop, self._inners)


async def _drop(inners: List[Any]) -> None:
    for inner in inners:
        await settled(inner.drop())


async def _dial_all(dialer: Dialer, args: Dict[str, Any], count: int) -> List[Any]:
    inners: List[Any] = []
    try:
        for _ in range(count):
            inners.append(await dialer.dial())
            set_delay(inners[-1], args)
    except BaseException:
        await _drop(inners)
        raise
    return inners


@instead("fan_open", workload=True)
def fan_open(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    name, count, capacity = session.free(handle), connections_of(args), capacity_of(args)
    make_room(session, count)
    portal = session.holdings.portal  # type: ignore[attr-defined]
    inners = session.call(portal.run, _dial_all, Dialer(session, name, args), args, count)
    crowd = LoopCrowd(session, args, inners, capacity)
    ready(session, name, crowd)
    session.call(crowd.greet)
