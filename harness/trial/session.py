"""One program gone through: its checks made, its record kept, scripts of its findings written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from harness.engine.captures import Captures
from harness.records.environment import header, typed
from harness.records.model import CaseRecord, DriverRecord, Footer, ScenarioRecord
from harness.records.results import Results
from harness.records.revision import revision
from harness.records.store import Store, StoreError
from harness.trial.check import Pointless
from harness.trial.making import made
from harness.trial.request import Request
from harness.trial.target import PROGRAM, WrongUse
from harness.trial.trials import Trial, trials


class Session:
    """A program, by the name that reports give it. `only`: checks with this in their id; `scripts`
    and `results`: the folders where those go; `capture`: packets are kept too. `trouble` says what
    of the record was lost."""

    def __init__(
        self,
        name: str,
        request: Request,
        only: str = "",
        scripts: Path | None = None,
        results: Path | None = None,
        capture: bool = False,
    ) -> None:
        self.name = name
        self.records: list[CaseRecord] = []
        self.scenarios: dict[str, ScenarioRecord] = {}
        self.not_made: list[str] = []
        self.footer: Footer | None = None
        self.trouble: str | None = None
        self._request = request
        self._only = only
        self._scripts = scripts
        self._folder = results
        self._captures = Captures(results) if capture else None
        self._header = header(typed())
        self._store: Store | None = None

    def go(self, progress: Callable[[CaseRecord], None]) -> None:
        """Make every check. Raise WrongUse, also when none was made, and StoreError when no record
        can be begun.

        However it ends, `records` and `footer` tell how far it came."""
        begun, complete = time.monotonic(), False
        try:
            for trial in trials(self._request, self._request.command()):
                with trial:
                    self._go_through(trial, progress)
            complete = True
        finally:
            if self._captures is not None:
                self._captures.close()
            self._end(complete, time.monotonic() - begun)
        if not self.records:
            reasons = self.not_made or [f"no check has {self._only!r} in its id"]
            raise WrongUse(reasons[0])

    def results(self) -> Results:
        """What reports are made of."""
        lost = [f"{len(self.not_made)} checks were not made: {one}" for one in self.not_made[:1]]
        path = self._store.path if self._store is not None else None
        return Results(
            header=self._header,
            cases=tuple(self.records),
            scenarios=tuple(self.scenarios.values()),
            footer=self.footer,
            warnings=tuple(lost),
            path=path,
        )

    def _go_through(self, trial: Trial, progress: Callable[[CaseRecord], None]) -> None:
        for check in trial.checks():
            if self._only not in check.id:
                continue
            try:
                record = made(check, self._scripts, self._captures)
            except Pointless as reason:
                self.not_made.append(f"{check.id}: {reason}")
                continue
            self.records.append(record)
            if check.scenario is not None and check.scenario.id not in self.scenarios:
                self.scenarios[check.scenario.id] = check.scenario
                self._keep(check.scenario)
            self._keep(record)
            progress(record)

    # --- the record ------------------------------------------------------------------------------

    def _keep(self, record: CaseRecord | ScenarioRecord) -> None:
        if self._folder is None:
            return
        if self._store is None:
            self._header = header(self._header.command, revision=revision(Path.cwd()))
            self._store = Store.open(self._folder, self._header)
            where = ", ".join(self._request.transport) or "its transports"
            hello = {"implementation": self.name, "version": self._request.kind, "runtime": where}
            self._append(DriverRecord(name=PROGRAM, hello=hello))
        self._append(record)

    def _append(self, record: CaseRecord | DriverRecord | ScenarioRecord) -> None:
        assert self._store is not None
        try:
            self._store.append(record)
        except StoreError as problem:
            self.trouble = self.trouble or str(problem)

    def _end(self, complete: bool, seconds: float) -> None:
        why = None if complete else "interrupted"
        self.footer = Footer(complete=complete, seconds=seconds, why=why)
        if self._store is not None:
            try:
                self.footer = self._store.close(complete=complete, seconds=seconds, why=why)
            except StoreError as problem:
                self.trouble = self.trouble or str(problem)
