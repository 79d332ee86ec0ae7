"""Operations on epoll, Linux's set of watched descriptors.

An epoll has its place among the handles, so that `poll`, `close` and `reset` treat it like a socket
and another epoll can watch it.
"""

from __future__ import annotations

import os
import select
from typing import Any, Dict, List, Tuple

from calls_looking import event_mask, event_names, patience
from registry import BadRequest, Unsupported, Values, integer, operation, text

# From include/uapi/linux/eventpoll.h; PyPy's select module lacks the last.
_WAYS = {"edge": 1 << 31, "oneshot": 1 << 30, "exclusive": 1 << 28}


class Epoll:
    """An epoll with what a handle must have beside it, and the names of what it watches."""

    def __init__(self, kernels: Any) -> None:
        self.kernels = kernels
        self.watched: Dict[int, str] = {}  # a closed descriptor's too: a copy keeps it watched
        self._wakers: List[int] = []

    def fileno(self) -> int:
        """Return the descriptor's number, -1 when it is closed."""
        return -1 if self.kernels.closed else int(self.kernels.fileno())

    def close(self) -> None:
        """Close it, and what was left to wake those who wait."""
        self.kernels.close()
        while self._wakers:
            os.close(self._wakers.pop())

    def shutdown(self, how: int) -> None:
        """Wake whoever waits, as the shutdown of a socket would: by a pipe at its end."""
        ours, theirs = os.pipe()
        os.close(theirs)
        self._wakers.append(ours)
        self.kernels.register(ours, select.EPOLLIN)


@operation("epoll_create")
def create(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if not hasattr(select, "epoll"):
        raise Unsupported("this system has no epoll")
    name = session.free(handle)
    session.add(name, Epoll(session.call(select.epoll)))
    return None


@operation("epoll_ctl")
def control(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    epoll, of = _epoll(session, handle), text(args, "of")
    mask, action = _mask(args), text(args, "action")
    fd = session.socket(of).fileno()
    if action == "delete":
        session.call(epoll.kernels.unregister, fd)
    elif action == "modify":
        session.call(epoll.kernels.modify, fd, mask)
    elif action == "add":
        _add(session, epoll, of, fd, mask)
    else:
        raise BadRequest("the action is add, modify or delete, not %r" % action)
    return None


def _add(session: Any, epoll: Epoll, of: str, fd: int, mask: int) -> None:
    """The name comes first: a thread that waits may be told at once."""
    before = epoll.watched.get(fd)
    epoll.watched[fd] = of
    try:
        session.call(epoll.kernels.register, fd, mask)
    except OSError:
        if before is not None:
            epoll.watched[fd] = before
        raise


@operation("epoll_wait")
def wait(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    epoll = _epoll(session, handle)
    most, patient = integer(args, "maxevents", -1), patience(args, "timeout", 0)
    if patient is None:
        patient = -1  # PyPy's takes no None
    found: List[Tuple[int, int]] = session.call(epoll.kernels.poll, patient, most)
    ready = [{epoll.watched.get(fd, str(fd)): event_names(bits)} for fd, bits in found]
    return {"ready": ready, "count": len(ready)}


def _epoll(session: Any, handle: Any) -> Epoll:
    epoll = session.socket(handle)
    if not isinstance(epoll, Epoll):
        raise BadRequest("the handle %r is no epoll" % (handle,))
    return epoll


def _mask(args: Dict[str, Any]) -> int:
    """Return the union; the numbers of events are those of poll."""
    mask = event_mask(args.get("events", ["IN"]))
    for way, bit in _WAYS.items():
        if args.get(way):
            mask |= bit
    return mask
