"""What starts a driver, for tests: the command of an implementation, and what runs a command as the
engine does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.drivers import registry
from harness.engine.any_driver import AnyDriver
from harness.engine.process import Driver

Start = Callable[..., Callable[[], AnyDriver]]


def argv(name: str) -> tuple[str, ...]:
    """The command of an implementation, its program first; skips where it cannot be had here."""
    try:
        return registry.resolve(name).argv
    except registry.Unresolved as problem:
        pytest.skip(str(problem))


def starting_in(folders: Iterator[Path]) -> Start:
    """Each driver has the next of these folders to itself."""
    return lambda *command: lambda: Driver.start(command, next(folders), "on trial")
