"""One target on trial: the list of checks, and each of them run, to a record.

A check is a case of the service's scenarios or a look at the program's life; both give records of
cases, so every report there is shows them. The program is started once and again after any check
that it failed, so that each finding stands alone; one that dies during a check has failed it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.drivers import registry
from harness.engine.case import blank_record, run_case, scenario_record
from harness.engine.faults import DriverError
from harness.engine.pool import Pool
from harness.engine.settings import Settings
from harness.engine.socket_views import Snapshot
from harness.engine.under_way import Drivers
from harness.plan import DEFAULT_IMPLEMENTATION, Case
from harness.records.model import CaseRecord, SocketView
from harness.trial import corpus, ending, holding, jamming, leniency, life, records
from harness.trial.check import Check, Pointless
from harness.trial.guard import MOST, Guard
from harness.trial.look import LOOKS, Finding, Look, Wrong
from harness.trial.look_scripts import look_script
from harness.trial.scripts import script
from harness.trial.sentences import named
from harness.trial.site import READY_WITHIN, NotReady, Site
from harness.trial.stand_in import StandIn
from harness.trial.target import PROGRAM, Target, WrongUse

__all__ = ["Check", "Pointless", "Trial", "ending", "holding", "jamming", "life"]

PAIR = (PROGRAM, DEFAULT_IMPLEMENTATION)
PATIENCE = Settings(deadline=5.0)
# A program that fails so many checks in a row answers nothing at all: to wait for the others costs
# minutes and tells nothing more.
GIVES_UP_AFTER = 6
# A failure of time alone must show that often: a busy machine is late now and then.
TRIES_IN_TIME = 3


class Trial:
    """All checks of one target. A context manager; `close` leaves nothing running."""

    def __init__(
        self,
        target: Target,
        settings: Settings = PATIENCE,
        ready_within: float = READY_WITHIN,
        rerun: str = "",
    ) -> None:
        self.target = target
        self.site = Site(target, ready_within)
        self._settings = settings
        self._rerun = rerun
        self._pool = Pool()
        self._failed_in_a_row = 0
        self._pointless: str | None = None

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program and the drivers."""
        self.site.close()
        self._pool.close()

    def checks(self) -> Iterator[Check]:
        """Every check, in the order in which they are best made: those that end it last."""
        looks = [one for one in LOOKS.values() if one.applies(self.target) and self._wanted(one)]
        first = [one for one in looks if one.name == "life.listens-where-told"]
        last = [one for one in looks if one.ends_it]
        for look in first:
            yield self._look(look)
        for case in corpus.cases(self.target.service, self.target.transport, PAIR):
            yield self._of(case)
        for look in looks:
            if look not in first and look not in last:
                yield self._look(look)
        for look in last:
            yield self._look(look)

    def _wanted(self, look: Look) -> bool:
        service, _, _ = look.name.partition(".")
        if look.name == "unix.path-has-the-mode" and self.target.path_mode is None:
            return False
        return service in ("life", "unix", self.target.service)

    def _of(self, case: Case) -> Check:
        return Check(
            case.id,
            named(case.scenario.spec),
            lambda: self._case(case),
            lambda record: script(case, self.target, record, corpus.prelude()),
            scenario_record(case.scenario),
        )

    def _look(self, look: Look) -> Check:
        return Check(
            self._id(look),
            look.sentences,
            lambda: self._life(look),
            lambda record: look_script(corpus.sources(), look, self.target, record),
        )

    def _id(self, look: Look) -> str:
        target = self.target
        return f"{look.name}[{target.transport}-service={target.service}-server={PROGRAM}]"

    # --- making one ------------------------------------------------------------------------------

    def _case(self, case: Case) -> CaseRecord:
        blank = blank_record(case, "pass")
        rerun = self._rerun_of(case.id)
        record = self._made(blank, lambda: self._run_case(case, rerun))
        for _ in range(TRIES_IN_TIME - 1):
            if not leniency.only_late(record):
                break
            record = self._made(blank, lambda: self._run_case(case, rerun))
        return leniency.judged(record, self.target)

    def _run_case(self, case: Case, rerun: str) -> CaseRecord:
        client = self._pool.acquire(registry.resolve(DEFAULT_IMPLEMENTATION).argv, "client")
        clean = False
        try:
            drivers: Drivers = {"server": StandIn(self.site), "client": client}
            with Guard(client.pid) as guard:
                result = run_case(case, drivers, self._settings, rerun)
            clean = result.clean
        finally:
            self._pool.release(client, dirty=not clean)
        if guard.fired:
            told = f"more than {MOST >> 20} MiB, and no end"
            return self._found(blank_record(case, "pass"), Wrong("an answer that ends", told))
        return result.record

    def _life(self, look: Look) -> CaseRecord:
        blank = records.blank(
            self._id(look),
            look.sentences,
            look.claim,
            self.target.transport,
            {"server": PROGRAM, "client": DEFAULT_IMPLEMENTATION},
            {"service": self.target.service},
        )
        return self._made(blank, lambda: self._seen(look, blank))

    def _seen(self, look: Look, blank: CaseRecord) -> CaseRecord:
        self.site.diary.clear()
        try:
            look.see(self.site)
        except Finding as finding:
            return self._found(blank, finding)
        except OSError as problem:  # ours: this machine let us not look
            return replace(blank, verdict="broken", data="broken", why=f"not looked at: {problem}")
        finally:
            if look.ends_it:
                self.site.down()
        return blank

    def _made(self, blank: CaseRecord, make: Callable[[], CaseRecord]) -> CaseRecord:
        """Make one check on a program that is up, and see that it is alive after it."""
        if self._pointless is not None:
            raise Pointless(self._pointless)
        begun = time.monotonic()
        try:
            self.site.up()
            record = make()
        except NotReady as problem:
            if not self.site.ours:
                raise WrongUse(str(problem)) from None
            self._pointless = f"the program does not get ready: {problem}"
            record = self._found(
                blank, Wrong("a program that listens where it was told", str(problem))
            )
        except DriverError as problem:
            record = replace(blank, verdict="broken", data="broken", why=problem.explain())
        if record.seconds == 0:  # a look, which makes its own calls
            seconds = time.monotonic() - begun
            record = replace(record, seconds=seconds, calling=seconds)
        return self._counted(self._alive(record))

    def _alive(self, record: CaseRecord) -> CaseRecord:
        how = self.site.died()
        if how is None:
            return record
        said = f"the program ended by itself with {how}"
        if record.failure is not None:
            return replace(record, why=said)
        return self._found(replace(record, why=said), Wrong("a program that runs on", said))

    def _counted(self, record: CaseRecord) -> CaseRecord:
        if record.verdict in ("pass", "unsupported"):
            self._failed_in_a_row = 0
            return record
        if record.verdict != "varies":
            self._failed_in_a_row += 1
        if self._failed_in_a_row >= GIVES_UP_AFTER:
            self._pointless = f"the last {GIVES_UP_AFTER} checks all failed"
        if self.site.ours:
            self.site.down()
        return record

    def _found(self, blank: CaseRecord, finding: Finding) -> CaseRecord:
        """The record of a look that found something."""
        rerun = self._rerun_of(blank.id)
        done = self.site.diary.entries()
        return records.found(blank, finding, rerun, self.site.output(), done, self._sockets())

    def _sockets(self) -> tuple[SocketView, ...]:
        snapshot = Snapshot.take()
        views = [v for pid in self.site.pids() for v in snapshot.of_process(pid, "server")]
        return tuple(view for view in views if view.local)[:20]

    def _rerun_of(self, case_id: str) -> str:
        name = case_id.partition("[")[0]
        return f"{self._rerun} -k {name}" if self._rerun else ""
