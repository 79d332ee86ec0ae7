"""Every case that is more than a pass, explained in words. Pure.

What is alike is said once: cases without a thing share its name, cases of one claim share the
claim. What needs a look is told apart and in full, and stands last, next to the end of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from harness.records.model import CaseRecord
from harness.report.failure import failure_lines
from harness.report.line import Line, Role, rule
from harness.report.readable import escape, fold_lines
from harness.verdicts import VERDICTS, Verdict

Cases = Sequence[CaseRecord]

_NAMED = 6  # cases that are named of those which lack one thing
_INDENT = "      "


def explained(
    cases: Cases, width: int, *, only: Collection[Verdict] = (), full: bool = True
) -> list[Line]:
    """Return the explanations, an empty line before each part.

    `only` leaves just these verdicts, and lists passes too when they are among them. Without
    `full`, what failed takes a few lines instead of its whole story.
    """
    chosen = [case for case in cases if not only or case.verdict in only]
    open_ = [case for case in chosen if not (case.foretold or case.stale)]
    of = {verdict: [case for case in open_ if case.verdict == verdict] for verdict in VERDICTS}
    lines: list[Line] = []
    if "pass" in only:
        lines += _part("pass", of["pass"], width, _names)
    lines += _part("unsupported", of["unsupported"], width, _by_reason)
    lines += _part("varies", of["varies"], width, _by_claim)
    lines += _part("listed deviations", [c for c in chosen if c.foretold], width, _deviations)
    lines += _part("inconclusive", of["inconclusive"], width, _briefly)
    lines += _part("passes, but is listed", [c for c in chosen if c.stale], width, _deviations)
    for verdict in (of["fail"], of["broken"]):
        lines += _stories(verdict, width) if full else _part_of(verdict, width)
    return lines


def case_name(case: CaseRecord) -> str:
    """Return the id, behind it the run when several are shown together."""
    return escape(case.id) + (f"  ({escape(case.run)})" if case.run else "")


def _part(
    title: str, cases: Cases, width: int, tell: Callable[[Cases, int], Iterator[Line]]
) -> list[Line]:
    if not cases:
        return []
    role: Role = "fail" if cases[0].unexpected else "heading"
    if title == cases[0].verdict:
        role = cases[0].verdict
    return [Line(""), rule(f"{title}: {len(cases)}", width, role), *tell(cases, width)]


def _part_of(cases: Cases, width: int) -> list[Line]:
    return _part(cases[0].verdict, cases, width, _briefly) if cases else []


def _indented(text: str, width: int, role: Role = "plain") -> Iterator[Line]:
    for line in fold_lines(text, width - len(_INDENT)):
        yield Line(_INDENT + line, role)


def _names(cases: Cases, _: int) -> Iterator[Line]:
    for case in cases:
        yield Line(f"  {case_name(case)}")


def _grouped(cases: Cases, key: Callable[[CaseRecord], str]) -> Iterator[tuple[str, Cases]]:
    """Yield the cases of each key together, in the order in which the keys first came."""
    groups: dict[str, list[CaseRecord]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    yield from groups.items()


def _by_reason(cases: Cases, width: int) -> Iterator[Line]:
    """What is lacking, once, and below it who lacks it."""
    for reason, group in _grouped(cases, lambda case: case.why or "no reason was given"):
        for line in fold_lines(reason, width - 2):
            yield Line(f"  {line}")
        for case in group[:_NAMED]:
            yield Line(_INDENT + case_name(case), "faint")
        if len(group) > _NAMED:
            yield Line(f"{_INDENT}and {len(group) - _NAMED} more", "faint")


def _by_claim(cases: Cases, width: int) -> Iterator[Line]:
    """Each case with the outcome that came, and below those of a scenario their claim."""
    for claim, group in _grouped(cases, lambda case: case.claim):
        for case in group:
            yield Line(f"  {case_name(case)}  {_branch(case)}")
        yield from _indented(claim, width, "faint")


def _branch(case: CaseRecord) -> str:
    names = ", ".join(dict.fromkeys(case.branches.values())) or case.why or "an allowed outcome"
    return escape(names)


def _deviations(cases: Cases, width: int) -> Iterator[Line]:
    for reason, group in _grouped(cases, _reason):
        for case in group:
            assert case.expectation is not None
            yield Line(f"  {case_name(case)}  {case.expectation.kind}, {case.verdict}")
        yield from _indented(reason, width, "faint")


def _reason(case: CaseRecord) -> str:
    listed = case.expectation
    if listed is None:
        return ""
    return listed.reason + (f" {listed.link}" if listed.link else "")


def _briefly(cases: Cases, width: int) -> Iterator[Line]:
    """The id, the step, and the one sentence which says most: for a guard, what it found."""
    for case in cases:
        yield Line(f"  {case_name(case)}", case.verdict)
        failure = case.failure
        if failure is None:
            yield Line(f"{_INDENT}{escape(case.file)}:{case.line}", "place")
        else:
            place = f"{failure.file}:{failure.line}:{failure.column}: {failure.step}"
            yield Line(_INDENT + escape(place), "place")
        if case.why:
            yield from _indented(case.why, width)
        elif failure is not None:
            wanted = f"wanted {failure.expected}, got " if failure.expected else ""
            yield from _indented(wanted + failure.actual, width)


def _stories(cases: Cases, width: int) -> Iterator[Line]:
    for case in cases:
        yield Line("")
        yield rule(f"{case.verdict}: {case_name(case)}{_phase(case)}", width, case.verdict)
        yield from failure_lines(case, width)


def _phase(case: CaseRecord) -> str:
    """Say so when the data phase went well, and the closing phase is what did not."""
    return "  while closing" if case.closing == case.verdict != case.data else ""
