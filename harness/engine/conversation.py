"""What one driver was asked and what it answered, and the driver as the engine sees it.

Owned here: request numbers, which requests are open, the replies that nobody has fetched yet, and
the rule "exactly one reply for each request, and nothing that was not asked for". Pure: where the
messages come from (pipes of a process in `process.py`, a script in `fake.py`) is not known here,
and no clock is read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from harness.engine.clocks import Exchange, Offset
from harness.engine.faults import (
    DriverDied,
    DriverError,
    DriverGarbage,
    DriverHung,
    NotADriver,
    OutOfDescriptors,
    Phase,
)
from harness.protocol import Hello, Malformed, Reply, Started, parse, request

# The exceptions belong to the conversation, though they stand in a file of their own.
__all__ = [
    "AnyDriver",
    "Conversation",
    "DriverDied",
    "DriverError",
    "DriverGarbage",
    "DriverHung",
    "NotADriver",
    "OutOfDescriptors",
    "Phase",
    "answered_any",
]

Driver = TypeVar("Driver", bound="AnyDriver")

# The shortest of so many exchanges is rarely disturbed, and over a network they take a moment.
EXCHANGES = 5


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


class AnyDriver(ABC):
    """One driver as the engine sees it: a process (`process.Driver`) or a script
    (`fake.FakeDriver`). Deadlines are readings of `clock`, in seconds, never durations.

    Once a driver has a `fault` it is not talked to again: every call which cannot be answered from
    what came before raises it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.conversation = Conversation()
        self.fault: DriverError | None = None

    @abstractmethod
    def clock(self) -> float:
        """The time now, in seconds; the clock of every deadline given to this driver."""

    @abstractmethod
    def pump(self, seconds: float) -> None:
        """Wait at most so long for something to come, hear it, and set `fault` if need be."""

    @classmethod
    @abstractmethod
    def pump_together(cls, drivers: Collection[Any], seconds: float) -> None:
        """The same for several drivers of this class."""

    @abstractmethod
    def put(self, line: bytes) -> None:
        """Hand one request over, without waiting for its reply. May raise a DriverError."""

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether it can be asked for more: it runs and has kept to the protocol so far."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process which holds its sockets, when that can be looked at from here."""

    @property
    def foreign(self) -> bool:
        """Whether its sockets are held by a process that this machine's tables do not show."""
        return False

    @abstractmethod
    def stderr_tail(self) -> str:
        """The last 8 KiB that it logged, as far as they were read."""

    @abstractmethod
    def kill(self) -> None:
        """End it now, with everything it forked. Takes a bounded time, raises nothing."""

    @abstractmethod
    def hang_up(self) -> None:
        """Close its standard input, on which it has to end, and do not wait for that."""

    @abstractmethod
    def close(self) -> bool:
        """Hang up; kill it when it does not end by itself soon. True when it did."""

    @property
    def hello(self) -> Hello:
        """Who it is. To be read after `greet`."""
        assert self.conversation.hello is not None, "greet() comes first"
        return self.conversation.hello

    @property
    def phase(self) -> Phase:
        """How far the conversation has come."""
        return "greeting" if self.conversation.hello is None else "talking"

    def greet(self, deadline: float) -> Hello:
        """Wait for the greeting. Raise NotADriver when there is none, or a wrong one."""
        conversation = self.conversation
        try:
            self._listen(lambda: conversation.hello is not None, deadline)
        except DriverError as problem:
            sentence = f"no greeting: {problem.sentence}"
            raise NotADriver(self.name, "greeting", sentence, problem.stderr) from None
        if conversation.hello is None:
            sentence = "no greeting: it runs, but has said nothing"
            raise NotADriver(self.name, "greeting", sentence, self.stderr_tail())
        return conversation.hello

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        """Ask for an operation and return the request's number, without waiting for its reply.

        Raise DriverDied, DriverGarbage, or DriverHung when it takes no requests."""
        if self.fault is not None:
            raise self.fault
        number = self.conversation.number()
        self.put(request(number, op, handle, args, start))
        return number

    def wait(self, number: int, deadline: float) -> Reply | None:
        """Return the reply of a request, None when there is none at the deadline.

        A deadline that has passed means: look, do not wait. A reply is handed out once. Raise
        DriverDied or DriverGarbage when it cannot come any more."""
        self.answered(number, deadline)
        return self.conversation.replies.pop(number, None)

    def answered(self, number: int, deadline: float) -> bool:
        """Like `wait`, but leave the reply to be fetched by `wait`."""
        replies = self.conversation.replies
        if number not in replies:
            self._listen(lambda: number in replies, deadline)
        return number in replies

    def started(self, number: int, deadline: float = 0.0) -> Started | None:
        """Return the event that a request now runs on a thread of its own.

        Wait for it until the deadline; None when it has not come, or when the reply is here
        without one."""
        events, replies = self.conversation.started, self.conversation.replies
        if number not in events:
            self._listen(lambda: number in events or number in replies, deadline)
        return events.get(number)

    def ask(
        self,
        op: str,
        handle: str | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        limit: float,
    ) -> Reply:
        """Make one request and return its reply. Raise DriverHung after `limit` seconds."""
        reply = self.wait(self.send(op, handle, args or {}), self.clock() + limit)
        if reply is None:
            sentence = f"no answer to `{op}` for {limit:g} s"
            raise DriverHung(self.name, "talking", sentence, self.stderr_tail())
        return reply

    @property
    def clock_error(self) -> float:
        """Seconds by which the times of its replies may be wrong; 0 when its clock is ours."""
        offset = self.conversation.offset
        return offset.error / 1e9 if offset else 0.0

    def compare_clocks(self, limit: float) -> None:
        """Find out how its clock reads beside ours, by one request when it is the same, by a few
        when it is another. For a driver that holds nothing. Raise DriverHung after `limit` s."""
        self.conversation.offset = None
        exchanges = [self._exchange(limit)]
        if not exchanges[0].shared:
            exchanges += [self._exchange(limit) for _ in range(EXCHANGES - 1)]
            self.conversation.offset = min(
                (exchange.offset for exchange in exchanges), key=lambda offset: offset.error
            )

    def _exchange(self, limit: float) -> Exchange:
        sent = self.clock()
        reply = self.ask("reset", limit=limit)
        return Exchange(int(sent * 1e9), reply.begin, reply.end, int(self.clock() * 1e9))

    def forget(self) -> None:
        """Drop every unread reply, and those still to come for the requests open now."""
        self.conversation.forget()

    def _listen(self, enough: Callable[[], bool], deadline: float) -> None:
        """Hear the driver until it is enough or the deadline has passed; look once when it has
        passed already. Raise the fault which makes waiting pointless."""
        while not enough():
            if self.fault is not None:
                raise self.fault
            left = deadline - self.clock()
            self.pump(left if left > 0 else 0.0)
            if left <= 0 and self.fault is None:
                return


def answered_any(
    wanted: Mapping[Driver, Collection[int]], deadline: float
) -> tuple[Driver, int] | None:
    """Wait until any of these requests of several drivers of one kind is answered.

    Return the driver and the request's number, None at the deadline; the reply is left to be
    fetched by `AnyDriver.wait`. Raise the fault of a driver among them when no reply has come
    before it."""
    first = next(iter(wanted))
    late = False
    while True:
        for driver, numbers in wanted.items():
            replies = driver.conversation.replies
            for number in numbers:
                if number in replies:
                    return driver, number
        for driver in wanted:
            if driver.fault is not None:
                raise driver.fault
        if late:
            return None
        left = deadline - first.clock()
        late = left <= 0
        first.pump_together(wanted, 0.0 if late else left)
