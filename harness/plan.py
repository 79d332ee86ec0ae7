"""The plan: scenarios times transports times parameters times implementations are cases. Pure.

A case is one run of one variant of a scenario. It has a stable id, which ends with its bracket so
that every tool keeps it whole: `close.half-close-then-reply[tcp4]`, `backlog.admits[tcp4-n=5]`,
`echo.pipelined[tcp4-server=socket@3.8]` when the server is not the default implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness import conditions
from harness.language.lifetimes import NEED_A_PEER
from harness.language.model import Actor, Call, Ref, Scenario, Step, Variant, Workload, calls
from harness.language.operations import OPERATIONS
from harness.language.owners import owners
from harness.language.steps import KERNEL

DEFAULT_IMPLEMENTATION = "socket"
NAMED = "=cmd:"  # between a word of the user's and a command line
Pair = tuple[str, str]  # the implementation of the server, and of the client
DEFAULT_PAIR: Pair = (DEFAULT_IMPLEMENTATION, DEFAULT_IMPLEMENTATION)


@dataclass(frozen=True)
class Case:
    """One run to be made."""

    scenario: Scenario
    variant: Variant
    transport: str
    pair: Pair = DEFAULT_PAIR

    @cached_property
    def id(self) -> str:
        """The stable id: scenario, transport, parameters, and implementations if unusual."""
        parts = [self.transport]
        parts += [f"{axis}={_shown(value)}" for axis, value in self.variant.parameters.items()]
        parts += _pair_shown(self.pair)
        return f"{self.scenario.id}[{'-'.join(parts)}]"

    @property
    def implementations(self) -> dict[Actor, str]:
        """What the implementation on trial as each actor is called."""
        return {"server": called(self.pair[0]), "client": called(self.pair[1])}

    @property
    def workload(self) -> Workload | None:
        """What is timed, when the scenario is one that times."""
        return self.variant.workload

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps, the implied ones of a service scenario first."""
        return (*_service_start(self.scenario), *self.variant.steps)

    @property
    def closing(self) -> tuple[Step, ...]:
        """The steps of the closing phase."""
        return self.variant.closing

    @cached_property
    def owners(self) -> dict[str, Actor]:
        """Which actor's process holds each handle."""
        return owners((*self.steps, *self.closing))

    def actor_of(self, handle: str) -> Actor:
        """In whose process a handle lives; what is the kernel's is asked for beside the server."""
        return self.owners.get(handle, "server")

    def applies(self, step: Step, facts: Mapping[Actor, conditions.Facts]) -> bool:
        """Whether the step's own `only:` lets it be done, with the facts of both actors."""
        if not step.only:
            return True
        actor = self.actor_of(step.handle) if isinstance(step, Call) else "server"
        return conditions.any_holds(step.only, facts[actor])

    @cached_property
    def operations(self) -> dict[Actor, set[str]]:
        """The operations that each actor's driver must know."""
        needed: dict[Actor, set[str]] = {"server": set(), "client": set()}
        for call in calls((*self.steps, *self.closing)):
            if call.handle != KERNEL:
                needed[self.owners[call.handle]].add(call.operation)
        return needed


def cases(
    scenarios: Iterable[Scenario],
    pairs: Iterable[Pair] = (DEFAULT_PAIR,),
    transports: frozenset[str] | None = None,
) -> Iterator[Case]:
    """Every case of these scenarios, in the order of the files. `transports` narrows them."""
    chosen = tuple(pairs)
    for scenario in scenarios:
        for transport in scenario.transports:
            if transports is not None and transport not in transports:
                continue
            for variant in scenario.variants:
                for pair in chosen:
                    yield Case(scenario, variant, transport, pair)


def skipped_by_condition(case: Case, facts: conditions.Facts) -> str | None:
    """Why the scenario's own `only:` keeps the case from running here, or None."""
    if conditions.any_holds(case.scenario.only, facts):
        return None
    return f"the scenario is only for {', '.join(case.scenario.only)}"


def wire_arguments(call: Call, transport: str) -> dict[str, Any]:
    """The arguments as the driver gets them, references still unresolved."""
    operation = OPERATIONS[call.operation]
    args = dict(call.args)
    for name, spec in operation.arguments.items():
        if spec.default is not None:
            args.setdefault(name, spec.default)
    if operation.opens or operation.bare:
        args.setdefault("transport", transport)
    if operation.name in NEED_A_PEER and "to" not in args:
        args["to"] = Ref("server", "name")
    if call.makes:
        args["as"] = call.makes
    return args


def _service_start(scenario: Scenario) -> tuple[Step, ...]:
    if scenario.service is None:
        return ()
    return (Call(scenario.place, "server", "serve", {"service": scenario.service}),)


def called(name: str) -> str:
    """What reports call an implementation: `box` for `box=cmd:ssh box driver`, or its name."""
    word, known_as, _ = name.partition(NAMED)
    return word if known_as else name


def _pair_shown(pair: Pair) -> list[str]:
    names: Mapping[str, str] = dict(zip(("server", "client"), map(called, pair), strict=True))
    if pair[0] == pair[1]:
        return [] if pair == DEFAULT_PAIR else [f"impl={called(pair[0])}"]
    return [f"{role}={name}" for role, name in names.items() if name != DEFAULT_IMPLEMENTATION]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
