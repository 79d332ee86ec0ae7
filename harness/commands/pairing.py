"""Who plays whom in a run that times: `--impl`, `--server`, `--client` and `--reference`.

An implementation plays both sides. Where a server or a client is named beside it, it takes the
other side: `--impl trio --impl socket --client c` are two servers behind one client, and what
differs between their cases is the server alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import click

from harness.drivers.registry import takes_interpreter
from harness.plan import DEFAULT_IMPLEMENTATION, DEFAULT_PAIR, Pair


def paired(roles: Mapping[str, Sequence[str]]) -> list[Pair]:
    """The pairs (server, client) on trial, each once, in the order in which they were named."""
    both, servers, clients = roles["impl"], roles["server"], roles["client"]
    reference = (DEFAULT_IMPLEMENTATION,)
    if both and (servers or clients):
        pairs = [*itertools.product(both, clients), *itertools.product(servers, both)]
    elif servers or clients:
        pairs = list(itertools.product(servers or reference, clients or reference))
    else:
        pairs = [(name, name) for name in both]
    return list(dict.fromkeys(pairs)) or [DEFAULT_PAIR]


def with_someone(roles: Mapping[str, Sequence[str]], pythons: Sequence[str]) -> dict[str, object]:
    """The roles; with interpreters that nobody named would run on, the reference is on trial."""
    named = [name for role in ("impl", "server", "client") for name in roles[role]]
    if pythons and not any(map(takes_interpreter, named)):
        return {**roles, "impl": (*roles["impl"], DEFAULT_IMPLEMENTATION)}
    return dict(roles)


def reference_of(pairs: Sequence[Pair], name: str | None) -> Pair:
    """The pair that a name means: the first, without one. Raise click.UsageError."""
    if name is None:
        return pairs[0]
    meant = [pair for pair in pairs if name in _names(pair, pairs)]
    if meant:
        return meant[0]
    known = ", ".join(next(_names(pair, pairs)) for pair in pairs)
    raise click.UsageError(f"the reference {name!r} is not on trial; on trial are {known}")


def _names(pair: Pair, pairs: Sequence[Pair]) -> Iterator[str]:
    """What a pair may be called: by the one that tells it from all others, or by both."""
    for side in (0, 1):
        if sum(pair[side] == other[side] for other in pairs) == 1:
            yield pair[side]
    yield "+".join(pair)
