"""The list of known deviations, `expectations.yaml` beside the scenarios. Pure but for the reading.

    deviations:
    - cases: accept.names-are-reciprocal[tcp6*]
      only: [pypy]
      kind: known
      reason: PyPy's accept leaves the scope out of the name.
      link: https://…

`only` is met by either of the two implementations of a case; with `as: server` or `as: client` it
must be the one which plays that part (as both, it plays that part too).

A `known` deviation that does not show is itself a failure: the list has to be corrected. A `flaky`
one shows at times. Neither excuses a driver that is broken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Facing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from harness import conditions
from harness.language import reader, steps, values
from harness.language.model import ACTORS, Actor
from harness.language.nodes import Mapping, Node, Sequence
from harness.language.problems import Problem, render_all
from harness.language.trouble import Trouble
from harness.records.model import Expectation

FILE_NAME = "expectations.yaml"
# What the reason of an entry begins with that was made from results: nobody has found out why yet.
UNEXPLAINED = "unexplained:"
_KEYS = ("cases", "only", "as", "kind", "reason", "link")
Facts = Facing[Actor, conditions.Facts]


@dataclass(frozen=True)
class Deviation:
    """One entry: `cases` are patterns in which `*` stands for any characters, and only it."""

    cases: tuple[str, ...]
    only: tuple[str, ...]
    expectation: Expectation
    part: Actor | None = None

    def speaks_of(self, facts: Facts) -> bool:
        """Whether the entry speaks of such drivers, of which the facts of both are given."""
        suspects = facts.values() if self.part is None else [facts[self.part]]
        return any(conditions.any_holds(self.only, one) for one in suspects)

    def names(self, case_id: str) -> bool:
        """Whether the case is one of those that the entry lists."""
        return any(_like(pattern).fullmatch(case_id) for pattern in self.cases)


@dataclass
class Deviations:
    """The entries of a file, or the problems that kept them back."""

    entries: list[Deviation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    file: str = ""
    text: str = ""
    # Which entries speak of whom: a run asks it of the same few drivers for thousands of cases.
    _about: dict[tuple[conditions.Facts, ...], list[Deviation]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def explain(self) -> str:
        """All problems of the file as a person reads them."""
        return render_all(self.problems, self.file, self.text)

    def of(self, case_id: str, facts: Facts) -> Expectation | None:
        """The first entry that covers a case."""
        whom = tuple(facts[actor] for actor in ACTORS)
        if whom not in self._about:
            self._about[whom] = [entry for entry in self.entries if entry.speaks_of(facts)]
        return next((e.expectation for e in self._about[whom] if e.names(case_id)), None)


@cache
def _like(pattern: str) -> re.Pattern[str]:
    """What a pattern covers. Brackets stand for themselves: case ids are full of them."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


def load(path: Path, shown: str | None = None) -> Deviations:
    """Read a list of deviations; a file that does not exist is an empty list."""
    if not path.exists():
        return Deviations()
    result = reader.read_file(path)
    trouble = Trouble()
    trouble.problems.extend(result.problems)
    entries = _entries(result.root, trouble) if result.root is not None else []
    return Deviations(entries, trouble.problems, shown or str(path), result.source)


def _entries(root: Node, trouble: Trouble) -> list[Deviation]:
    listed = root.get("deviations") if isinstance(root, Mapping) else None
    if not isinstance(listed, Sequence):
        trouble.at(root.place, "a list of known deviations begins with `deviations:`")
        return []
    found = [_entry(item, trouble) for item in listed.items]
    return [entry for entry in found if entry is not None]


def _entry(node: Node, trouble: Trouble) -> Deviation | None:
    if not isinstance(node, Mapping):
        trouble.wanted(node, "a mapping with `cases`, `kind` and `reason`")
        return None
    for key, _ in node.entries:
        if key.text not in _KEYS:
            trouble.unknown(key.place, "key of a deviation", key.text, _KEYS)
    cases, kind, reason = (node.get(key) for key in ("cases", "kind", "reason"))
    if cases is None or kind is None or reason is None:
        trouble.at(node.place, "a deviation needs `cases`, `kind` and `reason`")
        return None
    if (values.text(reason, trouble) or "").startswith(UNEXPLAINED):
        trouble.at(reason.place, "the reason says only what was seen; find out why, and say it")
    link, only, part = node.get("link"), node.get("only"), node.get("as")
    word = values.choice(kind, ("known", "flaky"), trouble)
    return Deviation(
        tuple(values.words(cases, trouble)),
        steps.only(only, trouble) if only else (),
        Expectation(
            kind="flaky" if word == "flaky" else "known",
            reason=values.text(reason, trouble) or "",
            link=values.text(link, trouble) if link else None,
        ),
        next((one for one in ACTORS if part and one == values.choice(part, ACTORS, trouble)), None),
    )
