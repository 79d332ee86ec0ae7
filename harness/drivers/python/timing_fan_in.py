"""Many connections on one server, which waits for whichever is ready.

Trips are played over one connection after the other, so what is timed is a trip as in ping-pong,
with all the others open beside it. Before the first turn one trip goes over each.
"""

from __future__ import annotations

import os
import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict, List

import addresses
from registry import BadRequest, Unsupported, integer, operation, text
from timing import (
    Player,
    WrongBytes,
    capacity_of,
    fill,
    pattern,
    ready,
    set_delay,
    size_of,
)
from timing_pong import wake

# Descriptors beside those counted: of a selector, and of what else may be opened meanwhile.
SPARE = 32


def make_room(session: Any, count: int) -> None:
    """Have room for so many more descriptors; the limit is raised until the next reset."""
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        need = len(os.listdir("/dev/fd")) + count + SPARE
    except (ImportError, OSError):
        return  # then the system's own refusal says it
    if soft == resource.RLIM_INFINITY or need <= soft:
        return
    if hard != resource.RLIM_INFINITY and need > hard:
        raise Unsupported(
            "%d connections need %d descriptors, and this process may have %d" % (count, need, hard)
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
    if "RLIMIT_NOFILE" not in session.holdings.stops:
        back = (soft, hard)
        session.on_stop("RLIMIT_NOFILE", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, back))


def connections_of(args: Dict[str, Any]) -> int:
    """Return how many connections there are to be."""
    count = integer(args, "connections")
    if count < 1:
        raise BadRequest("at least one connection is needed")
    return count


# --- the server ----------------------------------------------------------------------------------
@operation("pong_many", workload=True)
def pong_many(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Accept all who connect and send back what each says, `size` bytes at a time."""
    import selectors  # only here: it would be a tenth of the driver's start

    listener, size, count = session.socket(handle), size_of(args), connections_of(args)
    if selectors.DefaultSelector is selectors.SelectSelector and count + SPARE > 1023:  # type: ignore[comparison-overlap]
        raise Unsupported("there is only select() here, which knows no descriptor beyond 1023")
    make_room(session, count)
    session.on_stop(handle, lambda: wake(listener))
    session.call(_serve, listener, size, args)


def _serve(listener: Any, size: int, args: Dict[str, Any]) -> None:
    import selectors

    buffer = bytearray(size)
    conns: List[Any] = []
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in selector.select():
                    if key.data is not None:
                        if not _answer(key.data, buffer, size):
                            selector.unregister(key.fileobj)
                            key.data.close()
                        continue
                    conn, _ = listener.accept()
                    set_delay(conn, args)
                    conns.append(conn)
                    selector.register(conn, selectors.EVENT_READ, conn)
        except OSError:
            if listener.fileno() != -1 and listener.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            ):
                raise
        finally:
            for conn in conns:
                conn.close()


def _answer(conn: Any, buffer: bytearray, size: int) -> bool:
    got = conn.recv_into(buffer)
    if got != size and not (got and fill(conn, buffer, got)):
        return False
    conn.sendall(buffer)
    return True


# --- the client ----------------------------------------------------------------------------------
class Crowd(Player):
    """All the connections, and who of them is next."""

    def __init__(self, session: Any, handle: str, args: Dict[str, Any]) -> None:
        super().__init__(capacity_of(args))
        size = size_of(args)
        self.size = size
        self.socks: List[Any] = []
        self.messages = [pattern(size, 0), pattern(size, 1)]
        self.coming: List[Any] = []
        self.shuffle = order_of(args)
        family, kind = addresses.kind_of(text(args, "transport"))
        self.stream = kind == socket.SOCK_STREAM
        self.buffer = bytearray(size if self.stream else size + 1)
        make = session.holdings.make
        to = addresses.to_library(args.get("to"))
        own = session.holdings.scratch
        for _ in range(connections_of(args)):
            sock = make(family, kind)
            self.socks.append(sock)
            if kind == socket.SOCK_DGRAM and addresses.is_unix(family):
                sock.bind(own.fresh(handle))  # or it could not be answered
            sock.connect(to)
            set_delay(sock, args)

    def greet(self) -> None:
        """Play one trip over each; none is kept."""
        for sock in self.socks:
            self._trip(sock)

    def go(self, trips: int) -> None:
        while len(self.coming) < trips:
            self.coming += self.shuffle(self.socks)
        plan, self.coming = self.coming[:trips], self.coming[trips:]
        for sock in plan:
            self.keep(self._trip(sock))

    def _trip(self, sock: Any) -> int:
        message, buffer = self.messages[self.played % 2], self.buffer
        begin = clock()
        sock.sendall(message)
        got = sock.recv_into(buffer)
        if self.stream and got != self.size and not (got and fill(sock, buffer, got)):
            raise EOFError("the stream ended at trip %d" % (self.played + 1))
        took = clock() - begin
        self.played += 1
        if (not self.stream and got != self.size) or not buffer.startswith(message):
            raise WrongBytes("wrong bytes at trip %d" % self.played)
        return took

    def close(self) -> None:
        for sock in self.socks:
            sock.close()


def order_of(args: Dict[str, Any]) -> Any:
    """Return what puts the connections of a round in their order."""
    order = args.get("order", "round-robin")
    if order == "round-robin":
        return list
    if order != "random":
        raise BadRequest("order must be round-robin or random, not %r" % (order,))
    from random import Random

    draw = Random(1)
    return lambda socks: draw.sample(socks, len(socks))


@operation("fan_open", workload=True)
def fan_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Open `connections` to `to`, and get ready to play trips over them."""
    name = session.free(handle)
    make_room(session, connections_of(args))
    crowd = session.call(Crowd, session, name, args)
    ready(session, name, crowd)
    session.call(crowd.greet)
