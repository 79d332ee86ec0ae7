"""Walking the steps of a case on its drivers: ask, wait until a deadline, hand to the judge.

Here lives everything about time and order: which calls are begun before which are awaited, when a
call counts as hung, when a repeated call gives up. What a reply means is the judge's; what becomes
of the findings is `case.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness import conditions
from harness.engine import blocking, elsewhere, kernel
from harness.engine.conversation import AnyDriver, answered_any
from harness.engine.tcp_table import tcp_states
from harness.engine.timeline import Entry, Timeline
from harness.judging.judge import Finding, judge, judge_time, short_of_resources, time_ran_out
from harness.judging.matching import resolve
from harness.judging.wording import describe
from harness.language.model import Actor, Blocked, Call, Finish, Step, Together
from harness.language.operations import OPERATIONS
from harness.language.steps import KERNEL
from harness.plan import Case, wire_arguments
from harness.protocol import Reply
from harness.verdicts import Verdict

Drivers = Mapping[Actor, AnyDriver]

# A call on loopback that takes longer than this hangs; the wait that a step itself asks for is
# added. Ten times what the slowest honest step of the corpus took on a busy machine.
STEP_DEADLINE = 10.0
# Between two tries of a step that is to hold `eventually`: short beside any wait of a kernel timer.
EVENTUALLY_PAUSE = 0.002


@dataclass(frozen=True)
class Settings:
    """How patient a run is: seconds for a step, and the factor for slow machines; and the addresses
    of sides that do not share a loopback."""

    deadline: float = STEP_DEADLINE
    factor: float = 1.0
    hosts: elsewhere.Hosts = field(default_factory=dict)


class Ended(Exception):
    """The case cannot go on: the finding, the step where it stopped, and the call on trial."""

    def __init__(self, finding: Finding, step: Step, entry: Entry | None = None) -> None:
        super().__init__(finding.verdict)
        self.finding = finding
        self.step = step
        self.entry = entry


@dataclass(eq=False)
class _Pending:
    """A call that was asked for and not judged yet. `begun` is CLOCK_MONOTONIC in ns."""

    call: Call
    driver: AnyDriver
    number: int
    entry: Entry
    begun: int


def _now(driver: AnyDriver) -> int:
    """The driver's clock in ns, as its replies give it."""
    return int(driver.clock() * 1e9)


@dataclass
class Walk:
    """The state of one case while its steps are done."""

    case: Case
    drivers: Drivers
    settings: Settings
    facts: Mapping[Actor, conditions.Facts]
    known: dict[str, Any] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    varies: bool = False
    running: dict[str, _Pending] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.case.transport)

    def go(self, steps: tuple[Step, ...]) -> None:
        """Do the steps in order. Raise Ended at the first that neither passes nor varies."""
        for step in steps:
            if self._applies(step):
                self._step(step)

    def _applies(self, step: Step) -> bool:
        if not step.only:
            return True
        actor = self._actor(step.handle) if isinstance(step, Call) else "server"
        return conditions.any_holds(step.only, self.facts[actor])

    def _actor(self, handle: str) -> Actor:
        return self.case.owners.get(handle, "server")

    def _step(self, step: Step) -> None:
        if isinstance(step, Call):
            self._call(step)
        elif isinstance(step, Together):
            self._together(step)
        elif isinstance(step, Finish):
            self._finish(step)
        else:
            self._blocked(step)

    # --- calls -----------------------------------------------------------------------------------

    def _call(self, call: Call) -> None:
        if call.eventually is not None:
            self._eventually(call, call.eventually)
        elif call.start is not None:
            self.running[call.start] = self._begin(call, start=True)
        else:
            pending, reply = self._do(call)
            self._judge(pending, reply, call, pending.begun)

    def _do(self, call: Call) -> tuple[_Pending, Reply]:
        if call.handle == KERNEL:
            return self._ask_kernel(call)
        pending = self._begin(call)
        return pending, self._await(pending, call)

    def _together(self, step: Together) -> None:
        """Begin every call before any is awaited.

        A driver does plain requests one after the other, so of several on one driver all but the
        last run on threads of their own; the last is sent last, or it would hold up the others.
        """
        calls = [call for call in step.calls if self._applies(call)]
        last = {self._actor(call.handle): call for call in calls}
        threaded = [call for call in calls if last[self._actor(call.handle)] is not call]
        pending = [self._begin(call, start=True) for call in threaded]
        pending += [self._begin(call) for call in last.values()]
        while pending:
            one = self._first_to_end(pending)
            pending.remove(one)
            self._judge(one, self._await(one, one.call), one.call, one.begun)

    def _first_to_end(self, pending: list[_Pending]) -> _Pending:
        """Wait for whichever call ends first, so that a refused connect is told at once and not
        behind an accept that then waits in vain. The first of all when none ends in time."""
        patience = max(self._patience(one, one.call) for one in pending)
        return self._answered(pending, pending[0].driver.clock() + patience) or pending[0]

    def _answered(self, pending: list[_Pending], deadline: float) -> _Pending | None:
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
            self._end_if_impossible(ended)
            watched.remove(ended)

    def _end_if_impossible(self, pending: _Pending) -> None:
        """Judge the answer of a started call now when it says that there is no such call."""
        answer = pending.driver.conversation.replies.get(pending.number)
        if answer is None or answer.kind not in ("unsupported", "broken") or pending.call.observe:
            return
        reply = self._await(pending, pending.call)
        self._judge(pending, reply, pending.call, pending.begun)

    def _begin(self, call: Call, start: bool = False) -> _Pending:
        actor = self._actor(call.handle)
        driver = self.drivers[actor]
        args = resolve(wire_arguments(call, self.case.transport), self.known)
        if hosts := self.settings.hosts.get(actor):
            named = call.handle in self.known
            args = elsewhere.bound(call, args, hosts, self.case.transport, named)
        begun = _now(driver)
        number = driver.send(call.operation, call.handle, args, start)
        return _Pending(call, driver, number, self.timeline.begin(actor, call, args, begun), begun)

    def _await(self, pending: _Pending, step: Call | Finish) -> Reply:
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

    def _patience(self, pending: _Pending, step: Call | Finish) -> float:
        asked = sum(
            value
            for key, value in pending.entry.args.items()
            if key in ("timeout", "for") and isinstance(value, (int, float))
        )
        bounds = (step.within or 0.0) + (step.at_least or 0.0)
        return self.settings.deadline * self.settings.factor + asked + bounds

    # --- judging ---------------------------------------------------------------------------------

    def _judge(self, pending: _Pending, reply: Reply, step: Call | Finish, begun: int) -> None:
        """Judge a reply, keep what it tells, and raise Ended unless the step holds."""
        call = pending.call
        self._learn(call, reply)
        if step.observe or (call.observe and reply.kind in ("ok", "error")):
            self._observe(step.observe or call.observe or "", reply)
            return
        self._guard(pending, reply, step)
        finding = self._finding(pending, reply, step, begun)
        if finding.verdict not in ("pass", "varies"):
            pending.entry.failed = True
            raise Ended(finding, step, pending.entry)
        self._note(step, finding)
        self._save(call, step, reply)

    def _finding(self, pending: _Pending, reply: Reply, step: Call | Finish, begun: int) -> Finding:
        call = pending.call
        facts = self.facts[self._actor(call.handle)]
        finding = judge(call, step.expect or call.expect, reply, self.known, facts)
        if finding.verdict == "fail":
            return short_of_resources(finding, reply, pending.entry.args)
        if finding.verdict not in ("pass", "varies"):
            return finding
        late = judge_time(
            step.within,
            step.at_least,
            waited=(reply.end - begun) / 1e9 - pending.driver.clock_error,
            took=(reply.end - reply.begin) / 1e9,
            factor=self.settings.factor,
        )
        return late or finding

    def _guard(self, pending: _Pending, reply: Reply, step: Call | Finish) -> None:
        """End as inconclusive when the call worked, but not in the way that the claim needs."""
        call = pending.call
        if call.provided is None or reply.kind != "ok":
            return
        facts = self.facts[self._actor(call.handle)]
        finding = judge(call, call.provided, reply, self.known, facts)
        if finding.verdict == "fail":
            pending.entry.failed = True
            raise Ended(replace(finding, verdict="inconclusive"), step, pending.entry)

    def _note(self, step: Call | Finish, finding: Finding) -> None:
        if finding.branch:
            self.branches[f"{step.place.line}:{step.place.column}"] = finding.branch
        self.varies = self.varies or finding.verdict == "varies"

    def _learn(self, call: Call, reply: Reply) -> None:
        """Remember the names of sockets: `to: server` and `$conn.port` speak of them."""
        if "name" in reply.values and reply.kind == "ok":
            self.known[call.makes or call.handle] = {"name": reply.values["name"]}

    def _save(self, call: Call, step: Call | Finish, reply: Reply) -> None:
        for name, wanted in {**call.save, **step.save}.items():
            self.known[name] = reply.values.get(wanted or OPERATIONS[call.operation].primary or "")

    def _observe(self, name: str, reply: Reply) -> None:
        self.observed[name] = describe(reply, self.case.transport)

    # --- time and blocking -----------------------------------------------------------------------

    def _eventually(self, call: Call, patience: float) -> None:
        """Repeat a call until it holds; the last try is the one that is judged for good."""
        driver = self.drivers[self._actor(call.handle)]
        begun = _now(driver)
        give_up = begun + int(patience * self.settings.factor * 1e9)
        while True:
            # Only a try that begins when the time is over is the last: what has come by then is
            # seen, however long this process was kept off the CPU.
            last = _now(driver) > give_up
            tried = len(self.timeline.entries)
            pending, reply = self._do(call)
            finding = self._finding(pending, reply, call, begun)
            if finding.verdict in ("pass", "varies") or last:
                return self._judge(pending, reply, call, begun)
            # Hundreds of tries would bury the story: only the last stays in the timeline.
            del self.timeline.entries[tried:]
            # Nothing more comes to an answered request: this is a pause by the driver's clock.
            paused = _now(driver)
            driver.wait(pending.number, driver.clock() + EVENTUALLY_PAUSE)
            self.timeline.paused(paused, _now(driver))

    def _finish(self, step: Finish) -> None:
        pending = self.running.pop(step.name)
        begun = _now(pending.driver)
        self._judge(pending, self._await(pending, step), step, begun)

    def _blocked(self, step: Blocked) -> None:
        pending = self.running[step.name]
        deadline = pending.driver.clock() + self.settings.deadline * self.settings.factor
        proof = blocking.prove_blocked(pending.driver, pending.number, step.hold, deadline)
        if not proof.blocked:
            # Not shown is not disproved: a machine too busy to let the thread sleep is no failure.
            raise self._not_blocked(step, pending, proof)
        if step.interrupt:
            self._interrupt(step, pending)

    def _not_blocked(self, step: Blocked, pending: _Pending, proof: blocking.Proof) -> Ended:
        verdict: Verdict = "fail" if proof.outcome == "returned" else "inconclusive"
        self._end_if_impossible(pending)
        # What the call came back with is the best evidence there is.
        reply = pending.driver.wait(pending.number, 0)
        if step.interrupt and reply is not None and time_ran_out(reply):
            # Its own time was over before the signal came, as happens when this process is late.
            verdict = "inconclusive"
        pending.entry.reply = reply
        pending.entry.failed = True
        finding = Finding(verdict, expected=f"`{step.name}` still blocked", actual=proof.how)
        return Ended(finding, step, pending.entry)

    def _interrupt(self, step: Blocked, pending: _Pending) -> None:
        """Have the driver send a signal to the thread of a call that was seen asleep."""
        driver = pending.driver
        number = driver.send("interrupt", None, {"request": pending.number})
        reply = driver.wait(number, driver.clock() + self.settings.deadline * self.settings.factor)
        if reply is not None and reply.kind == "broken" and driver.answered(pending.number, 0.0):
            # Seen asleep, but it had ended when the signal was to be sent.
            raise self._not_blocked(step, pending, blocking.RETURNED)
        if reply is None or reply.kind != "ok":
            said = describe(reply, self.case.transport) if reply else "no reply"
            verdict: Verdict = "unsupported" if reply and reply.kind == "unsupported" else "broken"
            raise Ended(Finding(verdict, expected="a signal to be sent", actual=said), step)

    # --- the kernel's view -----------------------------------------------------------------------

    def _ask_kernel(self, call: Call) -> tuple[_Pending, Reply]:
        """The steps of the pseudo-handle `kernel` are answered here."""
        look = {"sockets": self._sockets, "tcp_table": self._tcp_table}[call.operation]
        pending, reply = look(call)
        pending.entry.reply = reply
        return pending, reply

    def _sockets(self, call: Call) -> tuple[_Pending, Reply]:
        """The system's table, for a handle's descriptor."""
        handle = call.args["of"]
        driver = self.drivers[self._actor(handle)]
        begun = _now(driver)
        entry = self.timeline.begin(self._actor(handle), call, {}, begun)
        pending = _Pending(call, driver, driver.send("fileno", handle, {}), entry, begun)
        reply = self._await(pending, call)
        if reply.kind == "ok":
            row = kernel.socket_of(driver.pid, reply.values["fd"])
            reply = Reply(reply.id, "ok", reply.begin, reply.end, values=row or {"state": "absent"})
        return pending, reply

    def _tcp_table(self, call: Call) -> tuple[_Pending, Reply]:
        """The system's table, for a name: sockets that no process holds any more are in it too."""
        driver = self.drivers["server"]
        args = resolve(call.args, self.known)
        begun = _now(driver)
        entry = self.timeline.begin("server", call, args, begun)
        states = tcp_states(args["local"], args.get("peer"))
        reply = Reply(0, "ok", begun, _now(driver), values={"states": states})
        return _Pending(call, driver, reply.id, entry, begun), reply
