"""The bench: the drivers of one process of the run, and the running of cases on them.

Cases are run one by one on warm drivers; those that are timed are `timed_cases.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from harness.drivers import registry
from harness.engine.any_driver import AnyDriver
from harness.engine.captures import Captures
from harness.engine.case import blank_record, facts_of, run_case
from harness.engine.faults import DriverError
from harness.engine.pool import Loan, Pool
from harness.engine.settings import Settings
from harness.language.deviations import Deviations
from harness.language.model import Actor
from harness.plan import Case
from harness.plugin.apart import Lock
from harness.plugin.options import Options
from harness.plugin.timed_cases import Timed
from harness.records.model import CaseRecord, DriverRecord, Expectation, LatencyRecord
from harness.reproducing import whole

Extra = list[LatencyRecord | DriverRecord]

# In seconds, for a call of a case whose deviation is listed: many of those are calls that hang.
KNOWN_DEADLINE = 1.0


class Bench:
    """Everything that one process needs to run cases. Nothing starts before the first case."""

    def __init__(self, options: Options, lock: Lock, make_pool: Callable[[], Pool] = Pool) -> None:
        self.options = options
        self._lock = lock
        self._make_pool = make_pool
        self.captures = Captures(options.results) if options.capture else None
        self._pool: Pool | None = None
        self._prepared: set[tuple[str, str]] = set()
        self._told: set[str] = set()
        self.timed = Timed(options, lock, make_pool)

    def try_strangers(self) -> None:
        """Have every driver that is not ours greet before anything runs.

        All cases of one that does not are broken, each for the same reason: raise
        pytest.UsageError, which says it once."""
        for name in dict.fromkeys(name for pair in self.options.pairs for name in pair):
            if not registry.ships(name):
                try:
                    driver = self.pool.acquire(registry.resolve(name).argv, "server")
                except DriverError as problem:
                    raise pytest.UsageError(_no_driver(name, problem)) from None
                self.pool.release(driver, dirty=False)

    def run(self, case: Case, known: Deviations, rerun: str) -> tuple[CaseRecord, Extra]:
        """Run one case. Return its record, and the further records that belong to it."""
        with self._lock.around(case):
            if case.workload is None:
                return self._stepped(case, known, rerun)
            record, measured = self.timed.run(case)
            return record, [measured] if measured is not None else []

    def _stepped(self, case: Case, known: Deviations, rerun: str) -> tuple[CaseRecord, Extra]:
        try:
            with self._lent(case) as loan:
                drivers = loan.drivers
                facts = facts_of(case, drivers)
                expectation = known.of(case.id, facts)
                settings = _patience(self.options.settings, expectation)
                if self.captures is not None:
                    self.captures.begin(case.transport)
                result = run_case(case, drivers, settings, rerun)
                record = replace(result.record, expectation=expectation)
                if self.captures is not None:  # before a driver that is ended says more
                    record = self.captures.end(record, result.names)
                record = self._with_script(whole.told(record, case, facts, self.options.settings))
                loan.clean = result.clean
                extra: Extra = list(self._introduced(case, drivers))
        except DriverError as problem:
            return blank_record(case, "broken", problem.explain()), []
        return record, extra

    def _with_script(self, record: CaseRecord) -> CaseRecord:
        options = self.options
        if options.scripts is None or not (record.unexpected or options.deviations):
            return record
        text = whole.script(record.failure)
        return whole.kept(record, text, options.scripts) if text else record

    def _introduced(self, case: Case, drivers: Mapping[Actor, AnyDriver]) -> Iterator[DriverRecord]:
        """Who the drivers are, once for each implementation in this process."""
        for (actor, driver), command in zip(drivers.items(), case.pair, strict=True):
            name = case.implementations[actor]
            if name not in self._told:
                self._told.add(name)
                yield DriverRecord(name=name, hello=driver.hello.as_json() | _installed(command))

    def close(self) -> None:
        """End every driver."""
        if self.captures is not None:
            self.captures.close()
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    # --- drivers ---------------------------------------------------------------------------------

    @property
    def pool(self) -> Pool:
        """The warm drivers; made when the first case needs them."""
        if self._pool is None:
            self._pool = self._make_pool()
        return self._pool

    def _lent(self, case: Case) -> AbstractContextManager[Loan]:
        """Lend two drivers."""
        commands = _commands(case)
        if case.pair not in self._prepared:
            # Both at once: starting is most of what a short run costs.
            self._prepared.add(case.pair)
            self.pool.prepare([(command, actor) for actor, command in commands.items()])
        return self.pool.lent(commands)


def _patience(settings: Settings, expectation: Expectation | None) -> Settings:
    """What is known to deviate, and hangs, is not waited for as long as what should not."""
    if expectation is None:
        return settings
    return replace(settings, deadline=min(settings.deadline, KNOWN_DEADLINE))


def _installed(command: str) -> dict[str, list[str]]:
    """The packages that were put into an environment for an implementation, for its record."""
    packages = registry.resolve(command).packages
    return {"packages": list(packages)} if packages else {}


def _no_driver(name: str, problem: DriverError) -> str:
    """One sentence, with what the program said last: most often that tells why."""
    said = problem.stderr.strip().rpartition("\n")[2]
    return f"`{name}` is no driver: {problem.sentence}" + (f" ({said})" if said else "")


def _commands(case: Case) -> dict[Actor, tuple[str, ...]]:
    """What starts the driver of each actor."""
    server, client = (registry.resolve(name).argv for name in case.pair)
    return {"server": server, "client": client}


BENCH: pytest.StashKey[Bench] = pytest.StashKey()
