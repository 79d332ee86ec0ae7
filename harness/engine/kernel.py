"""The system's own table of sockets, for failure reports and the `kernel: sockets` step.

Read through psutil, so that it looks alike on every system. A socket is found by process and
descriptor. One that is neither bound nor connected stands in no table of Linux: it is told as
CLOSE, which is the state TCP would give it.
"""

from __future__ import annotations

import os
import socket
from typing import Any

import psutil

_FAMILIES = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6", socket.AF_UNIX: "unix"}
_TYPES = {
    socket.SOCK_STREAM: "stream",
    socket.SOCK_DGRAM: "dgram",
    socket.SOCK_SEQPACKET: "seqpacket",
}


def sockets_of(pid: int) -> list[dict[str, Any]]:
    """List the sockets of a process by descriptor; empty when it is gone or may not be looked at.

    Each has `fd`, `family` (ipv4, ipv6, unix), `type` (stream, dgram, seqpacket), `state` (as TCP
    names it: LISTEN, ESTABLISHED ...; NONE where there is none), `local` and `peer` as text, and
    of these, where they exist, `host`, `port`, `path`, `peer_host`, `peer_port`, `peer_path`."""
    try:
        rows = _connections(psutil.Process(pid))
    except psutil.Error:
        return []
    return sorted((_row(row) for row in rows if row.fd >= 0), key=lambda row: int(row["fd"]))


def socket_of(pid: int | None, fd: int) -> dict[str, Any] | None:
    """The entry of one descriptor; None when there is no such socket, or it cannot be seen."""
    if pid is None:
        return None
    for row in sockets_of(pid):
        if row["fd"] == fd:
            return row
    return fresh(fd) if inode_of(pid, fd) else None


def fresh(fd: int) -> dict[str, Any]:
    """The entry of a socket that stands in no table."""
    return {"fd": fd, "state": "CLOSE", "local": "", "peer": ""}


def _connections(process: psutil.Process) -> list[Any]:
    renamed_in_psutil_6 = (
        "net_connections" if hasattr(process, "net_connections") else "connections"
    )
    rows: list[Any] = getattr(process, renamed_in_psutil_6)(kind="all")
    return rows


def _row(row: Any) -> dict[str, Any]:
    return {
        "fd": row.fd,
        "family": _FAMILIES.get(row.family, str(row.family)),
        "type": _TYPES.get(row.type, str(row.type)),
        "state": row.status,
        "local": _text(row.laddr),
        "peer": _text(row.raddr),
        **_parts(row.laddr, ""),
        **_parts(row.raddr, "peer_"),
    }


def _text(address: Any) -> str:
    if not address or isinstance(address, str):
        return address or ""
    return name_text(*address)


def name_text(host: str, port: int) -> str:
    """An internet name as tables and reports show it: 127.0.0.1:80, [::1]:80."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _parts(address: Any, prefix: str) -> dict[str, Any]:
    if not address:
        return {}
    if isinstance(address, str):
        return {f"{prefix}path": address}
    host, port = address
    return {f"{prefix}host": host, f"{prefix}port": port}


def inode_of(pid: int, fd: int) -> int | None:
    """The number that the kernel knows a socket by; None for what is no socket, and where there is
    no /proc."""
    try:
        link = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return None
    return int(link[8:-1]) if link.startswith("socket:[") else None


def inodes_of(pid: int) -> dict[int, int]:
    """The same for all sockets of a process, by descriptor."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return {}
    found = {int(name): inode_of(pid, int(name)) for name in names}
    return {fd: inode for fd, inode in found.items() if inode is not None}


def has_our_clock(pid: int) -> bool:
    """Whether CLOCK_MONOTONIC is the same for a process of this machine: Linux has namespaces of
    time. Where there are none, or they cannot be seen, it is."""
    try:
        return os.readlink(f"/proc/{pid}/ns/time") == os.readlink("/proc/self/ns/time")
    except OSError:
        return True


def same_network(pid: int) -> bool:
    """Whether the system's tables, as they are seen from here, have the sockets of a process."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net")
    except OSError:  # no /proc, or one that does not tell
        return True
