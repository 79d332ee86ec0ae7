"""What the kernel says of a program's processes: where they listen, what they hold and use.

Read from the system's tables; the program is not asked and need not cooperate. Processes that end
while they are looked at are passed over.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from harness.engine import kernel
from harness.trial.target import Address, Target, text_of

Row = Mapping[str, Any]
SPIN_LOOKS = 0.4  # seconds to watch a program that should be idle
# Of a processor. Idle programs take less than a hundredth; one that polls every 10 ms on a busy
# machine waits for its turn much of the time, and hardly runs.
SPINNING = 0.15
ALWAYS_READY = 0.8
_RUNS_AT_ALL = 0.02
_TOTAL_RETRANS = 100  # tcpi_total_retrans in struct tcp_info, <linux/tcp.h>


@dataclass(frozen=True)
class Usage:
    """What some processes hold together: `memory` in bytes resident, `cpu` in seconds used."""

    descriptors: int = 0
    threads: int = 0
    processes: int = 0
    memory: int = 0
    cpu: float = 0.0


def usage(pids: Iterable[int]) -> Usage:
    """Sum up what the processes hold and have used."""
    total = Usage()
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            with process.oneshot():
                times = process.cpu_times()
                total = Usage(
                    total.descriptors + process.num_fds(),
                    total.threads + process.num_threads(),
                    total.processes + 1,
                    total.memory + process.memory_info().rss,
                    total.cpu + times.user + times.system,
                )
    return total


def spinning(pids: Iterable[int], wait: Callable[[float], object]) -> float:
    """The share of a processor that the busiest thread takes, or would take: one that is ready to
    run all the time spins, however little of a busy machine it gets. `wait` lets time pass."""
    pids = list(pids)
    begun, before = time.monotonic(), _threads(pids)
    wait(SPIN_LOOKS)
    after, passed = _threads(pids), time.monotonic() - begun
    shares = [0.0]
    for thread, (ran, waited) in after.items():
        ran -= before.get(thread, (0.0, 0.0))[0]
        waited -= before.get(thread, (0.0, 0.0))[1]
        ready = (ran + waited) / passed
        shares.append(
            ready if ready > ALWAYS_READY and ran / passed > _RUNS_AT_ALL else ran / passed
        )
    return max(shares)


def _threads(pids: Iterable[int]) -> dict[str, tuple[float, float]]:
    """Seconds that each thread has run, and has been ready and did not run."""
    found = {}
    for pid in pids:
        for thread in _listed(Path(f"/proc/{pid}/task")):
            with contextlib.suppress(OSError, ValueError):
                ran, waited, _ = (thread / "schedstat").read_text().split()
                found[str(thread)] = (int(ran) / 1e9, int(waited) / 1e9)
    if not found:  # no Linux: what all have used together
        found["all"] = (usage(pids).cpu, 0.0)
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def listeners(pids: Iterable[int]) -> list[Row]:
    """Sockets of these processes at which anybody may knock: TCP in LISTEN, UDP without a peer,
    unix sockets with a path. Each has its `pid`."""
    rows = [{"pid": pid, **row} for pid in pids for row in kernel.sockets_of(pid)]
    return [row for row in rows if _knockable(row)]


def _knockable(row: Row) -> bool:
    if row["family"] == "unix":
        return bool(row.get("path")) and not row.get("peer_path")
    if row["type"] == "stream":
        return bool(row["state"] == "LISTEN")
    return bool(row.get("port")) and not row["peer"]


def holds_peer_of(pids: Iterable[int], conn: socket.socket) -> bool:
    """Whether one of the processes holds the other end of a connection of ours, over TCP."""
    port = conn.getsockname()[1]
    return any(row.get("peer_port") == port for pid in pids for row in kernel.sockets_of(pid))


def tried_again(conn: socket.socket) -> int:
    """How many segments TCP had to send again on a connection; 0 where the system does not tell."""
    if sys.platform != "linux" or conn.family == socket.AF_UNIX:
        return 0
    info = conn.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TOTAL_RETRANS + 4)
    return int.from_bytes(info[_TOTAL_RETRANS:], sys.byteorder)


def is_at(row: Row, address: Address) -> bool:
    """Whether a socket has the port (at whatever host) or the path that was asked for."""
    if "path" in address:
        return bool(row.get("path") == address["path"])
    return bool(row.get("port") == address["port"])


def elsewhere(rows: Iterable[Row], target: Target, address: Address) -> list[str]:
    """The addresses at which it listens and was not told to, in words.

    A UDP socket of a program that serves TCP is no listener: it may be asking a name server. Nor
    is a unix path of one that serves the network."""
    found = set()
    for row in rows:
        asked = row.get("path") == address.get("path") and row.get("host") == address.get("host")
        if asked and row.get("port") == address.get("port"):
            continue
        if row["type"] == "dgram" and target.kind == "stream":
            continue
        if row["family"] == "unix" and not target.unix:
            continue
        found.add(row.get("path") or text_of(row))
    return sorted(found)
