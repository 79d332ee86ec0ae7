"""The report of a run in a terminal: explanations, latencies, the table of verdicts, the end.

Rendered from results alone, so a record shows today what it showed when it was made. The better
news stands above the worse, and the sums last, for a terminal is read from its bottom.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from harness.records.model import CaseRecord, Header
from harness.records.results import Results
from harness.report.bench import bench_lines
from harness.report.explain import explained
from harness.report.latency import latency_lines
from harness.report.line import Line, rule
from harness.report.paint import console, paint, paint_parts
from harness.report.readable import escape, fold
from harness.report.table import verdict_rows
from harness.verdicts import VERDICTS, Verdict

__all__ = ["console", "report"]

_WIDEST = 100  # columns beyond which sentences tire the eye
_MACHINE = ("host", "os", "kernel", "machine", "cpu", "container")


def report(
    results: Results,
    out: Console,
    *,
    only: Collection[Verdict] = (),
    heading: bool = True,
    full: bool = True,
) -> None:
    """Print the report of a run, or of several joined.

    `only` leaves just these verdicts in the explanations, the table stays whole; `heading` says
    first what was run and where; without `full` a failure takes some lines, not its whole story.
    """
    width = min(out.width, _WIDEST)
    if heading:
        paint(_heading(results.header, width), out)
    paint(explained(results.cases, width, only=only, full=full), out)
    measured = {(one.scenario, one.run) for one in results.measurements}
    if measured:
        paint([Line(""), rule("bench", width), *bench_lines(results, width)], out)
    alone = [one for one in results.latencies if (one.scenario, one.run) not in measured]
    if alone:
        paint([Line(""), rule("latency", width)], out)
        paint((Line(text) for text in latency_lines(alone, width)), out)
    if results.cases and not measured:
        paint([Line(""), rule("verdicts", width)], out)
        for row in verdict_rows(results.cases, out.width):
            paint_parts(row, out)
    paint([Line(""), *_end(results, width)], out)


def _heading(header: Header, width: int) -> Iterator[Line]:
    """Say what was run, when, on what; of joined runs one after the other."""
    for name, each in (header.runs or {"run": header}).items():
        yield Line(f"{escape(name)} of {escape(each.started)}, {_revision(each)}", "heading")
        yield Line(f"  {escape(shlex.join(each.command))}", "command")
        yield Line(f"  {_machine(each.environment)}")
        for driver, hello in each.drivers.items():
            first, *more = fold(escape(f"{driver}: {_identity(hello)}"), width - 4)
            yield Line(f"  {first}")
            yield from (Line(f"    {text}") for text in more)


def _revision(header: Header) -> str:
    if header.revision is None:
        return "revision unknown"
    commit, _, changed = header.revision.partition("-")
    return f"revision {escape(commit[:12])}" + (", tree changed" if changed else "")


def _machine(environment: Mapping[str, Any]) -> str:
    known = [escape(str(environment[name])) for name in _MACHINE if environment.get(name)]
    if environment.get("cpus"):
        known.append(f"{environment['cpus']} CPUs")
    return "on " + (", ".join(known) or "an unknown machine")


def _identity(hello: Mapping[str, Any]) -> str:
    who = f"{hello.get('implementation')} {hello.get('version')} on {hello.get('runtime')}"
    packages = [str(each).replace("==", " ") for each in hello.get("packages") or ()]
    return who + (f", with {', '.join(packages)}" if packages else "")


def _end(results: Results, width: int) -> Iterator[Line]:
    """Say how it went in one sentence, what to doubt, and where the record is."""
    yield from _outcome(results, width)
    yield from _where_the_time_went(results, width)
    doubts = [*results.warnings, results.stopped] if results.stopped else results.warnings
    for doubt in doubts:
        first, *more = fold(escape(f"warning: {doubt}"), width)
        yield Line(first, "varies")
        yield from (Line(f"  {text}", "varies") for text in more)
    if results.footer is not None and results.footer.lost:
        yield Line(f"warning: {results.footer.lost} records could not be written", "varies")
    for path in results.paths:
        yield Line(f"record: {escape(str(path))}", "command")


def _where_the_time_went(results: Results, width: int) -> Iterator[Line]:
    """Split the time of the cases: what the behaviour itself demands, calls, and the harness."""
    total = sum(case.seconds for case in results.cases)
    waiting = sum(case.waiting for case in results.cases)
    calling = sum(case.calling for case in results.cases)
    if total < 1 or not calling:  # nobody asks where a second went; an old record does not know
        return
    harness = total - waiting - calling
    text = (
        f"of {total:.1f} s in cases, {waiting:.1f} s waiting as the behaviour demands, "
        f"{calling:.1f} s in calls, {harness:.1f} s harness ({harness / total:.0%})"
    )
    yield from (Line(line, "faint") for line in fold(text, width))


def _outcome(results: Results, width: int) -> Iterator[Line]:
    cases = results.cases
    text = "1 case" if len(cases) == 1 else f"{len(cases)} cases"
    if results.footer is not None:
        text += f" in {results.footer.seconds:.1f} s"
    bad = [case for case in cases if case.unexpected]
    role: Verdict = "fail" if bad else "varies" if results.stopped else "pass"
    found = f"{len(bad)} unexpected: {', '.join(_counted(bad))}" if bad else "all as expected"
    for line in fold(f"{text}, {found}", width):
        yield Line(line, role)


def _counted(bad: Sequence[CaseRecord]) -> Iterator[str]:
    counts = Counter(case.verdict for case in bad)
    for verdict in reversed(VERDICTS):
        if counts[verdict]:
            listed = " though listed as a deviation" if verdict == "pass" else ""
            yield f"{counts[verdict]} {verdict}{listed}"
