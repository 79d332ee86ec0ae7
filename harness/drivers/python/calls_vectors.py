"""Operations on several buffers, or several datagrams, in one call."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, Tuple

from constants import flag_names, flags
from payload import describe, make
from registry import OPERATIONS, BadRequest, Unsupported, Values, integer, operation


@operation("writev")
def writev(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    return {"count": session.call(os.writev, sock.fileno(), buffers_of(args))}


@operation("readv")
def readv(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock, into = session.socket(handle), _empty_buffers(args)
    count = session.call(os.readv, sock.fileno(), into)
    return {"data": describe(b"".join(into)[:count]), "sizes": _filled(into, count)}


@operation("recvmsg_into")
def recvmsg_into(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock, into = session.socket(handle), _empty_buffers(args)
    asked = flags(args.get("flags"))
    if not hasattr(sock, "recvmsg_into"):
        raise Unsupported("this library has no socket.recvmsg_into")
    count, _, said, _ = session.call(sock.recvmsg_into, into, 0, asked)
    return {
        "data": describe(b"".join(into)[:count]),
        "sizes": _filled(into, count),
        "flags": flag_names(said),
    }


@operation("sendmmsg")
def sendmmsg(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    fd, messages = session.socket(handle).fileno(), buffers_of(args)
    call, headers, kept = _batch("sendmmsg", messages)
    count = session.call(call, fd, headers, 0)
    del kept
    return {"count": count}


@operation("recvmmsg")
def recvmmsg(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    fd, asked = session.socket(handle).fileno(), flags(args.get("flags"))
    space = [bytes(integer(args, "size"))] * integer(args, "messages")
    call, headers, kept = _batch("recvmmsg", space)
    count = session.call(call, fd, headers, asked)
    sizes = [header.size for header in headers[:count]]
    data = b"".join(bytes(buffer)[:size] for (buffer, _), size in zip(kept, sizes))
    return {"data": describe(data), "sizes": sizes}


def buffers_of(args: Dict[str, Any]) -> List[bytes]:
    """Return the payloads of `data`, each in a buffer of its own, or `split` into smaller ones."""
    parts = args.get("data", [])
    buffers = [make(part) for part in (parts if isinstance(parts, list) else [parts])]
    size = integer(args, "split", 0)
    if not size:
        return buffers
    return [one[first : first + size] for one in buffers for first in range(0, len(one), size)]


def _empty_buffers(args: Dict[str, Any]) -> List[bytearray]:
    sizes = args.get("buffers")
    if not isinstance(sizes, list) or not all(type(size) is int for size in sizes):
        raise BadRequest("`buffers` is a list of sizes, not %r" % (sizes,))
    return [bytearray(size) for size in sizes]


def _filled(into: List[bytearray], count: int) -> List[int]:
    """Return how much of each buffer a call has filled that brought `count` bytes."""
    sizes = []
    for buffer in into:
        sizes.append(min(count, len(buffer)))
        count -= sizes[-1]
    return sizes


def _batch(name: str, contents: List[bytes]) -> Tuple[Any, Any, Any]:
    """Return a function of descriptor, headers and flags; the headers; and what they point to.

    The structures are those of recvmmsg(2), as 64-bit Linux lays them out.
    """
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        raise Unsupported("%s is known for 64-bit Linux only" % name)
    try:
        import ctypes

        function = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (ImportError, OSError, TypeError, AttributeError):
        raise Unsupported("%s(2) needs ctypes, which is not here" % name) from None

    class Header(ctypes.Structure):
        _fields_ = [
            ("name", ctypes.c_void_p),
            ("name_size", ctypes.c_uint32),
            ("vector", ctypes.c_void_p),
            ("vector_size", ctypes.c_size_t),
            ("control", ctypes.c_void_p),
            ("control_size", ctypes.c_size_t),
            ("flags", ctypes.c_int),
            ("gap", ctypes.c_int),  # struct msghdr ends here, and its size is a multiple of 8
            ("size", ctypes.c_uint),
        ]

    buffers = [ctypes.create_string_buffer(content, len(content)) for content in contents]
    # A struct iovec is an address and a size, both as wide as a pointer.
    vectors = [(ctypes.c_size_t * 2)(ctypes.addressof(b), len(b)) for b in buffers]
    headers = (Header * len(buffers))()
    for header, vector in zip(headers, vectors):
        header.vector, header.vector_size = ctypes.addressof(vector), 1

    def call(fd: int, headers: Any, asked: int) -> int:
        count: int = function(fd, headers, len(headers), asked, None)
        if count == -1:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return count

    return call, headers, list(zip(buffers, vectors))


# PyPy has neither; an operation that is always unsupported is not one to greet with.
for _name in ("writev", "readv"):
    if not hasattr(os, _name):
        del OPERATIONS[_name]
