"""The timed cases of one process of the run: which are measured together, and what was found.

Those that belong together (one scenario, every transport, size and implementation of the run) are
measured in one go, in turns, when the first of them comes up; the others then only collect their
result.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from harness.engine import requirements
from harness.engine.case import blank_record
from harness.engine.pool import Pool
from harness.measuring import entrants, latency, placement
from harness.measuring.latency import LatencyResult
from harness.measuring.opening import fresh
from harness.measuring.statistics import compare
from harness.plan import Case
from harness.plugin.apart import Lock
from harness.plugin.options import Options
from harness.records.model import CaseRecord, LatencyRecord


class Timed:
    """The cases to come, by scenario, and what was measured, by case."""

    def __init__(self, options: Options, lock: Lock, make_pool: Callable[[], Pool]) -> None:
        self._options = options
        self._lock = lock
        self._make_pool = make_pool
        self._cases: dict[str, list[Case]] = defaultdict(list)
        self._measured: dict[str, LatencyResult] = {}

    def expect(self, cases: Sequence[Case]) -> None:
        """Learn which cases are to come."""
        for case in cases:
            if case.workload is not None:
                self._cases[case.scenario.id].append(case)

    def run(self, case: Case) -> tuple[CaseRecord, LatencyRecord | None]:
        """Return the record of a case and its figures; measure first what nobody has measured."""
        reason = requirements.transport_missing(case.transport)
        if any(self._options.settings.hosts.values()):
            reason = "latency is measured between processes of one host"
        if reason is not None:
            return blank_record(case, "unsupported", reason), None
        if case.id not in self._measured:
            together = [one for one in self._cases[case.scenario.id] if _possible(one)]
            measure = functools.partial(self._measure, together)
            self._measured |= self._lock.once(case.scenario.id, measure)
        result = self._measured[case.id]
        record = blank_record(case, result.verdict, result.why)
        if result.verdict != "pass":
            return record, None
        return record, LatencyRecord(
            id=case.id,
            scenario=case.scenario.id,
            implementations=record.implementations,
            **_known_fields(result.as_json()),
        )

    def _measure(self, cases: Sequence[Case]) -> dict[str, LatencyResult]:
        """Measure all of them together, in turns; beside them a twin of the first, and floors."""
        everybody = entrants.table(cases)
        results = latency.measure(
            [one.variant for one in everybody],
            fresh({one.variant.pair: one.commands for one in everybody}, make_pool=self._make_pool),
            budget=self._options.latency_seconds / latency.LAUNCHES,
            launches=latency.LAUNCHES,
            placement=placement.choose(self._options.placement),
            seed=cases[0].scenario.id,
        )
        return {one.id: result for one, result in zip(everybody, results, strict=True)}

    def samples(self, case: Case) -> Sequence[int]:
        """The round trips of a measured case in ns."""
        return self._measured[case.id].samples

    def beside(self, case: Case) -> dict[str, float]:
        """What stands beside the figures of a measured case: the floor in µs and the ratio to it,
        and the noise: how far a twin of the first case was off, in percent. What is not known is
        left out."""
        found: dict[str, float] = {}
        floor = self._measured.get(entrants.floor_of(case))
        if floor is not None and floor.summary is not None:
            found["floor"] = floor.summary.p50
            found["over_floor"] = compare(floor.centres, self._measured[case.id].centres).ratio
        first = self._cases[case.scenario.id][0].id
        twin, reference = self._measured.get(entrants.twin_of(first)), self._measured.get(first)
        if twin and twin.centres and reference and reference.centres:
            ratio = compare(reference.centres, twin.centres).ratio
            found["noise_percent"] = 100 * abs(ratio - 1)
        return found


def _possible(case: Case) -> bool:
    return requirements.transport_missing(case.transport) is None


def _known_fields(found: dict[str, Any]) -> dict[str, Any]:
    names = LatencyRecord.__dataclass_fields__
    return {name: value for name, value in found.items() if name in names}
