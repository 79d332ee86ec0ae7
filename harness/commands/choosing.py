"""`--impl NAME … --python VERSION …`: which implementations a command is about.

Owned here: how names and interpreters multiply, the word `all` for either, and that what cannot be
had on this machine is left out of all, but not of what somebody asked for by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from harness.drivers import registry
from harness.plan import DEFAULT_IMPLEMENTATION

ALL = "all"
# The options that name implementations.
_ROLES = ("impl", "server", "client", "cross")

python_option: Callable[[Any], Any] = click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="VERSION",
    help="Each of them on this interpreter: 3.9, pypy3, a path, or `all` that are found."
    " Repeatable.",
)


def chosen(names: Iterable[str], pythons: Sequence[str]) -> tuple[str, ...]:
    """Every implementation on every interpreter; without interpreters the names as they are."""
    said = [one for name in names for one in (registry.known() if name == ALL else [name])]
    return registry.spread(said, _versions(pythons)) if pythons else tuple(dict.fromkeys(said))


def missing(names: Iterable[str]) -> dict[str, str]:
    """Those that cannot be had here, with the reason."""
    reasons: dict[str, str] = {}
    for name in names:
        try:
            registry.resolve(name)
        except registry.Unresolved as problem:
            reasons[name] = str(problem)
    return reasons


def demand(names: Sequence[str], pythons: Sequence[str]) -> dict[str, str]:
    """The same of what these words mean; what was asked for by its name must be there.

    Raises click.UsageError."""
    reasons = missing(chosen(names, pythons))
    if reasons and ALL not in (*names, *pythons):
        raise click.UsageError("; ".join(reasons.values()))
    return reasons


def on_trial(roles: dict[str, Any], pythons: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What a run is to try, by role; with interpreters and nobody named, the reference.

    Raises click.UsageError for one that was named and cannot be had."""
    named = {role: tuple(roles.get(role) or ()) for role in _ROLES}
    if pythons and not any(named.values()):
        named["impl"] = (DEFAULT_IMPLEMENTATION,)
    return {role: _here(names, pythons) for role, names in named.items()}


def _here(names: Sequence[str], pythons: Sequence[str]) -> tuple[str, ...]:
    reasons = demand(names, pythons)
    those = tuple(name for name in chosen(names, pythons) if name not in reasons)
    if reasons and not those:
        raise click.UsageError("; ".join(reasons.values()))
    for reason in reasons.values():
        click.echo(f"left out: {reason}", err=True)
    return those


def _versions(pythons: Iterable[str]) -> list[str]:
    from harness.drivers import interpreters  # takes 40 ms

    return [
        version
        for python in pythons
        for version in (interpreters.names() if python == ALL else (python,))
    ]
