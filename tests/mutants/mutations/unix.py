"""Bugs that only unix sockets can have: paths, permissions, who the peer is."""

from __future__ import annotations

import os
import socket
from typing import Any

from mutations import mutation, skip, wrap

Socket = socket.socket


@mutation("path-open-to-all", "everybody may connect, whatever the umask says", "bind", "listen")
class _OpenToAll(Socket):
    def bind(self, address: Any) -> None:
        super().bind(address)
        if self.family == socket.AF_UNIX and isinstance(address, str) and address:
            os.chmod(address, 0o777)


@mutation("bind-makes-folders", "folders that are missing are made on the way", "bind", "listen")
class _MakesFolders(Socket):
    def bind(self, address: Any) -> None:
        if self.family == socket.AF_UNIX and isinstance(address, str) and os.sep in address:
            os.makedirs(os.path.dirname(address), exist_ok=True)
        super().bind(address)


@mutation("path-cut-short", "a path is cut to what fits, without a word", "bind", "listen")
class _CutShort(Socket):
    def bind(self, address: Any) -> None:
        cut = self.family == socket.AF_UNIX and isinstance(address, str)
        super().bind(address[:100] if cut else address)


@mutation("no-name-is-no-bind", "binding to the empty path does nothing", "bind", "listen")
class _NoNameIsNoBind(Socket):
    def bind(self, address: Any) -> None:
        if address != "":
            super().bind(address)


@mutation("peercred-is-our-own", "SO_PEERCRED gives the credentials of the caller", "getsockopt")
class _PeercredIsOurOwn(Socket):
    def getsockopt(self, level: int, option: int, *size: int) -> Any:
        value = super().getsockopt(level, option, *size)
        if self.family != socket.AF_UNIX or (level, option) != (socket.SOL_SOCKET, 17):
            return value
        own = (os.getpid(), os.getuid(), os.getgid())
        return b"".join(number.to_bytes(4, "little") for number in own)


@mutation("seteuid-does-nothing", "a privilege that was to be given up is kept", "seteuid")
def _seteuid() -> None:
    skip("seteuid")


@mutation("address-length-is-guessed", "the length of an address is not the caller's", "raw")
def _length() -> None:
    def guessing(original: Any, session: Any, handle: Any, args: Any) -> Any:
        if args.get("call") in ("bind", "connect"):
            args = {**args, "arguments": [*args["arguments"][:-1], 110]}
        return original(session, handle, args)

    wrap("raw", guessing)


@mutation("path-closed-to-all", "only the owner may connect, whatever the umask says", "bind",
          "listen")  # fmt: skip
class _ClosedToAll(Socket):
    def bind(self, address: Any) -> None:
        super().bind(address)
        if self.family == socket.AF_UNIX and isinstance(address, str) and address:
            os.chmod(address, 0o700)


@mutation("open-ignores-its-mode", "files are opened for reading and writing", "open")
def _open_ignores_its_mode() -> None:
    def both(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return original(session, handle, {**args, "mode": "both"})

    wrap("open", both)


@mutation(
    "unlink-swallows-errors", "a file that cannot be removed is left without a word", "unlink"
)
def _unlink_swallows() -> None:
    def calm(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return {}

    wrap("unlink", calm)
