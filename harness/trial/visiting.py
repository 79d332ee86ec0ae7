"""Visits to a program, for looks: a client that is connected, one that is served.

What goes wrong on a visit is what the program did wrong, so it is told as that.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from harness.trial import talk
from harness.trial.look import Wrong
from harness.trial.site import Site

SERVED_WITHIN = 5.0  # seconds; a busy machine is no fault of the program
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: close() then sends RST


@contextmanager
def knock(site: Site, who: str = "the client") -> Iterator[socket.socket]:
    try:
        conn = site.knock(SERVED_WITHIN)
    except OSError as problem:
        raise Wrong(f"{who} to be connected", f"{type(problem).__name__}: {problem}") from None
    with conn:
        yield conn


def served_once(site: Site, token: bytes = b"ok") -> None:
    with knock(site) as conn:
        try:
            talk.exchange(conn, site.target.service, token)
        except talk.NotServed as problem:
            raise Wrong("to be served", str(problem)) from None
