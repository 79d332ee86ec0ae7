"""Wrong socket libraries, one bug each: the proof that the scenarios can fail.

A mutation stands under `@mutation(name, the bug in words, operations that it touches)`. It is
applied before the reference driver starts, by putting a wrong class in the place of `socket.socket`
or a wrong function in the place of one of the driver's operations. Standard library only: mutants
run wherever drivers run.
"""

from __future__ import annotations

import importlib
import os
import socket
from typing import Any, Callable, Dict, List, NamedTuple


class Mutation(NamedTuple):
    """One bug: its name, what it is in words, the operations it touches, how to put it in."""

    name: str
    bug: str
    operations: List[str]
    apply: Callable[[], None]


MUTATIONS: Dict[str, Mutation] = {}


def load() -> None:
    """Import every file of this folder, which registers its mutations in `MUTATIONS`."""
    for file in sorted(os.listdir(os.path.dirname(os.path.abspath(__file__)))):
        if file.endswith(".py") and not file.startswith("_"):
            importlib.import_module("mutations." + file[: -len(".py")])


def mutation(name: str, bug: str, *operations: str) -> Callable[[Any], Any]:
    """Register a mutation. A class is a wrong `socket.socket`; a function patches for itself."""

    def register(thing: Any) -> Any:
        if name in MUTATIONS:
            raise ValueError("two mutations are called " + name)
        apply = (lambda: _replace_class(thing)) if isinstance(thing, type) else thing
        MUTATIONS[name] = Mutation(name, bug, list(operations), apply)
        return thing

    return register


def _replace_class(wrong: type) -> None:
    """Put the class where the standard library and the driver look for `socket.socket`."""
    wrong.__name__ = "socket"
    socket.socket = wrong  # type: ignore[misc,assignment]


def wrap(operation: str, around: Callable[..., Any]) -> None:
    """Put `around(original, session, handle, args)` in the place of a driver's operation."""
    import registry

    original = registry.OPERATIONS[operation]
    registry.OPERATIONS[operation] = lambda session, handle, args: around(
        original, session, handle, args
    )


def change(operation: str, **fields: Callable[[Any], Any]) -> None:
    """Let an operation's reply lie: each named field is passed through its function."""

    def lying(original: Any, session: Any, handle: Any, args: Any) -> Any:
        values = original(session, handle, args) or {}
        return {**values, **{k: f(values[k]) for k, f in fields.items() if k in values}}

    wrap(operation, lying)


def skip(operation: str, **values: Any) -> None:
    """Let an operation do nothing and say that all is well."""
    wrap(operation, lambda original, session, handle, args: dict(values))
