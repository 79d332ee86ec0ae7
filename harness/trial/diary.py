"""What is done to a program while it is looked at, call by call: the timeline of a look.

The sockets of a look write down themselves what they do and what comes of it. Of many calls the
first and the last are kept. Standard library only: scripts take this along (`bundle.py`).
"""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

FIRST, LAST = 6, 32  # calls that are kept of a long timeline: as many as a report shows
_SHOWN = 24  # bytes

R = TypeVar("R")


@dataclass(frozen=True)
class Noted:
    """One thing that was done: by whom, on what; `begun` and `ended` in seconds of one clock."""

    side: str
    handle: str
    op: str
    text: str
    begun: float
    ended: float


class Diary:
    """What was done, in its order."""

    def __init__(self) -> None:
        self._first: list[Noted] = []
        self._last: deque[Noted] = deque(maxlen=LAST)
        self._number = 0
        self._named: Counter[str] = Counter()

    def clear(self) -> None:
        """Begin anew, for another look."""
        self._first.clear()
        self._last.clear()
        self._number = 0
        self._named.clear()

    def entries(self) -> list[Noted]:
        """All that was kept, with a word on what was not."""
        left_out = self._number - len(self._first) - len(self._last)
        if not left_out:
            return [*self._first, *self._last]
        at = self._last[0].begun
        gap = Noted("client", "…", "more", f"{left_out} more calls like these", at, at)
        return [*self._first, gap, *self._last]

    def note(self, side: str, handle: str, op: str, text: str, begun: float | None = None) -> None:
        """Write down what has just ended; ` -> ` in the text stands before what came of it."""
        now = time.monotonic()
        self._number += 1
        noted = Noted(side, handle, op, text, now if begun is None else begun, now)
        if len(self._first) < FIRST:
            self._first.append(noted)
        else:
            self._last.append(noted)

    def saw(self, what: str, result: object) -> None:
        """Write down what was seen of the program."""
        self.note("server", "program", what, f"{what} -> {result}")

    def name(self, kind: str) -> str:
        """A name for one more socket."""
        self._named[kind] += 1
        return kind if self._named[kind] == 1 else f"{kind}{self._named[kind]}"


class Watched(socket.socket):
    """A socket that writes into a diary what is done with it."""

    def __init__(
        self,
        diary: Diary,
        family: int,
        kind: int,
        side: str = "client",
        handle: str = "client",
        fileno: int | None = None,
    ) -> None:
        super().__init__(family, kind, fileno=fileno)
        self._diary = diary
        self._side = side
        self._handle = diary.name(handle)

    @classmethod
    def taken(cls, diary: Diary, conn: socket.socket) -> Watched:
        """The same connection, watched."""
        return cls(diary, conn.family, conn.type, "server", "conn", fileno=conn.detach())

    def connect(self, address: Any) -> None:
        self._do(
            "connect", f"connect {_place(address)}", lambda: super(Watched, self).connect(address)
        )

    def connect_ex(self, address: Any) -> int:
        begun = time.monotonic()
        result = super().connect_ex(address)
        came = f" -> {errno.errorcode[result]}" if result else ""
        text = f"connect {_place(address)}{came}"
        self._diary.note(self._side, self._handle, "connect", text, begun)
        return result

    def send(self, data: Any, flags: int = 0) -> int:
        return self._do(
            "send", f"send {shown(data)}", lambda: super(Watched, self).send(data, flags)
        )

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._do(
            "sendall", f"sendall {shown(data)}", lambda: super(Watched, self).sendall(data, flags)
        )

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self._do("recv", f"recv {size}", lambda: super(Watched, self).recv(size, flags))

    def shutdown(self, how: int) -> None:
        self._do("shutdown", "shutdown write", lambda: super(Watched, self).shutdown(how))

    def close(self) -> None:
        failing = sys.exc_info()[0] is not None  # what is tidied up then is no part of the story
        if failing:
            super().close()
        elif self.fileno() >= 0:
            linger = super().getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            how = "close, by a reset" if linger[0] and not any(linger[4:]) else "close"
            self._do("close", how, super().close)

    def _do(self, op: str, text: str, call: Callable[[], R]) -> R:
        begun = time.monotonic()
        try:
            result = call()
        except OSError as problem:
            said = problem.strerror or str(problem) or type(problem).__name__
            self._diary.note(self._side, self._handle, op, f"{text} -> {said}", begun)
            raise
        came = "" if result is None else f" -> {_told(result)}"
        self._diary.note(self._side, self._handle, op, text + came, begun)
        return result


def shown(data: bytes) -> str:
    """Bytes for people: how many, and how they begin."""
    more = "…" if len(data) > _SHOWN else ""
    return f"{len(data)} bytes {bytes(data[:_SHOWN])!r}{more}"


def _told(result: object) -> str:
    if isinstance(result, bytes):
        return shown(result) if result else "eof"
    return f"count {result}" if isinstance(result, int) else str(result)


def _place(address: Any) -> str:
    return address if isinstance(address, str) else ":".join(str(part) for part in address[:2])
