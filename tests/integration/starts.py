"""What starts a driver as the engine does, for tests: a command's words in, what starts it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from harness.engine.any_driver import AnyDriver
from harness.engine.process import Driver

Start = Callable[..., Callable[[], AnyDriver]]


def starting_in(folders: Iterator[Path]) -> Start:
    """Each driver has the next of these folders to itself."""
    return lambda *command: lambda: Driver.start(command, next(folders), "on trial")
