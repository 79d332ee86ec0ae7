"""What each service says, on a connection or to a datagram. Knows no listening and no ending.

Each keeps its contract (RFC 862 echo, 863 discard, 864 chargen, 867 daytime; `greet` says its
greeting and closes): a client that does not read its answers stops being read, and loses nothing;
the last word is never cut off by a reset. A conversation returns when it is over, or raises the
OSError of a client that reset or vanished; the connection is closed elsewhere.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Callable, Dict, Optional

RECORD = 262144  # at least the largest record of a unix socket, so none is cut
CHUNK = 65536
# After its last word a server reads on until the client closes as well, so that late input is not
# answered by a reset which could overtake that word; but not for ever.
LAST_WORD_WAIT = 2.0

_PRINTABLE = bytes(range(0x20, 0x7F))
LINES = b"".join((_PRINTABLE * 2)[i : i + 72] + b"\r\n" for i in range(len(_PRINTABLE)))


def _echo(conn: socket.socket, greeting: bytes) -> None:
    """Not reading while an answer is not taken is the whole of the backpressure."""
    size = RECORD if conn.type == getattr(socket, "SOCK_SEQPACKET", None) else CHUNK
    while True:
        data = conn.recv(size)
        if not data:
            return
        conn.sendall(data)


def _discard(conn: socket.socket, greeting: bytes) -> None:
    buffer = bytearray(CHUNK)
    while conn.recv_into(buffer):
        pass


def _chargen(conn: socket.socket, greeting: bytes) -> None:
    """Reads and writes as either is possible, so that a client which only sends is not held up."""
    conn.setblocking(False)
    lines, sent = memoryview(LINES * 2), 0
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN | select.POLLOUT)
    while True:
        for _, events in poll.poll():
            if events & select.POLLIN and not conn.recv(CHUNK):
                poll.modify(conn.fileno(), select.POLLOUT)  # half-closed; it may still be reading
            if events & ~select.POLLIN:
                first = sent % len(LINES)
                sent += conn.send(lines[first : first + len(LINES)])


def _daytime(conn: socket.socket, greeting: bytes) -> None:
    conn.sendall(_time_line())
    _part(conn)


def _greet(conn: socket.socket, greeting: bytes) -> None:
    conn.sendall(greeting)
    _part(conn)


def _part(conn: socket.socket) -> None:
    """End after the last word: FIN now, then read until the client has ended too."""
    conn.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + LAST_WORD_WAIT
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000) or not conn.recv(CHUNK):
            return


def _time_line() -> bytes:
    return time.strftime("%A, %B %d, %Y %H:%M:%S-UTC\r\n", time.gmtime()).encode()


CONVERSATIONS: Dict[str, Callable[[socket.socket, bytes], None]] = {
    "echo": _echo,
    "discard": _discard,
    "chargen": _chargen,
    "daytime": _daytime,
    "greet": _greet,
}

# --- what is said to a datagram; None: nothing ----------------------------------------------------

ANSWERS: Dict[str, Callable[[bytes, bytes], Optional[bytes]]] = {
    "echo": lambda data, greeting: data,
    "discard": lambda data, greeting: None,
    "chargen": lambda data, greeting: LINES[: 6 * 74],  # at most 512 characters
    "daytime": lambda data, greeting: _time_line(),
    "greet": lambda data, greeting: greeting,
}
