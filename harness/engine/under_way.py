"""Calls under way: asked for, waited for until a deadline, not judged yet.

Owned here: when a call counts as hung, which of several ends first, and that a started call which
turns out to be impossible ends its case at once. What a reply is worth is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engine import elsewhere
from harness.engine.any_driver import AnyDriver, answered_any
from harness.engine.patience import longest_wait
from harness.engine.settings import Settings
from harness.engine.timeline import Entry, Timeline
from harness.judging.judge import Finding, refusal
from harness.judging.matching import resolve
from harness.language.model import Actor, Call, Finish, Step
from harness.plan import Case, wire_arguments
from harness.protocol import Reply

Drivers = Mapping[Actor, AnyDriver]


class Ended(Exception):
    """The case cannot go on: the finding, the step where it stopped, and the call on trial."""

    def __init__(self, finding: Finding, step: Step, entry: Entry | None = None) -> None:
        super().__init__(finding.verdict)
        self.finding = finding
        self.step = step
        self.entry = entry


@dataclass(eq=False)
class Pending:
    """A call that was asked for and not judged yet. `begun` is CLOCK_MONOTONIC in ns."""

    call: Call
    driver: AnyDriver
    number: int
    entry: Entry
    begun: int


def now(driver: AnyDriver) -> int:
    """The driver's clock in ns, as its replies give it."""
    return int(driver.clock() * 1e9)


@dataclass
class UnderWay:
    """The calls of one case on its drivers. `running` are those that were started, by name."""

    case: Case
    drivers: Drivers
    settings: Settings
    running: dict[str, Pending] = field(default_factory=dict)
    timeline: Timeline = field(init=False)

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.case.transport)

    @property
    def deadline(self) -> float:
        """Seconds after which a call that asks for no wait of its own hangs."""
        return self.settings.deadline * self.settings.factor

    def begin(self, call: Call, known: Mapping[str, Any], start: bool = False) -> Pending:
        """Ask for a call, with what is known in place of its references."""
        actor = self.case.actor_of(call.handle)
        driver = self.drivers[actor]
        args = resolve(wire_arguments(call, self.case.transport), known)
        if hosts := self.settings.hosts.get(actor):
            named = call.handle in known
            args = elsewhere.bound(call, args, hosts, self.case.transport, named)
        begun = now(driver)
        number = driver.send(call.operation, call.handle, args, start)
        return Pending(call, driver, number, self.timeline.begin(actor, call, args, begun), begun)

    def reply_to(self, pending: Pending, step: Call | Finish) -> Reply:
        """Wait for the reply. Raise Ended at the deadline: the call hangs."""
        patience = self._patience(pending, step)
        deadline = pending.driver.clock() + patience
        if self.running:
            self._answered([pending], deadline)
        reply = pending.driver.wait(pending.number, deadline)
        if reply is None:
            pending.entry.failed = True
            raise Ended(
                Finding(
                    "fail",
                    expected="the call to return",
                    actual=f"still blocked after {patience:.1f} s",
                ),
                step,
                pending.entry,
            )
        self.timeline.ended(pending.entry, reply)
        return reply

    def _patience(self, pending: Pending, step: Call | Finish) -> float:
        return longest_wait(self.deadline, pending.entry.args, step.within, step.at_least)

    def first_to_end(self, pending: list[Pending]) -> Pending:
        """Wait for whichever call ends first, so that a refused connect is told at once and not
        behind an accept that then waits in vain. The first of all when none ends in time."""
        patience = max(self._patience(one, one.call) for one in pending)
        return self._answered(pending, pending[0].driver.clock() + patience) or pending[0]

    def _answered(self, pending: list[Pending], deadline: float) -> Pending | None:
        """Wait until one of these calls is answered; None at the deadline.

        A started call that turns out to be impossible meanwhile ends the case at once: what needs
        it waits in vain, and would count as hung."""
        watched = [*pending, *self.running.values()]
        while True:
            wanted: dict[AnyDriver, list[int]] = {}
            for one in watched:
                wanted.setdefault(one.driver, []).append(one.number)
            found = answered_any(wanted, deadline)
            if found is None:
                return None
            ended = next(one for one in watched if (one.driver, one.number) == found)
            if ended in pending:
                return ended
            self.end_if_impossible(ended)
            watched.remove(ended)

    def end_if_impossible(self, pending: Pending) -> None:
        """Raise Ended now when the answer of a started call is that there is no such call."""
        answer = pending.driver.conversation.replies.get(pending.number)
        if answer is None or pending.call.observe:
            return
        finding = refusal(answer, self.case.transport)
        if finding is not None:
            self.reply_to(pending, pending.call)
            pending.entry.failed = True
            raise Ended(finding, pending.call, pending.entry)
