"""Bugs in receiving."""

from __future__ import annotations

import errno
import socket
from typing import Any

from mutations import change, mutation, wrap

Socket = socket.socket


@mutation("recv-drops-last-byte", "off by one in the read buffer", "recv")
class _DropsLastByte(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        return data[:-1] if len(data) > 1 else data


@mutation("recv-decodes-text", "bytes go through a text decoder that replaces what it cannot read",
          "recv", "recv_exactly", "recv_until_eof")  # fmt: skip
class _DecodesText(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(size, flags).decode("utf-8", "replace").encode()[:size]


@mutation("recv-stops-at-nul", "bytes handled as a C string", "recv", "recv_exactly",
          "recv_until_eof", "recvfrom")  # fmt: skip
class _StopsAtNul(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        return data.partition(b"\0")[0] or data

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        data, peer = super().recvfrom(size, flags)
        return data.partition(b"\0")[0] or data, peer


@mutation("recv-strips-newline", "line endings normalised on the way in", "recv", "recv_exactly",
          "recv_until_eof")  # fmt: skip
class _StripsNewline(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(size, flags).replace(b"\r\n", b"\n")


@mutation("recv-reads-ahead", "a read buffer swallows more than was asked for, and loses it",
          "recv", "recv_exactly")  # fmt: skip
class _ReadsAhead(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(max(size, 4096), flags)[:size]


@mutation("recv-fills-the-buffer", "recv waits until the whole buffer is full", "recv")
class _FillsTheBuffer(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(size, flags | (0 if flags else socket.MSG_WAITALL))


@mutation("recv-ignores-flags", "flags are accepted and not passed on", "recv", "recvfrom",
          "recv_into", "recvmsg")  # fmt: skip
class _IgnoresFlags(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(size)

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        return super().recvfrom(size)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return super().recv_into(buffer, nbytes)

    def recvmsg(self, size: int, control: int = 0, flags: int = 0) -> Any:
        return super().recvmsg(size, control)


@mutation("eof-is-an-error", "the end of the stream is raised as a broken connection", "recv",
          "recv_into")  # fmt: skip
class _EofIsAnError(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        if not data and size and self.type == socket.SOCK_STREAM:
            raise ConnectionResetError(104, "Connection reset by peer")
        return data


@mutation("eof-only-once", "after the end of the stream the next read waits", "recv")
class _EofOnlyOnce(Socket):
    ended = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.ended:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        data = super().recv(size, flags)
        self.ended = not data and size > 0
        return data


@mutation("reset-looks-like-eof", "every error on reading ends the stream quietly", "recv",
          "recv_into", "recvmsg")  # fmt: skip
class _ResetLooksLikeEof(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except ConnectionError:
            return b""


@mutation("would-block-looks-like-eof", "an empty socket in non-blocking mode reads as ended",
          "recv", "drain")  # fmt: skip
class _WouldBlockLooksLikeEof(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except BlockingIOError:
            return b""


@mutation("recv-into-spoils-the-tail", "the whole buffer is cleared before reading", "recv_into")
class _SpoilsTheTail(Socket):
    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        count = super().recv_into(buffer, nbytes, flags)
        if count < len(buffer):
            buffer[count] = 0
        return count


@mutation("recv-into-ignores-nbytes", "nbytes is not looked at", "recv_into")
class _IgnoresNbytes(Socket):
    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return super().recv_into(buffer, 0, flags)


@mutation("datagrams-are-joined", "two datagrams that wait are read as one", "recv", "recvfrom")
class _DatagramsAreJoined(Socket):
    def _more(self, data: bytes, size: int) -> bytes:
        if self.type != socket.SOCK_DGRAM:
            return data
        try:
            return (data + super().recv(size, socket.MSG_DONTWAIT))[:size]
        except OSError:
            return data

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self._more(super().recv(size, flags), size)

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        data, peer = super().recvfrom(size, flags)
        return self._more(data, size), peer


@mutation("datagram-rest-is-kept", "what did not fit is given to the next read", "recv", "recvfrom")
class _DatagramRestIsKept(Socket):
    rest = b""

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.type == socket.SOCK_STREAM or flags:
            return super().recv(size, flags)
        data = self.rest or super().recv(65536)
        self.rest = data[size:]
        return data[:size]

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        if self.type == socket.SOCK_STREAM or flags or self.rest:
            return (self.recv(size), None) if self.rest else super().recvfrom(size, flags)
        data, peer = super().recvfrom(65536)
        self.rest = data[size:]
        return data[:size], peer


@mutation("empty-datagrams-are-dropped", "an empty read is taken for nothing and done again",
          "recv", "recvfrom", "recvmsg")  # fmt: skip
class _EmptyDatagramsAreDropped(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        while not data and size and self.type != socket.SOCK_STREAM:
            data = super().recv(size, flags)
        return data

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        data, peer = super().recvfrom(size, flags)
        while not data and self.type != socket.SOCK_STREAM:
            data, peer = super().recvfrom(size, flags)
        return data, peer


@mutation("recvfrom-names-itself", "the local address is given as the sender's", "recvfrom")
class _RecvfromNamesItself(Socket):
    def recvfrom(self, size: int, flags: int = 0) -> Any:
        data, _ = super().recvfrom(size, flags)
        return data, self.getsockname()


@mutation("recvmsg-loses-ancillary", "control messages are not asked for", "recvmsg")
class _LosesAncillary(Socket):
    def recvmsg(self, size: int, control: int = 0, flags: int = 0) -> Any:
        return super().recvmsg(size, 0, flags)


@mutation("recvmsg-loses-flags", "msg_flags is not filled in", "recvmsg")
def _loses_flags() -> None:
    change("recvmsg", flags=lambda _: [])


@mutation("drain-stops-early", "one read is taken for all there is", "drain")
def _drain_stops_early() -> None:
    def one_read(original: Any, session: Any, handle: Any, args: Any) -> Any:
        import registry

        recv = registry.OPERATIONS["recv"]
        asked = {"size": 100, "flags": "MSG_DONTWAIT"}
        return {**recv(session, handle, asked), "eof": False}

    wrap("drain", one_read)


@mutation("not-connected-reads-as-eof", "who has no peer reads the end", "recv", "recvfrom")
class _NotConnectedReadsAsEof(Socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except OSError as failure:
            if failure.errno != errno.ENOTCONN:
                raise
            return b""
