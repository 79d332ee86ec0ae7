"""What keeps a case from being run here, with these two drivers: it is `unsupported` then."""

from __future__ import annotations

from collections.abc import Mapping

from harness import conditions
from harness.engine import elsewhere, requirements
from harness.engine.any_driver import AnyDriver
from harness.engine.under_way import Drivers
from harness.language.model import Actor
from harness.plan import Case, skipped_by_condition


def why_not(
    case: Case,
    drivers: Drivers,
    facts: Mapping[Actor, conditions.Facts],
    hosts: elsewhere.Hosts,
) -> str | None:
    """Return the first reason in one sentence, or None when the case can be run."""
    reasons = [requirements.transport_missing(case.transport)]
    reasons += [requirements.missing(need) for need in case.scenario.requires]
    reasons += [skipped_by_condition(case, facts["server"])]
    reasons += [_not_offered(case, actor, drivers[actor]) for actor in drivers]
    reasons += [_not_python(case, facts[actor]) for actor in drivers]
    foreign = [actor for actor, driver in drivers.items() if driver.foreign]
    reasons += [elsewhere.why_not(case, hosts, foreign)]
    return next((reason for reason in reasons if reason), None)


def _not_offered(case: Case, actor: Actor, driver: AnyDriver) -> str | None:
    hello = driver.hello
    if case.transport not in hello.transports:
        return f"{case.implementations[actor]} has no {case.transport}"
    absent = sorted(case.operations[actor] - hello.operations)
    if absent:
        return f"{case.implementations[actor]} has no {', '.join(absent)}"
    return None


def _not_python(case: Case, facts: conditions.Facts) -> str | None:
    """A claim about Python's socket module says nothing of other languages."""
    if case.scenario.contract != "api" or facts.runtime.lower().startswith(conditions.RUNTIMES):
        return None
    return f"the claim is about Python's socket module, and {facts.implementation} is not Python"
