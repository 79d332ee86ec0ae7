"""One exchange with a program, by its service: what a client does to see that it is served.

Over plain sockets that have a timeout, so that every exchange ends. What is said is as little as
the contract can be seen by; the bytes themselves are the affair of the scenarios.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping

LINE = 74  # of chargen, with its CRLF
SILENCE = 0.02  # seconds for something to come that should not; a caller with many has less
_CHUNK = 1 << 16


class NotServed(Exception):
    """What came instead, in words."""


def exchange(conn: socket.socket, service: str, token: bytes, silence: float = SILENCE) -> None:
    """Have one exchange on a connected socket. Raise NotServed."""
    table = _STREAM if conn.type == socket.SOCK_STREAM else _DATAGRAMS
    try:
        if service == "discard":
            _discard(conn, token, silence)
        else:
            table[service](conn, token)
    except TimeoutError:
        raise NotServed(f"nothing for {conn.gettimeout():g} s") from None
    except OSError as problem:
        raise NotServed(f"{type(problem).__name__}: {problem.strerror}") from None


def receive(conn: socket.socket, size: int) -> bytes:
    """Receive so many bytes; fewer when the connection ends before. Raise OSError."""
    got = bytearray()
    while len(got) < size:
        chunk = conn.recv(min(_CHUNK, size - len(got)))
        if not chunk:
            break
        got += chunk
    return bytes(got)


def _echo(conn: socket.socket, token: bytes) -> None:
    conn.sendall(token)
    _compare(receive(conn, len(token)), token)


def _compare(got: bytes, token: bytes) -> None:
    if got != token:
        cut = f"only {len(got)} of {len(token)} bytes, then its end"
        raise NotServed(cut if token.startswith(got) else "other bytes than were sent")


def _discard(conn: socket.socket, token: bytes, silence: float) -> None:
    conn.sendall(token)
    if select.select([conn], [], [], silence)[0]:
        answered = conn.recv(_CHUNK) or conn.type != socket.SOCK_STREAM
        raise NotServed("an answer" if answered else "its end, though the client has not ended")


def _chargen(conn: socket.socket, _token: bytes) -> None:
    got = receive(conn, LINE)
    if len(got) < LINE:
        raise NotServed(f"only {len(got)} bytes, then its end")


def _whole(conn: socket.socket, _token: bytes) -> None:
    if not receive(conn, 1 << 24):
        raise NotServed("its end without a word")


def _echo_datagram(conn: socket.socket, token: bytes) -> None:
    conn.send(token)
    _compare(conn.recv(_CHUNK), token)


def _answered(conn: socket.socket, token: bytes) -> None:
    conn.send(token)
    conn.recv(_CHUNK)


_Exchange = Callable[[socket.socket, bytes], None]
_STREAM: Mapping[str, _Exchange] = {
    "echo": _echo,
    "chargen": _chargen,
    "daytime": _whole,
    "greet": _whole,
}
_DATAGRAMS: Mapping[str, _Exchange] = {
    "echo": _echo_datagram,
    "chargen": _answered,
    "daytime": _answered,
    "greet": _answered,
}
