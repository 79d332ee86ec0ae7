"""Echoes of the tests' own, which lie when they are told to: what a client must notice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from harness.engine import process
from harness.measuring.lanes import Driver, ask

# What an echo says to the message of a trip (counted from 1); nothing: it closes.
Answer = Callable[[int, bytes], bytes]


class Start(Protocol):
    """Starts a driver by name; the words before it are a command that runs it."""

    def __call__(self, name: str, *before: str) -> process.Driver: ...


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[dict[str, Any]]:
    """Yield the address at which each connection is served on a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):  # the end of the listener
                while True:
                    conn, _ = listener.accept()
                    thread = threading.Thread(target=handled, args=(conn,), daemon=True)
                    threads.append(thread)
                    thread.start()

        def handled(conn: socket.socket) -> None:
            with conn, suppress(ConnectionError):  # the driver may leave with bytes of ours unread
                serve(conn)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield {"host": "127.0.0.1", "port": listener.getsockname()[1]}
        listener.shutdown(socket.SHUT_RDWR)
        for thread in (accepting, *threads):
            thread.join(10)


def messages(conn: socket.socket, size: int) -> Iterator[bytes]:
    """Yield what comes, in messages of that size."""
    while data := conn.recv(size, socket.MSG_WAITALL):
        yield data


def echo(size: int, answer: Answer) -> Callable[[socket.socket], None]:
    """Return an echo, which counts its trips over all connections."""
    trips = iter(range(1, 1 << 30))

    def serve(conn: socket.socket) -> None:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in messages(conn, size):
            reply = answer(next(trips), data)
            if not reply:
                return
            conn.sendall(reply)

    return serve


def honest(trip: int, data: bytes) -> bytes:
    """The answer of an echo that does not lie."""
    return data


def against(
    driver: Driver,
    answer: Answer,
    turns: tuple[int, ...] = (50,),
    opens: str = "ping_open",
    **options: Any,
) -> None:
    """Play turns over TCP against an echo that answers so."""
    with listening(echo(64, answer)) as to:
        asked = {"size": 64, "samples": 1000, **options}
        if opens == "fan_open":
            asked = {**asked, "transport": "tcp4", "to": to}
        else:
            ask(driver, "connect", "c", {"transport": "tcp4", "to": to})
        ask(driver, opens, "c", asked)
        try:
            for trips in turns:
                ask(driver, "turn", "c", {"trips": trips, "drop": 2})
                ask(driver, "fetch", "c", {})  # trips are counted all the same
        finally:
            ask(driver, "reset", None, {})
