"""Programs on trial as pytest's collectors and items: `pytest pyproject.toml`.

A file that lists programs (`harness/trial/settings.py`) is taken when it is named on the command
line. An item is one check; the checks of one program share its process.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.plugin import files
from harness.plugin.bench import BENCH
from harness.plugin.outcome import conclude, told
from harness.trial import settings
from harness.trial.making import made
from harness.trial.target import WrongUse
from harness.trial.trials import Check, Pointless, trials


def is_programs_file(path: Path, config: pytest.Config) -> bool:
    """Whether a file is named and lists programs."""
    return (
        path.suffix in (".toml", ".yaml", ".yml")
        and files.named(path, config)
        and settings.has_programs(path)
    )


class ProgramsFile(pytest.File):
    """A file that lists programs."""

    def collect(self) -> Iterator[ProgramItem]:
        try:
            programs = settings.programs(self.path)
            for name, request in programs.items():
                rerun = shlex.join(["sockharness", "check", "--config", str(self.path), name])
                for trial in trials(request, rerun):
                    # It starts nothing before its first check.
                    self.config.add_cleanup(trial.close)
                    for check in trial.checks():
                        yield ProgramItem.from_parent(self, name=f"{name}::{check.id}", check=check)
        except WrongUse as problem:
            raise self.CollectError(str(problem)) from None


class ProgramItem(pytest.Item):
    """One check of one program. `lines` are its records, for the record of the run."""

    def __init__(self, *, check: Check, **rest: Any) -> None:
        super().__init__(**rest)
        self.check = check
        self.lines: list[dict[str, Any]] = []
        self.add_marker("scenario")

    def runtest(self) -> None:
        try:
            bench = self.config.stash[BENCH]
            record = made(self.check, bench.options.scripts, bench.captures)
        except Pointless as reason:
            pytest.skip(str(reason))
        except WrongUse as problem:
            pytest.fail(str(problem), pytrace=False)
        self.lines = [record.as_json()]
        conclude(self, record)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return told(excinfo) or super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name
