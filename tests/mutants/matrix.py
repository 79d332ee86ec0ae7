"""The kill matrix, scenario by mutant: `python -m tests.mutants.matrix [--write]`.

Runs two cases of each scenario against each mutant that touches one of its operations, adds what
is found to what `kills.json` knows, and prints the scenarios that no mutant fails, those that only
one fails and the mutants that nobody catches. With `--write` it is kept in `kills.json`, from
which the test suite takes its proof.

As it stands a scenario is left alone when it has three killers, with `--missing` when it has one;
`--check` runs only what is known and forgets what no longer fails; `--all` knows nothing beforehand
and leaves nothing out. But for these two, a mutant that hangs often or takes long is stopped early,
and the output says so: each hang costs the engine's whole deadline.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain, takewhile
from typing import NamedTuple

from harness import plan
from harness.plan import Case
from tests.mutants import kills as matrix
from tests.mutants.kills import Kill, Kills
from tests.mutants.running import MUTATIONS, behaviours, operations, run, some_cases

# Enough is enough: what a mutant that hangs all the time catches is no longer of interest.
MOST_HANGS = 15
MOST_SECONDS = 12.0

CORPUS = behaviours()
CASES: dict[str, Case] = {case.id: case for case in plan.cases(CORPUS)}


class Trial(NamedTuple):
    """What one mutant showed: its kills by scenario, how many cases ran, and why it stopped."""

    mutant: str
    found: dict[str, Kill]
    tried: int
    broken: int
    stopped: str


class Task(NamedTuple):
    """What to run against one mutant: `wanted` in any case, `rest` only until it is caught."""

    mutant: str
    wanted: list[str]
    rest: list[str]
    bounded: bool


def trial(task: Task) -> Trial:
    """Run cases against a mutant, none of a scenario that it was seen to fail already."""
    found: dict[str, Kill] = {}
    failed: set[str] = set()
    begun, hangs, tried, broken, stopped = time.monotonic(), 0, 0, 0, ""
    for outcome in run(_worthwhile(task, found, failed), task.mutant):
        tried += 1
        hangs += outcome.hung
        broken += outcome.verdict == "broken"
        if outcome.killed and outcome.case.id in failed:
            found[outcome.case.scenario.id] = Kill(outcome.case.id, round(outcome.seconds, 3))
        elif outcome.killed:
            failed.add(outcome.case.id)
        seconds = time.monotonic() - begun
        if found and task.bounded and (hangs >= MOST_HANGS or seconds > MOST_SECONDS):
            left = len(task.wanted) - tried
            stopped = f"stopped after {hangs} hangs, {seconds:.0f} s; {left} cases not tried"
            break
    return Trial(task.mutant, found, tried, broken, stopped)


def _worthwhile(task: Task, found: dict[str, Kill], failed: set[str]) -> Iterator[Case]:
    """The cases that still matter at the moment when they are asked for. One that failed comes
    twice: a busy machine fails a case that is about time without any mutant."""
    wanted = (name for name in task.wanted if CASES[name].scenario.id not in found)
    for name in chain(wanted, takewhile(lambda _: not found, task.rest)):
        yield CASES[name]
        if name in failed:
            yield CASES[name]


class Search:
    """The cases that are worth running, as the matrix fills."""

    def __init__(self, kills: Kills, enough: int | None, keep: bool) -> None:
        self.kills = kills
        self.enough = enough
        self.keep = keep
        self.some = [case for scenario in CORPUS for case in some_cases(scenario)]

    def open(self, scenario: str) -> bool:
        """Whether one more killer of the scenario is wanted."""
        return self.enough is None or len(self.kills[scenario]) < self.enough

    def caught(self, mutant: str) -> bool:
        """Whether any scenario is known to fail the mutant."""
        return any(mutant in found for found in self.kills.values())

    def task(self, mutant: str) -> Task:
        """What to run now. A mutant that nobody catches yet is tried on every case it touches."""
        touched = set(MUTATIONS[mutant].operations)
        some = [case for case in self.some if touched & operations(case)]
        new = [case for case in some if mutant not in self.kills[case.scenario.id]]
        new.sort(key=lambda case: len(self.kills[case.scenario.id]))
        wanted = [case.id for case in new if self.open(case.scenario.id)]
        rest = []
        if self.enough != 1 and not self.caught(mutant):
            rest = [case.id for case in CASES.values() if touched & operations(case)]
        return Task(mutant, wanted, rest, bounded=self.enough is not None)

    def forget(self, mutant: str) -> Task:
        """Forget what the mutant is known to fail, and what to run to see it anew."""
        known = [found.pop(mutant).case for found in self.kills.values() if mutant in found]
        return Task(mutant, known, [], bounded=False)

    def go(self, mutants: list[str], processes: int, task: Callable[[str], Task]) -> None:
        """Try the mutants, some at a time, and say what each showed."""
        queue, running = list(mutants), set[Future[Trial]]()
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(processes, mp_context=fork) as executor:
            while queue or running:
                while queue and len(running) < processes:
                    now = task(queue.pop(0))
                    if now.wanted or now.rest:
                        running.add(executor.submit(trial, now))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._add(future.result())

    def _add(self, shown: Trial) -> None:
        for scenario, kill in shown.found.items():
            self.kills[scenario][shown.mutant] = kill
        if self.keep:
            matrix.write(self.kills)
        caught = f"{shown.mutant:32} {len(shown.found):4} scenarios, {shown.tried:4} cases"
        broken = f"{shown.broken} broken" if shown.broken else ""
        print(f"{caught}  {broken}  {shown.stopped}".rstrip(), flush=True)


def report(kills: Kills) -> bool:
    """Print what is left to do; whether that is nothing."""
    by_mutant = Counter(name for found in kills.values() for name in found)
    survivors = [name for name, found in kills.items() if not found]
    single = [f"{name} ({next(iter(found))})" for name, found in kills.items() if len(found) == 1]
    idle = [name for name in MUTATIONS if not by_mutant[name]]
    print(f"\n{len(kills)} scenarios, {len(MUTATIONS)} mutants, {by_mutant.total()} kills")
    print(f"only one mutant fails these {len(single)}: {', '.join(single) or 'none'}")
    print(f"no mutant fails these {len(survivors)}: {', '.join(survivors) or 'none'}")
    print(f"nobody catches these {len(idle)}: {', '.join(idle) or 'none'}")
    return not survivors and not idle


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutants", nargs="*", help="only these mutants")
    parser.add_argument("--missing", action="store_true", help="scenarios without any killer")
    parser.add_argument("--all", action="store_true", help="every scenario against every mutant")
    parser.add_argument("--check", action="store_true", help="only what is known, once more")
    parser.add_argument("--report", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--write", action="store_true", help="keep the matrix in kills.json")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="mutants tried at a time")
    options = parser.parse_args()
    kills = matrix.read(CASES.values(), MUTATIONS)
    if options.all and not options.mutants:
        kills = {scenario: {} for scenario in kills}
    if not options.report:
        enough = None if options.all else 1 if options.missing else 3
        search = Search(kills, enough, options.write)
        task = search.forget if options.check else search.task
        search.go(options.mutants or list(MUTATIONS), options.j, task)
    done = report(kills)
    if options.write:
        matrix.write(kills)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
