"""Bugs in waiting: calls that a signal ends, and calls that do not wait at all."""

from __future__ import annotations

import ctypes
import os
import socket
from typing import Any

from mutations import mutation, wrap

Socket = socket.socket


def _libc(name: str, *args: Any) -> int:
    """A call of the C library as it is, which a signal ends with EINTR."""
    result: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*args)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


@mutation("accept-is-interrupted", "EINTR is passed on, as before PEP 475", "accept")
class _AcceptIsInterrupted(Socket):
    def accept(self) -> Any:
        if self.gettimeout() is not None:
            return super().accept()
        conn = Socket(fileno=_libc("accept", self.fileno(), None, None))
        try:
            return conn, conn.getpeername()
        except OSError:
            return conn, ""


@mutation("recv-is-interrupted", "EINTR is passed on, as before PEP 475", "recv")
class _RecvIsInterrupted(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.gettimeout() is not None:
            return super().recv(size, flags)
        buffer = ctypes.create_string_buffer(size or 1)
        return buffer.raw[: _libc("recv", self.fileno(), buffer, ctypes.c_size_t(size), flags)]


@mutation("poll-does-not-wait", "its time is taken for zero", "poll")
def _poll_does_not_wait() -> None:
    def at_once(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return original(session, handle, {**args, "timeout": 0})

    wrap("poll", at_once)
