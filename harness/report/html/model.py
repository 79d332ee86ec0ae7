"""Everything that the page knows, as one object of plain data. Pure.

A matrix of a thousand claims and twenty columns has some ten thousand to a hundred thousand cases.
So a case that passed is one sign in a string: `cells[claim][column]` has a sign for each variant of
the claim, in their order. What a case has to tell beyond its sign is in `evidence`, the worst
first, and `told` says whose it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.records.model import CaseRecord, Header
from harness.records.results import Results, run_names
from harness.report.columns import variant
from harness.report.html.doubts import doubts
from harness.report.html.evidence import evidence
from harness.report.html.sides import Side, Sides
from harness.report.html.texts import shown, shown_value
from harness.report.html.timing import timings
from harness.report.matrix import SIGNS, sign_of

NOT_TRIED = " "
_RANK = {sign: rank for rank, (sign, _, _) in enumerate(SIGNS)}


@dataclass
class _Row:
    """A claim: what its first case says of it, its variants, and the cases of each column."""

    case: CaseRecord
    variants: dict[str, int] = field(default_factory=dict)
    cases: dict[tuple[int, int], tuple[int, CaseRecord]] = field(default_factory=dict)

    def take(self, record: int, side: int, case: CaseRecord) -> None:
        at = self.variants.setdefault(variant(case), len(self.variants))
        self.cases[side, at] = record, case

    def cells(self, sides: int) -> list[str]:
        """The signs of each column, in the order of the variants."""
        return [
            "".join(self._sign(side, at) for at in self.variants.values()).rstrip()
            for side in range(sides)
        ]

    def _sign(self, side: int, at: int) -> str:
        found = self.cases.get((side, at))
        return sign_of(found[1]) if found else NOT_TRIED


def page_data(several: Sequence[Results]) -> dict[str, Any]:
    """Return the data of the page; `evidence` may be shortened from its end to save room."""
    sides = Sides(several)
    rows = _rows(several, sides)
    ordered = sorted(rows.values(), key=lambda row: row.case.family)
    told, found = _evidence(ordered)
    names = run_names(several)
    return {
        "signs": [[sign, meaning] for sign, meaning, _ in SIGNS],
        "records": [_record(name, one) for name, one in zip(names, several, strict=True)],
        "sides": [_side(one) for one in sides.all],
        "tried": sides.tried,
        "suffixes": _suffixes(ordered, sides.tried),
        "claims": [_claim(row) for row in ordered],
        "cells": [row.cells(sides.tried) for row in ordered],
        "told": told,
        "evidence": found,
        "sources": _sources(several),
        "timing": timings(several, sides.of),
        "doubts": [{**one, "text": shown(one["text"])} for one in doubts(several, names)],
    }


def _rows(several: Sequence[Results], sides: Sides) -> dict[str, _Row]:
    rows: dict[str, _Row] = {}
    for record, one in enumerate(several):
        for case in one.cases:
            row = rows.setdefault(case.scenario, _Row(case))
            row.take(record, sides.of(record, case), case)
    return rows


def _evidence(rows: Sequence[_Row]) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the numbers of claim, column, variant and record of each case with something to tell,
    in one flat list, and what they tell."""
    listed = [
        ((number, side, at, record), case)
        for number, row in enumerate(rows)
        for (side, at), (record, case) in row.cases.items()
    ]
    listed.sort(key=lambda each: _interest(each[1]))
    pairs = [(where, evidence(case)) for where, case in listed]
    pairs = [(where, told) for where, told in pairs if told]
    return [number for where, _ in pairs for number in where], [told for _, told in pairs]


def _interest(case: CaseRecord) -> tuple[bool, int]:
    return (not case.unexpected, -_RANK[sign_of(case)])


def _claim(row: _Row) -> dict[str, Any]:
    case = row.case
    return {
        "id": shown(case.scenario, 200),
        "family": shown(case.family, 100),
        "claim": shown(case.claim, 1000),
        "spec": [shown(one, 200) for one in case.spec],
        "variants": [shown(name, 200) for name in row.variants],
        "file": shown(case.file, 300),
        "line": case.line,
    }


def _suffixes(rows: Sequence[_Row], sides: int) -> list[str]:
    """What a case's id has behind the variant, by column: `-impl=trio`."""
    found: dict[int, str] = {}
    for row in rows:
        for (side, _), (_, case) in row.cases.items():
            start = f"{case.scenario}[{variant(case)}"
            if side not in found and case.id.startswith(start) and case.id.endswith("]"):
                found[side] = shown(case.id[len(start) : -1], 300)
        if len(found) == sides:
            break
    return [found.get(side, "") for side in range(sides)]


def _sources(several: Sequence[Results]) -> list[dict[str, Any]]:
    """Each scenario's text, and the records that have it so; most have one text in all."""
    found: dict[tuple[str, str, int, str], dict[str, Any]] = {}
    for record, one in enumerate(several):
        for each in one.scenarios:
            key = (each.id, each.file, each.line, each.text)
            source = found.setdefault(
                key,
                {
                    "id": shown(each.id, 200),
                    "line": each.line,
                    "text": shown(each.text, 20_000),
                    "tags": [shown(tag, 50) for tag in (*each.tags, each.contract) if tag],
                    "records": [],
                },
            )
            source["records"].append(record)
    return list(found.values())


def _side(side: Side) -> dict[str, str]:
    names = ("label", "who", "flags", "runtime", "system", "revision", "record")
    return {name: shown(getattr(side, name) or "", 300) for name in names}


def _record(name: str, one: Results) -> dict[str, Any]:
    header = one.header
    return {
        "name": shown(name, 300),
        "path": [shown(str(path), 500) for path in one.paths],
        "command": [shown(word, 500) for word in header.command],
        "started": shown(header.started, 50),
        "revision": shown(header.revision or "", 100),
        "stopped": shown(one.stopped or ""),
        "seconds": one.footer.seconds if one.footer else None,
        "counts": dict(Counter(sign_of(case) for case in one.cases)),
        "cases": len(one.cases),
        "unexpected": sum(case.unexpected for case in one.cases),
        "environment": shown_value(dict(header.environment)),
        "drivers": dict(_drivers(header)),
    }


def _drivers(header: Header) -> Iterator[tuple[str, str]]:
    for name, hello in header.drivers.items():
        parts = [str(hello.get(key) or "") for key in ("implementation", "version", "runtime")]
        yield shown(name, 300), shown(" ".join(filter(None, parts)), 300)
