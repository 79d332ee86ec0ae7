"""Operations that receive. What came is described (length, head, digest) off the clock."""

from __future__ import annotations

import itertools
import socket
from typing import Any, Dict, List, Tuple

import addresses
import ancillary
from constants import flag_names, flags
from payload import describe
from registry import BadRequest, Unsupported, Values, integer, operation

CHUNK = 65536
UNTOUCHED = 0xEE  # what recv_into's buffer holds before


@operation("recv")
def recv(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    asked = flags(args.get("flags"))
    return {"data": describe(session.call(sock.recv, integer(args, "size"), asked))}


@operation("recvfrom")
def recvfrom(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    asked = flags(args.get("flags"))
    data, peer = session.call(sock.recvfrom, integer(args, "size"), asked)
    return {"data": describe(data), "peer": addresses.as_reply(peer)}


@operation("recv_into")
def recv_into(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    size, asked = integer(args, "size"), flags(args.get("flags"))
    if size < 0:
        raise BadRequest("a buffer has no %d bytes" % size)
    buffer = bytearray([UNTOUCHED]) * size
    count = session.call(sock.recv_into, buffer, integer(args, "nbytes", 0), asked)
    tail = buffer[count:]
    return {
        "data": describe(buffer[:count]),
        "count": count,
        "tail_untouched": tail.count(UNTOUCHED) == len(tail),
    }


@operation("recvmsg")
def recvmsg(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    if not hasattr(sock, "recvmsg"):
        raise Unsupported("this library has no socket.recvmsg")
    size, control = integer(args, "size"), integer(args, "control", 0)
    asked = flags(args.get("flags"))
    data, messages, said, peer = session.call(sock.recvmsg, size, control, asked)
    return {
        "data": describe(data),
        "ancillary": ancillary.as_reply(session, messages, args.get("as") or handle + "-fd"),
        "flags": flag_names(said),
        "peer": addresses.as_reply(peer),
    }


@operation("recv_exactly")
def recv_exactly(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    size = integer(args, "size")
    data, calls = session.call(_read, sock, size, integer(args, "chunk", size))
    return {"data": describe(data), "calls": calls}


@operation("recv_until_eof")
def recv_until_eof(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    chunks = args.get("chunks") or [integer(args, "chunk", CHUNK)]
    data, calls = session.call(_read_all, sock, chunks)
    return {"data": describe(data), "calls": calls}


@operation("drain")
def drain(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    parts, eof = session.call(_drain, session.socket(handle))
    sizes = sorted({len(part) for part in parts})
    data = describe(b"".join(parts))
    return {"data": data, "eof": eof, "calls": len(parts), "sizes": sizes}


def _read(sock: socket.socket, size: int, chunk: int) -> Tuple[bytes, int]:
    """Read until `size` bytes have come, or the end; return them and the number of calls."""
    parts: List[bytes] = []
    calls = 0
    while size > 0:
        part = sock.recv(min(size, chunk))
        calls += 1
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts), calls


def _read_all(sock: socket.socket, chunks: List[int]) -> Tuple[bytes, int]:
    """Read to the end, asking for these sizes in turn; return all and the number of calls."""
    parts: List[bytes] = []
    for chunk in itertools.cycle(chunks):
        parts.append(sock.recv(chunk))
        if not parts[-1]:
            break
    return b"".join(parts), len(parts)


def _drain(sock: socket.socket) -> Tuple[List[bytes], bool]:
    """An empty reception is the end, except of datagrams: one of them may be empty."""
    parts: List[bytes] = []
    while True:
        try:
            part = sock.recv(CHUNK, socket.MSG_DONTWAIT)
        except (BlockingIOError, socket.timeout):
            return parts, False
        if not part and sock.type != socket.SOCK_DGRAM:
            return parts, True
        parts.append(part)
