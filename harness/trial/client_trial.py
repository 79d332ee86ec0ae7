"""One client program on trial: its looks as checks, each of them made, to a record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from harness.plan import DEFAULT_IMPLEMENTATION
from harness.records.model import CaseRecord
from harness.trial import clients, corpus, records
from harness.trial.check import Check
from harness.trial.clients import Act
from harness.trial.look_scripts import client_script
from harness.trial.site import Site
from harness.trial.target import PROGRAM, Target

SENTENCES = frozenset(act.sentence for act in clients.ACTS)


class ClientTrial:
    """All looks at one client. A context manager; nothing runs between two looks."""

    def __init__(self, target: Target, promises_within: float, rerun: str = "") -> None:
        self.target = target
        self._promises_within = promises_within
        self._rerun = rerun

    def __enter__(self) -> ClientTrial:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is left open between two looks."""

    def checks(self) -> Iterator[Check]:
        """Every look; none is made yet."""
        for act in clients.acts(self.target.transport):
            name = f"client.{act.name}[{self.target.transport}-client={PROGRAM}]"
            yield self._check(act, name)

    def _check(self, act: Act, name: str) -> Check:
        parts = (corpus.sources(), act.name, self.target, self._promises_within)
        return Check(
            name,
            (act.sentence,),
            lambda: self._made(act, name),
            lambda record: client_script(*parts, record),
        )

    def _made(self, act: Act, name: str) -> CaseRecord:
        blank = records.blank(
            name,
            (act.sentence,),
            act.claim,
            self.target.transport,
            {"server": DEFAULT_IMPLEMENTATION, "client": PROGRAM},
            {},
        )
        begun = time.monotonic()
        with Site(self.target) as site:
            ran = clients.perform(act, site, self._promises_within)
            done = site.diary.entries()
        finding = clients.wanted(act, ran)
        if finding is not None:
            rerun = f"{self._rerun} -k {blank.scenario}" if self._rerun else ""
            blank = records.found(blank, finding, rerun, ran.errors, done)
        seconds = time.monotonic() - begun
        return replace(blank, seconds=seconds, calling=seconds)
