"""What a scenario may need of the machine, and whether it is there: asked once, then remembered.

A case whose needs are not met is `unsupported`, with the sentence that stands here.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from functools import cache

Reason = str | None


@cache
def missing(requirement: str) -> Reason:
    """Why the requirement is not met here, or None when it is."""
    return _CHECKS[requirement]()


@cache
def transport_missing(transport: str) -> Reason:
    """Why a transport cannot be used on this machine, or None when it can."""
    if transport.startswith("unix"):
        return None if hasattr(socket, "AF_UNIX") else "this system has no unix sockets"
    family = socket.AF_INET6 if transport.endswith("6") else socket.AF_INET
    loopback = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    kind = socket.SOCK_DGRAM if transport.startswith("udp") else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as probe:
            probe.bind((loopback, 0))
    except OSError as problem:
        # No free port is a shortage, and no lack of the transport: the case will tell.
        if problem.errno != errno.EADDRINUSE:
            return f"this machine's loopback has no {loopback}: {problem.strerror}"
    return None


def _root() -> Reason:
    return None if os.geteuid() == 0 else "needs root"


def _not_root() -> Reason:
    return "shows something only for a user who is not root" if os.geteuid() == 0 else None


def _ipv6() -> Reason:
    return transport_missing("tcp6")


def _procfs() -> Reason:
    return None if os.path.exists("/proc/self/net/tcp") else "needs Linux's /proc"


def _multicast() -> Reason:
    """Joining a group on loopback must work; some containers do not have it."""
    request = socket.inet_aton("224.0.0.251") + socket.inet_aton("127.0.0.1")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    except OSError as problem:
        return f"this machine joins no multicast group on loopback: {problem.strerror}"
    return None


def _broadcast() -> Reason:
    """Loopback's own broadcast address must be one here."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            probe.bind(("127.255.255.255", 0))
            probe.sendto(b"", probe.getsockname())
    except OSError as problem:
        return f"this machine has no broadcast on loopback: {problem.strerror}"
    return None


def _privileged_ports() -> Reason:
    """Containers often let anybody bind any port."""
    try:
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            first = int(file.read())
    except (OSError, ValueError):
        return "it is not known here from which port on a user needs no privilege"
    return None if first >= 1024 else f"here a user needs no privilege from port {first} on"


def _always() -> Reason:
    return None


_CHECKS: dict[str, Callable[[], Reason]] = {
    "root": _root,
    "not-root": _not_root,
    "ipv6": _ipv6,
    "procfs": _procfs,
    "multicast": _multicast,
    "broadcast": _broadcast,
    "privileged-ports": _privileged_ports,
    "alone": _always,
}
