"""Bugs in sending."""

from __future__ import annotations

import socket
from typing import Any

from mutations import change, mutation, skip

Socket = socket.socket


@mutation("send-loses-the-rest", "sendall sends once and forgets what was not taken", "sendall")
class _LosesTheRest(Socket):
    def sendall(self, data: Any, flags: int = 0) -> None:
        # How much a send takes depends on who reads at that moment; so much it takes here.
        self.send(data[:1000], flags)


@mutation("send-cuts-at-4096", "an internal buffer of 4096 bytes", "send", "sendto")
class _CutsAt4096(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        return super().send(data[:4096], flags)

    def sendto(self, data: Any, *rest: Any) -> int:
        return super().sendto(data[:4096], *rest)


@mutation("send-claims-all", "the number of bytes is not looked at", "send", "fill")
class _ClaimsAll(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        super().send(data, flags)
        return len(data)


@mutation("send-twice", "a retry after a call that had worked", "send", "sendto")
class _SendsTwice(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        super().send(data, flags)
        return super().send(data, flags)

    def sendto(self, data: Any, *rest: Any) -> int:
        super().sendto(data, *rest)
        return super().sendto(data, *rest)


@mutation("send-swallows-errors", "an error while sending is logged and forgotten", "send",
          "sendall", "sendto")  # fmt: skip
class _SwallowsErrors(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except OSError:
            return len(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        try:
            super().sendall(data, flags)
        except OSError:
            pass

    def sendto(self, data: Any, *rest: Any) -> int:
        try:
            return super().sendto(data, *rest)
        except OSError:
            return len(data)


@mutation("send-skips-empty", "an empty message is not sent", "send", "sendto", "sendmsg")
class _SkipsEmpty(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        return super().send(data, flags) if data else 0

    def sendto(self, data: Any, *rest: Any) -> int:
        return super().sendto(data, *rest) if data else 0


@mutation("send-adds-newline", "a line protocol's habit in the transport", "send", "sendall")
class _AddsNewline(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        super().send(bytes(data) + b"\n", flags)
        return len(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        super().sendall(bytes(data) + b"\n", flags)


@mutation("send-breaks-datagrams", "datagrams are cut into pieces of 512 bytes", "send", "sendto")
class _BreaksDatagrams(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        if self.type == socket.SOCK_STREAM:
            return super().send(data, flags)
        pieces = [data[at : at + 512] for at in range(0, len(data), 512)] or [b""]
        return sum(Socket.send(self, piece, flags) for piece in pieces)

    def sendto(self, data: Any, *rest: Any) -> int:
        if self.type == socket.SOCK_STREAM:
            return super().sendto(data, *rest)
        pieces = [data[at : at + 512] for at in range(0, len(data), 512)] or [b""]
        return sum(Socket.sendto(self, piece, *rest) for piece in pieces)


@mutation("send-ignores-flags", "flags are accepted and not passed on", "send", "sendall", "sendto",
          "sendmsg", "fill")  # fmt: skip
class _IgnoresFlags(Socket):
    def send(self, data: Any, flags: int = 0) -> int:
        return super().send(data)

    def sendto(self, data: Any, *rest: Any) -> int:
        return super().sendto(data, rest[-1])

    def sendmsg(self, buffers: Any, ancillary: Any = (), flags: int = 0, *to: Any) -> int:
        return super().sendmsg(buffers, ancillary, 0, *to)


@mutation("sendmsg-first-buffer-only", "gather is not implemented", "sendmsg")
class _FirstBufferOnly(Socket):
    def sendmsg(self, buffers: Any, ancillary: Any = (), flags: int = 0, *to: Any) -> int:
        return super().sendmsg(list(buffers)[:1], ancillary, flags, *to)


@mutation("sendmsg-loses-ancillary", "control messages are not passed on", "sendmsg")
class _LosesAncillary(Socket):
    def sendmsg(self, buffers: Any, ancillary: Any = (), flags: int = 0, *to: Any) -> int:
        return super().sendmsg(buffers, [], flags, *to)


@mutation("sendto-ignores-address", "once connected, the address is not looked at", "sendto")
class _IgnoresAddress(Socket):
    first = None

    def sendto(self, data: Any, *rest: Any) -> int:
        self.first = self.first or rest[-1]
        return super().sendto(data, *rest[:-1], self.first)


@mutation("fill-counts-wrong", "the count of what is under way is off by one chunk", "fill")
def _fill_counts_wrong() -> None:
    change("fill", count=lambda count: count + 1)


@mutation("sendfile-claims-all", "what was asked for counts as sent", "sendfile",
          "socket_sendfile")  # fmt: skip
def _sendfile_claims_all() -> None:
    skip("sendfile", count=100)
    skip("socket_sendfile", count=100)


@mutation("nothing-is-sent", "the write is queued and the queue is never flushed", "send",
          "sendall", "sendto", "sendmsg")  # fmt: skip
def _nothing_is_sent() -> None:
    for operation in ("send", "sendto", "sendmsg", "sendall"):
        skip(operation, count=0)
