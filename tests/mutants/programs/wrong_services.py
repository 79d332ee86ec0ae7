"""Wrong servers of discard, chargen, daytime and greet."""

from __future__ import annotations

import os
import select
import socket
import threading
import time

from right import LINES, PRINTABLE, Server, Sock
from wrong import RESET, bug

# --- discard --------------------------------------------------------------------------------------


@bug("discard-stops-reading", "discard", "tcp4", "discard.1")
class DiscardStopsReading(Server):
    """Reads no more than a buffer full."""

    def discard(self, conn: Sock) -> None:
        left = 65536
        while left and (data := conn.recv(left)):
            left -= len(data)
        threading.Event().wait()


@bug("discard-acknowledges", "discard", "tcp4", "discard.2")
class DiscardAcknowledges(Server):
    """Says that it has received something."""

    def discard(self, conn: Sock) -> None:
        while conn.recv(65536):
            conn.sendall(b"ok\r\n")


@bug("discard-acknowledges-datagrams", "discard", "udp4", "discard.2")
class DiscardAcknowledgesDatagrams(Server):
    """Answers a datagram with an empty one."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return b""


@bug("discard-ends-early", "discard", "tcp4", "discard.3")
class DiscardEndsEarly(Server):
    """Closes when it has read something."""

    def discard(self, conn: Sock) -> None:
        left = 300000
        while left and (data := conn.recv(left)):
            left -= len(data)


@bug("discard-never-ends", "discard", "unix-stream", "discard.3")
class DiscardNeverEnds(Server):
    """Does not close at the client's EOF."""

    def discard(self, conn: Sock) -> None:
        super().discard(conn)
        threading.Event().wait(30)


@bug("discard-resets", "discard", "tcp6", "discard.3")
class DiscardResets(Server):
    """Ends by a reset."""

    def close(self, conn: Sock) -> None:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        conn.close()


# --- chargen --------------------------------------------------------------------------------------


@bug("chargen-lines-too-short", "chargen", "tcp4", "chargen.1")
class ChargenLinesTooShort(Server):
    """Counts the CRLF as two of the 72."""

    def line(self, number: int) -> bytes:
        return LINES[number % len(LINES)][:70] + b"\r\n"


@bug("chargen-newlines", "chargen", "tcp4", "chargen.1")
class ChargenNewlines(Server):
    """Ends lines by LF."""

    def line(self, number: int) -> bytes:
        return LINES[number % len(LINES)][:72] + b"\n"


@bug("chargen-ends", "chargen", "tcp4", "chargen.1")
class ChargenEnds(Server):
    """Ends after a few lines."""

    def chargen(self, conn: Sock) -> None:
        conn.sendall(b"".join(self.line(number) for number in range(15)))
        self.part(conn)


@bug("chargen-does-not-shift", "chargen", "tcp4", "chargen.2")
class ChargenDoesNotShift(Server):
    """Sends one line again and again."""

    def line(self, number: int) -> bytes:
        return PRINTABLE[:72] + b"\r\n"


@bug("chargen-stops-when-told", "chargen", "tcp4", "chargen.3")
class ChargenStopsWhenTold(Server):
    """Ends when the client says something."""

    def chargen(self, conn: Sock) -> None:
        number = 0
        while not select.select([conn], [], [], 0.001)[0]:
            conn.sendall(self.line(number))
            number += 1


@bug("chargen-in-one-loop", "chargen", "tcp4", "chargen.4")
class ChargenInOneLoop(Server):
    """Serves one client after another."""

    def begin(self, conn: Sock) -> None:
        self.serve(conn)


@bug("chargen-too-long", "chargen", "udp4", "chargen.5")
class ChargenTooLong(Server):
    """Sends more than 512 characters in a datagram."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return b"".join(LINES[:7])


@bug("chargen-endless-datagrams", "chargen", "udp6", "chargen.5")
class ChargenEndlessDatagrams(Server):
    """Goes on with datagrams, as over a stream."""

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        for _ in range(5):
            super().send(sock, answer, peer)


# --- daytime --------------------------------------------------------------------------------------


@bug("daytime-without-crlf", "daytime", "tcp4", "daytime.1")
class DaytimeWithoutCrlf(Server):
    """Ends the line by LF."""

    def time(self) -> bytes:
        return bytes(super().time()).replace(b"\r", b"")


@bug("daytime-stays-open", "daytime", "tcp4", "daytime.1")
class DaytimeStaysOpen(Server):
    """Waits for the client to close."""

    def part(self, conn: Sock) -> None:
        conn.recv(65536)


@bug("daytime-again-and-again", "daytime", "tcp6", "daytime.1")
class DaytimeAgainAndAgain(Server):
    """Sends two lines."""

    def time(self) -> bytes:
        return bytes(super().time()) * 2


@bug("daytime-nul", "daytime", "tcp4", "daytime.1")
class DaytimeNul(Server):
    """Sends the byte that ends a string in C."""

    def time(self) -> bytes:
        return bytes(super().time())[:-2] + b"\0\r\n"


@bug("daytime-resets-who-talks", "daytime", "tcp4", "daytime.2")
class DaytimeResetsWhoTalks(Server):
    """Closes with input unread, which resets the connection."""

    def part(self, conn: Sock) -> None:
        time.sleep(0.15)


@bug("daytime-waits-for-a-question", "daytime", "udp4", "daytime.3")
class DaytimeWaitsForAQuestion(Server):
    """Does not answer an empty datagram."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return self.time() if data else None


@bug("daytime-datagram-without-crlf", "daytime", "udp6", "daytime.3")
class DaytimeDatagramWithoutCrlf(Server):
    """Sends the line without its end."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return bytes(self.time()).rstrip()


# --- greet ----------------------------------------------------------------------------------------


@bug("greet-waits", "greet", "tcp4", "greet.1")
class GreetWaits(Server):
    """Greets when the client has said something."""

    def greet(self, conn: Sock) -> None:
        conn.recv(65536)
        super().greet(conn)


@bug("greet-stays-open", "greet", "tcp4", "greet.1")
class GreetStaysOpen(Server):
    """Does not close after the greeting."""

    def part(self, conn: Sock) -> None:
        time.sleep(5)


@bug("greet-empty", "greet", "unix-stream", "greet.1")
class GreetEmpty(Server):
    """Closes without a word."""

    greeting = b""


@bug("greet-resets-who-talks", "greet", "tcp4", "greet.2")
class GreetResetsWhoTalks(Server):
    """Closes with input unread."""

    def part(self, conn: Sock) -> None:
        time.sleep(0.15)


@bug("greet-drops-the-half-closed", "greet", "tcp4", "greet.3")
class GreetDropsTheHalfClosed(Server):
    """Does not greet one that has half-closed."""

    def greet(self, conn: Sock) -> None:
        time.sleep(0.15)
        if select.select([conn], [], [], 0)[0] and not conn.recv(1, socket.MSG_PEEK):
            return
        super().greet(conn)


@bug("greet-ends-with-a-client", "greet", "tcp4", "greet.3")
class GreetEndsWithAClient(Server):
    """Ends when a client leaves before it is greeted."""

    def on_error(self, problem: OSError) -> None:
        os._exit(1)

    def greet(self, conn: Sock) -> None:
        time.sleep(0.05)
        conn.sendall(self.greeting)
        time.sleep(0.05)
        conn.sendall(b"\n")
        self.part(conn)
