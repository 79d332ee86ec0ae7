"""The matrix: a row for each claim, a letter for each implementation that was on trial. Pure.

A claim has many cases (transports, parameters, parts played); its cell shows the worst of them. A
deviation that is listed counts better than one that is not: somebody has explained it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_letters

from harness.plan import DEFAULT_IMPLEMENTATION
from harness.records.model import CaseRecord
from harness.report.columns import on_trial
from harness.report.line import Line, Role

# From best to worst, as a cell's sign is chosen; each with what it means. Nothing: not tried.
SIGNS: Sequence[tuple[str, str, Role]] = (
    ("-", "unsupported", "unsupported"),
    ("·", "pass", "pass"),
    ("v", "varies", "varies"),
    ("k", "listed deviation", "varies"),
    ("?", "inconclusive", "inconclusive"),
    ("F", "fail", "fail"),
    ("B", "broken", "broken"),
)
_RANK = {sign: rank for rank, (sign, _, _) in enumerate(SIGNS)}
_ROLE = {sign: role for sign, _, role in SIGNS}
# As many cells stand together as one can count at a glance.
_TOGETHER = 5
Signs = Mapping[str, str]  # a sign by scenario


def matrix_rows(
    cases: Sequence[CaseRecord], every: bool = False, roles: bool = False, width: int = 80
) -> Iterator[list[Line]]:
    """Yield the rows in parts: who the columns are with their sums, then the claims by family.

    Only claims on which not all agree, unless `every`. What somebody could not be asked, being
    unsupported or not tried, is no disagreement. An implementation has one column, or with `roles`
    one for each part it played. More columns than fit into the width make further tables."""
    columns = _columns(cases, roles)
    families = {
        family: [one for one in scenarios if every or _differs(one, columns)]
        for family, scenarios in _families(cases).items()
    }
    room = 2 + max((len(_short(one)) for of in families.values() for one in of), default=0)
    names = list(columns)
    fits = _fits(width - room - 2)
    for first in range(0, len(names), fits):
        some = {name: columns[name] for name in names[first : first + fits]}
        yield from _legend(some)
        for family, scenarios in families.items():
            if scenarios:
                yield from _family(family, scenarios, room, some)
        yield [Line("")]


def differ(cases: Sequence[CaseRecord]) -> bool:
    """Whether there is a claim on which not all agree."""
    columns = _columns(cases, roles=False)
    return any(_differs(scenario, columns) for scenario in {case.scenario for case in cases})


def _columns(cases: Sequence[CaseRecord], roles: bool) -> dict[str, dict[str, str]]:
    """The worst sign of each claim, by who was on trial."""
    columns: dict[str, dict[str, str]] = {}
    for case in cases:
        column = columns.setdefault(on_trial(case) if roles else _who(case), {})
        kept, sign = column.get(case.scenario, "-"), sign_of(case)
        column[case.scenario] = max(kept, sign, key=_RANK.__getitem__)
    return columns


def _who(case: CaseRecord) -> str:
    """Who was on trial, in whatever part; a pair of two others is itself."""
    pair = {case.implementations["server"], case.implementations["client"]}
    tried = pair - {DEFAULT_IMPLEMENTATION} if len(pair) > 1 else pair
    return next(iter(tried)) if len(tried) == 1 else on_trial(case)


def sign_of(case: CaseRecord) -> str:
    if case.foretold:
        return "k"
    if case.stale:
        return "F"
    return next(sign for sign, meaning, _ in SIGNS if meaning == case.verdict)


def _families(cases: Sequence[CaseRecord]) -> dict[str, list[str]]:
    """The claims of each family in the order in which they came, the families by name."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        found.setdefault(case.family, {})[case.scenario] = None
    return {family: list(found[family]) for family in sorted(found)}


def _differs(scenario: str, columns: Mapping[str, Signs]) -> bool:
    """Whether not all who could be asked about a claim agree."""
    return len({signs.get(scenario, "-") for signs in columns.values()} - {"-"}) > 1


def _short(scenario: str) -> str:
    return scenario.partition(".")[2]


def _fits(room: int) -> int:
    """How many cells fit: one character each, and a space after each few of them."""
    return max(1, min(len(ascii_letters), room - room // (_TOGETHER + 1)))


def _legend(columns: Mapping[str, Signs]) -> Iterator[list[Line]]:
    """The letters, what they stand for, and how many claims each sign has there."""
    room = max(len("claims"), *map(len, columns)) + 2
    yield [Line(", ".join(f"{sign} {meaning}" for sign, meaning, _ in SIGNS), "faint")]
    heads = "".join(f"{sign:>5}" for sign, _, _ in SIGNS)
    yield [Line("claims".ljust(room + 2) + heads, "heading")]
    for letter, (name, signs) in zip(ascii_letters, columns.items(), strict=False):
        told = list(signs.values())
        counts = [(told.count(sign), role) for sign, _, role in SIGNS]
        yield [
            Line(f"{letter} {name:<{room}}"),
            *(Line(f"{count or '':>5}", role) for count, role in counts),
        ]


def _family(
    name: str, scenarios: Sequence[str], room: int, columns: Mapping[str, Signs]
) -> Iterator[list[Line]]:
    yield [Line("")]
    letters = [Line(one, "faint") for one in ascii_letters[: len(columns)]]
    yield [Line(name.ljust(room + 2), "heading"), *_spaced(letters)]
    for scenario in scenarios:
        row = [signs.get(scenario, " ") for signs in columns.values()]
        cells = [Line(sign, _ROLE.get(sign, "plain")) for sign in row]
        yield [Line(f"  {_short(scenario):<{room}}"), *_spaced(cells)]


def _spaced(cells: Sequence[Line]) -> Iterator[Line]:
    for number, cell in enumerate(cells):
        if number and number % _TOGETHER == 0:
            yield Line(" ")
        yield cell
