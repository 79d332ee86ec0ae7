"""The record of a command that times: opened before it begins, closed whatever happens.

Without a folder the results are only held in memory. A record that cannot be written loses nothing
of what is shown: what went wrong is kept as `trouble`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import click

from harness.records.environment import header, typed
from harness.records.model import CaseRecord, DriverRecord, Footer, Timed
from harness.records.results import Results, collected
from harness.records.revision import revision
from harness.records.store import Store, StoreError

Line = CaseRecord | DriverRecord | Timed


class Keeper:
    """Keeps the lines of one run. Raise click.UsageError when the folder cannot be written to."""

    def __init__(self, where: str) -> None:
        self._begun = time.monotonic()
        self._header = header(typed(), revision=revision(Path.cwd()))
        self._store: Store | None = None
        self.trouble: str | None = None
        if where != "none":
            try:
                self._store = Store.open(Path(where), self._header)
            except StoreError as problem:
                raise click.UsageError(f"{problem} (--results names another folder)") from None

    def keep(self, lines: Iterable[Line], interrupted: bool = False) -> Results:
        """Write the lines and end the record; return them as a file of results would give them."""
        held: list[Line] = []
        for line in lines:
            held.append(line)
            self._write(line)
        footer = self._close("interrupted" if interrupted else None)
        path = self._store.path if self._store else None
        return collected(self._header, held, footer, path)

    def _write(self, line: Line) -> None:
        try:
            if self._store is not None:
                self._store.append(line)
        except StoreError as problem:
            self.trouble = self.trouble or str(problem)

    def _close(self, why: str | None) -> Footer:
        seconds = time.monotonic() - self._begun
        try:
            if self._store is not None:
                return self._store.close(complete=why is None, seconds=seconds, why=why)
        except StoreError as problem:
            self.trouble = self.trouble or str(problem)
        return Footer(complete=why is None, why=why, seconds=seconds)
