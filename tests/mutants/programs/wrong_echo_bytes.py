"""Wrong servers of echo over a stream: the bytes."""

from __future__ import annotations

import contextlib
import select
import threading

from right import Server, Sock
from wrong import bug


@bug("waits-for-a-newline", "echo", "tcp4", "echo.2")
class WaitsForANewline(Server):
    """Reads lines, so that what has no newline is not answered."""

    def echo(self, conn: Sock) -> None:
        for line in conn.makefile("rb"):
            conn.sendall(line)


@bug("waits-for-a-block", "echo", "tcp4", "echo.2")
class WaitsForABlock(Server):
    """read(1024) of a buffered file waits for all of them."""

    def echo(self, conn: Sock) -> None:
        file = conn.makefile("rb")
        while data := file.read(1024):
            conn.sendall(data)


@bug("waits-for-the-end", "echo", "tcp4", "echo.2")
class WaitsForTheEnd(Server):
    """Reads until EOF, then answers."""

    def echo(self, conn: Sock) -> None:
        conn.sendall(conn.makefile("rb").read())


@bug("strips", "echo", "tcp4", "echo.1")
class Strips(Server):
    """Takes white space off the ends of what it received."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.strip())


@bug("replaces-what-is-no-text", "echo", "tcp4", "echo.1")
class ReplacesWhatIsNoText(Server):
    """Decodes each piece on its own, with a replacement for what is no UTF-8."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.decode("utf-8", "replace").encode())


@bug("ends-on-what-is-no-text", "echo", "unix-stream", "echo.1")
class EndsOnWhatIsNoText(Server):
    """Decodes strictly, and drops the client when that fails."""

    def answer(self, conn: Sock, data: bytes) -> None:
        try:
            conn.sendall(data.decode().encode())
        except UnicodeDecodeError:
            raise OSError from None


@bug("ends-strings-at-nul", "echo", "tcp4", "echo.1")
class EndsStringsAtNul(Server):
    """Uses strlen() where a count was known."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.partition(b"\0")[0])


@bug("text-mode", "echo", "tcp4", "echo.1")
class TextMode(Server):
    """Turns CRLF into LF, as files in text mode do."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.replace(b"\r\n", b"\n"))


@bug("escapes-iac", "echo", "tcp4", "echo.1")
class EscapesIac(Server):
    """Doubles the byte 255, as telnet does."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.replace(b"\xff", b"\xff\xff"))


@bug("control-z-ends", "echo", "tcp6", "echo.1")
class ControlZEnds(Server):
    """Takes byte 26 for the end of the file."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(data.partition(b"\x1a")[0])


@bug("seven-bits", "echo", "tcp4", "echo.1")
class SevenBits(Server):
    """Masks the highest bit."""

    def answer(self, conn: Sock, data: bytes) -> None:
        conn.sendall(bytes(byte & 127 for byte in data))


@bug("send-once", "echo", "tcp4", "echo.5")
class SendOnce(Server):
    """Calls send() once on a socket that does not block, and takes no notice of the count."""

    def echo(self, conn: Sock) -> None:
        conn.setblocking(False)
        while True:
            select.select([conn], [], [])
            data = conn.recv(262144)
            if not data:
                return
            with contextlib.suppress(BlockingIOError):
                conn.send(data)


@bug("one-message-and-away", "echo", "tcp4", "echo.1")
class OneMessageAndAway(Server):
    """Takes what one recv() returns for the whole conversation."""

    def echo(self, conn: Sock) -> None:
        conn.sendall(conn.recv(65536))


@bug("first-64k-only", "echo", "tcp4", "echo.1")
class First64kOnly(Server):
    """Has a buffer of 64 KiB for a connection, and ends when it is full."""

    def echo(self, conn: Sock) -> None:
        left = 65536
        while left and (data := conn.recv(left)):
            conn.sendall(data)
            left -= len(data)


@bug("stale-buffer", "echo", "tcp4", "echo.1")
class StaleBuffer(Server):
    """Answers with the whole of its buffer, though less was received."""

    def echo(self, conn: Sock) -> None:
        buffer = bytearray(4096)
        most = 0
        while count := conn.recv_into(buffer):
            most = max(most, count)
            conn.sendall(buffer[:most])


@bug("out-of-order", "echo", "tcp4", "echo.1")
class OutOfOrder(Server):
    """Answers each piece in a thread of its own."""

    def echo(self, conn: Sock) -> None:
        workers = []
        while data := conn.recv(16384):
            pause = 0.0 if workers else 0.02
            workers.append(threading.Timer(pause, conn.sendall, [data]))
            workers[-1].start()
        for worker in workers:
            worker.join()
