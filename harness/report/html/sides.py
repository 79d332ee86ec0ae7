"""The columns of the page: who was on trial, on which interpreter, and in which record. Pure.

Files of many CI jobs become one matrix. A column is an implementation (in its role) on one
interpreter; it is told apart further by system and revision where those differ. Jobs that shared
the cases of one implementation between them fill one column. Where two records have the same case
of the same implementation, each gets a column of its own: which of two answers is true is not for
a report to decide.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from harness.plan import DEFAULT_IMPLEMENTATION
from harness.records.model import CaseRecord, Header, LatencyRecord
from harness.records.results import Results, run_names
from harness.report.columns import on_trial

_SYSTEM = ("os", "kernel", "machine")
_PROGRAM = "program"  # what `check` calls the one on trial
Timed = CaseRecord | LatencyRecord


@dataclass(frozen=True)
class Side:
    """One column. `label` is short and unique; `record` is set when it is of one record alone.

    `flags` are what `sockharness run` is told to try it.
    """

    who: str
    runtime: str
    system: str
    revision: str
    flags: str = ""
    record: str | None = None
    label: str = ""


class Sides:
    """Which column each case belongs to. `all` has the reference first and the roles of one
    implementation together; the first `tried` of them have cases, the others were only timed."""

    def __init__(self, several: Sequence[Results]) -> None:
        self._several = several
        self._known: dict[tuple[int, str], Side] = {}
        self._names = short_names(run_names(several))
        self._apart = self._asked_twice()
        every = dict.fromkeys(self._unlabelled(at, one) for at, one in self._each())
        cases = {self._unlabelled(at, one) for at, each in enumerate(several) for one in each.cases}
        self.tried = len(cases)
        # Workers come across them in any order.
        found = sorted(every, key=lambda side: (side not in cases, *_rank(side)))
        self.all = labelled(list(found))
        self._number = {side: number for number, side in enumerate(found)}

    def of(self, record: int, line: Timed) -> int:
        """The number of the column of a case or a measurement, of the record with this number."""
        return self._number[self._unlabelled(record, line)]

    def _each(self) -> Iterator[tuple[int, Timed]]:
        for at, one in enumerate(self._several):
            yield from ((at, case) for case in one.cases)
        for at, one in enumerate(self._several):
            yield from ((at, line) for line in one.latencies)

    def _unlabelled(self, record: int, line: Timed) -> Side:
        side = self._side(record, line)
        return side if side not in self._apart else replace(side, record=self._names[record])

    def _side(self, record: int, line: Timed) -> Side:
        # Thousands of cases are of a few implementations.
        key = record, str(line.implementations)
        if key not in self._known:
            self._known[key] = _side(self._several[record].header, line)
        return self._known[key]

    def _asked_twice(self) -> set[Side]:
        """The columns of which two records have the same case."""
        seen: dict[tuple[Side, str], int] = {}
        apart = set()
        for at, line in self._each():
            side = self._side(at, line)
            if seen.setdefault((side, f"{line.kind} {line.id}"), at) != at:
                apart.add(side)
        return apart


def _rank(side: Side) -> tuple[bool, list[str], str]:
    """The reference first, then by name with versions as numbers; both roles before one of them."""
    role, equals, name = side.who.partition("=")
    if not equals or role not in ("server", "client"):
        role, name = "", side.who
    words = [word.zfill(9) if word.isdigit() else word for word in re.split(r"(\d+)", name)]
    return name != DEFAULT_IMPLEMENTATION, words, role


def _side(header: Header, line: Timed) -> Side:
    facts = header.environment
    system = " ".join(str(facts[name]) for name in _SYSTEM if facts.get(name))
    names = dict.fromkeys(line.implementations.get(actor, "") for actor in ("server", "client"))
    runtimes = dict.fromkeys(_runtime(header.drivers.get(name, {})) for name in names)
    return Side(
        who=_who(header, line),
        runtime=" + ".join(filter(None, runtimes)),
        system=system,
        revision=header.revision or "",
        flags=shlex.join(_flags(list(names))),
    )


def _who(header: Header, line: Timed) -> str:
    """Who was on trial; of a program what it is called."""
    called = header.drivers.get(_PROGRAM, {}).get("implementation")
    return re.sub(rf"\b{_PROGRAM}\b", lambda _: str(called or _PROGRAM), on_trial(line))


def _flags(names: Sequence[str]) -> list[str]:
    if names == [DEFAULT_IMPLEMENTATION]:
        return []
    if len(names) == 1:
        return ["--impl", names[0]]
    return ["--server", names[0], "--client", names[1]]


def _runtime(hello: Mapping[str, object]) -> str:
    return str(hello.get("runtime") or "")


def short_names(names: Sequence[str]) -> list[str]:
    """Names of records without the parts in front that all have in common."""
    parts = [re.split(r"(?<=[-/ ])", name) for name in names]
    heads = zip(*(each[:-1] for each in parts), strict=False)
    same = len(list(takewhile(lambda head: len(set(head)) == 1, heads))) if len(names) > 1 else 0
    return ["".join(each[same:]) for each in parts]


def labelled(sides: Sequence[Side]) -> list[Side]:
    """Give each a label: its name, and behind it only what tells it from others of that name."""
    return [replace(one, label=_label(one, sides)) for one in sides]


def _label(side: Side, sides: Sequence[Side]) -> str:
    same = [other for other in sides if other.who == side.who]
    parts = [side.who]
    for fact in (_runtime_of, _system_of, _revision_of, _record_of):
        if len({fact(other) for other in same}) > 1:
            parts.append(fact(side) or "?")
    return " · ".join(parts)


def _runtime_of(side: Side) -> str:
    return side.runtime


def _system_of(side: Side) -> str:
    return side.system


def _revision_of(side: Side) -> str:
    commit, dash, changed = side.revision.partition("-")
    return commit[:9] + dash + changed


def _record_of(side: Side) -> str:
    return side.record or ""
