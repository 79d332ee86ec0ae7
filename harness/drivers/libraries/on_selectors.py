"""`socket-nonblocking`: every socket is non-blocking; a selector tells when to try again.

This is how one writes it by hand: try, and on EWOULDBLOCK wait for readiness in `select()`. Each
thread has a selector of its own. Modes and timeouts are the driver's own affair here, so they are
not offered.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
from typing import Any, Callable, List

from driver import VERSION, Nature
from driver import main as be_a_driver
from offering import WAITALL, offer, refuse_flags, without_blocking_calls
from registry import OPERATIONS, WORKLOADS
from session import Holdings

# `settimeout` and the like would set what this driver lives by; a timing-out file is built on them.
_NOT_OURS = "setblocking getblocking settimeout gettimeout makefile connect_ex create_server fork"
_FILES = "file_read file_readline file_write file_flush socket_sendfile raw child_exit"

# Neither the queue of errors nor urgent data is waited for, whatever the mode of the socket.
_NEVER_WAITS = socket.MSG_DONTWAIT | socket.MSG_OOB | getattr(socket, "MSG_ERRQUEUE", 0)

_own = threading.local()


class Socket(socket.socket):
    """A socket that waits in a selector, never in a call."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        super().setblocking(False)

    def setblocking(self, on: bool) -> None:
        """Services ask for it; the mode stays what it is, and calls wait in the selector."""

    def accept(self) -> Any:
        fd, peer = self._when(selectors.EVENT_READ, 0, self._accept)  # type: ignore[attr-defined]
        return Socket(self.family, self.type, self.proto, fileno=fd), peer

    def dup(self) -> Socket:
        return Socket(self.family, self.type, self.proto, fileno=os.dup(self.fileno()))

    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except BlockingIOError as refusal:
            if refusal.errno != errno.EINPROGRESS:  # a unix backlog is full: nothing tells of room
                raise
            _wait(self, selectors.EVENT_WRITE)
            failure = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise OSError(failure, os.strerror(failure)) from None

    def sendall(self, data: Any, flags: int = 0) -> None:
        view = memoryview(data)
        sent = self.send(view, flags)
        while sent < len(view):
            sent += self.send(view[sent:], flags)

    def _when(self, event: int, flags: int, call: Callable[..., Any], *arguments: Any) -> Any:
        while True:
            try:
                return call(*arguments)
            except BlockingIOError:
                if flags & _NEVER_WAITS:
                    raise
            _wait(self, event)


def _wait(sock: socket.socket, event: int) -> None:
    """Return when the socket is ready; each thread waits in a selector of its own."""
    if not hasattr(_own, "selector"):
        _own.selector = selectors.DefaultSelector()
    selector = _own.selector
    selector.register(sock, event)
    try:
        selector.select()
    finally:
        selector.unregister(sock)


def _waiting(name: str, event: int, place: int) -> Callable[..., Any]:
    """The method of that name, which waits; its flags are the argument at that place."""
    plain = getattr(socket.socket, name)

    def method(self: Socket, *arguments: Any) -> Any:
        flags = arguments[place] if len(arguments) > place else 0
        flags = flags if isinstance(flags, int) else 0  # sendto takes an address there as well
        return self._when(event, flags, plain, self, *arguments)

    return method


for _name, _place in (("recv", 1), ("recvfrom", 1), ("recv_into", 2), ("recvfrom_into", 2)):
    setattr(Socket, _name, _waiting(_name, selectors.EVENT_READ, _place))
for _name, _place in (("recvmsg", 2), ("recvmsg_into", 2)):
    if hasattr(socket.socket, _name):
        setattr(Socket, _name, _waiting(_name, selectors.EVENT_READ, _place))
for _name, _place in (("send", 1), ("sendto", 1), ("sendmsg", 2)):
    if hasattr(socket.socket, _name):
        setattr(Socket, _name, _waiting(_name, selectors.EVENT_WRITE, _place))


class _Holdings(Holdings):
    """The reference driver's, of these sockets."""

    make = Socket

    @staticmethod
    def pair(*arguments: Any) -> List[Socket]:
        """Two connected ones."""
        ends = socket.socketpair(*arguments)
        return [Socket(end.family, end.type, end.proto, fileno=end.detach()) for end in ends]


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    offer(set(OPERATIONS) - set((_NOT_OURS + " " + _FILES).split()), WORKLOADS)
    without_blocking_calls()
    refuse_flags(WAITALL)
    be_a_driver(arguments, Nature("socket-nonblocking", VERSION, _Holdings))
