"""Throughput: chunks one way, as fast as they are read, and every one is compared.

A chunk begins with a byte of its pattern, or with LAST: then the reader answers with eight bytes,
the CPU time that its thread has had so far (ns, little-endian), or with WRONG. So a turn ends when
everything has been read and found right, and reading costs no more messages than one a turn.
"""

from __future__ import annotations

import socket
import time
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict, Iterator, List

from registry import Values, operation
from timing import (
    Player,
    WrongBytes,
    capacity_of,
    fill,
    pattern,
    ready,
    set_delay,
    size_of,
)
from timing_pong import wake

LAST = b"\xff"  # no pattern has it
WRONG = b"\xff" * 8

# Where there is no clock of one thread, that of the process is as good while only one works.
cpu_time = getattr(time, "thread_time_ns", time.process_time_ns)


def chunks(size: int) -> List[bytes]:
    """Two chunks that alternate, then the same two as the last of a turn."""
    plain = [pattern(size, 0), pattern(size, 1)]
    return plain + [LAST + chunk[1:] for chunk in plain]


# --- reading -------------------------------------------------------------------------------------
@operation("sink", workload=True)
def sink(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Read chunks of `size` bytes and compare them, until the other side is gone."""
    sock = session.socket(handle)
    size = size_of(args)
    set_delay(sock, args)
    session.on_stop(handle, lambda: wake(sock))
    session.call(_read, sock, size)


def _read(sock: Any, size: int) -> None:
    plain, last = chunks(size)[:2], chunks(size)[2:]
    stream = sock.type == socket.SOCK_STREAM
    buffer = bytearray(size if stream else size + 1)  # a record that is too long must not fit
    recv_into, same = sock.recv_into, buffer.startswith
    number = 0
    while True:
        got = recv_into(buffer)
        if not got:
            return
        whole = got == size or (stream and fill(sock, buffer, got))
        if whole and same(last[number % 2]):
            sock.sendall(cpu_time().to_bytes(8, "little"))
        elif not (whole and same(plain[number % 2])):
            sock.sendall(WRONG)
            wake(sock)
            raise WrongBytes("wrong bytes in chunk %d" % (number + 1))
        number += 1


# --- writing -------------------------------------------------------------------------------------
class Writer(Player):
    """One connection to write to. A turn gives one sample: its time for each chunk."""

    def __init__(self, sock: Any, size: int, capacity: int) -> None:
        super().__init__(capacity)
        self.sock = sock
        self.size = size
        self.chunks = chunks(size)
        self.reader = 0  # CPU time, as last told

    def play(self, trips: int, drop: int) -> Values:
        """Write `drop` chunks untimed, then the others; tell bytes and times (ns) of these."""
        self.go(drop)
        count, before, spent = trips - drop, self.reader, cpu_time()
        begin = clock()
        self.go(count)
        return self.said(count, clock() - begin, cpu_time() - spent, self.reader - before)

    def said(self, count: int, took: int, writer: int, reader: int) -> Values:
        """Keep the sample of so many chunks; what is said of them: the times in ns."""
        if count:
            self.keep(took // count)
        times = {"took_ns": took, "writer_ns": writer, "reader_ns": reader}
        return dict(times, bytes=count * self.size)

    def gives(self, trips: int, drop: int) -> int:
        return 1

    def go(self, trips: int) -> None:
        """Write so many chunks, and wait until they have been read."""
        sendall = self.sock.sendall
        for chunk in self.coming(trips):
            sendall(chunk)
        if trips:
            word = bytearray(8)
            got = self.sock.recv_into(word)
            self.hear(bytes(word) if got and fill(self.sock, word, got) else b"")

    def coming(self, trips: int) -> Iterator[bytes]:
        """The next chunks of a turn, its last one included."""
        first, self.played = self.played, self.played + trips
        for number in range(first, first + trips):
            yield self.chunks[number % 2 if number < self.played - 1 else 2 + number % 2]

    def hear(self, word: bytes) -> None:
        """Take the reader's word about a turn."""
        if len(word) < len(WRONG):
            raise EOFError("the stream ended at chunk %d" % self.played)
        if word == WRONG:
            raise WrongBytes("the reader found wrong bytes")
        self.reader = int.from_bytes(word, "little")


@operation("stream_open", workload=True)
def stream_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Get a connected socket ready to write chunks of `size` bytes."""
    sock = session.socket(handle)
    size, capacity = size_of(args), capacity_of(args)
    set_delay(sock, args)
    ready(session, handle, Writer(sock, size, capacity))
