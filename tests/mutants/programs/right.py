"""A right server of every service on every transport, made to be bent: the mutants override it.

Standard library only. A thread for each connection; every rule of the contracts stands in a method
of its own, so that a bug is one method that is wrong.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Mapping

FAMILIES = {
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "unix-stream": (socket.AF_UNIX, socket.SOCK_STREAM),
    "unix-dgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
}
PRINTABLE = bytes(range(0x20, 0x7F))
LINES = [(PRINTABLE * 2)[i : i + 72] + b"\r\n" for i in range(len(PRINTABLE))]
Sock = socket.socket


class Server:
    """One service on one transport at one address."""

    backlog = 128
    greeting = b"hello\r\n"

    def __init__(self, service: str, transport: str, words: list[str]) -> None:
        self.service = service
        self.transport = transport
        self.unix = transport.startswith("unix")
        self.address: str | tuple[str, int] = words[0] if self.unix else (words[0], int(words[1]))

    def run(self) -> None:
        """Serve until SIGTERM."""
        self.heed_sigterm()
        self.listener = self.listen()
        if self.listener.type == socket.SOCK_DGRAM:
            self.serve_datagrams(self.listener)
        else:
            self.serve_connections(self.listener)

    # --- beginning and end -----------------------------------------------------------------------

    def heed_sigterm(self) -> None:
        """End on a thread of its own: the main thread may be about to wait for a client when the
        signal comes, and would run a handler when that client is there."""
        told, tell = os.pipe()
        os.set_blocking(tell, False)
        signal.set_wakeup_fd(tell)
        signal.signal(signal.SIGTERM, lambda *_: None)
        threading.Thread(target=self.await_sigterm, args=(told,), daemon=True).start()

    def await_sigterm(self, told: int) -> None:
        while True:
            if os.read(told, 1)[0] == signal.SIGTERM:
                self.on_sigterm()

    def listen(self) -> Sock:
        family, kind = FAMILIES[self.transport]
        sock = socket.socket(family, kind)
        if self.unix:
            self.make_way(sock)
        elif kind == socket.SOCK_STREAM:
            self.reuse(sock)
        self.bind(sock)
        if kind == socket.SOCK_STREAM:
            sock.listen(self.backlog)
        return sock

    def bind(self, sock: Sock) -> None:
        sock.bind(self.address)

    def reuse(self, sock: Sock) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def make_way(self, sock: Sock) -> None:
        path = str(self.address)
        with socket.socket(sock.family, sock.type) as probe:
            stale = os.path.exists(path) and probe.connect_ex(path) != 0
        if stale and stat.S_ISSOCK(os.stat(path).st_mode):
            os.unlink(path)

    def on_sigterm(self) -> None:
        self.remove_path()
        os._exit(self.status())

    def status(self) -> int:
        return 0

    def remove_path(self) -> None:
        if self.unix:
            with contextlib.suppress(OSError):
                os.unlink(str(self.address))

    # --- connections -----------------------------------------------------------------------------

    def serve_connections(self, listener: Sock) -> None:
        while True:
            conn, _ = listener.accept()
            self.begin(conn)

    def begin(self, conn: Sock) -> None:
        threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn: Sock) -> None:
        try:
            if not self.unix:
                self.no_delay(conn)
            self.converse(conn)
        except OSError as problem:
            self.on_error(problem)
        self.close(conn)

    def no_delay(self, conn: Sock) -> None:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def on_error(self, problem: OSError) -> None:
        """A client that reset or vanished: its affair."""

    def close(self, conn: Sock) -> None:
        conn.close()

    def converse(self, conn: Sock) -> None:
        table: Mapping[str, Callable[[Sock], None]] = {
            "echo": self.echo,
            "discard": self.discard,
            "chargen": self.chargen,
            "daytime": self.daytime,
            "greet": self.greet,
        }
        table[self.service](conn)

    def echo(self, conn: Sock) -> None:
        while data := conn.recv(65536):
            self.answer(conn, data)

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data)

    def discard(self, conn: Sock) -> None:
        while conn.recv(65536):
            pass

    def chargen(self, conn: Sock) -> None:
        threading.Thread(target=self.throw_away, args=(conn,), daemon=True).start()
        number = 0
        while True:
            conn.sendall(b"".join(self.line(number + i) for i in range(20)))
            number += 20

    def throw_away(self, conn: Sock) -> None:
        with contextlib.suppress(OSError):
            while conn.recv(65536):
                pass

    def line(self, number: int) -> bytes:
        return LINES[number % len(LINES)]

    def daytime(self, conn: Sock) -> None:
        conn.sendall(self.time())
        self.part(conn)

    def time(self) -> bytes:
        return time.strftime("%A, %B %d, %Y %H:%M:%S-UTC\r\n", time.gmtime()).encode()

    def greet(self, conn: Sock) -> None:
        conn.sendall(self.greeting)
        self.part(conn)

    def part(self, conn: Sock) -> None:
        """End after the last word, and read on, so that late input is not answered by a reset."""
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(2)
        while conn.recv(65536):
            pass

    # --- datagrams -------------------------------------------------------------------------------

    def serve_datagrams(self, sock: Sock) -> None:
        while True:
            data, peer = self.receive(sock)
            answer = self.to_datagram(data)
            if answer is not None and peer:
                self.send(sock, answer, peer)

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        return sock.recvfrom(262144)

    def to_datagram(self, data: bytes) -> bytes | None:
        table = {
            "echo": data,
            "discard": None,
            "chargen": b"".join(LINES[:6]),
            "daytime": self.time(),
        }
        return table[self.service]

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        """Send one; one whose receiver is full waits a little, one who is gone is forgotten."""
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            try:
                sock.sendto(answer, socket.MSG_DONTWAIT, peer)  # type: ignore[call-overload]
            except BlockingIOError:
                select.select([], [], [], 0.001)
            except OSError:
                return
            else:
                return


if __name__ == "__main__":
    Server(sys.argv[1], sys.argv[2], sys.argv[3:]).run()
