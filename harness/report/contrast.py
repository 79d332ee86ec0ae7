"""What two implementations, or two records, do differently. Pure.

A case that only one of them could be asked is counted, not listed: it says nothing of a difference.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.records.model import CaseRecord
from harness.report.columns import ByCase
from harness.report.line import Line

_NOT_ASKED = "unsupported"


def contrast(names: tuple[str, str], sides: tuple[ByCase, ByCase]) -> Iterator[Line]:
    """Yield a block for each case with two verdicts, and the sums."""
    first, second = sides
    same = apart = 0
    for key in [key for key in first if key in second]:
        pair = first[key], second[key]
        if _NOT_ASKED in (pair[0].verdict, pair[1].verdict):
            apart += pair[0].verdict != pair[1].verdict
        elif pair[0].verdict == pair[1].verdict:
            same += 1
        else:
            yield from _block(key, names, pair)
    apart += len(first.keys() ^ second.keys())
    yield Line(f"the same: {same}; only one of them was asked: {apart}", "faint")


def differing(sides: tuple[ByCase, ByCase]) -> int:
    """How many cases have two verdicts."""
    first, second = sides
    verdicts = [(first[key].verdict, second[key].verdict) for key in first if key in second]
    return sum(one != other and _NOT_ASKED not in (one, other) for one, other in verdicts)


def _block(key: str, names: tuple[str, str], pair: tuple[CaseRecord, CaseRecord]) -> Iterator[Line]:
    room = max(map(len, names))
    yield Line(key, "place")
    for name, case in zip(names, pair, strict=True):
        yield Line(f"  {name:<{room}}  {case.verdict}{_shown(case)}", case.verdict)


def _shown(case: CaseRecord) -> str:
    if case.foretold and case.expectation is not None:
        return f", listed: {case.expectation.reason}"
    if case.failure is None:
        return f": {case.why.splitlines()[0]}" if case.why else ""
    return f": {case.failure.step}: {case.failure.expected} expected, {case.failure.actual}"
