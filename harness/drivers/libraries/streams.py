"""The operations for libraries that have connections, listeners and endpoints, but no sockets.

There is no `bind` before `listen` and no socket before `connect`: a library makes the whole thing
in one call. What a library brings are four coroutine functions and the objects that they return:

    listen(transport, address, backlog)  -> a listener: `accept()` gives (connection, peer's name)
    connect(transport, address)          -> a connection: recv, sendall, send_eof, close, drop
    bind(transport, address)             -> an endpoint for datagrams: recvfrom, sendto, close, drop
    aim(transport, address, local)       -> an endpoint that is connected: send, recv

An endpoint that is bound and then connected is made anew, because that is one call here as well;
which is why there is no unix-dgram: two of those could not be connected to each other.

A library without one of them leaves it out. `address` is as the socket module has it, and None for
an endpoint that is bound when it first sends; `backlog` is None when nobody asked for one. Names
and options are those of the socket below, which every one of these libraries lends out (`raw`).
"""

from __future__ import annotations

import socket
from typing import Any, Dict

import addresses
from bridge import Bridged
from calls_naming import RESET
from endpoints import Connection, Endpoint
from offering import NAMED, PATHS, READING, instead
from payload import make
from registry import OPERATIONS as ALL
from registry import Unsupported, Values, integer, text
from services import LoopService
from serving import GREETING
from session import Session

__all__ = ["DATAGRAMS", "LIBRARY", "OPERATIONS", "Connection", "Endpoint"]

OPERATIONS = frozenset([*NAMED, *PATHS, *READING]) | {
    *("listen", "accept", "connect", "send", "sendall", "shutdown", "fileno", "serve"),
    *("setsockopt", "getsockopt"),
}
DATAGRAMS = frozenset(["bind", "sendto", "recvfrom"])

LIBRARY: Any = None  # the one of this process


@instead("listen")
def listen(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    name, transport = _new(session, handle), text(args, "transport")
    where = _local_address(session, name, args, transport)
    backlog = integer(args, "backlog") if "backlog" in args else None
    return _made(session, name, "listen", transport, where, backlog)


@instead("connect")
def connect(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    transport = text(args, "transport")
    to = _fitting(addresses.to_library(args.get("to")), transport)
    bound: Any = session.holdings.sockets.get(handle)
    local = None
    if bound is not None:
        session.call(bound.check)
        if not _is_datagram(transport):
            raise Unsupported("this library connects what it makes, and nothing again")
        local = bound.getsockname()
        bound.drop()
        session.forget(handle)
    if _is_datagram(transport):
        return _made(session, session.free(handle), "aim", transport, to, local)
    return _made(session, session.free(handle), "connect", transport, to)


@instead("bind")
def bind(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    transport = text(args, "transport")
    if not _is_datagram(transport):
        raise Unsupported("this library binds where it listens, in one call")
    name = _new(session, handle)
    where = _local_address(session, name, args, transport)
    return _made(session, name, "bind", transport, where)


@instead("sendto")
def sendto(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    data, to = make(args["data"]), addresses.to_library(args.get("to"))
    if args.get("flags"):
        raise Unsupported("this library's endpoints take no flags")
    if handle not in session.holdings.sockets:
        _made(session, session.free(handle), "bind", text(args, "transport"), None)
    session.call(session.socket(handle).sendto, data, 0, to)
    return {"count": len(data)}


_getsockname = ALL["getsockname"]


@instead("getsockname")
def getsockname(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    if handle in session.holdings.named and handle not in session.holdings.sockets:
        raise Unsupported("this library has no socket where it could not bind or connect")
    return _getsockname(session, handle, args)


@instead("abort")
def abort(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    """The option that makes a reset of the end, then the library's own way to end at once."""
    sock: Any = session.socket(handle)
    session.holdings.stop(handle)

    def call() -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.drop()

    session.call(call)
    return None


@instead("serve")
def serve(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    name, transport = text(args, "service"), text(args, "transport")
    greeting = make(args["greeting"]) if "greeting" in args else GREETING
    values = (bind if _is_datagram(transport) else listen)(session, handle, args)
    service = LoopService(name, session.socket(handle), greeting)
    service.start()
    session.on_stop(handle, service.stop)
    return values


async def dial(transport: str, to: Any) -> Any:
    """Return a new connection, or a connected endpoint for datagrams; in the loop."""
    to = _fitting(to, transport)
    if not _is_datagram(transport):
        return await LIBRARY.connect(transport, to)
    return await _way("aim", transport)(transport, to, None)


def _new(session: Session, handle: Any) -> str:
    """The name for a new thing; what has it already is not made into another."""
    old: Any = session.holdings.sockets.get(handle)
    if old is not None:
        session.call(old.check)
        raise Unsupported("this library binds and listens as it makes, and never again")
    return session.free(handle)


def _made(session: Session, name: str, way: str, transport: str, *how: Any) -> Values:
    """Have the library make something, and give it its name."""
    make_it = _way(way, transport)
    portal = session.holdings.portal  # type: ignore[attr-defined]
    session.holdings.named.add(name)
    made: Any = Bridged(portal, session.call(portal.run, make_it, transport, *how))
    session.add(name, made)
    return {"name": addresses.as_reply(made.getsockname())}


def _way(name: str, transport: str) -> Any:
    """The library's function of that name."""
    found = getattr(LIBRARY, name, None)
    if found is None:
        raise Unsupported("this library has no %s of %s" % (name, transport))
    return found


def _local_address(session: Session, name: str, args: Dict[str, Any], transport: str) -> Any:
    family, _ = addresses.kind_of(transport)
    if args.get("address") is not None:
        return _fitting(addresses.to_library(args["address"]), transport)
    if addresses.is_unix(family):
        return session.holdings.scratch.fresh(name)
    return addresses.loopback(family)


def _fitting(address: Any, transport: str) -> Any:
    """The address, which these libraries take in parts; what has other parts they are not asked."""
    parts = len(address) if isinstance(address, tuple) else 0
    if transport.startswith("unix"):
        fits = not parts
    else:
        fits = parts == 2 or (parts == 4 and transport.endswith("6") and not any(address[2:]))
    if not fits:
        raise Unsupported("this library takes a host and a port, or a path, and nothing else")
    return address


def _is_datagram(transport: str) -> bool:
    return transport.startswith("udp")
