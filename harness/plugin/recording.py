"""The record of a run: opened when the first case comes, a line a case, closed whatever happens.

Lives in the process that the user started; with `-n`, workers send their records on their reports.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.plugin.items import CaseItem
from harness.plugin.options import options_of
from harness.records.environment import header, typed
from harness.records.model import (
    KINDS,
    CaseRecord,
    DriverRecord,
    Footer,
    LatencyRecord,
    ScenarioRecord,
)
from harness.records.results import Results
from harness.records.revision import revision
from harness.records.store import Store, StoreError
from harness.report import terminal

RECORDING: pytest.StashKey[Recording] = pytest.StashKey()


def _name(record: DriverRecord | ScenarioRecord) -> tuple[str, ...]:
    return (record.name,) if isinstance(record, DriverRecord) else (record.file, record.id)


class Recording:
    """What the run has shown so far, in memory and in its file."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.folder = options_of(config).results
        self.header = header(typed())
        self.store: Store | None = None
        self.trouble: str | None = None
        self.begun = time.monotonic()
        self.records: list[CaseRecord | LatencyRecord] = []
        self.told: set[tuple[str, ...]] = set()
        self.footer: Footer | None = None
        self.unreadable = False

    # --- the run ---------------------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Make sure of the results folder before anything runs that could be lost."""
        if any(isinstance(item, CaseItem) for item in session.items) and not self._collecting():
            try:
                self._open()
            except StoreError as problem:
                raise pytest.UsageError(f"{problem} (--results names another folder)") from None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a file that does not load: with `-n` pytest counts that as a failed test."""
        self.unreadable = self.unreadable or report.failed

    def _collecting(self) -> bool:
        return bool(self.config.getoption("collectonly"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the records that a case's report brings."""
        for line in getattr(report, "sockharness", ()):
            self._take(KINDS[line["kind"]].from_json(line))

    def _take(self, record: CaseRecord | LatencyRecord | DriverRecord | ScenarioRecord) -> None:
        if isinstance(record, (DriverRecord, ScenarioRecord)):
            # Each worker tells it; the record has it once.
            if _name(record) in self.told:
                return
            self.told.add(_name(record))
        else:
            self.records.append(record)
        try:
            self._open()
            if self.store is not None:
                self.store.append(record)
        except StoreError as problem:
            self.trouble = self.trouble or str(problem)

    def _open(self) -> None:
        if self.store is None and self.folder is not None and self.trouble is None:
            self.header = header(self.header.command, revision=revision(Path.cwd()))
            self.store = Store.open(self.folder, self.header)

    # --- the end ---------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Close the record. A run whose record is not whole has not done what it was asked."""
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldstop)
        self._close(complete=not interrupted)
        if self.trouble is not None and exitstatus in (0, 1):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif self.unreadable and exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _close(self, complete: bool) -> None:
        seconds = time.monotonic() - self.begun
        why = None if complete else "interrupted"
        self.footer = Footer(complete=complete, seconds=seconds, why=why)
        try:
            if self.store is not None:
                self.footer = self.store.close(complete=complete, seconds=seconds, why=why)
        except StoreError as problem:
            self.trouble = self.trouble or str(problem)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what the run showed, from the same records that the file has."""
        if self.records:
            terminalreporter.ensure_newline()
            out = terminal.console(terminalreporter._tw._file)
            terminal.report(self.results(), out, heading=False, full=False)
            if self.trouble is not None:
                out.print(f"the record is not whole: {self.trouble}", style="bold red")

    def results(self) -> Results:
        """Everything so far, as a file of results would give it."""
        return Results(
            header=self.header,
            cases=tuple(r for r in self.records if isinstance(r, CaseRecord)),
            latencies=tuple(r for r in self.records if isinstance(r, LatencyRecord)),
            footer=self.footer,
            path=self.store.path if self.store else None,
        )
