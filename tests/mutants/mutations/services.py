"""Bugs in the small services, and in how a server is begun and ended."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Callable

from mutations import mutation

Converse = Callable[[Any, bytes], None]


def _converse(around: Callable[[Converse, Any, bytes], None]) -> None:
    """Put `around(original, connection, greeting)` in the place of every conversation."""
    import conversations

    for name, original in list(conversations.CONVERSATIONS.items()):
        conversations.CONVERSATIONS[name] = lambda conn, greeting, original=original: around(
            original, conn, greeting
        )


def _answer(change: Callable[[Any], Any]) -> None:
    """Pass what is said to each datagram through a function."""
    import conversations

    for name, original in list(conversations.ANSWERS.items()):
        conversations.ANSWERS[name] = lambda data, greeting, original=original: change(
            original(data, greeting)
        )


@mutation("service-says-who-it-is", "a banner comes before anything else", "serve")
def _banner() -> None:
    def greet(original: Converse, conn: Any, greeting: bytes) -> None:
        conn.sendall(b"220 ready\r\n")
        original(conn, greeting)

    _converse(greet)
    _answer(lambda answer: b"220 ready\r\n" + (answer or b""))


@mutation("service-waits-to-be-spoken-to", "who says nothing hears nothing", "serve")
def _waits_to_be_spoken_to() -> None:
    def wait(original: Converse, conn: Any, greeting: bytes) -> None:
        if conn.recv(1, socket.MSG_PEEK):
            original(conn, greeting)

    _converse(wait)


@mutation("service-ends-at-once", "whoever connects is shown the door", "serve")
def _ends_at_once() -> None:
    _converse(lambda original, conn, greeting: None)
    _answer(lambda answer: b"")


@mutation("service-echoes-lines", "lines are stripped and ended anew", "serve")
def _echoes_lines() -> None:
    import conversations

    def lines(conn: Any, greeting: bytes) -> None:
        while True:
            data = conn.recv(65536)
            if not data:
                return
            conn.sendall(data.strip() + b"\r\n")

    conversations.CONVERSATIONS["echo"] = lines
    conversations.ANSWERS["echo"] = lambda data, greeting: data.strip() + b"\r\n"


@mutation("service-ends-by-reset", "SO_LINGER 0 against TIME-WAIT on the server", "serve")
def _ends_by_reset() -> None:
    def reset(original: Converse, conn: Any, greeting: bytes) -> None:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        original(conn, greeting)

    _converse(reset)


@mutation("service-never-stops", "a server that is stopped keeps its port", "close")
def _never_stops() -> None:
    import serving

    serving.Service.stop = lambda self: None  # type: ignore[method-assign]


@mutation("service-leaves-its-path", "the file of a unix socket is left behind", "serve")
def _leaves_its_path() -> None:
    import serving

    serving._own_path = lambda sock: None


@mutation("service-takes-any-path", "whatever stands at a path is taken for stale", "serve")
def _takes_any_path() -> None:
    import serving

    serving._is_stale = lambda sock, path: os.path.exists(path)


@mutation("service-takes-no-stale-path", "a path that a dead server left blocks the next", "serve")
def _takes_no_stale_path() -> None:
    import serving

    serving._is_stale = lambda sock, path: False


@mutation("service-without-reuseaddr", "a server cannot be started again while clients linger",
          "serve")  # fmt: skip
def _without_reuseaddr() -> None:
    import serving

    serving._prepare = lambda sock, address: None


@mutation("service-dies-with-a-client", "a client's reset ends the server's loop", "serve")
def _dies_with_a_client() -> None:
    import serving

    def mortal(self: Any, conn: Any) -> None:
        try:
            conn.setblocking(True)
            self._converse(conn, self._greeting)
        except OSError:
            self._sock.close()
        conn.close()

    serving.Service._converse_and_close = mortal  # type: ignore[method-assign]
