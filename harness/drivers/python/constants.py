"""Names of options, levels and flags: to numbers, and from numbers back to names.

A name is looked up in the library on trial; where that lacks what the kernel has, in the table of
Linux below. A name found in neither is `unsupported`: the table decides nothing about the kernel.
"""

from __future__ import annotations

import socket
import sys
from typing import Any, Dict, List, Tuple

from registry import BadRequest, Unsupported

# From include/uapi of Linux (asm-generic, linux/in.h, in6.h, tcp.h, udp.h). The SO_ numbers are
# those of x86, ARM, RISC-V and most others; Alpha, MIPS, PA-RISC and SPARC number them differently.
# The Python version in a remark is the first whose socket module has the name.
_LINUX: Dict[str, int] = {
    "SOL_UDP": 17,
    "SO_PRIORITY": 12,
    "SO_PASSCRED": 16,
    "SO_PEERCRED": 17,
    "SO_BINDTODEVICE": 25,
    "SO_ATTACH_FILTER": 26,
    "SO_DETACH_FILTER": 27,
    "SO_PEERNAME": 28,
    "SO_TIMESTAMP": 29,
    "SO_SNDBUFFORCE": 32,
    "SO_RCVBUFFORCE": 33,
    "SO_TIMESTAMPNS": 35,
    "SO_MARK": 36,
    "SO_TIMESTAMPING": 37,
    "SO_RXQ_OVFL": 40,
    "SO_PEEK_OFF": 42,
    "SO_LOCK_FILTER": 44,
    "SO_SELECT_ERR_QUEUE": 45,
    "SO_BUSY_POLL": 46,
    "SO_MAX_PACING_RATE": 47,
    "SO_INCOMING_CPU": 49,  # 3.11
    "SO_ATTACH_REUSEPORT_CBPF": 51,
    "SO_MEMINFO": 55,
    "SO_INCOMING_NAPI_ID": 56,
    "SO_COOKIE": 57,
    "SO_ZEROCOPY": 60,
    "SO_BINDTOIFINDEX": 62,  # 3.13
    "SO_PREFER_BUSY_POLL": 69,
    "SO_BUF_LOCK": 72,
    "SO_RESERVE_MEM": 73,
    "SO_PASSPIDFD": 76,
    "SO_PEERPIDFD": 77,
    "SO_PASSRIGHTS": 83,
    "SO_INQ": 84,
    "SCM_CREDENTIALS": 2,
    "TCP_MD5SIG": 14,
    "TCP_THIN_LINEAR_TIMEOUTS": 16,
    "TCP_USER_TIMEOUT": 18,
    "TCP_FASTOPEN": 23,
    "TCP_TIMESTAMP": 24,
    "TCP_NOTSENT_LOWAT": 25,
    "TCP_SAVE_SYN": 27,
    "TCP_SAVED_SYN": 28,
    "TCP_FASTOPEN_CONNECT": 30,
    "TCP_INQ": 36,
    "TCP_TX_DELAY": 37,
    "IP_PKTINFO": 8,  # 3.12
    "IP_MTU_DISCOVER": 10,
    "IP_RECVERR": 11,
    "IP_RECVTTL": 12,
    "IP_RECVTOS": 13,  # 3.10
    "IP_MTU": 14,
    "IP_FREEBIND": 15,
    "IP_TRANSPARENT": 19,
    "IP_RECVORIGDSTADDR": 20,
    "IP_ORIGDSTADDR": 20,
    "IP_MINTTL": 21,
    "IP_BIND_ADDRESS_NO_PORT": 24,  # 3.11
    "IP_UNBLOCK_SOURCE": 37,  # 3.12, and the next three
    "IP_BLOCK_SOURCE": 38,
    "IP_ADD_SOURCE_MEMBERSHIP": 39,
    "IP_DROP_SOURCE_MEMBERSHIP": 40,
    "IP_MULTICAST_ALL": 49,
    "IP_LOCAL_PORT_RANGE": 51,
    "IPV6_MTU_DISCOVER": 23,
    "IPV6_MTU": 24,
    "IPV6_RECVERR": 25,
    "IPV6_RECVPKTINFO": 49,
    "IPV6_PKTINFO": 50,
    "IPV6_RECVHOPLIMIT": 51,
    "IPV6_HOPLIMIT": 52,
    "IPV6_RECVTCLASS": 66,
    "IPV6_TCLASS": 67,
    "IPV6_ADDR_PREFERENCES": 72,
    "IPV6_MINHOPCOUNT": 73,
    "IPV6_RECVORIGDSTADDR": 74,
    "IPV6_ORIGDSTADDR": 74,
    "IPV6_FREEBIND": 78,
    "UDP_CORK": 1,
    "UDP_NO_CHECK6_TX": 101,
    "UDP_NO_CHECK6_RX": 102,
    "UDP_SEGMENT": 103,
    "UDP_GRO": 104,
    "MSG_CONFIRM": 0x800,
    "MSG_ERRQUEUE": 0x2000,
    "MSG_NOSIGNAL": 0x4000,
    "MSG_MORE": 0x8000,
    "MSG_ZEROCOPY": 0x4000000,
    "MSG_FASTOPEN": 0x20000000,
    "MSG_CMSG_CLOEXEC": 0x40000000,
}

_LEVELS = {
    "SO": "SOL_SOCKET",
    "SCM": "SOL_SOCKET",
    "TCP": "IPPROTO_TCP",
    "IP": "IPPROTO_IP",
    "IPV6": "IPPROTO_IPV6",
    "UDP": "IPPROTO_UDP",
}

# What recvmsg may set.
_MESSAGE_FLAGS = (
    "MSG_OOB",
    "MSG_CTRUNC",
    "MSG_TRUNC",
    "MSG_EOR",
    "MSG_ERRQUEUE",
    "MSG_CMSG_CLOEXEC",
)

# Control messages that a kernel sends, beside descriptors and credentials.
_CONTROL_MESSAGES = [
    "SO_TIMESTAMP",
    "SO_TIMESTAMPNS",
    "SO_TIMESTAMPING",
    "SO_RXQ_OVFL",
    "TCP_INQ",
    "IP_TOS",
    "IP_TTL",
    "IP_PKTINFO",
    "IP_RECVERR",
    "IP_ORIGDSTADDR",
    "IPV6_PKTINFO",
    "IPV6_ORIGDSTADDR",
    "IP_RECVOPTS",
    "IPV6_HOPLIMIT",
    "IPV6_TCLASS",
    "IPV6_RECVERR",
    "IPV6_HOPOPTS",
    "IPV6_DSTOPTS",
    "IPV6_PATHMTU",
    "UDP_GRO",
]


def constant(name: Any) -> int:
    """Return the number of a constant of the socket library; Unsupported when it is not known."""
    if type(name) is not str or not name.isupper():
        raise BadRequest("%r is not the name of a constant" % (name,))
    value = getattr(socket, name, None)
    if value is None and sys.platform.startswith("linux"):
        value = _LINUX.get(name)
    if not isinstance(value, int):
        raise Unsupported("%s: neither this library nor this driver knows it here" % name)
    return value


def level_name(option: str) -> str:
    """Return the name of the level that an option's prefix says it belongs to."""
    level = _LEVELS.get(str(option).partition("_")[0])
    if level is None:
        raise BadRequest("the prefix of %r says no level: give `level` as well" % (option,))
    return level


def flags(names: Any) -> int:
    """Return the union of MSG_* (or AI_*) flags: None, one name or a list of names."""
    if not names:
        return 0
    if isinstance(names, str):
        return constant(names)
    if not isinstance(names, list):
        raise BadRequest("flags are a name or a list of names, not %r" % (names,))
    union = 0
    for name in names:
        union |= constant(name)
    return union


def flag_names(union: int) -> List[str]:
    """Return the names of the flags that recvmsg gave; an unknown bit as a hexadecimal number."""
    names = []
    for name in _MESSAGE_FLAGS:
        bit = _number(name)
        if bit and union & bit:
            names.append(name)
            union &= ~bit
    return [*names, "0x%x" % union] if union else names


def control_message(level: int, kind: int) -> Tuple[str, str]:
    """Return level and type of a control message by name, as numbers where they have none here."""
    for name in _CONTROL_MESSAGES:
        if _number(name) == kind and _number(level_name(name)) == level:
            return level_name(name), name
    return str(level), str(kind)


def _number(name: str) -> int:
    try:
        return constant(name)
    except Unsupported:
        return 0
