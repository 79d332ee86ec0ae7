"""Bugs in ending a connection."""

from __future__ import annotations

import errno
import socket
import struct
from typing import Any

from mutations import change, mutation, skip, wrap

Socket = socket.socket


@mutation("shutdown-closes", "a half-close is done as a close of both directions", "shutdown")
class _ShutdownCloses(Socket):
    def shutdown(self, how: int) -> None:
        super().shutdown(socket.SHUT_RDWR)


@mutation("shutdown-does-nothing", "a half-close is only noted", "shutdown")
def _shutdown_does_nothing() -> None:
    skip("shutdown")


@mutation("shutdown-swaps-directions", "read and write are mixed up", "shutdown")
class _SwapsDirections(Socket):
    def shutdown(self, how: int) -> None:
        swapped = {socket.SHUT_RD: socket.SHUT_WR, socket.SHUT_WR: socket.SHUT_RD}
        super().shutdown(swapped.get(how, how))


@mutation("shutdown-swallows-errors", "errors of shutdown are ignored", "shutdown")
class _ShutdownSwallowsErrors(Socket):
    def shutdown(self, how: int) -> None:
        try:
            super().shutdown(how)
        except OSError:
            pass


@mutation("close-does-nothing", "the descriptor is kept for reuse", "close")
def _close_does_nothing() -> None:
    skip("close")


@mutation("close-resets", "SO_LINGER 0 left over from a test", "close")
def _close_resets() -> None:
    def reset(original: Any, session: Any, handle: Any, args: Any) -> Any:
        sock = session.socket(handle)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        return original(session, handle, args)

    wrap("close", reset)


@mutation("close-shuts-down-first", "close ends the connection for every copy of the descriptor",
          "close")  # fmt: skip
def _close_shuts_down() -> None:
    def shut(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            session.socket(handle).shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        return original(session, handle, args)

    wrap("close", shut)


@mutation("close-drains-first", "what is unread is read away before the close", "close")
def _close_drains() -> None:
    def drain(original: Any, session: Any, handle: Any, args: Any) -> Any:
        sock = session.socket(handle)
        try:
            while sock.recv(65536, socket.MSG_DONTWAIT):
                pass
        except OSError:
            pass
        return original(session, handle, args)

    wrap("close", drain)


@mutation("abort-closes-politely", "SO_LINGER is not set", "abort")
def _abort_closes_politely() -> None:
    def polite(original: Any, session: Any, handle: Any, args: Any) -> Any:
        import registry

        return registry.OPERATIONS["close"](session, handle, args)

    wrap("abort", polite)


@mutation("dup-shares-nothing", "a copy of a descriptor is a new socket", "dup")
class _DupSharesNothing(Socket):
    def dup(self) -> Any:
        return Socket(self.family, self.type)


@mutation("close-fd-swallows-errors", "closing a number that is free succeeds", "close_fd")
def _close_fd_swallows_errors() -> None:
    def swallow(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return {}

    wrap("close_fd", swallow)


@mutation("shutdown-wants-a-peer", "shutdown asks for a peer, of every kind of socket", "shutdown")
class _ShutdownWantsAPeer(Socket):
    def shutdown(self, how: int) -> None:
        self.getpeername()
        super().shutdown(how)


@mutation("unconnected-counts-as-closed", "a descriptor is kept from connect on", "shutdown")
class _UnconnectedCountsAsClosed(Socket):
    def shutdown(self, how: int) -> None:
        try:
            self.getpeername()
        except OSError:
            raise OSError(errno.EBADF, "no connection") from None
        super().shutdown(how)


@mutation("raw-swallows-errors", "errors of system calls are ignored", "raw")
def _raw_swallows_errors() -> None:
    def swallow(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return {"result": 0, "buffers": []}

    wrap("raw", swallow)


@mutation("sigpipe-kills", "the runtime leaves SIGPIPE as the system has it", "signal")
def _sigpipe_kills() -> None:
    change("signal", before=lambda word: "default")


@mutation("shutdown-is-not-of-unix", "unix sockets are not thought of", "shutdown")
class _ShutdownIsNotOfUnix(Socket):
    def shutdown(self, how: int) -> None:
        if self.family == socket.AF_UNIX:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        super().shutdown(how)
