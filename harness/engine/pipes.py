"""The three pipes of a driver, from our side: lines in, lines and a log out, all of it bounded.

Owned here: cutting standard output into lines, keeping the end of standard error, writing without
ever waiting for a reader. What a line means is not known here; each one goes to `hear`, which
raises Malformed for nonsense. Everything happens in the calling thread, only inside `pump`.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterable
from typing import IO

from harness.protocol import Malformed

LONGEST_LINE = 1 << 20
KEPT_LOG = 8 << 10
CHUNK = 64 << 10
# What is left in the pipes of a driver that has ended fits into a few chunks; a child of it that
# goes on writing for ever is not listened to for longer than this many.
LAST_CHUNKS = 64


class Pipes:
    """`eof` says that standard output has ended, `garbage` why it is not listened to any more."""

    def __init__(
        self, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes], hear: Callable[[bytes], None]
    ) -> None:
        self._files = (stdin, stdout, stderr)
        self._in, self._out, self._err = (file.fileno() for file in self._files)
        os.set_blocking(self._in, False)
        self._hear = hear
        self._partial = bytearray()
        self._poll = select.poll()
        self.watched = [self._out, self._err]
        for fd in self.watched:
            self._poll.register(fd, select.POLLIN)
        self.log = b""
        self.eof = False
        self.garbage = ""

    @property
    def unfinished(self) -> bytes:
        """What came of a line whose end has not come."""
        return bytes(self._partial)

    def pump(self, seconds: float) -> bool:
        """Wait at most so long for something to read and take it in. False: nothing came."""
        events = self._poll.poll(seconds * 1000)
        for fd, _ in events:
            self.read(fd)
        return bool(events)

    def read(self, fd: int) -> None:
        """Take in one chunk of a watched descriptor that has something to read."""
        if fd not in self.watched:
            return
        chunk = os.read(fd, CHUNK)
        if not chunk:
            self._forget(fd)
            self.eof |= fd == self._out
        elif fd == self._out:
            self._cut(chunk)
        else:
            self.log = (self.log + chunk)[-KEPT_LOG:]

    def _cut(self, chunk: bytes) -> None:
        self._partial += chunk
        if b"\n" in chunk:
            *lines, rest = self._partial.split(b"\n")
            self._partial = rest
            self._hear_all(lines)
        if len(self._partial) > LONGEST_LINE:
            self._stop_listening(f"a line longer than {LONGEST_LINE} bytes")

    def _hear_all(self, lines: Iterable[bytearray]) -> None:
        try:
            for line in lines:
                self._hear(bytes(line))
        except Malformed as problem:
            self._stop_listening(str(problem))

    def _stop_listening(self, why: str) -> None:
        self.garbage = why
        self._partial.clear()
        self._forget(self._out)

    def _forget(self, fd: int) -> None:
        if fd in self.watched:
            self.watched.remove(fd)
            self._poll.unregister(fd)

    def drain(self) -> None:
        """Take in what is there already."""
        for _ in range(LAST_CHUNKS):
            if not self.pump(0):
                return

    def write(self, data: bytes) -> bytes:
        """Write what the pipe takes at once; return the rest. Raise BrokenPipeError."""
        try:
            return data[os.write(self._in, data) :]
        except BlockingIOError:
            return data

    def pump_until_writable(self, seconds: float) -> bool:
        """Wait until the pipe takes more, listening meanwhile: a driver that is itself stuck in
        writing must be relieved first."""
        self._poll.register(self._in, select.POLLOUT)
        try:
            return self.pump(seconds)
        finally:
            self._poll.unregister(self._in)

    def hang_up(self) -> None:
        """Close the driver's standard input."""
        self._files[0].close()

    def close(self) -> None:
        """Close all three."""
        for fd in (self._out, self._err):
            self._forget(fd)
        for file in self._files:
            with contextlib.suppress(OSError):
                file.close()


def pump_all(several: Iterable[Pipes], seconds: float) -> bool:
    """Like `Pipes.pump`, for whichever of several drivers says something."""
    poll = select.poll()
    owners = {fd: pipes for pipes in several for fd in pipes.watched}
    for fd in owners:
        poll.register(fd, select.POLLIN)
    events = poll.poll(seconds * 1000)
    for fd, _ in events:
        owners[fd].read(fd)
    return bool(events)
