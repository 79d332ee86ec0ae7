"""Who takes part in a run that times: what is on trial, and what is played beside it.

Beside the cases on trial there are the A/A twin of each reference; the floor, which is the same
loop in C, and the blocking loop of the standard library; and that loop once more, written by hand,
which tells what the harness adds. This file decides who they are and who is held against whom; it
plays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.drivers import registry
from harness.measuring.lanes import Variant, Workload
from harness.measuring.opening import Commands
from harness.plan import DEFAULT_IMPLEMENTATION, Case, Pair
from harness.records.measured import Role

# The same loops in C.
FLOOR = "c"

BY_HAND: Literal["by-hand"] = "by-hand"
_BY_HAND_DRIVER = Path(registry.__file__).with_name("by_hand.py")
_BY_HAND_TRANSPORTS = frozenset({"tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram"})


@dataclass(frozen=True)
class Entrant:
    """One who takes part. `against` is the id of whom it is held against, None for a reference."""

    case: Case
    role: Role
    variant: Variant
    commands: Commands
    against: str | None = None

    @property
    def id(self) -> str:
        """The id of its records."""
        return self.variant.name


def entrants(cases: Sequence[Case], reference: Pair, beside: bool = True) -> list[Entrant]:
    """Return everybody: the cases on trial first, in their order.

    A case is held against the case of the `reference` that has the same transport and parameters.
    Where all cases have one pair of implementations, they are held against the first case. With
    `beside` there are floors and a loop by hand for each reference. Raise `registry.Unresolved`.
    """
    alike = len({case.pair for case in cases}) == 1
    first = cases[0]
    found: list[Entrant] = []
    for case in cases:
        other = first if alike else _with(case, reference)
        found.append(_entrant(case, "trial", None if case.id == other.id else other.id))
    for one in [entrant for entrant in found if entrant.against is None]:
        found.append(_twin(one))
        found += _beside(one, found) if beside else []
    return found


def table(cases: Sequence[Case]) -> list[Entrant]:
    """Return everybody of a table that compares nobody: the cases, the twin of the first, and the
    floor of each transport and size. Raise `registry.Unresolved`."""
    found = [_entrant(case, "trial", None) for case in cases]
    found.append(_twin(found[0]))
    known = {one.id for one in found}
    if registry.is_there(FLOOR):
        for case in cases:
            floor = _with(case, (FLOOR, FLOOR))
            if floor.id not in known:
                known.add(floor.id)
                found.append(_entrant(floor, "floor", case.id))
    return found


def floor_of(case: Case) -> str:
    """The id of the floor of a case."""
    return _with(case, (FLOOR, FLOOR)).id


def twin_of(name: str) -> str:
    """The id of the twin of a reference."""
    return f"{name[:-1]}-twin]"


def _beside(reference: Entrant, others: Sequence[Entrant]) -> Iterator[Entrant]:
    """The floors of a reference, and the loop by hand where there can be one."""
    known = {one.id for one in others}
    plain = _plain(reference.case, others)
    for name in (FLOOR, plain):
        case = _with(reference.case, (name, name))
        if case.id not in known and (name == plain or registry.is_there(name)):
            yield _entrant(case, "floor", reference.id)
    if _is_playable_by_hand(reference.case):
        yield _by_hand(_with(reference.case, (plain, plain)))


def _plain(case: Case, others: Iterable[Entrant]) -> str:
    """The standard library's blocking loop: on the interpreter of a trial, where one has it."""
    names = [case.pair[0], *(one.case.pair[0] for one in others if one.role == "trial")]
    for name in names:
        if name.partition("@")[0] == DEFAULT_IMPLEMENTATION:
            return name
    return DEFAULT_IMPLEMENTATION


def _is_playable_by_hand(case: Case) -> bool:
    workload = case.workload
    assert workload is not None
    plain = workload.kind == "ping-pong" and not workload.options.get("busy")
    return plain and case.transport in _BY_HAND_TRANSPORTS


def _entrant(case: Case, role: Role, against: str | None) -> Entrant:
    server, client = (registry.resolve(name).argv for name in case.pair)
    pair = f"{case.pair[0]} {case.pair[1]}"
    return Entrant(case, role, variant_of(case, pair), Commands(server, client), against)


def _twin(reference: Entrant) -> Entrant:
    name = twin_of(reference.id)
    variant = replace(reference.variant, name=name, pair=f"{reference.variant.pair} twin")
    return replace(reference, role="twin", variant=variant, against=reference.id)


def _by_hand(plain: Case) -> Entrant:
    """The hand-written loop on the interpreter of the plain one, which is held against it."""
    interpreter = registry.resolve(plain.pair[0]).argv[0]
    name = plain.pair[0].replace(DEFAULT_IMPLEMENTATION, BY_HAND, 1)
    case = _with(plain, (name, name))
    command = (interpreter, "-I", "-S", str(_BY_HAND_DRIVER))
    # One connection a process: its pair is its own.
    variant = variant_of(case, f"{name} {case.id}")
    return Entrant(case, BY_HAND, variant, Commands(command, command), plain.id)


def _with(case: Case, pair: Pair) -> Case:
    return Case(case.scenario, case.variant, case.transport, pair)


def variant_of(case: Case, pair: str) -> Variant:
    """What a lane needs to know of a case; `pair` names the processes that play it."""
    assert case.workload is not None
    options = dict(case.workload.options)
    size = int(options.pop("size", 1))
    return Variant(case.id, case.transport, size, pair, Workload.of(case.workload.kind, options))
