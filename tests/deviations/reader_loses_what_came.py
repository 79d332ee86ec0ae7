"""asyncio.StreamReader.read raises a reset before it hands out what had come, and never gives EOF.

It prints what a plain socket reads of the same bytes, and what a reader does.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time


def sent() -> tuple[socket.socket, socket.socket]:
    """A connection: its receiving end, and the one that sent five bytes and will end by a reset."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname())
        conn, _ = server.accept()
    peer.sendall(b"hello")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return conn, peer


def plain() -> list[str]:
    """What recv gives, three times."""
    conn, peer = sent()
    peer.close()
    told = []
    for _ in range(3):
        try:
            told.append(repr(conn.recv(100)))
        except OSError as failure:
            told.append(type(failure).__name__)
    return told


async def read() -> list[str]:
    """What StreamReader.read gives, three times, once its loop has heard of both."""
    conn, peer = sent()
    reader, _writer = await asyncio.open_connection(sock=conn)
    await asyncio.sleep(0.1)  # the five bytes are in the reader's buffer now
    peer.close()
    time.sleep(0.1)
    await asyncio.sleep(0.1)
    told = []
    for _ in range(3):
        try:
            told.append(repr(await reader.read(100)))
        except OSError as failure:
            told.append(type(failure).__name__)
    return told


if __name__ == "__main__":
    print("socket.recv:      ", ", ".join(plain()))
    print("StreamReader.read:", ", ".join(asyncio.run(read())))
