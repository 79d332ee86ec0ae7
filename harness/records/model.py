"""What the lines of a results file say, as dataclasses. Pure.

This module owns the format: its number, its history, its fields, and what must agree before two
files are joined. It does not know where lines come from or go to (`store.py`), nor how they look
to a reader (`harness/report/`). `results/README.md` tells the same to people; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from harness.records.evidence import Data, Failure, SocketView, TimelineEntry
from harness.records.line import RecordLine
from harness.records.measured import ComparisonRecord, LatencyRecord, MeasurementRecord
from harness.records.shape import WrongShape, build
from harness.verdicts import UNEXPECTED, Verdict

__all__ = [
    "FORMAT",
    "MUST_AGREE",
    "MUST_AGREE_TO_COMPARE_TIMES",
    "CaseRecord",
    "ComparisonRecord",
    "Data",
    "DriverRecord",
    "Expectation",
    "Failure",
    "Footer",
    "Header",
    "LatencyRecord",
    "MeasurementRecord",
    "Record",
    "ScenarioRecord",
    "SocketView",
    "Timed",
    "TimelineEntry",
]

# Every version of the format. A new field with a default needs no new version, for readers pass
# over what they do not know; a changed meaning, a removed field or a required one does.
#
#   1  sockharness 0.1   header, driver, case, latency, footer
FORMAT = 1

# What must agree before the verdicts of two files are joined: the same scenarios, checked by the
# same rules. Host, system and interpreter may differ: to join those is what matrices are for.
MUST_AGREE = ("format", "revision", "environment.harness")

# What must agree, besides, before the latencies of two files may be compared.
MUST_AGREE_TO_COMPARE_TIMES = (
    "environment.host",
    "environment.kernel",
    "environment.cpu",
    "environment.cpus",
    "environment.governor",
)


@dataclass(frozen=True, kw_only=True)
class Header(RecordLine):
    """The first line: what was run, when, where, on what.

    `started` is UTC, as in 2026-11-20T07:00:00Z. `revision` is the git commit, with `-dirty` when
    the tree was changed. `drivers` has the greeting of each implementation by its name. `runs` has
    the headers of the files which were joined, by the name that their records carry in `run`.
    """

    kind: ClassVar[str] = "header"
    format: int = FORMAT
    command: tuple[str, ...]
    started: str
    revision: str | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    drivers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    runs: Mapping[str, Header] = field(default_factory=dict)

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Header:
        """Read a header. The number of the format is looked at before anything else."""
        number = line.get("format")
        if isinstance(number, int) and number > FORMAT:
            raise WrongShape(
                f"format {number} is newer than this sockharness, which reads up to {FORMAT}: "
                "upgrade it to read this file"
            )
        return build(cls, line)

    def fact(self, name: str) -> Any:
        """Return the fact of a dotted name out of the tuples above; None when it is not known."""
        whole, _, part = name.partition(".")
        value = getattr(self, whole)
        return value.get(part) if part else value


@dataclass(frozen=True, kw_only=True)
class DriverRecord(RecordLine):
    """A driver's greeting, for drivers that start after the header was written."""

    kind: ClassVar[str] = "driver"
    name: str
    hello: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ScenarioRecord(RecordLine):
    """A scenario as its file has it, written once when the first of its cases was run.

    `text` begins with line `line` of the file and ends with the scenario.
    """

    kind: ClassVar[str] = "scenario"
    id: str
    file: str
    line: int
    text: str
    tags: tuple[str, ...] = ()
    contract: str = ""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A deviation that is listed beside the scenarios: `known` always shows, `flaky` at times."""

    kind: Literal["known", "flaky"]
    reason: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class CaseRecord(RecordLine):
    """What one case showed. The verdict is the worse of `data` and `closing`.

    `branches` has, by `line:column` of the step, the name of the outcome that came. `why` is one
    sentence: the guard that was not met, what is not supported. `run` is set by joining alone.
    """

    kind: ClassVar[str] = "case"
    id: str
    scenario: str
    family: str
    claim: str
    spec: tuple[str, ...] = ()
    transport: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    implementations: Mapping[str, str]
    verdict: Verdict
    data: Verdict
    closing: Verdict | None = None
    branches: Mapping[str, str] = field(default_factory=dict)
    file: str
    line: int
    seconds: float
    waiting: float = 0.0
    calling: float = 0.0
    why: str | None = None
    observed: Mapping[str, Any] = field(default_factory=dict)
    expectation: Expectation | None = None
    failure: Failure | None = None
    run: str | None = None

    @property
    def stale(self) -> bool:
        """A deviation is listed as known, and the case passes: the list has to be corrected."""
        known = self.expectation is not None and self.expectation.kind == "known"
        return known and self.verdict == "pass"

    @property
    def foretold(self) -> bool:
        """A listed deviation explains the verdict. None explains `broken`: that fault is ours."""
        return self.expectation is not None and self.verdict in UNEXPECTED - {"broken"}

    @property
    def unexpected(self) -> bool:
        """Somebody must look at this: the run is not a success."""
        return self.stale or (self.verdict in UNEXPECTED and not self.foretold)


@dataclass(frozen=True, kw_only=True)
class Footer(RecordLine):
    """The last line. `counts` is of the whole run, `lost` says how many lines were not written."""

    kind: ClassVar[str] = "footer"
    complete: bool
    why: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float
    lost: int = 0


Timed = LatencyRecord | ComparisonRecord | MeasurementRecord
Record = Header | DriverRecord | ScenarioRecord | CaseRecord | Timed | Footer

# What a line of a file can be, by its `kind`; in the order in which they are described.
KINDS: Mapping[str, Any] = {each.kind: each for each in get_args(Record)}
