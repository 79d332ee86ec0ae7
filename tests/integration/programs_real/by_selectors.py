"""Echo in one loop over selectors, with a buffer for each client: `by_selectors.py HOST PORT`."""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys

MOST = 1 << 20  # of an answer that is not taken; beyond it the client is not read


def main() -> None:
    server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=128)
    server.setblocking(False)
    loop = selectors.DefaultSelector()
    loop.register(server, selectors.EVENT_READ)
    pending: dict[socket.socket, bytearray] = {}
    ended: set[socket.socket] = set()

    def serve(conn: socket.socket, mask: int) -> bool:
        if mask & selectors.EVENT_READ and not (data := conn.recv(65536)):
            ended.add(conn)
        elif mask & selectors.EVENT_READ:
            pending[conn] += data
        with contextlib.suppress(BlockingIOError):
            del pending[conn][: conn.send(pending[conn])]
        wanted = selectors.EVENT_WRITE if pending[conn] else 0
        if conn not in ended and len(pending[conn]) < MOST:
            wanted |= selectors.EVENT_READ
        if wanted:
            loop.modify(conn, wanted)
        return bool(wanted)

    def drop(conn: socket.socket) -> None:
        loop.unregister(conn)
        del pending[conn]
        ended.discard(conn)
        conn.close()

    while True:
        for key, mask in loop.select():
            if key.fileobj is server:
                conn = server.accept()[0]
                conn.setblocking(False)
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                pending[conn] = bytearray()
                loop.register(conn, selectors.EVENT_READ)
                continue
            assert isinstance(key.fileobj, socket.socket)
            try:
                goes_on = serve(key.fileobj, mask)
            except OSError:
                goes_on = False
            if not goes_on:
                drop(key.fileobj)


main()
