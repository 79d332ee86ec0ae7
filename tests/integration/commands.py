"""Commands run as a user runs them, in a folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.unit.scenario_texts import GOOD as ON_TCP4

GOOD = ON_TCP4.replace("[tcp4]", "[tcp4, tcp6]")
HANGS = """\
scenarios:
- id: accept.forever
  claim: Nobody comes.
  transports: [tcp4]
  steps:
  - server: listen
  - server: accept
    as: conn
"""
WRONG = GOOD.replace("expect: {data: hello}", "expect: {data: help}")


def sockharness(
    folder: Path,
    *words: str,
    prepare: Callable[[], None] | None = None,
    wrapper: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without colours."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "harness", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
        preexec_fn=prepare,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def clean_environment() -> dict[str, str]:
    """The environment without what a pytest around us has put there: pytest-benchmark, for one,
    measures nothing where it finds itself in a process of `-n`."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"NO_COLOR": "1"}


def records(folder: Path) -> list[dict[str, object]]:
    """The lines of the only record in a folder's results."""
    (file,) = (folder / "results").glob("*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]
