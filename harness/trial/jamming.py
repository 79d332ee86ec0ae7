"""Looks at a program with a client that sends and does not read: jammed, as it should be, alone."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import time

from harness.trial.look import Varies, Wrong, look
from harness.trial.site import Site
from harness.trial.visiting import RESET, knock, served_once

# Buffers of both kernels hold some 20 MB; who takes more has no bound, and gives it back or not.
JAM_AT_MOST = 32 << 20
JAMMED_AFTER = 0.3
_BLOCK = hashlib.shake_128(b"jam").digest(65521)


@look(
    "echo.jammed-client-loses-nothing",
    "echo.5",
    claim="A client that sends until nothing more is taken, then reads, has every byte back.",
    kinds=("stream",),
    own=False,
)
def jammed_client_loses_nothing(site: Site) -> None:
    with knock(site) as conn:
        sent = _jam(conn)
        conn.shutdown(socket.SHUT_WR)
        came = 0
        try:
            while chunk := conn.recv(1 << 16):
                wanted = _pattern(came, len(chunk))
                if chunk != wanted:
                    said = f"others, somewhere from byte {came + 1} on"
                    raise Wrong("the bytes that were sent", said, wanted, chunk)
                came += len(chunk)
        except OSError as problem:
            raise Wrong(f"all {sent} bytes", f"{came} bytes, then {problem}") from None
    if came != sent:
        raise Wrong(f"all {sent} bytes and the end", f"{came} bytes and the end")


@look(
    "echo.jammed-client-holds-up-nobody",
    "echo.6",
    claim="While one client sends and does not read, another is served.",
    kinds=("stream",),
    own=False,
)
def jammed_client_holds_up_nobody(site: Site) -> None:
    with knock(site) as conn:
        _jam(conn)
        try:
            served_once(site)
        except Wrong as problem:
            found = Varies if site.target.one_by_one else Wrong
            raise found("a client served beside one that is jammed", problem.actual) from None


@look(
    "life.jammed-clients-may-vanish",
    "life.7",
    claim="Clients that leave while they are being written to harm nobody.",
    kinds=("stream",),
    own=False,
)
def jammed_clients_may_vanish(site: Site) -> None:
    for way in (1, 2):
        with knock(site) as conn:
            # Who talks without being asked is jammed by waiting alone.
            if site.target.service in ("echo", "discard"):
                _jam(conn, JAM_AT_MOST // 4)
            else:
                time.sleep(JAMMED_AFTER)
            if way == 2:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    served_once(site)


def _jam(conn: socket.socket, most: int = JAM_AT_MOST) -> int:
    """Send until nothing is taken for a while, or it is clear that all is; how many bytes."""
    patience = conn.gettimeout()
    conn.settimeout(JAMMED_AFTER)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < most:
            try:
                sent += conn.send(_pattern(sent, 1 << 16))
            except ConnectionError as problem:
                raise Wrong("the connection to stay", f"{problem} after {sent} bytes") from None
    conn.settimeout(patience)
    return sent


def _pattern(begin: int, size: int) -> bytes:
    """A part of an endless row of bytes in which no part is like one soon after it."""
    start = begin % len(_BLOCK)
    return (_BLOCK * (size // len(_BLOCK) + 2))[start : start + size]
