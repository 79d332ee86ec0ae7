"""The content of results files, and how several become one. Pure.

Joining loses nothing: each record keeps the name of the run it came from, each header is kept
under that name, and the same case from two runs stays two cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, TypeVar

from harness.records.model import (
    MUST_AGREE,
    MUST_AGREE_TO_COMPARE_TIMES,
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

T = TypeVar("T")


class Disagreement(ValueError):
    """Two files which cannot be joined; the text names what differs."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """One run, or several joined. `footer` is None when the run ended without writing one."""

    header: Header
    cases: tuple[CaseRecord, ...] = ()
    latencies: tuple[LatencyRecord, ...] = ()
    comparisons: tuple[ComparisonRecord, ...] = ()
    measurements: tuple[MeasurementRecord, ...] = ()
    scenarios: tuple[ScenarioRecord, ...] = ()
    footer: Footer | None = None
    warnings: tuple[str, ...] = ()
    path: PurePath | None = None
    joined: tuple[PurePath, ...] = ()

    @property
    def paths(self) -> tuple[PurePath, ...]:
        """The files that the results are from."""
        return self.joined if self.path is None else (self.path,)

    @property
    def stopped(self) -> str | None:
        """Why the run did not come to its end, as one sentence; None when it did."""
        if self.footer is None:
            return "no footer: the run was killed, or it is not over yet"
        if not self.footer.complete:
            return f"stopped early: {self.footer.why or 'no reason is recorded'}"
        return None


def collected(
    header: Header, lines: Iterable[Record], footer: Footer, path: PurePath | None
) -> Results:
    """Return what a file with these lines would be read as."""
    given = list(lines)

    def all_of(kind: type[T]) -> tuple[T, ...]:
        return tuple(line for line in given if isinstance(line, kind))

    greeted = {line.name: line.hello for line in all_of(DriverRecord)}
    return Results(
        header=replace(header, drivers={**header.drivers, **greeted}),
        cases=all_of(CaseRecord),
        latencies=all_of(LatencyRecord),
        comparisons=all_of(ComparisonRecord),
        measurements=all_of(MeasurementRecord),
        scenarios=all_of(ScenarioRecord),
        footer=footer,
        path=path,
    )


def group(several: Iterable[Results]) -> list[list[Results]]:
    """Put together the files which agree on what must agree, in the order they come."""
    groups: dict[str, list[Results]] = {}
    for one in several:
        groups.setdefault(str([one.header.fact(name) for name in MUST_AGREE]), []).append(one)
    return list(groups.values())


def merge(several: Sequence[Results]) -> Results:
    """Join runs into one. Raise Disagreement when their headers differ in what must agree."""
    if len(several) == 1:
        return several[0]
    for name in MUST_AGREE:
        _demand(name, several)
    names = run_names(several)
    named = list(zip(names, several, strict=True))
    return Results(
        header=_header(named),
        cases=tuple(replace(case, run=name) for name, one in named for case in one.cases),
        latencies=tuple(replace(line, run=name) for name, one in named for line in one.latencies),
        comparisons=tuple(replace(c, run=name) for name, one in named for c in one.comparisons),
        measurements=tuple(replace(m, run=name) for name, one in named for m in one.measurements),
        scenarios=tuple(dict.fromkeys(text for one in several for text in one.scenarios)),
        footer=_footer(named),
        warnings=(
            *(f"{name}: {text}" for name, one in named for text in one.warnings),
            *_doubts(several),
        ),
        joined=tuple(path for one in several for path in one.paths),
    )


def run_names(several: Sequence[Results]) -> list[str]:
    """Name each run by its file; by the whole path where two files are called the same."""
    paths = [one.paths[0] if one.paths else PurePath(f"run-{at}") for at, one in enumerate(several)]
    stems = [path.stem for path in paths]
    return stems if len(set(stems)) == len(stems) else [str(path) for path in paths]


def difference(names: Iterable[str], several: Sequence[Results]) -> str | None:
    """Return the first fact that differs, with both readings; None when all agree."""
    (first, whose), *others = zip(several, run_names(several), strict=True)
    for name in names:
        here, short = first.header.fact(name), name.removeprefix("environment.")
        for other, run in others:
            there = other.header.fact(name)
            if here != there:
                return f"{short} differs: {_said(here)} in {whose}, {_said(there)} in {run}"
    return None


def _said(fact: Any) -> str:
    return "unknown" if fact is None else str(fact)


def _demand(name: str, several: Sequence[Results]) -> None:
    text = difference([name], several)
    if text:
        raise Disagreement(text)


def _header(named: Sequence[tuple[str, Results]]) -> Header:
    headers = {name: one.header for name, one in named}
    first, *others = headers.values()
    return Header(
        command=("sockharness", "show", *(str(path) for _, one in named for path in one.paths)),
        started=min(header.started for header in headers.values()),
        revision=first.revision,
        environment={
            key: value
            for key, value in first.environment.items()
            if all(other.environment.get(key) == value for other in others)
        },
        drivers=dict(pair for header in headers.values() for pair in header.drivers.items()),
        runs=headers,
    )


def _footer(named: Sequence[tuple[str, Results]]) -> Footer:
    stops = [f"{name}: {one.stopped}" for name, one in named if one.stopped]
    footers = [one.footer for _, one in named if one.footer]
    counts: Counter[str] = Counter(case.verdict for _, one in named for case in one.cases)
    return Footer(
        complete=not stops,
        why="; ".join(stops) or None,
        counts=dict(counts),
        seconds=sum(footer.seconds for footer in footers),
        lost=sum(footer.lost for footer in footers),
    )


def _doubts(several: Sequence[Results]) -> Iterable[str]:
    """Say what joining cannot put right."""
    revision = several[0].header.revision
    if revision is not None and revision.endswith("-dirty"):
        yield "the runs were made from changed trees: whether from the same, nobody can say"
    timed = [one for one in several if one.latencies]
    text = difference(MUST_AGREE_TO_COMPARE_TIMES, timed) if len(timed) > 1 else None
    if text:
        yield f"latencies of these runs cannot be compared with each other: {text}"
