"""All that a corpus could touch, as the standards have it, and why some of it is left out.

Pure data, for `coverage.py`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

_OPEN = ("EACCES", "EAFNOSUPPORT", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
_PATHS = ("EACCES", "EIO", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR")
_TAKING = (
    "EAGAIN", "EBADF", "ECONNRESET", "EINTR", "EINVAL", "EIO", "ENOBUFS", "ENOMEM", "ENOTCONN",
    "ENOTSOCK", "EOPNOTSUPP", "ETIMEDOUT",
)  # fmt: skip
_GIVING = (
    "EACCES", "EAGAIN", "EBADF", "ECONNRESET", "EDESTADDRREQ", "EINTR", "EIO", "EMSGSIZE",
    "ENETDOWN", "ENETUNREACH", "ENOBUFS", "ENOTCONN", "ENOTSOCK", "EOPNOTSUPP", "EPIPE",
)  # fmt: skip
_GIVING_TO = (
    *_GIVING, "EAFNOSUPPORT", "EHOSTUNREACH", "EINVAL", "EISCONN", "ELOOP", "ENAMETOOLONG",
    "ENOENT", "ENOMEM", "ENOTDIR",
)  # fmt: skip

# The errors that POSIX.1-2017 lists for a function: those that it shall, and those that it may
# fail with.
PROMISED: dict[str, tuple[str, ...]] = {
    "socket": (*_OPEN, "EPROTONOSUPPORT", "EPROTOTYPE"),
    "socketpair": (*_OPEN, "EOPNOTSUPP", "EPROTONOSUPPORT", "EPROTOTYPE"),
    "bind": (
        "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EALREADY", "EBADF", "EDESTADDRREQ",
        "EINPROGRESS", "EINVAL", "EISCONN", "ENOBUFS", "ENOTSOCK", "EOPNOTSUPP", "EROFS", *_PATHS,
    ),
    "listen": (
        "EACCES", "EBADF", "EDESTADDRREQ", "EINVAL", "ENOBUFS", "ENOTSOCK", "EOPNOTSUPP",
    ),
    "accept": (
        "EAGAIN", "EBADF", "ECONNABORTED", "EINTR", "EINVAL", "EMFILE", "ENFILE", "ENOBUFS",
        "ENOMEM", "ENOTSOCK", "EOPNOTSUPP", "EPROTO",
    ),
    "connect": (
        "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EALREADY", "EBADF", "ECONNREFUSED",
        "ECONNRESET", "EHOSTUNREACH", "EINPROGRESS", "EINTR", "EINVAL", "EISCONN", "ENETDOWN",
        "ENETUNREACH", "ENOBUFS", "ENOTSOCK", "EOPNOTSUPP", "EPROTOTYPE", "ETIMEDOUT", *_PATHS,
    ),
    "send": _GIVING,
    "sendto": _GIVING_TO,
    "sendmsg": _GIVING_TO,
    "recv": _TAKING,
    "recvfrom": _TAKING,
    "recvmsg": (*_TAKING, "EMSGSIZE"),
    "shutdown": ("EBADF", "EINVAL", "ENOBUFS", "ENOTCONN", "ENOTSOCK"),
    "getsockname": ("EBADF", "EINVAL", "ENOBUFS", "ENOTSOCK", "EOPNOTSUPP"),
    "getpeername": ("EBADF", "EINVAL", "ENOBUFS", "ENOTCONN", "ENOTSOCK", "EOPNOTSUPP"),
    "getsockopt": ("EACCES", "EBADF", "EINVAL", "ENOBUFS", "ENOPROTOOPT", "ENOTSOCK"),
    "setsockopt": (
        "EBADF", "EDOM", "EINVAL", "EISCONN", "ENOBUFS", "ENOMEM", "ENOPROTOOPT", "ENOTSOCK",
    ),
}  # fmt: skip

# All of these, what raw calls show besides (EFAULT), and Linux's ETOOMANYREFS (unix(7)).
ERRORS = tuple(
    sorted(
        {"EFAULT", "EPERM", "ETOOMANYREFS", *(e for errors in PROMISED.values() for e in errors)}
    )
)

# The control messages that Linux has for these transports.
MESSAGES = (
    "SCM_RIGHTS", "SCM_CREDENTIALS", "SCM_PIDFD", "SCM_SECURITY", "SO_TIMESTAMP", "SO_TIMESTAMPNS",
    "SO_TIMESTAMPING", "SO_RXQ_OVFL", "IP_TTL", "IP_TOS", "IP_PKTINFO", "IP_RECVERR", "IP_RECVOPTS",
    "IP_RETOPTS", "IP_ORIGDSTADDR", "IPV6_PKTINFO", "IPV6_HOPLIMIT", "IPV6_TCLASS", "IPV6_RECVERR",
    "IPV6_HOPOPTS", "IPV6_DSTOPTS", "IPV6_RTHDR", "IPV6_DONTFRAG", "IPV6_PATHMTU",
    "IPV6_ORIGDSTADDR", "TCP_INQ", "UDP_GRO", "UDP_SEGMENT",
)  # fmt: skip

# Names, with * for anything, and why no scenario touches them. The first that fits counts; a pair
# of operation and error is looked up by the error alone as well.
_LEFT_OUT: tuple[tuple[tuple[str, ...], str], ...] = (
    (("bind EALREADY", "bind EINPROGRESS"), "no system binds without waiting"),
    (
        (
            *("socket EACCES", "socket EPROTOTYPE", "socketpair EACCES", "socketpair EPROTOTYPE"),
            *("bind EDESTADDRREQ", "bind EISCONN", "bind EOPNOTSUPP", "listen EACCES"),
            *("connect EADDRINUSE", "connect ECONNRESET", "connect EOPNOTSUPP", "send EACCES"),
            *("send ENETUNREACH", "recvfrom EOPNOTSUPP", "recvmsg EOPNOTSUPP", "getsockopt EACCES"),
            *("getsockname EOPNOTSUPP", "getpeername EINVAL", "getpeername EOPNOTSUPP"),
            *("setsockopt EISCONN", "recvmsg EMSGSIZE"),
        ),
        "allowed by POSIX; Linux says another error, or none",
    ),
    (
        ("socket EAFNOSUPPORT", "socketpair EAFNOSUPPORT", "socketpair EPROTONOSUPPORT"),
        "the language knows no other families, and no protocols of a pair",
    ),
    (("sendmsg EINTR", "recvmsg EINTR"), "the pointers of their struct are not for `raw`"),
    (
        ("sendto EDESTADDRREQ", "sendto ECONNRESET", "sendmsg EAFNOSUPPORT"),
        "as with send or sendto",
    ),
    (("SO_J1939_*", "SO_VM_SOCKETS_*"), "sockets of other families: CAN buses, virtual machines"),
    (("IP_DEFAULT_*", "IP_MAX_MEMBERSHIPS", "IPV6_RTHDR_TYPE_0"), "a number, no option"),
    (("IP_HDRINCL", "IPV6_CHECKSUM"), "raw sockets only"),
    (
        ("IPV6_RTHDR*", "IPV6_RECVRTHDR", "IPV6_NEXTHOP"),
        "loopback has no way to choose from; routing headers of type 0 are forbidden (RFC 5095)",
    ),
    (("SCM_PIDFD",), "gives a descriptor of a process, not of a socket (Linux 6.5)"),
    (("SO_PASSSEC", "SO_PEERSEC", "SCM_SECURITY"), "says what a security module adds, if any"),
    (("IP_RECVRETOPTS",), "another name of IP_RETOPTS"),
    (("TCP_REPAIR*", "TCP_QUEUE_SEQ"), "for saving and restoring whole connections (CRIU)"),
    (("TCP_MD5SIG*", "TCP_ULP"), "asks for parts of the kernel that many lack"),
    (("TCP_ZEROCOPY_RECEIVE",), "asks for memory mappings, which drivers do not make"),
    (("TCP_CC_INFO", "TCP_TIMESTAMP", "TCP_TX_DELAY", "TCP_THIN_*"), "tuning and measuring of TCP"),
    (("TCP_FASTOPEN_KEY", "TCP_FASTOPEN_NO_COOKIE"), "a secret of the server, no behaviour"),
    (("SO_TIMESTAMPING",), "a matter of network devices"),
    (("EIO",), "a fault of the machine"),
    (("ENOMEM", "ENOBUFS"), "memory of the whole machine would have to be used up"),
    (("ENFILE",), "descriptors of the whole machine would have to be used up"),
    (("EROFS",), "asks for a file system that is read-only"),
    (("ENETDOWN", "EHOSTUNREACH"), "asks for an interface or a route that is broken"),
)


def why_left_out(name: str) -> str | None:
    """Why nothing touches a name, or None where there is no reason: a hole."""
    last = name.rpartition(" ")[2]
    for patterns, why in _LEFT_OUT:
        if any(fnmatchcase(name, one) or fnmatchcase(last, one) for one in patterns):
            return why
    return None
