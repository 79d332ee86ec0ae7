"""Making connections: connect, accept, one byte to the client, close.

No TIME_WAIT is left on either side, so neither ports nor the system's memory are used up however
long it goes on: the server closes first, and the client, which has its byte, then ends with a reset
(SO_LINGER with no time), which takes the server's half away as well. With ordinary ends on both
sides a minute of it would leave a million sockets behind, and each connect would search among them.
"""

from __future__ import annotations

import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict

import addresses
from calls_naming import RESET
from registry import operation, text
from timing import Player, WrongBytes, capacity_of, ready
from timing_pong import wake


@operation("welcome", workload=True)
def welcome(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Say one byte to each who connects, which counts them, and close; until this is closed."""
    listener = session.socket(handle)
    session.on_stop(handle, lambda: wake(listener))
    session.call(_welcome, listener)


def _welcome(listener: Any) -> None:
    accept, number = listener.accept, 0
    while True:
        try:
            conn, _ = accept()
        except OSError:
            if listener.fileno() == -1 or _ended(listener):
                return
            raise
        try:
            conn.sendall(count(number))
        finally:
            conn.close()
        number += 1


def _ended(listener: Any) -> bool:
    """Whether it has been shut down: then it listens no more."""
    return not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def count(number: int) -> bytes:
    return bytes((number % 251,))


class Caller(Player):
    """Who connects again and again."""

    def __init__(self, session: Any, args: Dict[str, Any]) -> None:
        super().__init__(capacity_of(args))
        self.kind = addresses.kind_of(text(args, "transport"))
        self.to = addresses.to_library(args.get("to"))
        self.make = session.holdings.make
        self.resets = text(args, "transport").startswith("tcp")

    def go(self, trips: int) -> None:
        for _ in range(trips):
            begin = clock()
            said = self._call()
            self.judge(said, clock() - begin)

    def judge(self, said: bytes, took: int) -> None:
        """Keep the sample of a connection that brought its byte."""
        if said != count(self.played):
            raise WrongBytes("wrong bytes from connection %d" % (self.played + 1))
        self.keep(took)
        self.played += 1

    def _call(self) -> bytes:
        sock = self.make(*self.kind)
        try:
            sock.connect(self.to)
            said: bytes = sock.recv(2)
            if self.resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        finally:
            sock.close()
        return said


@operation("connect_open", workload=True)
def connect_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Get ready to connect to `to`; a turn is so many connections, one after the other."""
    ready(session, session.free(handle), Caller(session, args))
