"""The git revision that a results file names: of which state of the scenarios it tells.

Git is asked, which is a process of its own, and a short one. It never stops a run: no git, no
repository, a slow disk, all of these give None.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_ASK = (
    "git",
    "-c",
    "core.fsmonitor=false",  # a monitor that git starts would outlive the time bound
    "status",
    "--porcelain=v2",
    "--branch",
    # Build products that nobody ignores would make every revision in a matrix a dirty one.
    "--untracked-files=no",
)


def revision(folder: Path, seconds: float = 2.0) -> str | None:
    """Return the commit of a folder, `-dirty` behind it when tracked files are changed.

    None when it is not known after so many seconds, and when the folder is in no repository.
    """
    try:
        answer = subprocess.run(
            _ASK,
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse(answer.stdout.decode(errors="replace"))


def parse(status: str) -> str | None:
    """Read what `git status --porcelain=v2 --branch` says. None before the first commit."""
    commit, changed = None, False
    for line in status.splitlines():
        if line.startswith("# branch.oid "):
            commit = line.split()[-1]
        changed = changed or not line.startswith("#")
    if commit is None or commit == "(initial)":
        return None
    return f"{commit}-dirty" if changed else commit
