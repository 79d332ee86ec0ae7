"""Walking the steps of a case: which calls are begun before which are awaited, which are repeated.

One file for each thing that a step needs: `under_way.py` asks the drivers and waits, `shown.py`
judges and keeps what came, `blocked_steps.py` and `kernel_steps.py` do the steps that look at the
kernel. What becomes of the findings is `case.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness import conditions
from harness.engine.blocked_steps import show_blocked
from harness.engine.kernel_steps import ask_kernel
from harness.engine.patience import EVENTUALLY_PAUSE
from harness.engine.shown import Shown
from harness.engine.under_way import Pending, UnderWay, now
from harness.language.model import Actor, Call, Finish, Step, Together
from harness.language.steps import KERNEL
from harness.protocol import Reply


class Walk:
    """The steps of one case, done in order on its drivers."""

    def __init__(self, under_way: UnderWay, facts: Mapping[Actor, conditions.Facts]) -> None:
        self.under_way = under_way
        self.shown = Shown(under_way, facts)

    def go(self, steps: tuple[Step, ...]) -> None:
        """Do the steps. Raise Ended at the first that neither passes nor varies."""
        for step in steps:
            if self._applies(step):
                self._step(step)

    def _applies(self, step: Step) -> bool:
        return self.under_way.case.applies(step, self.shown.facts)

    def _step(self, step: Step) -> None:
        if isinstance(step, Call):
            self._call(step)
        elif isinstance(step, Together):
            self._together(step)
        elif isinstance(step, Finish):
            self._finish(step)
        else:
            show_blocked(self.under_way, step)

    def _call(self, call: Call) -> None:
        if call.eventually is not None:
            self._eventually(call, call.eventually)
        elif call.start is not None:
            self.under_way.running[call.start] = self._begin(call, start=True)
        else:
            pending, reply = self._do(call)
            self.shown.take(pending, reply, call, pending.begun)

    def _begin(self, call: Call, start: bool = False) -> Pending:
        return self.under_way.begin(call, self.shown.known, start)

    def _do(self, call: Call) -> tuple[Pending, Reply]:
        if call.handle == KERNEL:
            return ask_kernel(self.under_way, call, self.shown.known)
        pending = self._begin(call)
        return pending, self.under_way.reply_to(pending, call)

    def _together(self, step: Together) -> None:
        """Begin every call before any is awaited.

        A driver does plain requests one after the other, so of several on one driver all but the
        last run on threads of their own; the last is sent last, or it would hold up the others.
        """
        actor_of = self.under_way.case.actor_of
        calls = [call for call in step.calls if self._applies(call)]
        last = {actor_of(call.handle): call for call in calls}
        threaded = [call for call in calls if last[actor_of(call.handle)] is not call]
        pending = [self._begin(call, start=True) for call in threaded]
        pending += [self._begin(call) for call in last.values()]
        while pending:
            one = self.under_way.first_to_end(pending)
            pending.remove(one)
            self.shown.take(one, self.under_way.reply_to(one, one.call), one.call, one.begun)

    def _eventually(self, call: Call, patience: float) -> None:
        """Repeat a call until it holds; the last try is the one that is judged for good."""
        under_way, timeline = self.under_way, self.under_way.timeline
        driver = under_way.drivers[under_way.case.actor_of(call.handle)]
        begun = now(driver)
        give_up = begun + int(patience * under_way.settings.factor * 1e9)
        while True:
            # Only a try that begins when the time is over is the last: what has come by then is
            # seen, however long this process was kept off the CPU.
            last = now(driver) > give_up
            tried = len(timeline.entries)
            pending, reply = self._do(call)
            finding = self.shown.finding(pending, reply, call, begun)
            if finding.verdict in ("pass", "varies") or last:
                return self.shown.take(pending, reply, call, begun)
            # Hundreds of tries would bury the story: only the last stays in the timeline.
            del timeline.entries[tried:]
            # Nothing more comes to an answered request: this is a pause by the driver's clock.
            paused = now(driver)
            driver.wait(pending.number, driver.clock() + EVENTUALLY_PAUSE)
            timeline.paused(paused, now(driver))

    def _finish(self, step: Finish) -> None:
        pending = self.under_way.running.pop(step.name)
        begun = now(pending.driver)
        self.shown.take(pending, self.under_way.reply_to(pending, step), step, begun)
