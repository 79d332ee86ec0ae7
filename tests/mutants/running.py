"""Running cases against a mutant: the engine itself, with the mutant as both sides."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from harness import plan
from harness.drivers import registry
from harness.engine import case as engine
from harness.engine.case import Result, run_case
from harness.engine.evidence import failure
from harness.engine.faults import DriverError
from harness.engine.pool import Pool
from harness.engine.settings import Settings
from harness.engine.under_way import Ended, UnderWay
from harness.language.loader import load
from harness.language.model import ACTORS, Scenario
from harness.plan import Case
from harness.records.model import Failure

HERE = Path(__file__).parent
SCENARIOS = HERE.parent.parent / "scenarios"

# `import mutations` must be the same module for the mutants (in their drivers) and for us.
sys.path.insert(0, str(HERE))
import mutations  # noqa: E402

mutations.load()
MUTATIONS = mutations.MUTATIONS


def _without_sockets(under_way: UnderWay, end: Ended, rerun: str) -> Failure:
    """Nobody reads why a mutant failed, and the kernel's table is slow to read on a busy machine:
    of no drivers there is nothing to read."""
    return failure(replace(under_way, drivers={}), end, rerun)


vars(engine)["failure"] = _without_sockets

# A mutant often hangs: that is a kill, and waiting long for it is wasted. The driver that has no
# bug gets the time that users give it.
HASTE, PATIENCE = Settings(deadline=1.5), Settings()
# What the process keeps although every socket is closed: its driver is used for one case only.
PROCESS_WIDE = {
    *("child_exit", "close_fd", "descriptors", "detach", "f_setown", "fork"),
    *("pipe", "raw", "seteuid", "setrlimit", "signal", "umask"),
}


class Outcome(NamedTuple):
    """What a case showed of a mutant, in how many seconds, and whether a call hung in it."""

    case: Case
    verdict: str
    seconds: float
    hung: bool = False

    @property
    def killed(self) -> bool:
        """Whether the claim itself was refuted. `inconclusive` and `varies` refute nothing, and a
        driver that cannot even run the case shows nothing."""
        return self.verdict == "fail"


def behaviours() -> list[Scenario]:
    """Every scenario that claims a behaviour; what is only timed is not among them."""
    found: list[Scenario] = []
    for file in sorted(SCENARIOS.glob("*.yaml")):
        if file.name != "expectations.yaml":
            loaded = load(file, f"scenarios/{file.name}")
            assert not loaded.problems, loaded.explain()
            found += [s for s in loaded.scenarios if s.variants[0].workload is None]
    return found


def operations(case: Case) -> set[str]:
    """The operations that a case asks for, of either side."""
    return set().union(*case.operations.values())


def run(cases: Iterable[Case], mutant: str | None) -> Iterator[Outcome]:
    """Run cases against a mutant, or against the reference driver when it is None."""
    command, settings = registry.resolve("socket").argv, PATIENCE
    if mutant is not None:
        settings = HASTE
        command = (*command[:-1], str(HERE / "driver.py"), mutant)
    with Pool() as pool:
        pool.prepare([(command, "server"), (command, "client")])
        for case in cases:
            yield _run_one(pool, command, case, settings)


def _run_one(pool: Pool, command: tuple[str, ...], case: Case, settings: Settings) -> Outcome:
    begun = time.monotonic()
    try:
        with pool.lent(dict.fromkeys(ACTORS, command)) as loan:
            result = run_case(case, loan.drivers, settings)
            loan.clean = _reusable(case, result)
            seconds = time.monotonic() - begun
            return Outcome(case, result.record.verdict, seconds, _hung(result))
    except DriverError:
        return Outcome(case, "broken", time.monotonic() - begun)


def _reusable(case: Case, result: Result) -> bool:
    """Whether the drivers can go on. Where most cases fail, new ones for each would be all that is
    waited for; a reset is enough after a wrong value, as long as nothing hangs."""
    if result.record.failure is None:
        return result.clean
    return not _hung(result) and not PROCESS_WIDE & operations(case)


def _hung(result: Result) -> bool:
    failure = result.record.failure
    return failure is not None and failure.actual.startswith("still blocked")


def some_cases(scenario: Scenario) -> list[Case]:
    """The first and the last case of a scenario: different transports, different parameters."""
    cases = list(plan.cases([scenario]))
    return cases[:1] + cases[-1:] if len(cases) > 1 else cases
