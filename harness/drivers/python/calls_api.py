"""Operations that only Python's socket module has, on top of the system's calls."""

from __future__ import annotations

import socket
from typing import Any, Dict

import addresses
import failures
from registry import Unsupported, Values, boolean, integer, operation, text


@operation("connect_ex")
def connect_ex(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    to = addresses.to_library(args.get("to"))
    sock = session.open(handle, args)
    return {"value": failures.of_number(session.call(sock.connect_ex, to))}


@operation("create_server")
def create_server(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """It sets SO_REUSEADDR by itself, as documented."""
    if not hasattr(socket, "create_server"):
        raise Unsupported("this library has no create_server")
    name = session.free(handle)
    family, _ = addresses.kind_of(text(args, "transport"))
    how = {"family": family, "backlog": integer(args, "backlog", 0) or None}
    for argument, theirs in (("reuse_port", "reuse_port"), ("dualstack", "dualstack_ipv6")):
        if argument in args:
            how[theirs] = boolean(args, argument)
    address = addresses.to_library(args["address"]) if "address" in args else None

    def call() -> socket.socket:
        return socket.create_server(address or addresses.loopback(family), **how)  # type: ignore

    session.add(name, session.call(call))
    return {"name": addresses.as_reply(session.socket(name).getsockname())}


@operation("socket_sendfile")
def socket_sendfile(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock, offset = session.socket(handle), integer(args, "offset", 0)
    size = integer(args, "size") if "size" in args else None
    if not hasattr(sock, "sendfile"):
        raise Unsupported("this library has no socket.sendfile")
    with open(text(args, "path"), "rb") as file:
        return {"count": session.call(sock.sendfile, file, offset, size)}
