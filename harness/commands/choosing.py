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


def possible(names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Those that can be had, and of the others the reason, by name."""
    those: list[str] = []
    reasons: dict[str, str] = {}
    for name in names:
        try:
            registry.resolve(name)
            those.append(name)
        except registry.Unresolved as problem:
            reasons[name] = str(problem)
    return those, reasons


def on_trial(roles: dict[str, Any], pythons: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What a run is to try, by role; with interpreters and nobody named, the reference.

    Raises click.UsageError for one that was named and cannot be had."""
    named = {role: tuple(roles.get(role) or ()) for role in _ROLES}
    if pythons and not any(named.values()):
        named["impl"] = (DEFAULT_IMPLEMENTATION,)
    return {role: _here(names, pythons) for role, names in named.items()}


def _here(names: Sequence[str], pythons: Sequence[str]) -> tuple[str, ...]:
    if ALL not in (*names, *pythons):
        return chosen(names, pythons)
    those, reasons = possible(chosen(names, pythons))
    if reasons and not those:
        raise click.UsageError("; ".join(reasons.values()))
    for reason in reasons.values():
        click.echo(f"left out: {reason}", err=True)
    return tuple(those)


def _versions(pythons: Iterable[str]) -> list[str]:
    from harness.drivers import interpreters  # takes 40 ms

    return [
        version
        for python in pythons
        for version in (interpreters.names() if python == ALL else (python,))
    ]
