"""The pytest plugin: scenario files are test files, cases are test items.

Selection, parallel runs, reports and exit codes are pytest's. What stands here is the wiring:
options, which files are scenario files, and when the run begins and ends. `items.py` makes the
items, `bench.py` holds the drivers and runs cases, `recording.py` keeps the record of the run.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from harness.plugin import apart, files
from harness.plugin.bench import BENCH, Bench
from harness.plugin.items import CaseItem, ScenarioFile
from harness.plugin.options import add_options, options_of
from harness.plugin.programs import ProgramItem, ProgramsFile, is_programs_file
from harness.plugin.recording import RECORDING, Recording


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    add_options(parser)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make ready, without starting anything: a run of other people's tests costs nothing."""
    config.addinivalue_line("markers", "scenario: a case of a scenario file")
    lock = apart.Lock(config)
    config.pluginmanager.register(lock, "sockharness-lock")
    config.stash[BENCH] = Bench(options_of(config), lock)
    if not hasattr(config, "workerinput"):
        config.stash[RECORDING] = Recording(config)
        config.pluginmanager.register(config.stash[RECORDING], "sockharness-recording")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End every driver, whatever ended the run."""
    bench = config.stash.get(BENCH, None)
    if bench is not None:
        bench.close()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave workloads out of a run of everything; what is named is not asked about."""
    return True if files.is_kept_apart(collection_path) else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the YAML files that hold scenarios, and the files that list programs on trial."""
    if files.is_scenario_file(file_path, parent.session.config):
        return ScenarioFile.from_parent(parent, path=file_path)
    if is_programs_file(file_path, parent.session.config):
        return ProgramsFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """See that who is no driver is told once, by the process that the user started."""
    config = session.config
    if not hasattr(config, "workerinput") and not config.getoption("collectonly"):
        config.stash[BENCH].try_strangers()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put last what runs alone, and one after the other what the same two drivers do: they stay
    warm. Tell the bench what is timed together.

    Other people's tests keep their order."""
    pairs = {pair: place for place, pair in enumerate(config.stash[BENCH].options.pairs)}

    def place(item: pytest.Item) -> tuple[bool, int]:
        case = item.case if isinstance(item, CaseItem) else None
        return (apart.alone(case), pairs[case.pair]) if case else (False, 0)

    items.sort(key=place)
    config.stash[BENCH].timed.expect([item.case for item in items if isinstance(item, CaseItem)])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector thousands of cases that live to the end (two seconds of a whole run)."""
    if all(isinstance(item, CaseItem) for item in session.items):
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Hang the records of a case on its report: that is how they travel from a worker."""
    report = yield
    if isinstance(item, (CaseItem, ProgramItem)) and call.when == "call":
        report.sockharness = item.lines
    return report


def pytest_sessionstart(session: pytest.Session) -> None:
    """A polite end on SIGTERM: as on Ctrl-C, with drivers ended and the record closed."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt("SIGTERM")
