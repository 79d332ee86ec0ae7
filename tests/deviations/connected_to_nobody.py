"""asyncio's loop.sock_connect reports success on a unix socket that is not connected.

The listener's queue is full, so a non-blocking connect says EAGAIN: nothing is under way. The loop
takes that for EINPROGRESS, waits until the socket is writable (it is), finds no SO_ERROR, and says
that it is connected.
"""

from __future__ import annotations

import asyncio
import socket


def full_listener() -> tuple[socket.socket, socket.socket, str]:
    """A listener with no room, one who waits in its queue, and the listener's name."""
    name = "\0sockharness-connected-to-nobody"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen(0)
    waiting = socket.socket(socket.AF_UNIX)
    waiting.connect(name)
    return listener, waiting, name


async def connect(name: str) -> str:
    """What sock_connect says, and what the socket itself says then."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, name)
    except OSError as failure:
        return type(failure).__name__
    try:
        return f"connected, to {sock.getpeername()!r}"
    except OSError as failure:
        return f"connected, but getpeername says {failure.strerror}"


if __name__ == "__main__":
    listener, waiting, name = full_listener()
    plain = socket.socket(socket.AF_UNIX)
    plain.setblocking(False)
    try:
        plain.connect(name)
    except OSError as failure:
        print("socket.connect:   ", type(failure).__name__)
    print("loop.sock_connect:", asyncio.run(connect(name)))
