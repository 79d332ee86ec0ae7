"""Wrong servers of echo over a stream: the end, slow readers, other clients."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from typing import Any

from right import Server, Sock
from wrong import RESET, bug

# --- echo: nothing else, and the end --------------------------------------------------------------


@bug("banner", "echo", "tcp4", "echo.3")
class Banner(Server):
    """Greets before it echoes."""

    def echo(self, conn: Sock) -> None:
        conn.sendall(b"welcome\r\n")
        super().echo(conn)


@bug("keepalive-chatter", "echo", "tcp4", "echo.3")
class KeepaliveChatter(Server):
    """Adds a newline after each answer, a little later."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data)
        time.sleep(0.01)
        conn.sendall(b"\n")


@bug("goodbye", "echo", "tcp4", "echo.4")
class Goodbye(Server):
    """Says goodbye at the client's end."""

    def echo(self, conn: Sock) -> None:
        super().echo(conn)
        conn.sendall(b"bye\r\n")


@bug("resets-at-the-end", "echo", "tcp4", "echo.4")
class ResetsAtTheEnd(Server):
    """Has SO_LINGER at zero, to be rid of TIME_WAIT."""

    def close(self, conn: Sock) -> None:
        time.sleep(0.02)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        conn.close()


@bug("never-closes", "echo", "tcp4", "echo.4")
class NeverCloses(Server):
    """Leaves the connection in CLOSE_WAIT when the client has half-closed."""

    kept: list[Sock]

    def close(self, conn: Sock) -> None:
        self.kept = [*getattr(self, "kept", []), conn]


@bug("drops-the-tail", "echo", "unix-stream", "echo.4")
class DropsTheTail(Server):
    """Sends from a queue, and closes at EOF without waiting for it."""

    def echo(self, conn: Sock) -> None:
        while data := conn.recv(65536):
            # Longer than a busy machine takes from a client's last byte to its half-close.
            threading.Timer(0.2, self.late, [conn, data]).start()

    def late(self, conn: Sock, data: bytes) -> None:
        with contextlib.suppress(OSError):
            conn.sendall(data)


@bug("half-close-is-hang-up", "echo", "tcp4", "echo.4")
class HalfCloseIsHangUp(Server):
    """Takes EOF for a client that is gone, and sends it nothing more."""

    def echo(self, conn: Sock) -> None:
        while data := conn.recv(65536):
            time.sleep(0.1)
            if select.select([conn], [], [], 0)[0] and not conn.recv(1, socket.MSG_PEEK):
                return
            conn.sendall(data)


# --- echo: slow readers, others -------------------------------------------------------------------


@bug("drops-what-is-not-read", "echo", "tcp4", "echo.5")
class DropsWhatIsNotRead(Server):
    """Throws an answer away when the client is not taking it."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.settimeout(0.05)
        try:
            conn.sendall(data)
        except TimeoutError:
            conn.settimeout(None)


@bug("closes-on-slow-readers", "echo", "tcp4", "echo.5")
class ClosesOnSlowReaders(Server):
    """Gives up on a client that does not take its answer within 50 ms."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.settimeout(0.05)
        conn.sendall(data)
        conn.settimeout(None)


@bug("one-loop-that-blocks", "echo", "tcp4", "echo.6")
class OneLoopThatBlocks(Server):
    """A loop over select() for all clients, with a sendall() in it that may wait."""

    def serve_connections(self, listener: Sock) -> None:
        conns = [listener]
        while True:
            for ready in select.select(conns, [], [])[0]:
                if ready is listener:
                    conns.append(listener.accept()[0])
                    continue
                try:
                    data = ready.recv(65536)
                    ready.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    conns.remove(ready)
                    ready.close()


@bug("tells-everybody", "echo", "tcp4", "echo.7")
class TellsEverybody(Server):
    """Is a chat server: an answer goes to all clients."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.conns: set[Sock] = set()

    def echo(self, conn: Sock) -> None:
        self.conns.add(conn)
        super().echo(conn)

    def answer(self, conn: Sock, data: bytes) -> None:
        for one in list(self.conns):
            with contextlib.suppress(OSError):
                one.sendall(data)

    def close(self, conn: Sock) -> None:
        self.conns.discard(conn)
        conn.close()


@bug("one-buffer-for-all", "echo", "tcp4", "echo.7")
class OneBufferForAll(Server):
    """Keeps what it received in a global variable until it answers."""

    last = b""

    def answer(self, conn: Sock, data: bytes) -> None:
        Server.last = data
        time.sleep(0.1)
        conn.sendall(Server.last)


@bug("forty-milliseconds", "echo", "tcp4", "echo.12")
class FortyMilliseconds(Server):
    """Collects small answers for a while before it sends them."""

    def answer(self, conn: Sock, data: bytes) -> None:
        if len(data) < 3:
            time.sleep(0.045)
        conn.sendall(data)
