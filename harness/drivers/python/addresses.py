"""Transports and addresses: from the protocol's words to the socket library's, and back.

    {"host": h, "port": p}        IPv4 and IPv6; IPv6 may add "flowinfo" and "scope"
    {"path": "/x"}                unix; {"path": ""} is a socket without a name
    {"abstract": "name"}          unix on Linux: a name outside the file system

Host and port are handed to the library as they came, of whatever type: what it makes of them may be
the very thing on trial.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any, Dict, List, Optional, Tuple

from registry import BadRequest, Unsupported

LOOPBACK = {"4": "127.0.0.1", "6": "::1"}

# Names, not numbers: a system may lack one.
TRANSPORTS: Dict[str, Tuple[str, str]] = {
    "tcp4": ("AF_INET", "SOCK_STREAM"),
    "tcp6": ("AF_INET6", "SOCK_STREAM"),
    "udp4": ("AF_INET", "SOCK_DGRAM"),
    "udp6": ("AF_INET6", "SOCK_DGRAM"),
    "unix-stream": ("AF_UNIX", "SOCK_STREAM"),
    "unix-dgram": ("AF_UNIX", "SOCK_DGRAM"),
    "unix-seqpacket": ("AF_UNIX", "SOCK_SEQPACKET"),
}


def kind_of(transport: str) -> Tuple[int, int]:
    """Return address family and socket type of a transport."""
    if transport not in TRANSPORTS:
        raise BadRequest("there is no transport %r" % (transport,))
    family, kind = (getattr(socket, name, None) for name in TRANSPORTS[transport])
    if family is None or kind is None:
        raise Unsupported("this library has no %s of %s" % TRANSPORTS[transport][::-1])
    return family, kind


def usable() -> List[str]:
    """Return the transports of which a socket can be made, and bound to loopback, here."""
    return [transport for transport in TRANSPORTS if _works(transport)]


def to_library(address: Any) -> Any:
    """Return the address as the socket library wants it."""
    if not isinstance(address, dict):
        raise BadRequest("an address is {host, port}, {path} or {abstract}, not %r" % (address,))
    if "path" in address:
        return address["path"]
    if "abstract" in address:
        return b"\0" + os.fsencode(address["abstract"])
    if "host" not in address or "port" not in address:
        raise BadRequest("an address is {host, port}, {path} or {abstract}, not %r" % (address,))
    if "flowinfo" in address or "scope" in address:
        return tuple(address.get(key, 0) for key in ("host", "port", "flowinfo", "scope"))
    return address["host"], address["port"]


def as_reply(name: Any) -> Optional[Dict[str, Any]]:
    """Return the library's form of an address as a reply says it; None when it gave none."""
    if name is None:
        return None
    if isinstance(name, tuple):
        return _internet(name)
    raw = os.fsencode(name)
    if raw[:1] == b"\0":
        return {"abstract": os.fsdecode(raw[1:])}
    return {"path": os.fsdecode(raw)}


def loopback(family: int) -> Tuple[str, int]:
    """Return the address that a socket of this internet family gets when none is asked for."""
    return LOOPBACK["6" if family == getattr(socket, "AF_INET6", None) else "4"], 0


def is_unix(family: int) -> bool:
    """Return whether addresses of this family are paths."""
    return family == getattr(socket, "AF_UNIX", None)


def is_unbound(name: Any) -> bool:
    """Return whether getsockname's answer is that of a socket without a local address."""
    return name[1] == 0 if isinstance(name, tuple) else not name


def _internet(name: Tuple[Any, ...]) -> Dict[str, Any]:
    said = {"host": name[0], "port": name[1]}
    if len(name) == 4:
        said.update((key, value) for key, value in zip(("flowinfo", "scope"), name[2:]) if value)
    return said


def _works(transport: str) -> bool:
    try:
        with socket.socket(*kind_of(transport)) as sock:
            if not is_unix(sock.family):
                sock.bind(loopback(sock.family))
        return True
    except OSError as problem:
        return problem.errno == errno.EADDRINUSE  # no port is free just now: that is no lack
    except Unsupported:
        return False
