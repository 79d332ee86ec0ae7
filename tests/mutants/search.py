"""The search for kills: which cases are worth running against which mutant as the matrix fills."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

from tests.mutants import kills as matrix
from tests.mutants.kills import Kills
from tests.mutants.proofs import Proofs
from tests.mutants.running import MUTATIONS, operations, some_cases
from tests.mutants.trials import CASES, CORPUS, Task, Trial, trial


@dataclass
class Search:
    """What is known, and how to go on.

    A scenario with `enough` killers is left alone (None: none is), and with `names` each whose name
    has none of these texts in it. `thorough` tries every case of the others on every mutant,
    whatever operations it touches."""

    kills: Kills
    enough: int | None
    times: int
    thorough: bool = False
    keep: bool = False
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.some = [case for scenario in CORPUS for case in some_cases(scenario)]
        if self.thorough:
            self.some = list(CASES.values())

    def task(self, mutant: str) -> Task:
        """What to run now. A mutant that nobody catches yet is tried on every case it touches."""
        touched = set(MUTATIONS[mutant].operations)
        some = [case for case in self.some if self.thorough or touched & operations(case)]
        new = [case for case in some if mutant not in self.kills[case.scenario.id]]
        new.sort(key=lambda case: len(self.kills[case.scenario.id]))
        wanted = [case.id for case in new if self._open(case.scenario.id)]
        rest = []
        if self.enough != 1 and not self._caught(mutant):
            rest = [case.id for case in CASES.values() if touched & operations(case)]
        bounded = self.enough is not None and not self.thorough
        return Task(mutant, wanted, rest, self.times, bounded)

    def forget(self, mutant: str) -> Task:
        """Forget what the mutant is known to fail, and what to run to see it anew."""
        asked = [found for name, found in self.kills.items() if self._asked(name)]
        known = [found.pop(mutant).case for found in asked if mutant in found]
        return Task(mutant, known, [], self.times, bounded=False)

    def repeat(self, proofs: Proofs) -> Callable[[str], Task]:
        """Forget those kills that the test suite repeats, and what to run to see them anew."""

        def task(mutant: str) -> Task:
            for case in proofs[mutant]:
                self.kills[case.scenario.id].pop(mutant)
            names = [case.id for case in proofs[mutant]]
            return Task(mutant, names, [], self.times, bounded=False)

        return task

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

    def _open(self, scenario: str) -> bool:
        enough = self.enough is not None and len(self.kills[scenario]) >= self.enough
        return self._asked(scenario) and not enough

    def _asked(self, scenario: str) -> bool:
        return not self.names or any(name in scenario for name in self.names)

    def _caught(self, mutant: str) -> bool:
        return any(mutant in found for found in self.kills.values())

    def _add(self, shown: Trial) -> None:
        for scenario, kill in shown.found.items():
            self.kills[scenario][shown.mutant] = kill
        if self.keep:
            matrix.write(self.kills)
        broken = f"{shown.broken} broken" if shown.broken else ""
        caught = f"{shown.mutant:32} {len(shown.found):4} scenarios, {shown.runs:4} runs"
        print(f"{caught}  {broken}  {shown.stopped}".rstrip(), flush=True)
        for name, times in shown.unsure.items():
            print(f"    luck: {name} failed {times} times", flush=True)
