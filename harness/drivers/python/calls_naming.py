"""Operations that make sockets, give them names and connect them, and those that end them.

The opening rule: bind, listen and connect make the socket themselves, of args["transport"], when
there is no such handle yet. Missing addresses are loopback with port 0; a fresh path for unix.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Dict

import addresses
from constants import flags
from registry import BadRequest, Unsupported, Values, integer, operation, text

_AF_UNSPEC = 0
# Of SO_LINGER: on, with no time. A close is a reset then.
RESET = struct.pack("ii", 1, 0)


@operation("socket")
def make(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.free(handle)
    family, kind = addresses.kind_of(text(args, "transport"))
    protocol = integer(args, "protocol", 0)
    session.add(name, session.call(session.holdings.make, family, kind, protocol))
    return None


@operation("socketpair")
def socketpair(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    names = session.free(handle), session.free(args.get("as"))
    ends = session.call(session.holdings.pair, *addresses.kind_of(text(args, "transport")))
    for name, sock in zip(names, ends):
        session.add(name, sock)
    return None


@operation("bind")
def bind(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.open(handle, args)
    session.call(sock.bind, local_address(session, handle, args, sock))
    session.holdings.named.add(handle)
    return {"name": addresses.as_reply(sock.getsockname())}


@operation("listen")
def listen(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.open(handle, args)
    backlog = (integer(args, "backlog"),) if "backlog" in args else ()
    bind_if_unbound(session, handle, args, sock)
    session.call(sock.listen, *backlog)
    return {"name": addresses.as_reply(sock.getsockname())}


@operation("accept")
def accept(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.free(args.get("as"))
    conn, peer = session.call(session.socket(handle).accept)
    session.add(name, conn)
    return {"peer": addresses.as_reply(peer), "name": addresses.as_reply(conn.getsockname())}


@operation("connect")
def connect(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    to = addresses.to_library(args.get("to"))
    sock = session.open(handle, args)
    session.call(sock.connect, to)
    return {"name": addresses.as_reply(sock.getsockname())}


@operation("disconnect")
def disconnect(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Through ctypes: the socket module refuses an address without a family."""
    sock = session.socket(handle)
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError, TypeError):
        raise Unsupported("connect(2) to AF_UNSPEC needs ctypes, which is not here") from None
    nowhere = struct.pack("H14x", _AF_UNSPEC)

    def call() -> None:
        if libc.connect(sock.fileno(), nowhere, len(nowhere)):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    session.call(call)
    return None


@operation("getsockname")
def getsockname(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.call(session.socket(handle).getsockname)
    return {
        "name": addresses.as_reply(name),
        "parts": len(name) if isinstance(name, tuple) else 1,
    }


@operation("getpeername")
def getpeername(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"peer": addresses.as_reply(session.call(session.socket(handle).getpeername))}


@operation("dup")
def dup(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.free(args.get("as"))
    session.add(name, session.call(session.socket(handle).dup))
    return None


@operation("getaddrinfo")
def getaddrinfo(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Look up for args["transport"]; without it for any, and the first answer counts."""
    if "host" not in args or "port" not in args:
        raise BadRequest("getaddrinfo takes host and port")
    family, kind = 0, 0
    if "transport" in args:
        family, kind = addresses.kind_of(text(args, "transport"))
    asked = flags(args.get("flags"))
    found = session.call(socket.getaddrinfo, args["host"], args["port"], family, kind, 0, asked)
    return {"name": addresses.as_reply(found[0][4])}


# --- ending ---------------------------------------------------------------------------------------


@operation("shutdown")
def shutdown(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    directions = {"read": socket.SHUT_RD, "write": socket.SHUT_WR, "both": socket.SHUT_RDWR}
    how = text(args, "how")
    if how not in directions:
        raise BadRequest("shutdown's `how` is read, write or both, not %r" % how)
    session.call(session.socket(handle).shutdown, directions[how])
    return None


@operation("close")
def close(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    session.holdings.stop(handle)
    session.call(sock.close)
    return None


@operation("abort")
def abort(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    session.holdings.stop(handle)

    def call() -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()

    session.call(call)
    return None


@operation("detach")
def detach(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    session.holdings.stop(handle)
    fd = session.call(sock.detach)
    if fd != -1:
        session.holdings.detached.append(fd)
    return {"fd": fd}


@operation("close_fd")
def close_fd(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    fd = integer(args, "fd")
    if fd in session.holdings.detached:
        session.holdings.detached.remove(fd)
    session.call(os.close, fd)
    return None


# --- local addresses ------------------------------------------------------------------------------


def local_address(session: Any, handle: str, args: Dict[str, Any], sock: socket.socket) -> Any:
    """Return args["address"] for the library; the transport's own default when it is missing."""
    if args.get("address") is not None:
        return addresses.to_library(args["address"])
    if addresses.is_unix(sock.family):
        return session.holdings.scratch.fresh(handle)
    return addresses.loopback(sock.family)


def bind_if_unbound(session: Any, handle: str, args: Dict[str, Any], sock: socket.socket) -> None:
    """Bind when an address is given, or when nobody has bound this socket yet.

    That a socket once had a name is kept in mind beside the kernel's word: a listener that was shut
    down has lost its port but is not for us to bind again.
    """
    asked = args.get("address") is not None
    if not asked and handle in session.holdings.named:
        return
    if asked or addresses.is_unbound(session.call(sock.getsockname)):
        session.call(sock.bind, local_address(session, handle, args, sock))
    session.holdings.named.add(handle)
