"""One case, from two drivers to a record. `run_case` knows nothing of pytest, files or reports.

A case has a data phase (`steps`) and may have a closing phase (`closing`), each with a verdict of
its own; the case's verdict is the worse of the two. A driver that dies, hangs or talks garbage
costs this case only: the record says so, and the caller throws the drivers away.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness import conditions
from harness.engine import obstacles
from harness.engine.evidence import failure, names
from harness.engine.faults import DriverError
from harness.engine.settings import Settings
from harness.engine.under_way import Drivers, Ended, UnderWay
from harness.engine.walk import Walk
from harness.judging.matching import Unresolved
from harness.language.model import Actor, Scenario, Step
from harness.plan import Case
from harness.records.model import CaseRecord, Failure, ScenarioRecord
from harness.verdicts import Verdict, worst

Facts = Mapping[Actor, conditions.Facts]

_KERNEL = conditions.version_of(platform.release())


@dataclass(frozen=True)
class Result:
    """The record of a case, whether its drivers may be used again, and the names of the
    sockets of a failure."""

    record: CaseRecord
    clean: bool = True
    names: frozenset[str] = frozenset()


@dataclass
class _Phases:
    """What the phases of a case have shown so far."""

    data: Verdict = "pass"
    closing: Verdict | None = None
    why: str | None = None
    failure: Failure | None = None
    clean: bool = True

    def settle(self, phase: str, verdict: Verdict) -> None:
        if phase == "data":
            self.data = verdict
        else:
            self.closing = verdict


def run_case(
    case: Case, drivers: Drivers, settings: Settings | None = None, rerun: str = ""
) -> Result:
    """Run a case on its two drivers. Never raises for what a driver does.

    `rerun` is the command that a failure names to run exactly this case again.
    """
    begun = time.monotonic()
    settings = settings or Settings()
    facts = facts_of(case, drivers)
    reason = obstacles.why_not(case, drivers, facts, settings.hosts)
    if reason is not None:
        record = blank_record(case, "unsupported", reason)
        return Result(replace(record, seconds=time.monotonic() - begun))
    under_way = UnderWay(case, drivers, settings)
    walk = Walk(under_way, facts)
    phases = _run_phases(walk, rerun)
    clean = phases.clean and not under_way.running
    seen = names(under_way, phases.failure) if phases.failure else frozenset()
    return Result(_record(walk, phases, begun), clean, seen)


def facts_of(case: Case, drivers: Drivers) -> Facts:
    """What the conditions of a scenario are held against, for each actor."""
    return {
        actor: conditions.Facts(
            transport=case.transport,
            system=driver.hello.os,
            kernel=_KERNEL,
            runtime=driver.hello.runtime,
            implementation=case.implementations[actor],
        )
        for actor, driver in drivers.items()
    }


def _run_phases(walk: Walk, rerun: str) -> _Phases:
    phases = _Phases()
    case = walk.under_way.case
    for phase, steps in (("data", case.steps), ("closing", case.closing)):
        if phase == "closing" and not steps:
            break
        walk.shown.varies = False
        if not _run_phase(walk, phases, phase, steps, rerun):
            break
    return phases


def _run_phase(
    walk: Walk, phases: _Phases, phase: str, steps: tuple[Step, ...], rerun: str
) -> bool:
    """Walk the steps of one phase; tell whether the case goes on."""
    try:
        walk.go(steps)
    except Ended as end:
        _ended(walk.under_way, phases, phase, end, rerun)
    except DriverError as problem:
        phases.settle(phase, "broken")
        phases.why, phases.clean = problem.explain(), False
    except Unresolved as problem:
        phases.settle(phase, "broken")
        phases.why = str(problem)
    else:
        phases.settle(phase, "varies" if walk.shown.varies else "pass")
        return True
    return False


def _ended(under_way: UnderWay, phases: _Phases, phase: str, end: Ended, rerun: str) -> None:
    verdict = end.finding.verdict
    phases.settle(phase, verdict)
    # A call may still be blocked inside the driver: only a fresh process is surely free of it.
    phases.clean = verdict == "unsupported" and not under_way.running
    phases.why = end.finding.actual if verdict in ("unsupported", "broken") else None
    if verdict != "unsupported":
        phases.failure = failure(under_way, end, rerun)


def _record(walk: Walk, phases: _Phases, begun: float) -> CaseRecord:
    waiting, calling = walk.under_way.timeline.waiting_and_calling()
    return replace(
        blank_record(walk.under_way.case, phases.data, phases.why),
        verdict=worst(phases.data, phases.closing),
        closing=phases.closing,
        branches=dict(walk.shown.branches),
        seconds=time.monotonic() - begun,
        waiting=waiting,
        calling=calling,
        observed=dict(walk.shown.observed),
        failure=phases.failure,
    )


def scenario_record(scenario: Scenario) -> ScenarioRecord:
    """The scenario as its file has it."""
    return ScenarioRecord(
        id=scenario.id,
        file=scenario.file,
        line=scenario.place.line,
        text=scenario.source,
        tags=scenario.tags,
        contract=scenario.contract,
    )


def blank_record(case: Case, verdict: Verdict, why: str | None = None) -> CaseRecord:
    """The record of a case with nothing to tell but its verdict."""
    scenario = case.scenario
    return CaseRecord(
        id=case.id,
        scenario=scenario.id,
        family=scenario.family,
        claim=scenario.claim,
        spec=scenario.spec,
        transport=case.transport,
        parameters=dict(case.variant.parameters),
        implementations={str(actor): name for actor, name in case.implementations.items()},
        verdict=verdict,
        data=verdict,
        file=scenario.file,
        line=scenario.place.line,
        seconds=0.0,
        why=why,
    )
