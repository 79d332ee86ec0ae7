"""A `socket`-compatible module on trial: the reference driver with that module, the whole corpus.

What the kernel itself is known to do otherwise is known here too: the deviations that stand beside
the scenarios count for the module as they count for the standard library's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from harness import plan
from harness.drivers import registry
from harness.engine.case import blank_record, facts_of, run_case, scenario_record
from harness.engine.faults import DriverError
from harness.engine.pool import Pool
from harness.engine.settings import Settings
from harness.language.model import ACTORS
from harness.plan import Case
from harness.records.model import CaseRecord
from harness.reproducing import whole
from harness.trial import corpus
from harness.trial.check import Check
from harness.trial.sentences import as_spec
from harness.trial.target import WrongUse

SENTENCE = "module.1"


class ModuleTrial:
    """All cases of the corpus for one module. A context manager; `close` ends the drivers."""

    def __init__(
        self,
        module: str,
        transports: Collection[str],
        settings: Settings,
        interpreter: str | None = None,
        rerun: str = "",
    ) -> None:
        at = f"@{interpreter}" if interpreter else ""
        self.name = f"{registry.MODULE}{module}{at}"
        self._command = registry.resolve(self.name).argv
        self._transports = frozenset(transports) or None
        self._settings = settings
        self._rerun = rerun
        self._pool = Pool()

    def __enter__(self) -> ModuleTrial:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the drivers."""
        self._pool.close()

    def checks(self) -> Iterator[Check]:
        """Every case; none is made yet. Raise WrongUse when there is no such module."""
        self._must_start()
        pair = (self.name, self.name)
        for case in plan.cases(corpus.behaviours(), [pair], self._transports):
            yield Check(
                case.id,
                (SENTENCE,),
                lambda case=case: self._made(case),  # type: ignore[misc]
                lambda record: whole.script(record.failure),
                scenario=scenario_record(case.scenario),
            )

    def _must_start(self) -> None:
        try:
            driver = self._pool.acquire(self._command, "server")
        except DriverError as problem:
            said = problem.explain().strip().splitlines()[-1].lstrip(" |")
            raise WrongUse(f"{self.name.partition(':')[2]} cannot be tried: {said}") from None
        self._pool.release(driver, dirty=False)

    def _made(self, case: Case) -> CaseRecord:
        try:
            record = self._run(case)
        except DriverError as problem:
            record = _blamed(blank_record(case, "broken", problem.explain()))
        return replace(record, spec=(*record.spec, *as_spec(SENTENCE)))

    def _run(self, case: Case) -> CaseRecord:
        rerun = f"{self._rerun} -k {case.scenario.id}" if self._rerun else ""
        with self._pool.lent(dict.fromkeys(ACTORS, self._command)) as loan:
            result = run_case(case, loan.drivers, self._settings, rerun)
            loan.clean = result.clean
            facts = facts_of(case, loan.drivers)
            known = corpus.known().of(case.id, facts)
            record = replace(_blamed(result.record), expectation=known)
            return whole.told(record, case, facts, self._settings)


def _blamed(record: CaseRecord) -> CaseRecord:
    """What is broken is the module: the same driver is right on the standard library's."""
    return replace(record, verdict="fail", data="fail") if record.verdict == "broken" else record
