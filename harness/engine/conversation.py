"""What one driver was asked and what it answered.

Owned here: request numbers, which requests are open, the replies that nobody has fetched yet, and
the rule "exactly one reply for each request, and nothing that was not asked for". Pure: where the
messages come from is not known here, nobody waits, and no clock is read.
"""

from __future__ import annotations

from harness.engine.clocks import Offset
from harness.protocol import Hello, Malformed, Reply, Started, parse


class Conversation:
    """The requests put to one driver and what came back. Unread replies are bounded by the open
    requests, because a second reply, or one to nothing, is Malformed.

    `offset` is of a driver whose clock is not ours; replies have our time."""

    def __init__(self) -> None:
        self.hello: Hello | None = None
        self.offset: Offset | None = None
        self.replies: dict[int, Reply] = {}
        self.started: dict[int, Started] = {}
        self._last = 0
        self._open: set[int] = set()
        self._forgotten: set[int] = set()

    def number(self) -> int:
        """Return the number of a new request, which is open from now on."""
        self._last += 1
        self.expect(self._last)
        return self._last

    def expect(self, number: int) -> None:
        """Count on a reply with this number, though it may be to no request."""
        self._open.add(number)

    def hear(self, line: bytes) -> None:
        """Take one line of the driver. Raise Malformed for what does not belong here."""
        try:
            message = parse(line)
        except (RecursionError, OverflowError):
            raise Malformed("a message nested too deep or with a number out of range") from None
        if isinstance(message, Reply):
            self._hear_reply(message)
        elif isinstance(message, Started):
            self._hear_started(message)
        elif self.hello is not None:
            raise Malformed("a second greeting")
        else:
            self.hello = message

    def _hear_reply(self, reply: Reply) -> None:
        self._must_be_open("a reply", reply.id)
        self._open.remove(reply.id)
        if reply.id in self._forgotten:
            self._forgotten.remove(reply.id)
        else:
            self.replies[reply.id] = self.offset.in_our_time(reply) if self.offset else reply

    def _hear_started(self, event: Started) -> None:
        self._must_be_open("a started event", event.id)
        if event.id in self.started:
            raise Malformed(f"a second started event for request {event.id}")
        if event.id not in self._forgotten:
            self.started[event.id] = event

    def _must_be_open(self, what: str, number: int) -> None:
        if self.hello is None:
            raise Malformed(f"{what} before the greeting")
        if number not in self._open:
            known = (
                "which was answered already" if 0 < number <= self._last else "which was never made"
            )
            raise Malformed(f"{what} to request {number}, {known}")

    def forget(self) -> None:
        """Drop everything unread; replies of requests that are open now are dropped when they
        come."""
        self.replies.clear()
        self.started.clear()
        self._forgotten |= self._open
