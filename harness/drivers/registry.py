"""Implementations by name -> the command that starts one as a driver.

    socket                   the reference driver, on the interpreter that runs this
    socket@3.9               on another one: a version, a name (`pypy3`) or a path
    ./driver, /opt/driver    any executable that speaks the protocol
    cmd:ssh host driver      a command line, split as a shell would; a container, another machine

Whether the command really is a driver shows when the engine starts it. A further Python driver is
one more line in `DRIVERS`.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.language.problems import suggest

_HERE = Path(__file__).parent
# Name -> the folder that `python -I -S` is given. Each runs on any interpreter, with nothing but
# its standard library.
DRIVERS: Mapping[str, Path] = {
    "socket": _HERE / "python",
}

COMMAND = "cmd:"


class Unresolved(Exception):
    """A name that stands for no implementation on this machine; the text is one sentence."""


@dataclass(frozen=True)
class Implementation:
    """What is on trial, as it was named, and the command (an argv prefix) that starts it."""

    name: str
    argv: tuple[str, ...]


@functools.cache
def resolve(name: str) -> Implementation:
    """The implementation that a name stands for. Raises `Unresolved`."""
    if name.startswith(COMMAND):
        return Implementation(name, _command(name))
    driver, at, interpreter = name.partition("@")
    if driver in DRIVERS:
        python = _interpreter(name, interpreter) if at else _running()
        return Implementation(name, (python, "-I", "-S", str(DRIVERS[driver])))
    if os.sep in driver:
        return Implementation(name, (_executable(name),))
    known = ", ".join(f"`{known}`" for known in DRIVERS)
    hint = suggest(driver, DRIVERS) or f"known are {known}, a path (`./{driver}`) and `cmd:…`"
    raise Unresolved(f"there is no implementation `{driver}`; {hint}")


def _running() -> str:
    """The interpreter which runs this, seen through its virtual environment. Asks nobody."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _interpreter(name: str, spec: str) -> str:
    from harness.drivers import interpreters  # takes 40 ms, and most runs name no interpreter

    try:
        return interpreters.find(spec).path
    except interpreters.NotFound as error:
        raise Unresolved(f"`{name}`: {error}") from error


def _executable(name: str) -> str:
    path = os.path.abspath(os.path.expanduser(name))
    if not os.path.exists(path):
        raise Unresolved(f"`{name}`: there is no such file")
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise Unresolved(f"`{name}` is not an executable file; or say `cmd:INTERPRETER {name}`")
    return path


def _command(name: str) -> tuple[str, ...]:
    try:
        argv = shlex.split(name.removeprefix(COMMAND))
    except ValueError as error:
        raise Unresolved(f"`{name}` cannot be split into words: {error}") from error
    if not argv:
        raise Unresolved(f"a command must follow `{COMMAND}`")
    program = shutil.which(os.path.expanduser(argv[0]))
    if program is None:
        raise Unresolved(f"`{name}`: there is no program `{argv[0]}`")
    return (os.path.abspath(program), *argv[1:])
