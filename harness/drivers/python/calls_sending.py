"""Operations that send. Payloads are made before the clock starts."""

from __future__ import annotations

import os
import socket
from typing import Any, Dict, Tuple

import addresses
import ancillary
from calls_vectors import buffers_of
from constants import flags
from payload import PERIOD, counting, make
from registry import BadRequest, Unsupported, Values, integer, operation, text

FILL_CHUNK = 65536


@operation("send")
def send(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    return {"count": session.call(sock.send, _data(args), flags(args.get("flags")))}


@operation("sendall")
def sendall(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    data, asked = _data(args), flags(args.get("flags"))
    chunk = integer(args, "chunk", 0)
    if chunk:
        session.call(_send_pieces, sock, memoryview(data), chunk, asked)
    else:
        session.call(sock.sendall, data, asked)
    return {"count": len(data)}


@operation("sendto")
def sendto(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    data, asked = _data(args), flags(args.get("flags"))
    to = addresses.to_library(args.get("to"))
    sock = session.open(handle, args)
    return {"count": session.call(sock.sendto, data, asked, to)}


@operation("sendmsg")
def sendmsg(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    buffers = buffers_of(args)
    control = ancillary.to_library(session, args.get("ancillary") or [])
    asked = flags(args.get("flags"))
    to = None if args.get("to") is None else addresses.to_library(args["to"])
    sock = session.open(handle, args)
    if not hasattr(sock, "sendmsg"):
        raise Unsupported("this library has no socket.sendmsg")
    return {"count": session.call(sock.sendmsg, buffers, control, asked, to)}


@operation("fill")
def fill(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """A UDP socket takes everything for ever (what does not fit is lost), so it is refused."""
    sock = session.socket(handle)
    if sock.type == socket.SOCK_DGRAM and not addresses.is_unix(sock.family):
        raise Unsupported("a UDP socket is never full: fill would not end")
    chunk = integer(args, "chunk", FILL_CHUNK)
    if chunk < 1:
        raise BadRequest("fill's chunk is at least 1, not %d" % chunk)
    count, calls = session.call(_fill, sock, chunk)
    return {"count": count, "calls": calls}


@operation("sendfile")
def sendfile(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock, offset, size = session.socket(handle), integer(args, "offset", 0), integer(args, "size")
    if not hasattr(os, "sendfile"):
        raise Unsupported("this library has no os.sendfile")
    with open(text(args, "path"), "rb") as file:
        return {"count": session.call(os.sendfile, sock.fileno(), file.fileno(), offset, size)}


def _data(args: Dict[str, Any]) -> bytes:
    if "data" not in args:
        raise BadRequest("the argument 'data' is missing; it is a payload")
    return make(args["data"])


def _send_pieces(sock: socket.socket, data: memoryview, chunk: int, asked: int) -> None:
    for first in range(0, len(data), chunk):
        sock.sendall(data[first : first + chunk], asked)


def _fill(sock: socket.socket, chunk: int) -> Tuple[int, int]:
    """Return how many bytes were taken, and by how many calls."""
    pattern = memoryview(counting(chunk + PERIOD))
    sent = calls = 0
    while True:
        first = sent % PERIOD
        try:
            sent += sock.send(pattern[first : first + chunk], socket.MSG_DONTWAIT)
            calls += 1
        except (BlockingIOError, socket.timeout):
            return sent, calls
