"""Answering: `pong` sends back what comes, on one connection or on one datagram socket.

It ends when the other side is gone, when its socket is closed here, and at reset.
"""

from __future__ import annotations

import select
import socket
import threading
from typing import Any, Callable, Dict

from placing import own_socket
from registry import Unsupported, operation
from timing import fill, set_delay, size_of

# Whether started requests are no threads of the system's, and share the one with everything else.
GREEN = False

Receive = Callable[[Any], int]


@operation("pong", workload=True)
def pong(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Send back all that comes, `size` bytes at a time, until the other side is gone.

    With `busy` it asks again and again whether something came, and never waits."""
    sock = session.socket(handle)
    size = size_of(args)
    set_delay(sock, args)
    receive = receiving(sock, args)
    session.on_stop(handle, lambda: wake(sock))
    on_a_thread = threading.current_thread() is not threading.main_thread()
    if type(sock) is socket.socket and on_a_thread and not GREEN:
        own_socket(sock.fileno())
    if sock.type == socket.SOCK_STREAM:
        session.call(_answer_stream, sock, size, receive)
    elif _connected(sock):
        session.call(_answer_records, sock, size, receive)
    else:
        session.call(_answer_anybody, sock, size)


def receiving(sock: Any, args: Dict[str, Any]) -> Receive:
    """Return the call that reads into a buffer: it waits, or with `busy` it asks until it has."""
    if not args.get("busy"):
        return sock.recv_into  # type: ignore[no-any-return]
    if GREEN:
        raise Unsupported("a green thread that does not wait lets no other run")
    recv_into, now = sock.recv_into, socket.MSG_DONTWAIT
    look = select.poll()
    look.register(sock, 0)

    def ask(buffer: Any) -> int:
        while True:
            for _ in range(256):
                try:
                    return recv_into(buffer, 0, now)  # type: ignore[no-any-return]
                except BlockingIOError:
                    pass
            # Datagrams do not say that their socket was shut down; now and then, ask that.
            if look.poll(0):
                return 0

    return ask


def _answer_stream(sock: Any, size: int, receive: Receive) -> None:
    buffer = bytearray(size)
    sendall = sock.sendall
    while True:
        got = receive(buffer)
        if got != size and not (got and fill(sock, buffer, got)):
            return
        sendall(buffer)


def _answer_records(sock: Any, size: int, receive: Receive) -> None:
    buffer = bytearray(size)
    view = memoryview(buffer)
    send = sock.send
    while True:
        got = receive(buffer)
        if got == size:
            send(buffer)
        elif got:
            send(view[:got])
        else:
            return


def _answer_anybody(sock: Any, size: int) -> None:
    view = memoryview(bytearray(size))
    recvfrom_into, sendto = sock.recvfrom_into, sock.sendto
    while True:
        got, peer = recvfrom_into(view)
        if not got:
            return
        sendto(view[:got], peer)


def wake(sock: Any) -> None:
    """End a call that waits on this socket; closing it would not."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # not connected: Linux wakes a waiting datagram call all the same


def _connected(sock: Any) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
