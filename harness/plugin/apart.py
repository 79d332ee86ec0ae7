"""Keeping cases apart when several processes run them at once (`-n`).

A case that measures, or that shares something machine-wide (`requires: [alone]`), runs while no
other case does: it takes a file lock exclusively that the others share. Such cases are put last, so
that nobody waits for long. Without `-n` there is one process, and nothing to lock.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.plan import Case

_KEY = "sockharness_lock"


def alone(case: Case) -> bool:
    """Whether nothing else may run beside the case."""
    return case.workload is not None or "alone" in case.scenario.requires


class Lock:
    """The lock of a run; in the process that the user started it makes and removes the file."""

    def __init__(self, config: pytest.Config) -> None:
        given: dict[str, Any] = getattr(config, "workerinput", {})
        self._path = Path(given[_KEY]) if _KEY in given else None
        self._made: Path | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker that is about to start where the lock is."""
        if self._made is None:
            handle, name = tempfile.mkstemp(prefix="sockharness-", suffix=".lock")
            os.close(handle)
            self._made = Path(name)
        node.workerinput[_KEY] = str(self._made)

    def pytest_unconfigure(self) -> None:
        """Remove the file."""
        if self._made is not None:
            self._made.unlink(missing_ok=True)

    @contextmanager
    def around(self, case: Case) -> Iterator[None]:
        """Hold the lock while a case runs."""
        if self._path is None:
            yield
            return
        import fcntl  # not on every system; neither is `-n` needed everywhere

        with self._path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX if alone(case) else fcntl.LOCK_SH)
            yield
