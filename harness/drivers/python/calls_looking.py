"""Operations that look and change nothing: readiness, queues, the kernel's own view."""

from __future__ import annotations

import errno
import math
import os
import select
import socket
import struct
import sys
from typing import Any, Dict, List, Tuple

from registry import BadRequest, Unsupported, Values, operation, seconds

_QUIET = 0.1  # seconds, when `for` is missing
_EVENTS = ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDHUP")
_LINUX_RDHUP = 0x2000  # PyPy's select module has no POLLRDHUP
_LINUX_SIOCATMARK = 0x8905

_TCP_STATES = [
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
]  # the kernel counts them from 1
_TCP_INFO = struct.Struct("=B23xII")  # state ... unacked, sacked: a listener's queue and limit


@operation("poll")
def poll(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    fd = _descriptor(session, handle)
    mask = event_mask(args.get("events", ["IN", "OUT"]))
    return {"events": session.call(_poll, fd, mask, patience(args, "timeout", 0))}


@operation("quiet")
def quiet(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    fd = _descriptor(session, handle)
    mask = event_mask(["IN", "PRI", "RDHUP"])
    return {"events": session.call(_poll, fd, mask, patience(args, "for", _QUIET))}


@operation("select")
def select_(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    wanted = [_descriptor(session, handle)]
    wait = patience(args, "timeout", 0)
    found = session.call(select.select, wanted, wanted, wanted, wait)
    return {"ready": [name for name, fds in zip(("read", "write", "except"), found) if fds]}


@operation("fileno")
def fileno(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"fd": session.call(session.socket(handle).fileno)}


@operation("fionread")
def fionread(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"count": _ask(session, handle, _termios("FIONREAD"))}


@operation("outq")
def outq(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """SIOCOUTQ has the number of TIOCOUTQ."""
    return {"count": _ask(session, handle, _termios("TIOCOUTQ"))}


@operation("at_mark")
def at_mark(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if not sys.platform.startswith("linux"):
        raise Unsupported("the number of SIOCATMARK is known for Linux only")
    return {"value": bool(_ask(session, handle, _LINUX_SIOCATMARK))}


@operation("tcp_info")
def tcp_info(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if not sys.platform.startswith("linux") or not hasattr(socket, "TCP_INFO"):
        raise Unsupported("TCP_INFO is known for Linux only")
    sock = session.socket(handle)
    data = session.call(sock.getsockopt, socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    number, queued, limit = _TCP_INFO.unpack(data)
    state = _TCP_STATES[number - 1]
    if state != "LISTEN":
        return {"state": state}
    return {"state": state, "queued": queued, "limit": limit}


def _descriptor(session: Any, handle: Any) -> int:
    """Return the number of an open socket; what the kernel says of a closed one is EBADF."""
    fd: int = session.socket(handle).fileno()
    if fd == -1:
        session.call(_bad_descriptor)
    return fd


def _bad_descriptor() -> None:
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def event_mask(names: Any) -> int:
    """Return the union of poll events: one name or a list of names."""
    mask = 0
    for name in [names] if isinstance(names, str) else names:
        if name not in _EVENTS:
            raise BadRequest("there is no poll event %r" % (name,))
        mask |= _bit(name)
    return mask


def _bit(name: str) -> int:
    rdhup = _LINUX_RDHUP if sys.platform.startswith("linux") else 0
    return getattr(select, "POLL" + name, rdhup if name == "RDHUP" else 0)


def _poll(fd: int, mask: int, wait: Any) -> List[str]:
    poller = select.poll()
    poller.register(fd, mask)
    found: List[Tuple[int, int]] = poller.poll(None if wait is None else math.ceil(wait * 1000))
    return [name for _, bits in found for name in event_names(bits)]


def event_names(bits: int) -> List[str]:
    """Return the names of the events that are set."""
    return [name for name in _EVENTS if bits & _bit(name)]


def patience(args: Dict[str, Any], name: str, default: float) -> Any:
    """Return seconds, or None for a wait without end."""
    if args.get(name, default) in (None, "none"):
        return None
    return seconds(args, name, default)


def _termios(name: str) -> int:
    try:
        import termios

        return int(getattr(termios, name))
    except (ImportError, AttributeError):
        raise Unsupported("%s is not known here" % name) from None


def _ask(session: Any, handle: Any, request: int) -> int:
    """Return the integer that an ioctl gives."""
    import fcntl

    fd = _descriptor(session, handle)
    answer: Tuple[int] = struct.unpack("i", session.call(fcntl.ioctl, fd, request, bytes(4)))
    return answer[0]
