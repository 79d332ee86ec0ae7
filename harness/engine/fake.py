"""A driver that is a script, on a clock that is made up: whole cases run in microseconds.

It goes through the same bookkeeping and the same lines of JSON as a real one, so what the engine
may rely on is the same; only the process, the pipes and the time are missing. Several fakes share
a `Stage`, which is the clock, and on which one fake's request can bring about another's reply.

    stage = Stage()
    server = FakeDriver([("listen", "server", ok(name={"port": 7})),
                         ("accept", "server", ok(peer={"port": 8}, after="connect"))], stage)

A script is a list of (operation, handle or None for any, answer), to be asked for in that order,
or a function of (operation, handle, arguments) which returns the answer. `reset` and operations
that no driver has are answered without standing in a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.engine.any_driver import AnyDriver
from harness.engine.faults import DriverDied, DriverGarbage
from harness.language.operations import OPERATIONS, SERVICES, TRANSPORTS
from harness.protocol import VERSION, Malformed


@dataclass(frozen=True)
class Answer:
    """What the script replies, and when.

    `fields` is the reply without id and times. The call `takes` so many seconds from the moment
    when it can go on: at once, or when the operation `after` is asked of any driver on the stage.
    One with `fields` None never replies; with `status` the driver dies instead of replying."""

    fields: Mapping[str, Any] | None
    takes: float = 0.0
    after: str | None = None
    status: int | None = None


def ok(*, takes: float = 0.0, after: str | None = None, **values: Any) -> Answer:
    """The operation did what it is for."""
    return Answer({"reply": "ok", "values": values}, takes, after)


def error(name: str, message: str = "", *, takes: float = 0.0, after: str | None = None) -> Answer:
    """The operation failed as sockets fail, with this error name."""
    return Answer({"reply": "error", "error": name, "message": message}, takes, after)


def unsupported(what: str = "no such thing") -> Answer:
    """The driver has no such thing."""
    return Answer({"reply": "unsupported", "what": what})


def broken(traceback: str = "Traceback: a bug") -> Answer:
    """The driver's own fault."""
    return Answer({"reply": "broken", "traceback": traceback})


def never() -> Answer:
    """The call blocks for ever."""
    return Answer(None)


def dies(status: int = 1, *, takes: float = 0.0) -> Answer:
    """The driver ends with this status instead of replying."""
    return Answer(None, takes, status=status)


Script = Sequence[tuple[str, str | None, Answer]]
Play = Callable[[str, str | None, Mapping[str, Any]], Answer]

HELLO: Mapping[str, Any] = {
    "protocol": VERSION,
    "implementation": "fake",
    "version": "1",
    "runtime": "none",
    "os": "linux",
    "pid": 1,
    "operations": sorted(OPERATIONS),
    "transports": TRANSPORTS,
    "services": SERVICES,
}


@dataclass
class Stage:
    """The clock that several fakes share, in seconds, and the calls which wait for another's."""

    now: float = 1000.0
    drivers: list[FakeDriver] = field(default_factory=list)

    def tell(self, operation: str) -> None:
        """An operation was asked for: let those go on that waited for it."""
        for driver in self.drivers:
            driver.hear_of(operation)


@dataclass(frozen=True)
class _Call:
    """A request that was asked for at `begun`, and its answer."""

    number: int
    answer: Answer
    begun: float


class FakeDriver(AnyDriver):
    """A driver which follows a script. `asked` lists the requests it got, as they were sent.
    Its own clock is `ahead` of the stage's, and what is said takes `distance`, each way.

    Raise AssertionError out of `send` when it is asked for what is not next in its list."""

    def __init__(
        self,
        script: Script | Play,
        stage: Stage | None = None,
        name: str = "server",
        hello: Mapping[str, Any] = HELLO,
        *,
        ahead: float = 0.0,
        distance: float = 0.0,
    ) -> None:
        super().__init__(name)
        self.stage = stage or Stage()
        self.stage.drivers.append(self)
        self.asked: list[dict[str, Any]] = []
        self.closed = False
        self._ahead, self._distance = ahead, distance
        self._script = script
        self._next = 0
        self._waiting: list[_Call] = []
        self._coming: list[tuple[float, Callable[[], None]]] = []
        self._say(self.stage.now, {"hello": dict(hello)})

    def clock(self) -> float:
        return self.stage.now

    @property
    def alive(self) -> bool:
        return self.fault is None and not self.closed

    @property
    def pid(self) -> None:
        return None

    @property
    def finished(self) -> bool:
        """Whether everything in the list was asked for."""
        return callable(self._script) or self._next == len(self._script)

    def stderr_tail(self) -> str:
        return ""

    def kill(self) -> None:
        self.closed = True

    def hang_up(self) -> None:
        self.closed = True

    def close(self) -> bool:
        self.closed = True
        return True

    def put(self, line: bytes) -> None:
        asked = json.loads(line)
        self.asked.append(asked)
        answer = self._answer(asked["op"], asked.get("handle"), asked.get("args", {}))
        self.stage.tell(asked["op"])
        if asked.get("start"):
            self._say(self.stage.now, {"id": asked["id"], "event": "started", "thread": 0})
        call = _Call(asked["id"], answer, self.stage.now + self._distance)
        if answer.after is None:
            self._go_on(call)
        else:
            self._waiting.append(call)

    def _answer(self, op: str, handle: str | None, args: Mapping[str, Any]) -> Answer:
        if callable(self._script):
            return self._script(op, handle, args)
        expected = self._script[self._next] if self._next < len(self._script) else None
        if expected is not None and expected[0] == op and expected[1] in (None, handle):
            self._next += 1
            return expected[2]
        if op == "reset":
            return ok(stuck=0)
        if op not in OPERATIONS:
            return unsupported(f"no operation {op}")
        raise AssertionError(
            f"driver {self.name} was asked for {op} on {handle}; next in its script is {expected}"
        )

    def hear_of(self, operation: str) -> None:
        """Let the calls go on that waited for this operation."""
        waited = [call for call in self._waiting if call.answer.after == operation]
        self._waiting = [call for call in self._waiting if call.answer.after != operation]
        for call in waited:
            self._go_on(call)

    def _go_on(self, call: _Call) -> None:
        answer = call.answer
        end = max(self.stage.now, call.begun) + answer.takes
        if answer.status is not None:
            fault = DriverDied(self.name, "talking", answer.status)
            self._coming.append((end, lambda: setattr(self, "fault", fault)))
        elif answer.fields is not None:
            at = [int((moment + self._ahead) * 1e9) for moment in (call.begun, end)]
            self._say(end + self._distance, {"id": call.number, **answer.fields, "at": at})

    def _say(self, when: float, message: Mapping[str, Any]) -> None:
        line = json.dumps(message).encode()
        self._coming.append((when, lambda: self._hear(line)))

    def _hear(self, line: bytes) -> None:
        try:
            self.conversation.hear(line)
        except Malformed as problem:
            self.fault = DriverGarbage(self.name, self.phase, str(problem))

    def pump(self, seconds: float) -> None:
        self.pump_together([self], seconds)

    @classmethod
    def pump_together(cls, drivers: Collection[FakeDriver], seconds: float) -> None:
        """Let the clock run to the next thing that one of them says, at most so many seconds."""
        stage = next(iter(drivers)).stage
        limit = stage.now + seconds
        coming = [when for driver in drivers for when, _ in driver._coming]
        stage.now = min([limit, *(max(when, stage.now) for when in coming)])
        for driver in drivers:
            driver._speak()

    def _speak(self) -> None:
        ready = sorted((one for one in self._coming if one[0] <= self.stage.now), key=_when)
        self._coming = [one for one in self._coming if one[0] > self.stage.now]
        for _, say in ready:
            say()


def _when(coming: tuple[float, Callable[[], None]]) -> float:
    return coming[0]
