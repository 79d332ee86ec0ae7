"""The protocol's two file descriptors: JSON lines in, JSON lines out. Knows no operation.

The descriptors are private duplicates, never inherited: fd 0 then reads nothing and fd 1 is the
log, so a library that prints cannot spoil the protocol.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any, Dict, Iterator, List

encode = json.JSONEncoder(separators=(",", ":")).encode


class Wire:
    """Lines from the engine and to it. `send` may be called on any thread."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self._lock = threading.Lock()

    def read(self, size: int) -> bytes:
        """Wait for something from the engine; nothing is its end."""
        return os.read(self.source, size)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that come, without their ends, until the engine closes the pipe."""
        parts: List[bytes] = []
        while True:
            chunk = self.read(65536)
            if not chunk:
                return
            parts.append(chunk)
            if b"\n" in chunk:
                *lines, rest = b"".join(parts).split(b"\n")
                parts = [rest]
                yield from lines

    def close_sink(self) -> None:
        """Let the other side's `lines` end."""
        with self._lock:
            if self.sink != -1:
                os.close(self.sink)
                self.sink = -1

    def send(self, message: Dict[str, Any]) -> None:
        """Send one message. TypeError or ValueError, and nothing sent, when it is not JSON."""
        line = encode(message).encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self.sink, line) :]


def take_standard_streams() -> Wire:
    """Take fds 0 and 1 for the protocol alone, and put harmless ones in their place."""
    wire = Wire(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return wire
