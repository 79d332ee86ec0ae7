"""Bugs in looking up names, and in what a new socket is before anybody has said anything."""

from __future__ import annotations

import socket
from typing import Any

from mutations import change, mutation, wrap

Socket = socket.socket


@mutation("look-up-forgets-the-port", "the port is left to whoever connects", "getaddrinfo")
def _forgets_the_port() -> None:
    change("getaddrinfo", name=lambda name: {**name, "port": 1})


@mutation("look-up-is-lenient", "what is no name is made one, and what is unknown is port 0",
          "getaddrinfo")  # fmt: skip
def _is_lenient() -> None:
    original = socket.getaddrinfo

    def lenient(host: Any, port: Any, *rest: Any) -> Any:
        host = str(host) if isinstance(host, (int, float)) else host
        try:
            return original(host, port, *rest)
        except OSError:
            return original(None, 0, *rest[:-1])

    socket.getaddrinfo = lenient  # type: ignore[assignment]


@mutation("look-up-ignores-flags", "hints are not passed on", "getaddrinfo")
def _ignores_flags() -> None:
    def without(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return original(session, handle, {k: v for k, v in args.items() if k != "flags"})

    wrap("getaddrinfo", without)


@mutation("v6only-by-default", "a new IPv6 socket is for IPv6 alone", "socket", "bind", "listen")
class _V6Only(Socket):
    def __init__(self, *kind: Any, **more: Any) -> None:
        super().__init__(*kind, **more)
        if self.family == socket.AF_INET6 and not (len(kind) > 3 or more):
            self.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


@mutation("connect-knocks", "an empty datagram is sent to see whether anybody is there", "connect")
class _Knocks(Socket):
    def connect(self, address: Any) -> None:
        super().connect(address)
        if self.type == socket.SOCK_DGRAM:
            self.send(b"")
