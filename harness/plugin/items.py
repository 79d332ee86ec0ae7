"""Scenario files and their cases as pytest's collectors and items.

An item is a `pytest.Function` with a callable of ours, so that fixtures work in it as in any test;
one with a workload takes the `benchmark` fixture, where pytest-benchmark is there.
"""

from __future__ import annotations

import gc
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import TerminalRepr

from harness import plan
from harness.engine.case import scenario_record
from harness.language import deviations, loader
from harness.language.deviations import Deviations
from harness.plan import Case
from harness.plugin.bench import BENCH
from harness.plugin.outcome import conclude, told
from harness.plugin.timing import SampleClock, replay
from harness.records.model import LatencyRecord, ScenarioRecord

_LISTS: pytest.StashKey[dict[Path, Deviations]] = pytest.StashKey()


class ScenarioError(Exception):
    """A file of scenarios, or the list of deviations beside it, that does not load."""


class ScenarioFile(pytest.File):
    """A YAML file of scenarios."""

    # What pytest.Function's fixture machinery looks at in a parent; a YAML file has no module.
    obj = None

    # The scenarios whose text has gone to the record.
    told: set[str]

    def collect(self) -> list[pytest.Item]:
        with _no_garbage():
            return list(self._items())

    def _items(self) -> Iterator[pytest.Item]:
        base = self.config.invocation_params.dir
        loaded = loader.load(self.path, loader.shown_path(self.path, base))
        if loaded.problems:
            raise ScenarioError(loaded.explain())
        known = _known(self.config, self.path.with_name(deviations.FILE_NAME))
        if known.problems:
            raise ScenarioError(known.explain())
        for tag in {tag for scenario in loaded.scenarios for tag in scenario.tags}:
            self.config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
        options = self.config.stash[BENCH].options
        self.told = set()
        for case in plan.cases(loaded.scenarios, options.pairs, options.transports):
            yield CaseItem.make(self, case, known)

    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        if isinstance(excinfo.value, ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Spare the collector a look at what all lives to the end: a quarter of the time of collecting
    thousands of cases, in each process of a run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _known(config: pytest.Config, listed: Path) -> Deviations:
    """The list of deviations beside a file, read once for all files of its folder."""
    lists = config.stash.setdefault(_LISTS, {})
    if listed not in lists:
        shown = loader.shown_path(listed, config.invocation_params.dir)
        lists[listed] = deviations.load(listed, shown)
    return lists[listed]


class CaseItem(pytest.Function):
    """One case as a test item. `lines` are its records, once it has run."""

    case: Case
    known: Deviations
    lines: list[dict[str, Any]]

    @classmethod
    def make(cls, parent: ScenarioFile, case: Case, known: Deviations) -> CaseItem:
        """Return the item of a case."""
        timed = case.workload is not None and parent.config.pluginmanager.hasplugin("benchmark")
        item: CaseItem = cls.from_parent(
            parent, name=case.id, callobj=_timed_case if timed else _case
        )
        item.case, item.known, item.lines = case, known, []
        if timed:
            item.add_marker(pytest.mark.benchmark(timer=SampleClock(), group=case.scenario.id))
        for word in ("scenario", *case.scenario.tags):
            item.add_marker(word)
        return item

    def run(self) -> LatencyRecord | None:
        """Run the case and keep its records; raise what pytest is to make of the verdict.

        Return what was measured, when the case is one that measures."""
        bench = self.config.stash[BENCH]
        record, extra = bench.run(self.case, self.known, self.rerun)
        self.lines = [one.as_json() for one in (*self._told(), record, *extra)]
        conclude(self, record)
        return next((one for one in extra if isinstance(one, LatencyRecord)), None)

    def _told(self) -> Iterator[ScenarioRecord]:
        """The scenario as written, with the first of its cases in this process."""
        scenario, file = self.case.scenario, self.parent
        assert isinstance(file, ScenarioFile)
        if scenario.id not in file.told:
            file.told.add(scenario.id)
            yield scenario_record(scenario)

    @property
    def rerun(self) -> str:
        """The one command which runs exactly this case again."""
        words = ["sockharness", "run", f"{self.case.scenario.file}::{self.case.id}"]
        if self.case.pair != plan.DEFAULT_PAIR:
            server, client = self.case.pair
            words += (
                ["--impl", server] if server == client else ["--server", server, "--client", client]
            )
        for side, addresses in self.config.stash[BENCH].options.settings.hosts.items():
            words += [word for address in addresses for word in (f"--{side}-host", address)]
        return shlex.join(words)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        return told(excinfo) or super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.scenario.place.line - 1, self.name


def _case(request: pytest.FixtureRequest) -> None:
    request.node.run()


def _timed_case(request: pytest.FixtureRequest, benchmark: Any) -> None:
    replay(request.node, benchmark)
