"""A driver as the engine sees it: it is asked, and its answer is waited for until a deadline.

Owned here: every wait, how a driver greets, and how its clock is compared with ours. Pure: how the
messages come (pipes of a process in `process.py`, a script in `fake.py`) is not known here, and the
only clock is the driver's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from harness.engine.clocks import Exchange
from harness.engine.conversation import Conversation
from harness.engine.faults import DriverError, DriverHung, NotADriver, Phase
from harness.protocol import Hello, Reply, Started, request

Driver = TypeVar("Driver", bound="AnyDriver")

# The shortest of so many exchanges is rarely disturbed, and over a network they take a moment.
EXCHANGES = 5


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
