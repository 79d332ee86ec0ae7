"""Programs that are run to their end and give a text: uv, a compiler. Starts no driver."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

# Seconds. Downloading and compiling a package on a slow machine takes a minute or two.
PATIENCE = 600.0
LONGEST = 300  # characters of a failed program's words


class Failed(Exception):
    """The program could not be run, or did not succeed; the text is its last words, one line.

    `said` is all that it printed."""

    def __init__(self, gist: str, said: str = "") -> None:
        super().__init__(gist)
        self.said = said


def run(argv: Sequence[str]) -> str:
    """Run a program and return what it printed. Raises `Failed`."""
    try:
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    except OSError as problem:
        raise Failed(f"{argv[0]}: {problem.strerror}") from problem
    except subprocess.TimeoutExpired:
        raise Failed(f"{argv[0]} was not done after {PATIENCE:g} s") from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        gist = _gist(said) or f"{argv[0]} ended with exit status {done.returncode}"
        raise Failed(gist, said)
    return said


def _gist(said: str) -> str:
    """The likely reason on one line: from the word `error` on, or else the last line."""
    lines = [line.strip(" \t│╰─▶├×") for line in said.splitlines() if line.strip()]
    first = next((at for at, line in enumerate(lines) if "error" in line.lower()), -1)
    return " ".join(lines[first:])[:LONGEST]
