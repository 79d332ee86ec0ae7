"""Bugs in making, naming, listening, accepting and connecting."""

from __future__ import annotations

import socket
from typing import Any

from mutations import change, mutation

Socket = socket.socket


@mutation("backlog-is-one-more", "the queue's limit is off by one", "listen")
class _BacklogOneMore(Socket):
    def listen(self, *backlog: int) -> None:
        super().listen(*(number + 1 for number in backlog))


@mutation("backlog-is-ignored", "listen always takes 128", "listen")
class _BacklogIgnored(Socket):
    def listen(self, *backlog: int) -> None:
        super().listen(128)


@mutation("listens-everywhere", "the address is not looked at: all interfaces", "bind", "listen")
class _ListensEverywhere(Socket):
    def bind(self, address: Any) -> None:
        if self.family == socket.AF_INET and isinstance(address, tuple):
            address = ("0.0.0.0", address[1])
        elif self.family == socket.AF_INET6 and isinstance(address, tuple):
            address = ("::", address[1])
        super().bind(address)


@mutation("bind-always-reuses", "SO_REUSEADDR and SO_REUSEPORT set for everybody", "bind", "listen")
class _AlwaysReuses(Socket):
    def bind(self, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().bind(address)


@mutation("bind-takes-any-port", "when the port is taken another one is used", "bind", "listen")
class _TakesAnyPort(Socket):
    def bind(self, address: Any) -> None:
        try:
            super().bind(address)
        except OSError:
            if not isinstance(address, tuple):
                raise
            super().bind((address[0], 0, *address[2:]))


@mutation("bind-unlinks-first", "whatever stands at the path is removed", "bind", "listen")
class _UnlinksFirst(Socket):
    def bind(self, address: Any) -> None:
        import os

        if self.family == socket.AF_UNIX and isinstance(address, str):
            try:
                os.unlink(address)
            except OSError:
                pass
        super().bind(address)


@mutation("accept-names-the-listener", "accept gives its own address as the peer's", "accept")
class _NamesTheListener(Socket):
    def accept(self) -> Any:
        conn, _ = super().accept()
        return conn, conn.getsockname()


@mutation("accept-last-in-first-out", "the newest connection is taken first", "accept")
class _LastInFirstOut(Socket):
    def accept(self) -> Any:
        first = super().accept()
        kept = self.__dict__.setdefault("kept", []) if hasattr(self, "__dict__") else []
        kept.append(first)
        blocking = self.gettimeout()
        self.settimeout(0)
        try:
            while True:
                kept.append(super().accept())
        except OSError:
            pass
        finally:
            self.settimeout(blocking)
        return kept.pop()


@mutation("accept-skips-the-dead", "connections that have ended are passed over", "accept")
class _SkipsTheDead(Socket):
    def accept(self) -> Any:
        while True:
            conn, peer = super().accept()
            try:
                if conn.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return conn, peer
            except BlockingIOError:
                return conn, peer
            except OSError:
                pass
            conn.close()


@mutation("accept-inherits-nonblocking", "accepted sockets do not block", "accept")
class _AcceptedDoNotBlock(Socket):
    def accept(self) -> Any:
        conn, peer = super().accept()
        conn.setblocking(False)
        return conn, peer


@mutation("connect-hides-refusal", "a refused connect is reported as a timeout", "connect")
class _HidesRefusal(Socket):
    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except ConnectionRefusedError:
            raise TimeoutError(110, "Connection timed out") from None


@mutation("connect-succeeds-always", "errors of connect come with the first write only", "connect")
class _SucceedsAlways(Socket):
    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except OSError:
            pass


@mutation("connect-in-progress-is-done", "a connect that is under way is reported as done",
          "connect")  # fmt: skip
class _InProgressIsDone(Socket):
    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except BlockingIOError:
            pass


@mutation("getsockname-forgets-the-port", "the port that was asked for, not the one given",
          "getsockname", "bind", "listen")  # fmt: skip
def _forgets_the_port() -> None:
    for operation in ("getsockname", "bind", "listen"):
        change(operation, name=lambda name: {**name, "port": 0} if "port" in name else name)


@mutation("getpeername-names-itself", "both names are the same", "getpeername")
class _GetpeernameNamesItself(Socket):
    def getpeername(self) -> Any:
        return self.getsockname()


@mutation("localhost-means-everywhere", "a host name is resolved to all interfaces", "bind",
          "listen")  # fmt: skip
class _LocalhostMeansEverywhere(Socket):
    def bind(self, address: Any) -> None:
        if isinstance(address, tuple) and address[0] == "localhost":
            address = ("", *address[1:])
        super().bind(address)


@mutation("ports-wrap-around", "a port number is taken modulo 65536", "bind", "connect", "listen")
class _PortsWrapAround(Socket):
    @staticmethod
    def _wrapped(address: Any) -> Any:
        if isinstance(address, tuple) and isinstance(address[1], int):
            return (address[0], address[1] % 65536, *address[2:])
        return address

    def bind(self, address: Any) -> None:
        super().bind(self._wrapped(address))

    def connect(self, address: Any) -> None:
        super().connect(self._wrapped(address))


@mutation("backlog-must-be-said", "without one there is room for one, and none is less", "listen")
class _BacklogMustBeSaid(Socket):
    def listen(self, backlog: int = 1) -> None:
        if backlog < 0:
            raise ValueError("a negative backlog")
        super().listen(backlog)
