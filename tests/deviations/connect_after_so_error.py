"""Linux: connect() again, after getsockopt(SO_ERROR) has told how a non-blocking attempt ended.

The kernel does not count that as the end of the attempt: the next connect() does, and says 0 where
it had succeeded (a blocking socket says EISCONN) and ECONNABORTED where it had failed (a blocking
socket tries again). Every event loop connects in this way.
"""

from __future__ import annotations

import errno
import select
import socket


def attempt(address: tuple[str, int], waiting: bool) -> socket.socket:
    """A socket after its first connect: a blocking one, or with select and SO_ERROR."""
    sock = socket.socket()
    if not waiting:
        sock.connect_ex(address)
        return sock
    sock.setblocking(False)
    if sock.connect_ex(address) == errno.EINPROGRESS:
        select.select([], [sock], [])
    sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return sock


def second(address: tuple[str, int], waiting: bool, listen: bool = False) -> str:
    """What the second connect of such a socket says; `listen`: there is a listener since then."""
    sock = attempt(address, waiting)
    with socket.create_server(address) if listen else sock:
        sock.setblocking(True)
        said = sock.connect_ex(address)
    sock.close()
    return errno.errorcode[said] if said else "connected"


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = server.getsockname()
        print("connected, blocking:     ", second(there, waiting=False))
        print("connected, non-blocking: ", second(there, waiting=True))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = unused.getsockname()
    print("refused, blocking:       ", second(nobody, waiting=False, listen=True))
    print("refused, non-blocking:   ", second(nobody, waiting=True, listen=True))
