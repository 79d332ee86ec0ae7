"""The driver in C, built with the system's compiler when it is first asked for, and kept."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from pathlib import Path

from harness.drivers import tools
from harness.drivers.environments import Unavailable, alone, cache

_FLAGS = ("-std=c11", "-O2", "-pthread")


def built(source: Path) -> str:
    """The path of the program made of a C file. Raises `Unavailable`."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not compiler or shutil.which(compiler[0]) is None:
        raise Unavailable("there is no C compiler `cc`; CC names another one")
    parts = b"".join(file.read_bytes() for file in sorted(source.parent.glob("*.[ch]")))
    told = "\n".join([*compiler, *_FLAGS]).encode() + parts
    program = cache() / "built" / f"{source.parent.name}-{hashlib.sha256(told).hexdigest()[:12]}"
    if not program.exists():
        with alone(program):
            if not program.exists():
                _compile(compiler, source, program)
    return str(program)


def _compile(compiler: list[str], source: Path, program: Path) -> None:
    unfinished = program.with_suffix(".unfinished")
    try:
        tools.run([*compiler, *_FLAGS, "-o", str(unfinished), str(source)])
    except tools.Failed as problem:
        raise Unavailable(f"{source.name} could not be compiled: {problem}") from problem
    unfinished.rename(program)
