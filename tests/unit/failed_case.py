"""Records of cases as if they had failed, with the beginnings of their scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness import conditions
from harness.engine.case import blank_record
from harness.engine.settings import Settings
from harness.language.model import ACTORS, Actor
from harness.plan import Case
from harness.records.model import CaseRecord, Failure
from harness.reproducing import whole

RUNTIME = "CPython 3.11.2"


def facts(transport: str) -> Mapping[Actor, conditions.Facts]:
    """What a run of the reference driver would know."""
    return {actor: conditions.Facts(transport, "linux", (6, 1), RUNTIME) for actor in ACTORS}


def told(case: Case, **failure: Any) -> CaseRecord:
    """The record of a case that failed, with the beginning of its script."""
    seen = {"file": "x.yaml", "source": "", "step": "", "expected": "this", "actual": "that"}
    known: dict[str, Any] = {**seen, "line": 1, "column": 1, **failure}
    record = replace(blank_record(case, "fail"), failure=Failure(**known))
    return whole.told(record, case, facts(case.transport), Settings())


def failure_of(record: CaseRecord) -> Failure:
    """Its failure."""
    assert record.failure is not None
    return record.failure
