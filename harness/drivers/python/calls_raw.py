"""Operations past the library on trial: calls of the C library, and a descriptor's flags."""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Any, Dict, List, Tuple

import addresses
import payload
from registry import BadRequest, Unsupported, Values, operation, text

# What gives the number of bytes it did; all others give an int.
_COUNTING = {"read", "recv", "recvfrom", "recvmsg", "send", "sendmsg", "sendto", "write"}
_CALLS = _COUNTING | {
    "accept", "bind", "connect", "epoll_ctl", "epoll_wait", "getpeername", "getsockname",
    "getsockopt", "listen", "poll", "select", "setsockopt", "shutdown",
}  # fmt: skip


@operation("raw")
def raw(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = text(args, "call")
    if name not in _CALLS:
        raise BadRequest("raw calls are %s, not %r" % (", ".join(sorted(_CALLS)), name))
    function, get_errno = _function(name)
    fd = session.socket(handle).fileno()
    values, buffers = _pointers(args.get("arguments"), fd)

    def call() -> int:
        result: int = function(*values)
        if result == -1:
            number = get_errno()
            raise OSError(number, os.strerror(number))
        return result

    result = session.call(call)
    if name == "accept":
        _keep(session, result, args.get("as"))
    return {"result": result, "buffers": [_content(buffer) for buffer in buffers]}


@operation("fcntl")
def fcntl_(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    try:
        import fcntl
    except ImportError:
        raise Unsupported("this system has no fcntl") from None
    fd = session.socket(handle).fileno()

    def call() -> Tuple[int, int]:
        return fcntl.fcntl(fd, fcntl.F_GETFL), fcntl.fcntl(fd, fcntl.F_GETFD)

    status, descriptor = session.call(call)
    names = [name for name in ("O_NONBLOCK", "O_APPEND", "O_ASYNC") if status & _bit(name)]
    return {"flags": names + ["FD_CLOEXEC"] * bool(descriptor & fcntl.FD_CLOEXEC)}


def _bit(name: str) -> int:
    return getattr(os, name, 0)


def _function(name: str) -> Tuple[Any, Any]:
    """Return the function of the C library, and what then tells its errno."""
    try:
        import ctypes

        function = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (ImportError, OSError, TypeError, AttributeError):
        raise Unsupported("%s(2) itself needs ctypes, which is not here" % name) from None
    function.restype = ctypes.c_ssize_t if name in _COUNTING else ctypes.c_int
    return function, ctypes.get_errno


def _pointers(arguments: Any, fd: int) -> Tuple[List[Any], List[Any]]:
    """Return the arguments as C values, all as wide as a pointer, and what they point to."""
    import ctypes

    if not isinstance(arguments, list):
        raise BadRequest("`arguments` is a list, not %r" % (arguments,))
    values: List[Any] = []
    buffers: List[Any] = []
    for one in arguments:
        if one == "fd":
            values.append(ctypes.c_ssize_t(fd))
        elif one is None or type(one) is int:
            values.append(ctypes.c_ssize_t(one or 0))
        else:
            buffers.append(_buffer(one))
            values.append(ctypes.c_void_p(ctypes.addressof(buffers[-1])))
    return values, buffers


def _buffer(wanted: Any) -> Any:
    import ctypes

    if not isinstance(wanted, dict):
        raise BadRequest("a pointer is {int}, {sockaddr} or a payload, not %r" % (wanted,))
    if list(wanted) == ["int"]:
        return ctypes.c_int(wanted["int"])
    content = _sockaddr(wanted["sockaddr"]) if "sockaddr" in wanted else payload.make(wanted)
    return ctypes.create_string_buffer(content, len(content))


def _content(buffer: Any) -> Any:
    import ctypes

    if isinstance(buffer, ctypes.c_int):
        return buffer.value
    return bytes(buffer).hex()


def _sockaddr(address: Any) -> bytes:
    """Return the struct as the kernel wants it."""
    if not sys.platform.startswith("linux"):
        raise Unsupported("the layout of a socket address is known for Linux only")
    name = addresses.to_library(address)
    if not isinstance(name, tuple):
        return struct.pack("=H", socket.AF_UNIX) + os.fsencode(name) + b"\0"
    host, port, flowinfo, scope = (*name, 0, 0)[:4]
    if ":" in host:
        six = socket.inet_pton(socket.AF_INET6, host)
        head = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, flowinfo)
        return head + six + struct.pack("=I", scope)
    four = socket.inet_pton(socket.AF_INET, host)
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + four + bytes(8)


def _keep(session: Any, fd: int, name: Any) -> None:
    """What was accepted gets its name; without one it is closed at `reset`."""
    if name is None:
        session.holdings.detached.append(fd)
    else:
        session.add(name, socket.socket(fileno=fd))
