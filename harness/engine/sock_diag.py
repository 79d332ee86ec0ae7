"""Linux's sock_diag: what the kernel knows of every TCP, UDP and unix socket, as `ss` asks for it.

One netlink dump for each kind takes a millisecond, disturbs nobody, and tells what no table under
/proc does: queues, timers, which directions are shut down, and TCP_INFO. Sockets that no process
holds any more are in it too, with the inode 0. Only asking and reading is here; whose socket an
inode is, is known to `socket_views.py`.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engine.kernel import name_text
from harness.engine.tcp_table import STATES

# linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, linux/unix_diag.h
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY = 4, 20
_NLM_F_REQUEST, _NLM_F_DUMP = 0x001, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_INET_DIAG_INFO, _INET_DIAG_SHUTDOWN = 2, 8
_UNIX_DIAG_NAME, _UNIX_DIAG_RQLEN, _UNIX_DIAG_SHUTDOWN = 0, 4, 6
_UNIX_SHOW = 0x01 | 0x10  # names and queues; what is shut down comes unasked
_EVERY_STATE = 0xFFFFFFFF

_HEADER = struct.Struct("=IHHII")
_INET_REQUEST = struct.Struct("=BBBxI48x")
_UNIX_REQUEST = struct.Struct("=BBxxIIIII")
_INET = struct.Struct("=BBBBHH16s16sIIIIIIII")
_UNIX = struct.Struct("=BBBxIII")
_ATTRIBUTE = struct.Struct("=HH")

_TIMERS = {1: "retransmit", 2: "keepalive", 3: "time-wait", 4: "probe the window"}

# The fields of `struct tcp_info` (linux/tcp.h) that help to understand a failure: where they stand,
# by the names that they have there without `tcpi_`. rto, ato, rtt, rttvar and min_rtt are in
# microseconds, busy, rwnd_limited and sndbuf_limited too, last_… in milliseconds. A kernel that is
# older than a field sends a shorter struct.
_TCP_INFO = {
    "retransmits": ("B", 2), "probes": ("B", 3), "backoff": ("B", 4),
    "rto": ("I", 8), "ato": ("I", 12), "snd_mss": ("I", 16), "rcv_mss": ("I", 20),
    "unacked": ("I", 24), "sacked": ("I", 28), "lost": ("I", 32), "retrans": ("I", 36),
    "last_data_sent": ("I", 44), "last_data_recv": ("I", 52), "last_ack_recv": ("I", 56),
    "pmtu": ("I", 60), "rtt": ("I", 68), "rttvar": ("I", 72), "snd_cwnd": ("I", 80),
    "rcv_space": ("I", 96), "total_retrans": ("I", 100),
    "bytes_acked": ("Q", 120), "bytes_received": ("Q", 128),
    "segs_out": ("I", 136), "segs_in": ("I", 140), "notsent_bytes": ("I", 144),
    "min_rtt": ("I", 148), "busy_time": ("Q", 168), "rwnd_limited": ("Q", 176),
    "sndbuf_limited": ("Q", 184), "bytes_sent": ("Q", 200), "bytes_retrans": ("Q", 208),
    "snd_wnd": ("I", 228), "rcv_wnd": ("I", 232),
}  # fmt: skip


class Unavailable(Exception):
    """The kernel cannot be asked; the text is one sentence."""


@dataclass(frozen=True)
class Diagnosis:
    """One socket. Queues are in bytes; of a listener the connections that wait, and their limit.

    `local` and `peer` are text as in `kernel.py`; `shut` names the directions that are shut down.
    `tcp_state`: the state is TCP's; the others borrow its names.
    """

    inode: int
    state: str
    tcp_state: bool
    local: str
    peer: str
    receive_queue: int | None = None
    send_queue: int | None = None
    timer: str | None = None
    shut: str | None = None
    tcp: Mapping[str, int] = field(default_factory=dict)


def sockets() -> list[Diagnosis]:
    """Ask for every socket of this network namespace. Raise Unavailable."""
    if sys.platform != "linux":
        raise Unavailable("queues, timers and TCP_INFO are told on Linux only")
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1.0)  # the answer is there at once, or something is very wrong
            return list(_all(kernel))
    except OSError as problem:
        raise Unavailable(f"the kernel's sock_diag cannot be asked: {problem.strerror}") from None


def _all(kernel: socket.socket) -> Iterator[Diagnosis]:
    for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        for family in (socket.AF_INET, socket.AF_INET6):
            info = 1 << (_INET_DIAG_INFO - 1)
            body = _INET_REQUEST.pack(family, protocol, info, _EVERY_STATE)
            tcp = protocol == socket.IPPROTO_TCP
            yield from (_of_inet(content, tcp) for content in _dump(kernel, body))
    body = _UNIX_REQUEST.pack(socket.AF_UNIX, 0, _EVERY_STATE, 0, _UNIX_SHOW, 0, 0)
    yield from map(_of_unix, _dump(kernel, body))


def _dump(kernel: socket.socket, body: bytes) -> Iterator[bytes]:
    """Make a request and yield the body of each message that answers it."""
    flags = _NLM_F_REQUEST | _NLM_F_DUMP
    length = _HEADER.size + len(body)
    kernel.send(_HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, flags, 0, 0) + body)
    while True:
        answer = kernel.recv(1 << 18)
        while answer:
            length, kind, *_ = _HEADER.unpack_from(answer)
            content, answer = answer[_HEADER.size : length], answer[(length + 3) & ~3 :]
            if kind == _NLMSG_DONE:
                return
            if kind == _NLMSG_ERROR:
                (code,) = struct.unpack_from("=i", content)
                raise OSError(-code, os.strerror(-code))
            yield content


def _attributes(content: bytes) -> dict[int, bytes]:
    found = {}
    while len(content) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(content)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = content[_ATTRIBUTE.size : length]
        content = content[(length + 3) & ~3 :]
    return found


def _of_inet(content: bytes, tcp: bool) -> Diagnosis:
    family, state, timer, tries, sport, dport, src, dst, _, _, _, expires, rq, wq, _, inode = (
        _INET.unpack_from(content)
    )
    extra = _attributes(content[_INET.size :])
    return Diagnosis(
        inode=inode,
        state=STATES[state],
        tcp_state=tcp,
        local=_name(family, src, sport),
        peer=_name(family, dst, dport) if dport else "",
        receive_queue=rq,
        send_queue=wq,
        timer=_timer(timer, expires, tries),
        shut=_shut(extra.get(_INET_DIAG_SHUTDOWN)),
        # Of a listener the fields mean other things, and none that the queues do not say.
        tcp=_tcp_info(extra.get(_INET_DIAG_INFO, b"")) if STATES[state] != "LISTEN" else {},
    )


def _name(family: int, address: bytes, port: int) -> str:
    size = 4 if family == socket.AF_INET else 16
    return name_text(socket.inet_ntop(family, address[:size]), socket.ntohs(port))


def _timer(kind: int, expires: int, tries: int) -> str | None:
    if kind not in _TIMERS:
        return None
    tried = f", {tries} tried" if tries else ""
    return f"{_TIMERS[kind]} in {expires} ms{tried}"


def _shut(value: bytes | None) -> str | None:
    return (None, "reading", "writing", "both")[value[0] & 3] if value else None


def _tcp_info(content: bytes) -> dict[str, int]:
    found = {}
    for name, (code, at) in _TCP_INFO.items():
        if at + struct.calcsize(f"={code}") <= len(content):
            (found[name],) = struct.unpack_from(f"={code}", content, at)
    return found


def _of_unix(content: bytes) -> Diagnosis:
    _, _, state, inode, _, _ = _UNIX.unpack_from(content)
    extra: dict[int, Any] = _attributes(content[_UNIX.size :])
    queues = struct.unpack("=II", extra[_UNIX_DIAG_RQLEN]) if _UNIX_DIAG_RQLEN in extra else None
    return Diagnosis(
        inode=inode,
        state=STATES[state],
        tcp_state=False,
        local=_path(extra.get(_UNIX_DIAG_NAME, b"")),
        peer="",
        receive_queue=queues[0] if queues else None,
        send_queue=queues[1] if queues else None,
        shut=_shut(extra.get(_UNIX_DIAG_SHUTDOWN)),
    )


def _path(name: bytes) -> str:
    if name.startswith(b"\0"):  # an abstract name; its other bytes may be anything
        return "@" + name[1:].decode("utf-8", "backslashreplace")
    return name.rstrip(b"\0").decode("utf-8", "backslashreplace")
