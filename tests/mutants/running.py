"""Running cases against a mutant: the engine itself, with the mutant as both sides."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from harness import plan
from harness.drivers import registry
from harness.engine.case import run_case
from harness.engine.conversation import DriverError
from harness.engine.pool import Pool
from harness.engine.walk import Settings
from harness.language.loader import load
from harness.language.model import Scenario
from harness.plan import Case

HERE = Path(__file__).parent
SCENARIOS = HERE.parent.parent / "scenarios"

# `import mutations` must be the same module for the mutants (in their drivers) and for us.
sys.path.insert(0, str(HERE))
from mutations import (  # noqa: E402
    MUTATIONS,
    closing,
    looking,
    naming,
    options,
    receiving,
    sending,
    unix,
    waiting,
)

__all__ = [
    "MUTATIONS", "closing", "looking", "naming", "options", "receiving", "sending", "unix",
    "waiting",
]  # fmt: skip

# A mutant often hangs: that is a kill, and waiting long for it is wasted.
SETTINGS = Settings(deadline=1.5)
# A hang or an inconclusive case shows a mutant just as a wrong value does; a driver that cannot
# even run the case shows nothing.
KILLED = ("fail", "inconclusive", "varies")


class Outcome(NamedTuple):
    """What a case showed of a mutant."""

    case: Case
    verdict: str

    @property
    def killed(self) -> bool:
        return self.verdict in KILLED


def behaviours() -> list[Scenario]:
    """Every scenario that claims a behaviour; what is only timed is not among them."""
    found: list[Scenario] = []
    for file in sorted(SCENARIOS.glob("*.yaml")):
        if file.name != "expectations.yaml":
            loaded = load(file, f"scenarios/{file.name}")
            assert not loaded.problems, loaded.explain()
            found += [s for s in loaded.scenarios if s.variants[0].workload is None]
    return found


def touched(case: Case, operations: Iterable[str]) -> bool:
    """Whether a case asks for one of these operations."""
    wanted = set(operations)
    return any(wanted & asked for asked in case.operations.values())


def run(cases: Iterable[Case], mutant: str | None) -> Iterator[Outcome]:
    """Run cases against a mutant, or against the reference driver when it is None."""
    command = registry.resolve("socket").argv
    if mutant is not None:
        command = (*command[:-1], str(HERE / "driver.py"), mutant)
    with Pool() as pool:
        pool.prepare([(command, "server"), (command, "client")])
        for case in cases:
            yield Outcome(case, _run_one(pool, command, case))


def _run_one(pool: Pool, command: tuple[str, ...], case: Case) -> str:
    clean, drivers = False, {}
    try:
        drivers = {actor: pool.acquire(command, actor) for actor in ("server", "client")}
        result = run_case(case, drivers, SETTINGS)
        clean = result.clean
        return result.record.verdict
    except DriverError:
        return "broken"
    finally:
        for driver in drivers.values():
            pool.release(driver, dirty=not clean)


def some_cases(scenario: Scenario) -> list[Case]:
    """The first and the last case of a scenario: different transports, different parameters."""
    cases = list(plan.cases([scenario]))
    return cases[:1] + cases[-1:] if len(cases) > 1 else cases
