"""Control messages of Linux's IP and IPv6 that are structs: their fields by name."""

from __future__ import annotations

import socket
import struct
from typing import Any, Callable, Dict, Optional

import failures

_ERROR = struct.Struct("=IBBBxII")  # sock_extended_err: errno, origin, type, code, info, data
_ORIGINS = ("NONE", "LOCAL", "ICMP", "ICMP6", "TXSTATUS", "ZEROCOPY")
_INET, _INET6 = 2, 10  # of Linux; what a struct holds, not what the library calls it


def _packet_info(data: bytes) -> Dict[str, Any]:
    """`host` is the packet's destination, `local` the address of ours that it came to."""
    interface, local, host = struct.unpack("=I4s4s", data)
    return {
        "host": socket.inet_ntop(socket.AF_INET, host),
        "local": socket.inet_ntop(socket.AF_INET, local),
        "interface": interface,
    }


def _packet_info6(data: bytes) -> Dict[str, Any]:
    host, interface = struct.unpack("=16sI", data)
    return {"host": socket.inet_ntop(socket.AF_INET6, host), "interface": interface}


def _address(data: bytes) -> Dict[str, Any]:
    """Return a sockaddr's host and port; nothing when it is of no IP family."""
    family, port = struct.unpack_from("=H", data)[0], struct.unpack_from("!H", data, 2)[0]
    if family == _INET:
        return {"host": socket.inet_ntop(socket.AF_INET, data[4:8]), "port": port}
    if family == _INET6:
        return {"host": socket.inet_ntop(socket.AF_INET6, data[8:24]), "port": port}
    return {}


def _extended_error(data: bytes) -> Dict[str, Any]:
    """`offender` is the host that reported it: {} when nobody did."""
    number, origin, kind, code, info, more = _ERROR.unpack_from(data)
    return {
        "error": failures.of_number(number),
        "origin": _ORIGINS[origin] if origin < len(_ORIGINS) else origin,
        "icmp-type": kind,
        "code": code,
        "info": info,
        "data": more,
        "offender": _address(data[_ERROR.size :]),
    }


_READERS: Dict[str, Callable[[bytes], Dict[str, Any]]] = {
    "IP_PKTINFO": _packet_info,
    "IPV6_PKTINFO": _packet_info6,
    "IP_ORIGDSTADDR": _address,
    "IPV6_ORIGDSTADDR": _address,
    "IP_RECVERR": _extended_error,
    "IPV6_RECVERR": _extended_error,
}


def fields(name: str, data: bytes) -> Optional[Dict[str, Any]]:
    """Return what a control message says; None when it is none of these, or was cut short."""
    reader = _READERS.get(name)
    try:
        return reader(data) if reader else None
    except (struct.error, ValueError):
        return None
