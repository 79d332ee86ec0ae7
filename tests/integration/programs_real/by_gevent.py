"""Echo with gevent: `by_gevent.py HOST PORT`."""

from __future__ import annotations

import socket
import sys
from typing import Any

from gevent.server import StreamServer


def converse(conn: Any, _: Any) -> None:
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while data := conn.recv(65536):
            conn.sendall(data)
    except OSError:
        return


StreamServer((sys.argv[1], int(sys.argv[2])), converse).serve_forever()
