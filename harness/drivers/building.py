"""Drivers that are compiled: when they are first asked for, by the machine's compiler, and kept."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.drivers import tools
from harness.drivers.environments import Unavailable, alone, cache

if TYPE_CHECKING:
    from harness.drivers.registry import Compiled


def built(program: Compiled) -> str:
    """The path of the program. Raises `Unavailable`."""
    compiler = shlex.split(os.environ.get(program.variable, program.compiler))
    if not compiler or shutil.which(compiler[0]) is None:
        raise Unavailable(
            f"there is no {program.language} compiler `{program.compiler}`;"
            f" {program.variable} names another one"
        )
    folder = program.source.parent
    parts = b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())
    told = "\n".join([*compiler, *program.flags]).encode() + parts
    path = cache() / "built" / f"{folder.name}-{hashlib.sha256(told).hexdigest()[:12]}"
    if not path.exists():
        with alone(path):
            if not path.exists():
                _compile([*compiler, *program.flags], program.source, path)
    return str(path)


def _compile(command: list[str], source: Path, program: Path) -> None:
    unfinished = program.with_suffix(".unfinished")
    try:
        tools.run([*command, "-o", str(unfinished), str(source)])
    except tools.Failed as problem:
        raise Unavailable(f"{source.name} could not be compiled: {problem}") from problem
    unfinished.rename(program)
