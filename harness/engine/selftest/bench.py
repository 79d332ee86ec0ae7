"""Where a driver is tested: one that is fit for the next check, and short ways to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.engine.any_driver import AnyDriver
from harness.engine.faults import DriverError
from harness.protocol import Reply, Started

# Seconds: for the greeting, and for any reply.
GREETS_WITHIN = 20.0
REPLIES_WITHIN = 5.0
# In which what should not come would have come.
AFTERMATH = 0.1


class Wrong(Exception):
    """What the driver does wrong, one sentence."""


@dataclass(frozen=True)
class Check:
    """The outcome of one check: `problem` is empty when all is well; `note` says what was seen."""

    name: str
    problem: str = ""
    note: str = ""


class Bench:
    """The driver under test. One mistake is not told twenty times: a check that fails, or leaves
    its driver unfit, gets the next one a fresh driver."""

    def __init__(self, start: Callable[[], AnyDriver]) -> None:
        self._start = start
        self._driver: AnyDriver | None = None

    def check(self, name: str, check: Callable[[Bench], str | None]) -> Check:
        """Make one check; whatever breaks the conversation is its outcome, too."""
        try:
            self._prepare()
            note = check(self)
            self._tidy()
            return Check(name, note=note or "")
        except Wrong as wrong:
            problem = str(wrong)
        except DriverError as error:
            log = (f"  | {line}" for line in error.stderr.splitlines())
            problem = "\n".join([error.sentence, *log])
        self.drop()
        return Check(name, problem)

    def _prepare(self) -> None:
        if self._driver is None:
            self._driver = self._start()
            self._driver.greet(self._driver.clock() + GREETS_WITHIN)

    def _tidy(self) -> None:
        """Leave a driver that holds nothing, or none. What comes too late, a second reply or the
        driver's end, is still heard here; what is wrong with `reset` is for its own check."""
        if self._driver is None:
            return
        self._driver.forget()
        reply = self._driver.wait(self.send("reset"), self._driver.clock() + REPLIES_WITHIN)
        if reply is None or reply.kind != "ok" or reply.values.get("stuck"):
            self.drop()

    @property
    def driver(self) -> AnyDriver:
        """The present driver."""
        assert self._driver is not None
        return self._driver

    def drop(self) -> None:
        """End the driver; the next check gets another."""
        if self._driver is not None:
            self._driver.kill()
            self._driver = None

    def listen(self, seconds: float) -> None:
        """Hear what comes unasked."""
        self.driver.answered(0, self.driver.clock() + seconds)

    def send(self, op: str, handle: str | None = None, *, start: bool = False, **args: Any) -> int:
        """Make a request."""
        return self.driver.send(op, handle, args, start)

    def reply(self, number: int, to: str) -> Reply:
        """Return the reply of a request; `to` says which it was."""
        reply = self.driver.wait(number, self.driver.clock() + REPLIES_WITHIN)
        if reply is None:
            raise Wrong(f"no reply to {to} for {REPLIES_WITHIN:g} s")
        return reply

    def ask(self, op: str, handle: str | None = None, **args: Any) -> Reply:
        """Make a request and return its reply."""
        return self.reply(self.send(op, handle, **args), f"`{op}`")

    def values(self, op: str, handle: str | None = None, **args: Any) -> Mapping[str, Any]:
        """The same, of a request that has to succeed."""
        reply = self.ask(op, handle, **args)
        if reply.kind != "ok":
            raise Wrong(f"`{op}` replied {said(reply)}")
        return reply.values

    def begin(self, op: str, handle: str, **args: Any) -> tuple[int, Started]:
        """Start a request and return its number and event."""
        number = self.send(op, handle, start=True, **args)
        event = self.driver.started(number, self.driver.clock() + REPLIES_WITHIN)
        if event is None:
            raise Wrong(f'no started event for a `{op}` with "start": true')
        return number, event

    def claims(self, *operations: str) -> bool:
        """Whether the driver says that it has all of these."""
        return self.driver.hello.operations.issuperset(operations)


def said(reply: Reply) -> str:
    """A reply in a few words."""
    last = reply.text.strip().rpartition("\n")[2]
    return " ".join(filter(None, (reply.kind, reply.error, last and f"({last})")))
