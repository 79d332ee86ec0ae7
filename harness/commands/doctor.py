"""`sockharness doctor`: what on this machine would spoil a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from harness.doctor import diagnosis, looking
from harness.doctor.finding import Finding, Level
from harness.report.line import Line, Role
from harness.report.paint import console, paint_parts

IMPOSSIBLE = 1
_WORDS: dict[Level, tuple[str, Role]] = {
    "ok": ("ok  ", "pass"),
    "note": ("note", "varies"),
    "warn": ("WARN", "fail"),
}


@click.command("doctor")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="text to read, or one JSON object with findings and facts.",
)
def command(form: str) -> int:
    """Tell what on this machine would spoil a run, and for whom.

    Exit status 1: no run is possible here.
    """
    facts = looking.look()
    findings = diagnosis.diagnose(facts)
    possible = diagnosis.possible(findings)
    if form == "json":
        listed = [asdict(finding) for finding in findings]
        report = {"possible": possible, "findings": listed, "facts": asdict(facts)}
        click.echo(json.dumps(report, indent=2))
    else:
        out = console()
        for parts in text(findings):
            paint_parts(parts, out)
    return 0 if possible else IMPOSSIBLE


def text(findings: list[Finding]) -> Iterator[list[Line]]:
    """The lines for a reader, each in parts with roles of their own."""
    width = max((len(finding.about) for finding in findings), default=0)
    for finding in findings:
        word, role = _WORDS[finding.level]
        yield [Line(word, role), Line(f"  {finding.about:<{width}}  {finding.seen}")]
        whom = f"for {finding.whom}: " if finding.whom else ""
        yield [Line(f"{'':{width + 8}}{whom}{finding.means}", "faint")]
    yield [Line(_summary(findings), "heading")]


def _summary(findings: list[Finding]) -> str:
    stopping = [finding.about for finding in findings if finding.stops]
    if stopping:
        return f"No run is possible here: {', '.join(stopping)}."
    return f"{_count(findings, 'warn', 'warning')}, {_count(findings, 'note', 'note')}."


def _count(findings: Iterable[Finding], level: Level, word: str) -> str:
    number = sum(finding.level == level for finding in findings)
    return f"{number} {word}{'' if number == 1 else 's'}"
