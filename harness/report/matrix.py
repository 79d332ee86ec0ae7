"""The matrix: a row for each claim, a column for each implementation that was on trial. Pure.

A claim has many cases (transports, parameters); its cell shows the worst of them. A deviation that
is listed counts better than one that is not: somebody has explained it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.records.model import CaseRecord
from harness.report.columns import ByCase, by_implementation
from harness.report.line import Line, Role

# From best to worst, as a cell's sign is chosen; each with what it means. Nothing: not tried.
_SIGNS: Sequence[tuple[str, str, Role]] = (
    ("-", "unsupported", "unsupported"),
    ("·", "pass", "pass"),
    ("v", "varies", "varies"),
    ("k", "a listed deviation", "varies"),
    ("?", "inconclusive", "inconclusive"),
    ("F", "fail", "fail"),
    ("B", "broken", "broken"),
)
_RANK = {sign: rank for rank, (sign, _, _) in enumerate(_SIGNS)}
_ROLE = {sign: role for sign, _, role in _SIGNS}


def matrix_rows(cases: Sequence[CaseRecord], every: bool = False) -> Iterator[list[Line]]:
    """Yield the rows in parts: who the columns are, the claims by family, the sums.

    Only claims on which not all agree, unless `every`. What somebody could not be asked, being
    unsupported or not tried, is no disagreement."""
    columns = by_implementation(cases)
    yield from _legend(list(columns))
    signs = {name: _by_scenario(found) for name, found in columns.items()}
    families: dict[str, list[str]] = {}
    for case in cases:
        families.setdefault(case.family, []).append(case.scenario)
    room = max((len(case.scenario) for case in cases), default=0) + 2
    for family in sorted(families):
        for scenario in dict.fromkeys(families[family]):
            row = [signs[name].get(scenario, " ") for name in columns]
            if every or len(set(row) - {" ", "-"}) > 1:
                yield [Line(scenario.ljust(room)), *_cells(row)]
    yield from _sums(signs, room)


def _legend(names: Sequence[str]) -> Iterator[list[Line]]:
    for number, name in enumerate(names, 1):
        yield [Line(f"{number:>3}  {name}")]
    yield [Line("     " + ", ".join(f"{sign} {meaning}" for sign, meaning, _ in _SIGNS), "faint")]
    yield [Line("")]


def _by_scenario(found: ByCase) -> dict[str, str]:
    worst: dict[str, str] = {}
    for case in found.values():
        kept, sign = worst.get(case.scenario, "-"), _sign(case)
        worst[case.scenario] = max(kept, sign, key=_RANK.__getitem__)
    return worst


def _sign(case: CaseRecord) -> str:
    if case.foretold:
        return "k"
    if case.stale:
        return "F"
    return next(sign for sign, meaning, _ in _SIGNS if meaning == case.verdict)


def _cells(signs: Sequence[str]) -> Iterator[Line]:
    for sign in signs:
        yield Line(f"{sign:>4}", _ROLE.get(sign, "plain"))


def _sums(signs: dict[str, dict[str, str]], room: int) -> Iterator[list[Line]]:
    """Under the columns, how many claims each sign has."""
    yield [Line("")]
    yield [
        Line("claims".ljust(room), "heading"),
        *(Line(f"{n:>4}") for n in range(1, len(signs) + 1)),
    ]
    for sign, meaning, role in _SIGNS:
        counts = [sum(one == sign for one in found.values()) for found in signs.values()]
        if any(counts):
            yield [Line(f"{sign} {meaning}".ljust(room), role), *(Line(f"{n:>4}") for n in counts)]
