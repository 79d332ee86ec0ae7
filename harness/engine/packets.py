"""The packets on the loopback interface, from an AF_PACKET socket, as `tcpdump -i lo` has them.

The kernel keeps them until a case has failed: nothing reads while a case runs, for a thread that
does would slow down the very thing it looks at. So the kernel is told to keep little: the protocol
of the case alone, and of each packet the beginning. Which packets belong to a case is seen
afterwards, by names that nobody knows before it (`pcapng.py`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence

from harness.engine.pcapng import Packet

# linux/if_ether.h, linux/if_packet.h, asm-generic/socket.h, linux/filter.h
_ETH_P_ALL = 0x0003
_SOL_PACKET, _PACKET_IGNORE_OUTGOING, _PACKET_STATISTICS = 263, 23, 6
_PACKET_OUTGOING = 4
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_HALF_WORD, _BYTE, _IF_EQUAL, _RETURN = 0x28, 0x30, 0x15, 0x06

_BUFFER = (
    64 << 20
)  # bytes that the kernel may keep; the small packets of a case take a kilobyte each
_BEGINNING = 2048  # bytes of a packet that are kept
# Seconds in which the kernel has handed over the last packets of a case, on a busy machine too.
_SETTLES = 0.02
_TCP, _UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
_NOTHING = ((_RETURN, 0, 0, 0),)


class NoPackets(Exception):
    """Packets cannot be read here; the text is one sentence."""


class Capture:
    """Packets of the loopback interface, case by case. `close` it."""

    def __init__(self) -> None:
        self._socket = _opened()
        _attach(self._socket, _NOTHING)

    def begin(self, transport: str) -> None:
        """A case begins: forget what is there, keep what comes."""
        for _ in _waiting(self._socket, 0):
            pass
        self._lost()
        _attach(self._socket, _of_protocol(_UDP if transport.startswith("udp") else _TCP))

    def drop(self) -> None:
        """A case was in order: keep nothing more."""
        _attach(self._socket, _NOTHING)

    def take(self) -> tuple[list[Packet], int]:
        """Return the packets since `begin`, and how many the kernel had no room for."""
        time.sleep(_SETTLES)
        _attach(self._socket, _NOTHING)
        return list(_waiting(self._socket, _BEGINNING)), self._lost()

    def close(self) -> None:
        """Give everything back."""
        self._socket.close()

    def _lost(self) -> int:
        """How many were thrown away since the last time; asking sets it back."""
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


def _waiting(own: socket.socket, size: int) -> Iterator[Packet]:
    """Yield what is there. On loopback a packet is seen going out and coming in; the latter counts,
    as with tcpdump."""
    while True:
        try:
            content, ancillary, _, address = own.recvmsg(size, socket.CMSG_SPACE(16))
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


# --- what the kernel keeps: a program of its packet filter (linux/filter.h) -----------------------

Instruction = tuple[int, int, int, int]  # what to do; how many to skip if so, and if not; a number


def _of_protocol(protocol: int) -> Sequence[Instruction]:
    """Keep the beginning of packets of a protocol, of ICMP, and of what hides the protocol behind
    headers of IPv6."""
    return (
        (_HALF_WORD, 0, 0, 12),  # the kind of the frame
        (_IF_EQUAL, 0, 3, 0x0800),
        (_BYTE, 0, 0, 23),  # the protocol in IPv4
        (_IF_EQUAL, 9, 0, protocol),
        (_IF_EQUAL, 8, 7, socket.IPPROTO_ICMP),
        (_IF_EQUAL, 0, 6, 0x86DD),
        (_BYTE, 0, 0, 20),  # the next header in IPv6
        (_IF_EQUAL, 5, 0, protocol),
        (_IF_EQUAL, 4, 0, socket.IPPROTO_ICMPV6),
        (_IF_EQUAL, 3, 0, socket.IPPROTO_FRAGMENT),
        (_IF_EQUAL, 2, 0, socket.IPPROTO_HOPOPTS),
        (_IF_EQUAL, 1, 0, socket.IPPROTO_DSTOPTS),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, _BEGINNING),
    )


def _attach(own: socket.socket, program: Sequence[Instruction]) -> None:
    """Have the kernel run this program for each packet from now on."""
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    memory = ctypes.create_string_buffer(code)
    described = struct.pack("@HP", len(program), ctypes.addressof(memory))
    own.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
