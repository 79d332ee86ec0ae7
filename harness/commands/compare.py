"""`sockharness compare`: stored records of timed runs, held against each other."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from harness.commands.measures import Part
from harness.measuring import gate
from harness.measuring.across import Across, Nothing, Pairing, across, case_of
from harness.measuring.comparing import recorded
from harness.records.measured import ComparisonRecord
from harness.records.results import Results, run_names
from harness.records.store import StoreError, latest, read
from harness.report.across import Row, across_lines
from harness.report.latency import implementations
from harness.report.paint import console, paint


@click.command("compare", context_settings={"max_content_width": 100})
@click.argument("records", nargs=-1, metavar="A B...", type=click.Path(path_type=Path))
@click.option("--anyway", is_flag=True, help="Compare also what cannot be compared.")
@click.option("--fail-if-slower", "limit", type=Part(), help="Exit 1 when slower by more.")
@click.option(
    "--inconclusive-exit",
    "inconclusive",
    type=click.IntRange(0, 255),
    default=0,
    help="Exit so when the gate cannot tell (0).",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    records: tuple[Path, ...], anyway: bool, limit: float | None, inconclusive: int, form: str
) -> int:
    """Compare the timed cases of each record with those of the first, A.

    A record is a file of results, or a folder, of which the newest counts; one folder of folders
    stands for all of these. What `bench` left of
    each is held against the C loop of its own run. Records of machines that differ in what matters
    are refused.
    """
    paths = _folders(records[0]) if len(records) == 1 else records
    if len(paths) < 2:
        raise click.UsageError("two records or more are needed: A is compared with each other one")
    results = [_read(path) for path in paths]
    names = _names(paths, results)
    found = [
        _compared(results[0], other, names[0], name, anyway)
        for other, name in zip(results[1:], names[1:], strict=True)
    ]
    if form == "json":
        for name, one in zip(names[1:], found, strict=True):
            for record in _records(one):
                click.echo(json.dumps(replace(record, run=name).as_json()))
    else:
        _print(names, found)
    if limit is None:
        return 0
    answers = gate.of((record for one in found for record in _records(one)), limit)
    click.echo(gate.sentence(answers, limit), err=True)
    return gate.exit_status(gate.worst(answers.values()), inconclusive)


def _folders(path: Path) -> Sequence[Path]:
    """The folders in a folder that have records, by name."""
    return sorted({file.parent for file in path.glob("*/*.jsonl")}) if path.is_dir() else []


def _names(paths: Sequence[Path], results: Sequence[Results]) -> list[str]:
    """What the records are called: their folders say more than the times in their names."""
    folders = [path.name for path in paths]
    told_apart = all(path.is_dir() for path in paths) and len(set(folders)) == len(folders)
    return folders if told_apart else run_names(results)


def _read(path: Path) -> Results:
    try:
        return read(latest(path) if path.is_dir() else path)
    except StoreError as problem:
        raise click.UsageError(str(problem)) from None


def _compared(before: Results, after: Results, one: str, other: str, anyway: bool) -> Across:
    try:
        found = across(before, after)
    except Nothing as problem:
        raise click.UsageError(f"{one} and {other}: {problem}") from None
    if found.objections and not anyway:
        raise click.UsageError(
            f"{one} and {other} cannot be compared: {'; '.join(found.objections)}"
            " (--anyway compares them all the same)"
        )
    return found


def _print(names: Sequence[str], found: Sequence[Across]) -> None:
    out = console(file=sys.stdout)
    for number, (name, one) in enumerate(zip(names[1:], found, strict=True)):
        if number:
            out.print()
        rows = [_row(each) for each in one.pairings]
        paint(across_lines((names[0], name), rows, list(_notes(one)), min(out.width, 100)), out)


def _row(one: Pairing) -> Row:
    compared = recorded(one.after.id, one.before.id, one.compared)
    case = case_of(one.after.id).partition("[")[2].rstrip("]")
    names = [implementations(each.implementations) for each in (one.before, one.after)]
    same_name = names[0] == names[1] and one.runtimes[0] != one.runtimes[1]
    return Row(
        f"{case} {one.runtimes[1] if same_name else names[1]}",
        one.before.p50,
        one.after.p50,
        compared.ratio,
        compared.low,
        compared.high,
        compared.word,
    )


def _notes(found: Across) -> Iterator[str]:
    floors = sorted({one.floor for one in found.pairings if one.floor})
    if floors:
        yield f"each is held against the loop `{', '.join(floors)}` of its own run, then compared"
    widened = max(one.compared.widened for one in found.pairings)
    yield f"± holds {100 * widened:.1f} % for what differs from run to run"
    for objection in found.objections:
        yield f"warning: compared anyway: {objection}"
    for warning in found.warnings:
        yield f"warning: {warning}"
    doubts = (doubt for one in found.pairings for doubt in one.doubts)
    for doubt in dict.fromkeys(doubts):
        if not doubt.startswith("no p"):
            yield f"warning: {doubt}"
    if found.unpaired:
        yield f"in one record only: {', '.join(found.unpaired)}"


def _records(found: Across) -> Iterator[ComparisonRecord]:
    """The comparison as lines of a record would have it."""
    for one in found.pairings:
        yield recorded(one.after.id, one.before.id, one.compared)
