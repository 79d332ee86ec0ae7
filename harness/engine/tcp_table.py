"""The system's table of TCP connections, by name: for the step `kernel: tcp_table`.

It tells of sockets that no process holds any more: TIME_WAIT, and orphans on their way out. On
Linux the kernel's own text is searched: psutil, which is asked elsewhere, finds out the owner of
every socket of the system first, and that takes tenths of a second after a long run.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psutil

_FILES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
# As the kernel numbers them, from 1 (include/net/tcp_states.h); the names are psutil's.
STATES = (
    "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
    "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV",
)  # fmt: skip


def tcp_states(local: Mapping[str, Any], peer: Mapping[str, Any] | None = None) -> list[str]:
    """List the states of all TCP sockets of the system with this name, in alphabetical order.

    A name is {host, port}. Elsewhere than on Linux the kernel may tell of one's own processes only,
    and leave out what none of them holds."""
    return linux_states(local, peer) if sys.platform == "linux" else sorted(_asked(local, peer))


def linux_states(local: Mapping[str, Any], peer: Mapping[str, Any] | None = None) -> list[str]:
    """The same out of the kernel's own text."""
    family = socket.AF_INET6 if ":" in local["host"] else socket.AF_INET
    with open(_FILES[family], encoding="ascii") as lines:
        return sorted(states_in(lines, shown(local), shown(peer) if peer else None))


def states_in(lines: Iterable[str], local: str, peer: str | None) -> Iterator[str]:
    """Yield the states of the lines of /proc/net/tcp which have these names."""
    for line in lines:
        if local in line:
            _, own, other, state, *_ = line.split()
            if own == local and peer in (None, other):
                yield STATES[int(state, 16)]


def shown(name: Mapping[str, Any]) -> str:
    """A name as /proc/net/tcp shows it: the address as words of the machine, in hexadecimal."""
    family = socket.AF_INET6 if ":" in name["host"] else socket.AF_INET
    packed = socket.inet_pton(family, name["host"])
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{name['port']:04X}"


def _asked(local: Mapping[str, Any], peer: Mapping[str, Any] | None) -> Iterator[str]:
    for row in psutil.net_connections(kind="tcp"):
        if _is(row.laddr, local) and (peer is None or _is(row.raddr, peer)):
            yield row.status


def _is(address: Any, name: Mapping[str, Any]) -> bool:
    return bool(address) and tuple(address) == (name["host"], name["port"])
