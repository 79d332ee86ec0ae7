"""Implementations by name -> the command that starts one as a driver.

    socket                   the reference driver, on the interpreter that runs this
    trio                     one of the libraries' drivers; its packages are put into an environment
    trio@3.9                 on another interpreter: a version, a name (`pypy3`) or a path
    c, rust, node            drivers that are not Python: built when asked for, and on Node.js
    ./driver, /opt/driver    any executable that speaks the protocol
    module:some.package      the reference driver with that module in the place of `socket`
    cmd:ssh host driver      a command line, split as a shell would; a container, another machine
    box=cmd:ssh host driver  the same, which reports call by that word

Whether the command really is a driver shows when the engine starts it. A further Python driver is
one more line in `DRIVERS`; ADDING.md tells the whole way.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.language.problems import suggest
from harness.plan import NAMED, called

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class PythonDriver:
    """A folder that Python runs, the words it is given, and the packages it needs from PyPI.

    One without packages needs nothing but the interpreter's standard library."""

    folder: Path
    words: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def _library(module: str, *packages: str, word: str = "") -> PythonDriver:
    """A driver in `libraries/`, in a module of that name; `word` is for it."""
    return PythonDriver(_HERE / "libraries", (module, *filter(None, [word])), packages)


DRIVERS: Mapping[str, PythonDriver] = {
    "socket": PythonDriver(_HERE / "python"),
    "socket-nonblocking": _library("on_selectors"),
    "socketserver": _library("on_socketserver"),
    "asyncio-sock": _library("on_asyncio_sock"),
    "asyncio-streams": _library("on_asyncio_streams"),
    "asyncio-protocol": _library("on_asyncio_protocol"),
    "uvloop-sock": _library("on_asyncio_sock", "uvloop", word="uvloop"),
    "uvloop-streams": _library("on_asyncio_streams", "uvloop", word="uvloop"),
    "uvloop-protocol": _library("on_asyncio_protocol", "uvloop", word="uvloop"),
    "trio": _library("on_trio", "trio"),
    "anyio": _library("on_anyio", "anyio"),
    "gevent": _library("on_gevent", "gevent"),
    "eventlet": _library("on_eventlet", "eventlet"),
    "twisted": _library("on_twisted", "twisted"),
    "tornado": _library("on_tornado", "tornado"),
}

COMMAND = "cmd:"
MODULE = "module:"


class Unresolved(Exception):
    """A name that stands for no implementation on this machine; the text is one sentence."""


@dataclass(frozen=True)
class Implementation:
    """What is on trial, as it was named, and the command (an argv prefix) that starts it.

    `packages` are those that were installed for it, as `trio==0.30.0`."""

    name: str
    argv: tuple[str, ...]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """A program made of the files beside `source`; `variable` names another compiler."""

    source: Path
    language: str
    compiler: str
    variable: str
    flags: tuple[str, ...]


NODE = _HERE / "node" / "driver.js"
COMPILED: Mapping[str, Compiled] = {
    "c": Compiled(_HERE / "c/driver.c", "C", "cc", "CC", ("-std=c11", "-O2", "-pthread")),
    "rust": Compiled(_HERE / "rust/driver.rs", "Rust", "rustc", "RUSTC", ("--edition=2021", "-O")),
}


def known() -> tuple[str, ...]:
    """The names that need no path and no command line."""
    return (*DRIVERS, *COMPILED, "node")


def ships(name: str) -> bool:
    """Whether the driver is one of ours; another may turn out to be none."""
    return name.partition("@")[0] in known()


def spread(names: Iterable[str], pythons: Iterable[str]) -> tuple[str, ...]:
    """Each implementation on each of these interpreters, in this order.

    One that names its interpreter, or runs on none, stays as it is."""
    chosen = tuple(pythons)
    return tuple(
        dict.fromkeys(
            f"{name}@{python}" if python else name
            for name in names
            for python in (chosen if takes_interpreter(name) else ("",))
        )
    )


def takes_interpreter(name: str) -> bool:
    """Whether a Python is what may follow the name after an `@`, and none does yet."""
    return name in DRIVERS or (name.startswith(MODULE) and "@" not in name)


@functools.cache
def resolve(name: str) -> Implementation:
    """The implementation that a name stands for. Raises `Unresolved`."""
    if name.startswith(COMMAND):
        return Implementation(name, _command(name))
    if NAMED in name:
        return Implementation(name, _named(name))
    if name.startswith(MODULE):
        return Implementation(name, _module(name))
    driver, at, interpreter = name.partition("@")
    if driver in DRIVERS:
        python = _interpreter(name, interpreter) if at else _running()
        return _python(name, python, DRIVERS[driver], os.sep in interpreter)
    if name in COMPILED:
        return Implementation(name, (_built(name),))
    if driver == "node":
        return Implementation(name, (_program(name, interpreter if at else "node"), str(NODE)))
    if os.sep in driver:
        return Implementation(name, (_executable(name),))
    if driver in known():
        raise Unresolved(f"`{name}`: `{driver}` runs on no interpreter; say `{driver}`")
    names = ", ".join(f"`{one}`" for one in known())
    hint = suggest(driver, known()) or f"known are {names}, a path (`./{driver}`) and `cmd:…`"
    raise Unresolved(f"there is no implementation `{driver}`; {hint}")


def is_there(name: str) -> bool:
    """Whether the implementation that a name stands for can be had on this machine."""
    try:
        resolve(name)
    except Unresolved:
        return False
    return True


def _python(name: str, python: str, driver: PythonDriver, given: bool) -> Implementation:
    """A Python driver. An interpreter `given` by its path keeps its own packages where it has
    them: they may be what is on trial."""
    command = (str(driver.folder), *driver.words)
    if not driver.packages:
        return Implementation(name, (python, "-I", "-S", *command))
    from harness.drivers import environments

    try:
        made = environments.own(python, driver.packages) if given else None
        made = made or environments.python_with(python, driver.packages)
    except environments.Unavailable as error:
        raise Unresolved(f"`{name}`: {error}") from error
    return Implementation(name, (made.python, "-I", *command), made.packages)


def _module(name: str) -> tuple[str, ...]:
    """A module in the place of `socket`, on the interpreter that has it."""
    module, at, interpreter = name.removeprefix(MODULE).partition("@")
    python = _interpreter(name, interpreter) if at else sys.executable
    return (python, "-I", str(_HERE / "libraries"), "on_module", module)


def _built(name: str) -> str:
    from harness.drivers import building, environments

    try:
        return building.built(COMPILED[name])
    except environments.Unavailable as error:
        raise Unresolved(f"`{name}`: {error}") from error


def _program(name: str, program: str) -> str:
    found = shutil.which(os.path.expanduser(program))
    if found is None:
        raise Unresolved(f"`{name}`: there is no program `{program}`")
    return os.path.abspath(found)


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


def _named(name: str) -> tuple[str, ...]:
    """A command line with a word for it, which stands in ids: a name of ours would mislead."""
    word = called(name)
    if word in known() or not re.fullmatch(r"[A-Za-z][\w.]*(-[\w.]+)*", word):
        raise Unresolved(f"`{word}` cannot be the name of a command; take a word of your own")
    return _command(name.removeprefix(f"{word}="))


def _command(name: str) -> tuple[str, ...]:
    try:
        argv = shlex.split(name.removeprefix(COMMAND))
    except ValueError as error:
        raise Unresolved(f"`{name}` cannot be split into words: {error}") from error
    if not argv:
        raise Unresolved(f"a command must follow `{COMMAND}`")
    return (_program(name, argv[0]), *argv[1:])
