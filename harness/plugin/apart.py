"""Keeping cases apart when several processes run them at once (`-n`).

A case that measures, or that shares something machine-wide (`requires: [alone]`), runs while no
other case does: it takes a file lock exclusively that the others share. Such cases are put last, so
that nobody waits for long. What is measured in turns is measured by the first process that comes to
it, for all of them. Without `-n` there is one process, and nothing to lock or share.
"""

from __future__ import annotations

import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from harness.plan import Case

_KEY = "sockharness_run"
T = TypeVar("T")


def alone(case: Case) -> bool:
    """Whether nothing else may run beside the case."""
    return case.workload is not None or "alone" in case.scenario.requires


class Lock:
    """The lock of a run, and what its processes share: a private folder of the run."""

    def __init__(self, config: pytest.Config) -> None:
        given: dict[str, Any] = getattr(config, "workerinput", {})
        self._folder = Path(given[_KEY]) if _KEY in given else None
        self._made: Path | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker that is about to start where the folder is."""
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="sockharness-run-"))
            (self._made / "lock").touch()
        node.workerinput[_KEY] = str(self._made)

    def pytest_unconfigure(self) -> None:
        """Remove the folder."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)

    @contextmanager
    def around(self, case: Case) -> Iterator[None]:
        """Hold the lock while a case runs."""
        if self._folder is None:
            yield
            return
        import fcntl  # not on every system; neither is `-n` needed everywhere

        with (self._folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX if alone(case) else fcntl.LOCK_SH)
            yield

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` makes, made by one of the processes only. Call it inside `around`."""
        if self._folder is None:
            return make()
        file = self._folder / f"{name}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(make()))
        found: T = pickle.loads(file.read_bytes())  # the folder is private: mkdtemp
        return found
