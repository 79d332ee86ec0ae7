"""Annotations for GitHub Actions: `::error` lines, shown beside the step's line of YAML. Pure.

GitHub keeps ten errors of a step and drops the others without a word. So cases that fail at one
place share an annotation, the worst come first, and what is left over is one notice with a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from harness.records.model import CaseRecord
from harness.records.results import Results
from harness.report.readable import shorten
from harness.report.worst import in_one_line, worst_first

MOST = 10
_LONGEST = 1000  # characters of a message; GitHub cuts at 4 KiB
Place = tuple[str, int, int]


def annotate(reports: Iterable[Results], folder: str = "") -> Iterator[str]:
    """Yield the lines. `folder` is where the run stood, seen from the root of the repository."""
    reports = list(reports)
    places: dict[Place, list[CaseRecord]] = {}
    for case in worst_first(case for one in reports for case in one.cases):
        places.setdefault(_place(case), []).append(case)
    for place, cases in list(places.items())[:MOST]:
        yield _error(place, cases, folder)
    rest = list(places.values())[MOST:]
    if rest:
        text = f"{sum(map(len, rest))} more unexpected verdicts at {len(rest)} places"
        yield _line("notice", {"title": "sockharness"}, f"{text}: the report has them all")
    for one in reports:
        for doubt in filter(None, (*one.warnings, one.stopped)):
            yield _line("warning", {"title": "sockharness"}, doubt)


def _place(case: CaseRecord) -> Place:
    at = case.failure
    return (at.file, at.line, at.column) if at else (case.file, case.line, 1)


def _error(place: Place, cases: Sequence[CaseRecord], folder: str) -> str:
    first, *others = cases
    file, line, column = place
    text = [in_one_line(first), first.claim]
    if others:
        text.append(f"{len(others)} more here: {', '.join(case.id for case in others)}")
    if first.failure and first.failure.rerun:
        text.append(f"run it again: {first.failure.rerun}")
    title = f"{first.verdict}: {first.id}"
    where = {"file": _from_the_root(file, folder), "line": str(line), "col": str(column)}
    known = where if where["file"] else {}
    if not known:
        text.append(f"{file}:{line}:{column}")
    return _line("error", {**known, "title": title}, "\n".join(shorten(t, _LONGEST) for t in text))


def _from_the_root(file: str, folder: str) -> str:
    """The path in the repository; empty for a file that is not in it."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts:
        return ""
    return str(PurePosixPath(folder) / path)


def _line(kind: str, properties: Mapping[str, str], message: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(message)}"


def _data(text: str) -> str:
    """What GitHub's own toolkit does to a message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
