"""Interpreters by version, name or path: `3.9`, `pypy3`, `python3.12`, `~/venv/bin/python`.

The library python-discovery looks along PATH and among uv's installations, and asks each candidate
what it is. Owned here: where version managers keep theirs, that what it asked is remembered between
runs (PyPy takes seconds to answer the first time), which versions a driver can run on, and the
sentence that is said when there is none.

Candidates are started, by the library, to learn what they are; drivers are the engine's affair.
Importing the library takes 40 ms, so this module is imported where somebody names an interpreter.
"""

from __future__ import annotations

import functools
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from python_discovery import (
    DiskCache,
    PythonInfo,
    PythonSpec,
    get_interpreter,
    iter_interpreters,
)

# The drivers use nothing that 3.8 lacks; older versions miss what they need (and support).
OLDEST = (3, 8)

_NEEDED = f"drivers run on Python {OLDEST[0]}.{OLDEST[1]} and later"

# Where version managers keep one folder for each version: the variable that moves their root, the
# root when it is not set, the way from there to the versions.
_MANAGERS = (
    ("PYENV_ROOT", "~/.pyenv", "versions"),
    ("MISE_DATA_DIR", "~/.local/share/mise", "installs/python"),
    ("ASDF_DATA_DIR", "~/.asdf", "installs/python"),
)

# The library warns of each interpreter that is too old; a search passes over those in silence.
logging.getLogger("python_discovery").addHandler(logging.NullHandler())


class NotFound(Exception):
    """There is no such interpreter, or it cannot be used; the text is one sentence."""


class TooOld(NotFound):
    """The interpreter is older than the drivers can run on."""


@dataclass(frozen=True)
class Interpreter:
    """One interpreter. `version` is Python's, also for PyPy; a `t` behind it: free-threaded."""

    path: str
    version: str
    implementation: str

    def __str__(self) -> str:
        return f"{self.implementation} {self.version}"


@functools.cache
def find(spec: str) -> Interpreter:
    """The interpreter that a version (`3.9`), a name (`pypy3`) or a path stands for.

    A version means CPython. An interpreter given by its path is taken as it is, so that a virtual
    environment keeps its packages. Raises `NotFound` or `TooOld`.
    """
    if not spec:
        raise NotFound("the interpreter's name is empty")
    if os.sep in spec:
        return _at(os.path.abspath(os.path.expanduser(spec)))
    wanted = _parsed(spec)
    if not _recent(wanted.major, wanted.minor):
        raise TooOld(f"`{spec}` is too old: {_NEEDED}")
    info = get_interpreter(spec, cache=_cache(), env=_environment(), predicate=_usable(wanted))
    if info is None:
        raise NotFound(f"there is no interpreter `{spec}`; there are {_listed(found())}")
    return _installed(info)


@functools.cache
def found() -> tuple[Interpreter, ...]:
    """All interpreters that a driver can run on, each once, by implementation and version."""
    infos = iter_interpreters(
        cache=_cache(), env=_environment(), predicate=lambda info: _recent(*info.version_info[:2])
    )
    return tuple(sorted({_installed(info) for info in infos}, key=_order))


def names() -> tuple[str, ...]:
    """A name for each kind of interpreter there is, in the order of versions: `3.8`, `3.13t`,
    `pypy3`. Of several with one minor version only that which the name stands for counts."""
    several = len({_minor(each) for each in found() if each.implementation == "PyPy"}) > 1
    named = {_short(each, several): None for each in found()}
    return tuple(named)


def _short(interpreter: Interpreter, several: bool) -> str:
    if interpreter.implementation == "CPython":
        return _minor(interpreter) + "t" * interpreter.version.endswith("t")
    version = _minor(interpreter) if several else interpreter.version.partition(".")[0]
    return f"{interpreter.implementation.lower()}{version}"


def _minor(interpreter: Interpreter) -> str:
    return ".".join(interpreter.version.rstrip("t").split(".")[:2])


def _at(path: str) -> Interpreter:
    """The interpreter at a path. The library raises for one that does not answer as Python does."""
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise NotFound(f"`{path}` is not an executable file")
    try:
        info = get_interpreter(path, cache=_cache(), env=_environment())
    except RuntimeError as error:
        if "older than" in str(error):
            raise TooOld(f"`{path}` is too old: {_NEEDED}") from error
        info = None
    if info is None:
        raise NotFound(f"`{path}` does not answer as a Python interpreter does")
    if not _recent(*info.version_info[:2]):
        raise TooOld(f"`{path}` is Python {info.version_str}, too old: {_NEEDED}")
    return _interpreter(info, path)


def _parsed(spec: str) -> PythonSpec:
    try:
        return PythonSpec.from_string_spec(spec)
    except ValueError as error:
        raise NotFound(f"`{spec}` is neither a version nor a name of an interpreter") from error


def _usable(wanted: PythonSpec) -> Callable[[PythonInfo], bool]:
    """Accepts versions that drivers run on, and CPython alone unless something else is named."""

    def accept(info: PythonInfo) -> bool:
        named = wanted.implementation or wanted.path
        return _recent(*info.version_info[:2]) and bool(named or info.implementation == "CPython")

    return accept


def _recent(major: int | None, minor: int | None) -> bool:
    """Whether a version, of which parts may be open, can be one that drivers run on."""
    return major is None or (major, OLDEST[1] if minor is None else minor) >= OLDEST


def _installed(info: PythonInfo) -> Interpreter:
    """The one file that names, links and virtual environments lead to."""
    return _interpreter(info, os.path.realpath(info.system_executable or info.executable))


def _interpreter(info: PythonInfo, path: str) -> Interpreter:
    version = info.version_str + ("t" if info.free_threaded else "")
    return Interpreter(path, version, info.implementation)


def _order(interpreter: Interpreter) -> tuple[str, list[int], str]:
    numbers = [int(number) for number in re.findall(r"\d+", interpreter.version)]
    return interpreter.implementation, numbers, interpreter.path


def _listed(interpreters: Iterable[Interpreter]) -> str:
    return ", ".join(dict.fromkeys(map(str, interpreters))) or "none at all"


def _cache() -> DiskCache:
    """What interpreters said of themselves, kept for the next run; a changed one is asked again.

    Where it cannot be written the library does without.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return DiskCache(Path(base) / "sockharness")


def _environment() -> dict[str, str]:
    """The environment with version managers' installations behind PATH, and without their shims.

    A shim is a script which picks one version by the folder it is called from; asking it takes long
    and says nothing of the others.
    """
    path = [entry for entry in os.get_exec_path() if os.path.basename(entry) != "shims"]
    return {**os.environ, "PATH": os.pathsep.join([*path, *map(str, _managed())])}


def _managed() -> Iterator[Path]:
    for variable, root, versions in _MANAGERS:
        folder = Path(os.environ.get(variable) or root).expanduser() / versions
        yield from sorted(folder.glob("*/bin"))
