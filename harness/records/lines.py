"""Between records and the lines of a results file: one object of JSON each. Pure.

A file is read line by line into `Reader`, which knows the order that lines must have: the header
first, the footer last. It forgives what a killed run leaves behind, a torn last line and no footer,
and nothing else, for everything else is damage that the reader of a report has to hear of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from harness.records.model import (
    KINDS,
    CaseRecord,
    ComparisonRecord,
    DriverRecord,
    Footer,
    Header,
    LatencyRecord,
    MeasurementRecord,
    Record,
    ScenarioRecord,
)
from harness.records.results import Results
from harness.records.shape import WrongShape

_EXCERPT = 40
_SECOND_HEADER = "a second header: name the files one by one instead of putting them together"


def encode(record: Record) -> bytes:
    """Return the line of a record. Raise TypeError or ValueError when JSON has no such value."""
    # ASCII alone: whatever bytes a driver made a text of, they can be written and read again.
    return json.dumps(record.as_json(), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decode(line: bytes) -> Record | None:
    """Read a line. None for a kind that this version does not know; WrongShape for a bad line."""
    content = _parsed(line)
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        raise WrongShape(f"not a record: {_excerpt(line)}")
    kind = KINDS.get(content["kind"])
    return kind.from_json(content) if kind else None


@dataclass
class Reader:
    """Takes the lines of the file `path` one by one, and holds what they have said so far."""

    path: PurePath
    header: Header | None = None
    footer: Footer | None = None
    drivers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    cases: list[CaseRecord] = field(default_factory=list)
    latencies: list[LatencyRecord] = field(default_factory=list)
    comparisons: list[ComparisonRecord] = field(default_factory=list)
    measurements: list[MeasurementRecord] = field(default_factory=list)
    scenarios: list[ScenarioRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, number: int, line: bytes) -> None:
        """Take the line of that number. Raise WrongShape, with file and line, when it is wrong."""
        try:
            self._sort(number, decode(line))
        except WrongShape as problem:
            # Only a last line can lack its end: the run was killed while it was written.
            if line.endswith(b"\n") or self.header is None:
                what = "" if self.header else "not a results file: "
                raise WrongShape(f"{self.path}:{number}: {what}{problem}") from None
            self.warnings.append(f"line {number} is torn, and left out")

    def results(self) -> Results:
        """Return what was read. Raise WrongShape when there was nothing."""
        if self.header is None:
            raise WrongShape(f"{self.path}: empty; a results file begins with its header")
        self._compare_counts()
        return Results(
            header=replace(self.header, drivers={**self.header.drivers, **self.drivers}),
            cases=tuple(self.cases),
            latencies=tuple(self.latencies),
            comparisons=tuple(self.comparisons),
            measurements=tuple(self.measurements),
            scenarios=tuple(self.scenarios),
            footer=self.footer,
            warnings=tuple(self.warnings),
            path=self.path,
        )

    def _sort(self, number: int, record: Record | None) -> None:
        if isinstance(record, Header) is not (self.header is None):
            raise WrongShape(_SECOND_HEADER if self.header else "the header must come first")
        if self.footer is not None:
            raise WrongShape("nothing may follow the footer")
        if isinstance(record, Header):
            self.header = record
        elif isinstance(record, CaseRecord):
            self.cases.append(record)
        elif isinstance(record, LatencyRecord):
            self.latencies.append(record)
        elif isinstance(record, ComparisonRecord):
            self.comparisons.append(record)
        elif isinstance(record, MeasurementRecord):
            self.measurements.append(record)
        elif isinstance(record, ScenarioRecord):
            self.scenarios.append(record)
        elif isinstance(record, DriverRecord):
            self.drivers[record.name] = record.hello
        elif isinstance(record, Footer):
            self.footer = record
        else:
            self.warnings.append(f"line {number} is of a kind that this version does not know")

    def _compare_counts(self) -> None:
        said = sum(self.footer.counts.values()) if self.footer else len(self.cases)
        if said != len(self.cases):
            self.warnings.append(f"the run had {said} cases, {len(self.cases)} are in the record")


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise WrongShape(f"not JSON: {_excerpt(line)}") from None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _excerpt(line: bytes) -> str:
    text = line[:_EXCERPT].decode("utf-8", "backslashreplace").rstrip("\n")
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return f"“{shown}{'…' if len(line) > _EXCERPT else ''}”"
