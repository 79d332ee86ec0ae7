"""What one mutant shows: the cases that it fails for certain, found by trying each several times.

A kill that depends on luck (who is scheduled first, how full a buffer is, which port is free) is
none: a test suite that repeats it fails one day. So a case must fail each time it is tried. One
that passes the first time is not tried again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, takewhile
from typing import NamedTuple

from harness import plan
from harness.plan import Case
from tests.mutants.kills import Kill
from tests.mutants.running import behaviours, run

CORPUS = behaviours()
CASES: dict[str, Case] = {case.id: case for case in plan.cases(CORPUS)}

# Enough is enough: a hang costs the engine's whole deadline.
MOST_HANGS = 30
MOST_SECONDS = 30.0


class Task(NamedTuple):
    """What to run against one mutant: `wanted` in any case, `rest` only until it is caught. A case
    must fail `times` times; a `bounded` mutant that caught something may hang for so long only."""

    mutant: str
    wanted: list[str]
    rest: list[str]
    times: int
    bounded: bool


class Trial(NamedTuple):
    """What one mutant showed: its kills by scenario, the cases that failed now and then (how often
    of how many), how many runs there were and how many broke the driver, and why it stopped."""

    mutant: str
    found: dict[str, Kill]
    unsure: dict[str, str]
    runs: int
    broken: int
    stopped: str


class _Tally:
    """Counts what the runs of one mutant give."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.found: dict[str, Kill] = {}
        self.failed: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.runs = self.hangs = self.broken = 0
        self.begun = time.monotonic()

    def cases(self) -> Iterator[Case]:
        """The cases that still matter at the moment when they are asked for."""
        wanted = (name for name in self.task.wanted if CASES[name].scenario.id not in self.found)
        for name in chain(wanted, takewhile(lambda _: not self.found, self.task.rest)):
            yield from self._again(CASES[name])

    def _again(self, case: Case) -> Iterator[Case]:
        """The case, until it passes or has failed often enough. A driver that breaks, as when a
        machine is too busy to start it in time, shows nothing: that try is not counted."""
        for _ in range(2 * self.task.times):
            yield case
            tried, failed = self.tried[case.id], self.failed[case.id]
            if tried == self.task.times or (tried and not failed):
                break

    def go(self) -> str:
        """Run what is to be run; why that was stopped early, or nothing."""
        for outcome in run(self.cases(), self.task.mutant):
            name = outcome.case.id
            self.runs += 1
            self.tried[name] += outcome.verdict != "broken"
            self.failed[name] += outcome.killed
            self.hangs += outcome.hung
            self.broken += outcome.verdict == "broken"
            if outcome.killed and self.failed[name] == self.task.times:
                self.found[outcome.case.scenario.id] = Kill(name, round(outcome.seconds, 3))
                if self._too_much():
                    left = len(self.task.wanted) - len(self.tried)
                    return f"stopped after {self.hangs} hangs; {left} cases not tried"
        return ""

    def _too_much(self) -> bool:
        late = time.monotonic() - self.begun > MOST_SECONDS
        return self.task.bounded and (self.hangs >= MOST_HANGS or late)

    def unsure(self) -> dict[str, str]:
        """The cases that failed, but not each time."""
        now_and_then = [name for name, times in self.failed.items() if 0 < times < self.tried[name]]
        return {name: f"{self.failed[name]} of {self.tried[name]}" for name in now_and_then}


def trial(task: Task) -> Trial:
    """Run cases against a mutant, none of a scenario that it was seen to fail already."""
    tally = _Tally(task)
    stopped = tally.go()
    return Trial(task.mutant, tally.found, tally.unsure(), tally.runs, tally.broken, stopped)


def never_passed(cases: Iterable[Case], times: int) -> list[str]:
    """The cases that the driver without a bug does not pass each of so many times."""
    runs = (case for case in cases for _ in range(times))
    return sorted({done.case.id for done in run(runs, None) if done.verdict != "pass"})
