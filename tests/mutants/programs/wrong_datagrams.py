"""Wrong servers of echo over datagrams."""

from __future__ import annotations

import select
import socket
import sys
import time

from right import Server, Sock
from wrong import bug


@bug("datagrams-cut", "echo", "udp4", "echo.8")
class DatagramsCut(Server):
    """Has a buffer of 1024 bytes."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        return sock.recvfrom(1024)


@bug("datagrams-of-8192", "echo", "udp6", "echo.8")
class DatagramsOf8192(Server):
    """Has a buffer of 8192 bytes, which is enough for most."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        return sock.recvfrom(8192)


@bug("no-empty-datagrams", "echo", "udp4", "echo.8")
class NoEmptyDatagrams(Server):
    """Takes an empty datagram for nothing."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return data or None


@bug("empty-datagram-ends-it", "echo", "unix-dgram", "echo.8")
class EmptyDatagramEndsIt(Server):
    """Takes an empty datagram for the end, as one would on a stream."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        data, peer = sock.recvfrom(262144)
        if not data:
            sys.exit(0)
        return data, peer


@bug("answers-twice", "echo", "udp4", "echo.8")
class AnswersTwice(Server):
    """Sends each answer twice, to be sure."""

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        super().send(sock, answer, peer)
        super().send(sock, answer, peer)


@bug("datagrams-with-newline", "echo", "udp4", "echo.8")
class DatagramsWithNewline(Server):
    """Ends each datagram with a newline."""

    def to_datagram(self, data: bytes) -> bytes | None:
        return data + b"\n"


@bug("answers-from-another-port", "echo", "udp4", "echo.9")
class AnswersFromAnotherPort(Server):
    """Makes a new socket for each answer."""

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        with socket.socket(sock.family, sock.type) as other:
            super().send(other, answer, peer)


@bug("answers-the-first-client", "echo", "udp4", "echo.9")
class AnswersTheFirstClient(Server):
    """Remembers whom it talks to, for a while."""

    peer: object = None
    until = 0.0

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        if time.monotonic() > self.until:
            self.peer, self.until = peer, time.monotonic() + 0.05
        super().send(sock, answer, self.peer)


@bug("answers-the-last-client", "echo", "unix-dgram", "echo.9")
class AnswersTheLastClient(Server):
    """Collects datagrams, then answers whoever came last."""

    def serve_datagrams(self, sock: Sock) -> None:
        while True:
            datagrams = [self.receive(sock)]
            while select.select([sock], [], [], 0.5)[0]:
                datagrams.append(self.receive(sock))
            for data, _ in datagrams:
                self.send(sock, data, datagrams[-1][1])


@bug("loses-bursts", "echo", "udp4", "echo.10")
class LosesBursts(Server):
    """Answers the newest of what has queued up."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        got = sock.recvfrom(262144)
        time.sleep(0.1)
        while select.select([sock], [], [], 0)[0]:
            got = sock.recvfrom(262144)
        return got


@bug("joins-bursts", "echo", "udp6", "echo.10")
class JoinsBursts(Server):
    """Puts into one datagram what came in several."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        data, peer = sock.recvfrom(262144)
        time.sleep(0.1)
        while select.select([sock], [], [], 0)[0]:
            data += sock.recvfrom(262144)[0]
        return data, peer


@bug("ends-when-a-sender-is-gone", "echo", "unix-dgram", "echo.11")
class EndsWhenASenderIsGone(Server):
    """Lets the error of sendto() end the loop."""

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        sock.sendto(answer, peer)


@bug("waits-for-one-that-is-gone", "echo", "unix-dgram", "echo.11")
class WaitsForOneThatIsGone(Server):
    """Tries for ever to answer a sender that takes nothing."""

    def send(self, sock: Sock, answer: bytes, peer: object) -> None:
        for _ in range(4000):
            try:
                sock.sendto(answer, socket.MSG_DONTWAIT, peer)  # type: ignore[call-overload]
            except OSError:
                time.sleep(0.001)
            else:
                return
