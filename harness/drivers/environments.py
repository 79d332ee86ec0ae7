"""Interpreters with packages: an environment for each set, made by uv and kept for the next run.

The interpreter itself stays as it is. Environments live below $XDG_CACHE_HOME/sockharness; each has
a name of its own for its interpreter and its packages, and counts as made when its list of versions
is written. Removing the folder makes them anew, with the newest versions.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.drivers import tools

DONE = "packages.txt"

# Wheels alone: what is built here would take minutes, need a compiler, and be another thing on each
# machine. uv takes the newest version that has a wheel for the interpreter.
_QUIETLY = ("--quiet", "--only-binary", ":all:")


class Unavailable(Exception):
    """The packages could not be had; the text is one sentence."""


@dataclass(frozen=True)
class Environment:
    """A Python with packages; `packages` are theirs and what they need, as `trio==0.30.0`."""

    python: str
    packages: tuple[str, ...]


def cache() -> Path:
    """Where everything stays that is worth keeping between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "sockharness"


def python_with(interpreter: str, packages: Sequence[str]) -> Environment:
    """A Python like this one which has these packages. Raises `Unavailable`."""
    folder = cache() / "environments" / _key(interpreter, packages)
    if not (folder / DONE).exists():
        with alone(folder):
            if not (folder / DONE).exists():
                _make(folder, interpreter, packages)
    installed = (folder / DONE).read_text(encoding="utf-8").split()
    return Environment(str(folder / "bin" / "python"), tuple(installed))


# A package under development may have no metadata: its version is then not known.
_ASK = """\
import importlib, importlib.metadata, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    try:
        print(f"{name}=={importlib.metadata.version(name)}")
    except importlib.metadata.PackageNotFoundError:
        print(name)
"""


def own(interpreter: str, packages: Sequence[str]) -> Environment | None:
    """The interpreter as it is, when it can import these packages already."""
    try:
        said = tools.run([interpreter, "-I", "-c", _ASK, *packages])
    except tools.Failed:
        return None
    return Environment(interpreter, tuple(said.split()))


def _make(folder: Path, interpreter: str, packages: Sequence[str]) -> None:
    uv, python = _uv(), str(folder / "bin" / "python")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        tools.run([uv, "venv", "--quiet", "--no-project", "--python", interpreter, str(folder)])
        tools.run([uv, "pip", "install", *_QUIETLY, "--python", python, *packages])
        installed = tools.run([uv, "pip", "freeze", "--quiet", "--python", python])
    except tools.Failed as problem:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(_why(problem, packages, interpreter)) from problem
    (folder / DONE).write_text(installed, encoding="utf-8")


def _why(problem: tools.Failed, packages: Sequence[str], interpreter: str) -> str:
    """What kept uv from it, one sentence: of its many lines a user needs one fact."""
    wanted = " and ".join(packages)
    if unbuilt := re.search(r"Wheels are required for `(\S+?)`", problem.said):
        return f"PyPI has no wheel of {unbuilt[1]} for this interpreter"
    if re.search("network was disabled|Failed to fetch|Request failed", problem.said):
        return f"PyPI, which has {wanted}, cannot be reached: {problem}"
    return f"uv could not put {wanted} into an environment of {interpreter}: {problem}"


def _uv() -> str:
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise Unavailable("packages are installed by uv, which is not here: `pip install uv`")
    return found


def _key(interpreter: str, packages: Sequence[str]) -> str:
    """A readable name that no other interpreter, of another version say, and no other set has."""
    real = os.path.realpath(interpreter)
    about = os.stat(real)
    told = "\n".join([interpreter, real, str(about.st_mtime_ns), str(about.st_size), *packages])
    return f"{'-'.join(packages)}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process makes it, others wait: the workers of a run all begin with the same names."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
