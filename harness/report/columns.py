"""Cases by what they are and by who was on trial: the two sides of every comparison. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

from harness.plan import DEFAULT_IMPLEMENTATION
from harness.records.model import CaseRecord

ByCase: TypeAlias = dict[str, CaseRecord]


class Played(Protocol):
    """A line of a record that has who played which actor."""

    @property
    def implementations(self) -> Mapping[str, str]:
        """By actor."""


def on_trial(case: Played) -> str:
    """Who was on trial: `trio` as both sides, `server=trio` or `client=trio` against the reference,
    `trio+node` as server and client."""
    server, client = (case.implementations.get(actor, "?") for actor in ("server", "client"))
    if server == client:
        return server
    if client == DEFAULT_IMPLEMENTATION:
        return f"server={server}"
    return f"client={client}" if server == DEFAULT_IMPLEMENTATION else f"{server}+{client}"


def variant(case: CaseRecord) -> str:
    """What stands in the brackets of an id, without implementations: alike for all compared."""
    return "-".join([case.transport, *(f"{key}={_shown(v)}" for key, v in case.parameters.items())])


def by_implementation(cases: Iterable[CaseRecord]) -> dict[str, ByCase]:
    """The cases of each who was on trial, in the order in which they came; by what they are."""
    found: dict[str, ByCase] = {}
    for case in cases:
        found.setdefault(on_trial(case), {})[f"{case.scenario}[{variant(case)}]"] = case
    return found


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
