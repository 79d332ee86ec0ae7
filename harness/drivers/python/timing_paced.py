"""The open loop: messages are due at a set rate, whether or not answers have come.

Every sample counts from the moment when its message was due, not from when it left. So a server
that stalls is seen in every trip that it held up, and not in one (which is called coordinated
omission); and a client that is late itself hides nothing either.

How the client waits: with no answer outstanding it sleeps until shortly before the next message is
due, then spins on the clock, which holds up nobody. With answers outstanding it waits for them, and
a timer wakes it when the next message is due; that is late by some 60 µs (timer slack and waking),
which is in the samples and is told. Late messages are sent at once; none is left out.
"""

from __future__ import annotations

import select
import socket
from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from time import sleep
from typing import Any, Callable, Dict, Optional

import timing_pong
from registry import BadRequest, Unsupported, Values, integer, operation
from timing import Player, WrongBytes, capacity_of, pattern, ready, set_delay, size_of

# Sleep ends so long before a message is due: more than timers are late by, in ns. Those of loops
# count in whole milliseconds, rounded up.
SPIN, LOOP_SPIN = 200_000, 2_000_000

# Messages that differ from each other: with so many outstanding, one that is lost is noticed.
MESSAGES = 8


class Paced(Player):
    """One connection with its schedule: message i of a turn is due `interval * i` ns after it."""

    def __init__(self, sock: Any, size: int, capacity: int, interval: float) -> None:
        super().__init__(capacity)
        self.sock = sock
        self.interval = interval
        self.size = size
        self.stream = sock.type == socket.SOCK_STREAM
        self.messages = [pattern(size, number) for number in range(MESSAGES)]
        self.buffer = memoryview(bytearray(size if self.stream else size + 1))
        self.filled = 0  # of the buffer
        self.rest: Optional[memoryview] = None  # of a message that did not go whole
        self.received = 0

    def play(self, trips: int, drop: int) -> Values:
        """Play one schedule; the first `drop` messages are in it, their samples are not kept."""
        self.restart(drop)
        while self.answered < trips:
            self._step(trips)
        return self.said()

    def restart(self, drop: int) -> None:
        """Begin a schedule now."""
        self.begin, self.sent, self.answered, self.drop = clock(), 0, 0, drop
        self.late = self.most_late = 0

    def said(self) -> Values:
        """What is said of a schedule that is over."""
        self.played += self.answered
        kept = self.answered - self.drop
        return {"kept": kept, "late_ns": self.late, "most_late_ns": self.most_late}

    def _step(self, trips: int) -> None:
        """Send what is due, or wait for what comes first."""
        if self.sent == trips and self.rest is None:
            self._receive()
            return
        due = self.due(self.sent)
        wait = due - clock()
        if self.rest is not None or wait <= 0:
            self._send(due)
            if self.sent - self.answered > 1:
                self._receive_if_any()
        elif self.sent == self.answered:
            _wait_until(due)
        elif select.select([self.sock], (), (), wait / 1e9)[0]:
            self._receive()

    def due(self, number: int) -> int:
        """When a message of this turn is due, on the clock."""
        return self.begin + int(number * self.interval)

    def _send(self, due: int) -> None:
        """Send the next message, or the rest of one; when there is no room, wait for any."""
        message = self.next_message()
        now = clock()
        try:
            count = self._at_once(self.sock.send, self.rest or message)
        except BlockingIOError:
            readable, _, _ = select.select([self.sock], [self.sock], ())
            if readable:
                self._receive()
            return
        left = memoryview(self.rest or message)[count:]
        self.rest = left if len(left) and self.stream else None
        if self.rest is None:
            self.has_left(now - due)

    def next_message(self) -> bytes:
        """The one that is sent next."""
        return self.messages[(self.played + self.sent) % MESSAGES]

    def has_left(self, late: int) -> None:
        """Note that a message left, so many ns after it was due."""
        if self.sent >= self.drop:
            self.late += late
            self.most_late = max(self.most_late, late)
        self.sent += 1

    def _receive_if_any(self) -> None:
        try:
            self._take(self._at_once(self.sock.recv_into, self.buffer[self.filled :], 0))
        except BlockingIOError:
            pass

    def _at_once(self, call: Callable[..., int], *arguments: Any) -> int:
        """Call without waiting. Green sockets wait whatever the flags, but for those that were told
        not to; that changes nothing of the system's socket, which never waits."""
        if not timing_pong.GREEN:
            return call(*arguments, socket.MSG_DONTWAIT)
        self.sock.setblocking(False)
        try:
            return call(*arguments)
        finally:
            self.sock.setblocking(True)

    def _receive(self) -> None:
        self._take(self.sock.recv_into(self.buffer[self.filled :]))

    def _take(self, got: int) -> None:
        """Take what has come of the next answer, and its time when it is whole."""
        end = clock()
        if not got and self.stream:
            raise self.over()
        self.filled += got
        if self.stream and self.filled < self.size:
            return
        whole, self.filled = self.filled, 0
        self.judge(self.buffer.obj[:whole], end)  # type: ignore[index]

    def over(self) -> EOFError:
        """What is wrong when the stream has ended."""
        return EOFError("the stream ended at trip %d" % (self.played + self.answered + 1))

    def judge(self, data: bytes, end: int) -> None:
        """Keep the sample of an answer that is right and came at `end`, since it was due."""
        number = self.played + self.answered
        if self.answered == self.sent or data != self.messages[number % MESSAGES]:
            raise WrongBytes("wrong bytes at trip %d" % (number + 1))
        if self.answered >= self.drop:
            self.keep(end - self.due(self.answered))
        self.answered += 1


def _wait_until(due: int) -> None:
    left = due - (LOOP_SPIN if timing_pong.GREEN else SPIN) - clock()
    if left > 0:
        sleep(left / 1e9)
    while clock() < due:
        pass


@operation("paced_open", workload=True)
def paced_open(session: Any, handle: Any, args: Dict[str, Any]) -> None:
    """Get a connected socket ready to play `rate` messages a second, of `size` bytes."""
    sock = session.socket(handle)
    size, capacity, interval = size_of(args), capacity_of(args), interval_of(args)
    if sock.fileno() >= 1024:
        raise Unsupported("select() knows no descriptor beyond 1023")
    set_delay(sock, args)
    ready(session, handle, Paced(sock, size, capacity, interval))


def interval_of(args: Dict[str, Any]) -> float:
    """Return the ns between two messages."""
    rate = integer(args, "rate")
    if rate < 1:
        raise BadRequest("a rate is at least one message a second, not %d" % rate)
    return 1e9 / rate
