"""The packets on the loopback interface, from an AF_PACKET socket, as `tcpdump -i lo` has them.

A thread takes them from the kernel, whose buffer a fast case would overrun. Which of them belong to
a case is seen afterwards, by their names: before a case nobody knows its ports. So while several
processes run cases at once, each keeps its own. What a packet file looks like is in `pcapng.py`.
"""

from __future__ import annotations

import collections
import contextlib
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator

from harness.engine.pcapng import Packet

_ETH_P_ALL = 0x0003
_SOL_PACKET, _PACKET_IGNORE_OUTGOING, _PACKET_STATISTICS = 263, 23, 6
_PACKET_OUTGOING = 4
_SO_TIMESTAMPNS = 64 if sys.platform == "linux" and os.uname().machine == "sparc64" else 35
_SO_RCVBUFFORCE = 33
_BUFFER = 64 << 20  # bytes that the kernel keeps while the thread has no processor
_KEPT = 128 << 20  # bytes that are kept of one case
_LARGEST = 1 << 18
# The last packets of a case are taken by the thread within milliseconds after it has ended.
_SETTLES = 0.02
_SETTLES_AT_MOST = 1.0


class NoPackets(Exception):
    """Packets cannot be read here; the text is one sentence."""


class Capture:
    """Packets of the loopback interface, from now on. A context manager."""

    def __init__(self) -> None:
        self._socket = _opened()
        self._packets: collections.deque[Packet] = collections.deque()
        self._size = 0
        self._left_out = 0
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self._end_read, self._end_write = os.pipe()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Forget what came so far: a case begins."""
        with self._lock:
            self._packets.clear()
            self._size = self._left_out = 0
            self._lost()

    def take(self) -> tuple[list[Packet], int]:
        """Return the packets since `begin`, and how many were lost. Waits until no more come."""
        give_up = time.monotonic() + _SETTLES_AT_MOST
        while time.monotonic() < min(self._last + _SETTLES, give_up):
            time.sleep(_SETTLES / 4)
        with self._lock:
            return list(self._packets), self._left_out + self._lost()

    def close(self) -> None:
        """End the thread and close everything."""
        os.close(self._end_write)
        self._thread.join()
        os.close(self._end_read)
        self._socket.close()

    def _read(self) -> None:
        wanted = [self._socket.fileno(), self._end_read]
        while True:
            ready, _, _ = select.select(wanted, [], [])
            if self._end_read in ready:
                return
            for packet in _waiting(self._socket):
                self._keep(packet)

    def _keep(self, packet: Packet) -> None:
        with self._lock:
            self._last = time.monotonic()
            if self._size > _KEPT:
                self._left_out += 1
                return
            self._packets.append(packet)
            self._size += len(packet.content)

    def _lost(self) -> int:
        """How many packets the kernel threw away since the last time; asking sets it back."""
        told = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        return int(struct.unpack("=II", told)[1])


def _opened() -> socket.socket:
    if sys.platform != "linux":
        raise NoPackets("packets are read on Linux only")
    try:
        own = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    except OSError as problem:
        hint = " (it takes root, or the capability CAP_NET_RAW)"
        why = os.strerror(problem.errno or 0).lower()
        raise NoPackets(f"packets cannot be read: {why}{hint}") from None
    with contextlib.suppress(OSError):  # beyond the limit of the machine: only root may
        own.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    own.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    with contextlib.suppress(OSError):  # since Linux 4.20; before, they are left out below
        own.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    own.bind(("lo", _ETH_P_ALL))
    return own


def _waiting(own: socket.socket) -> Iterator[Packet]:
    """Yield what is there. On loopback a packet is seen going out and coming in; the latter counts,
    as with tcpdump."""
    while True:
        try:
            content, ancillary, _, address = own.recvmsg(_LARGEST, socket.CMSG_SPACE(16))
        except BlockingIOError:
            return
        if address[2] != _PACKET_OUTGOING:
            yield Packet(_nanoseconds(ancillary), content)


def _nanoseconds(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, rest = struct.unpack("@ll", value[: struct.calcsize("@ll")])
            return int(seconds * 1_000_000_000 + rest)
    return time.time_ns()
