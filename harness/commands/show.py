"""`sockharness show`: render a record of results again, from the file alone.

Several files become one report when their headers agree on what must agree; those which do not
agree are shown one after the other, with a warning that says what differs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from harness.commands.formats import HELP, Format, Wanted
from harness.records import results as joining
from harness.records.model import MUST_AGREE
from harness.records.results import Results
from harness.records.store import StoreError, latest, merge, read
from harness.report.matrix import matrix_rows
from harness.report.paint import console, paint_parts
from harness.report.terminal import report
from harness.verdicts import VERDICTS, Verdict

NOT_RESULTS = 4
"""Exit status when one of the files is none of results; the others are rendered."""


@click.command("show")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "formats", type=Format(), multiple=True, help=HELP)
@click.option(
    "--verdict",
    "only",
    type=click.Choice(VERDICTS),
    multiple=True,
    help="Explain only the cases with this verdict; may be given again.",
)
@click.option(
    "--matrix",
    is_flag=True,
    help="Claims by implementations instead: those on which not all agree.",
)
@click.option("--all", "every", is_flag=True, help="With --matrix: every claim.")
@click.option("--roles", is_flag=True, help="With --matrix: a column for each part played.")
@click.pass_context
def command(
    context: click.Context,
    results: tuple[Path, ...],
    formats: tuple[Wanted, ...],
    only: tuple[Verdict, ...],
    matrix: bool,
    every: bool,
    roles: bool,
) -> None:
    """Show RESULTS again: files of results, or folders, of which the newest file counts.

    Without RESULTS the folder results/ is taken. Exit status 4: not a results file.
    """
    if matrix and formats:
        raise click.UsageError("--matrix is a text for people; give it without --format")
    found, errors = _read_all(results or (Path("results"),))
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    if matrix:
        out = console()
        cases = [case for one in found for case in one.cases]
        for row in matrix_rows(cases, every, roles, out.width):
            paint_parts(row, out)
        context.exit(NOT_RESULTS if errors else 0)
    groups = joining.group(found)
    if len(groups) > 1:
        text = joining.difference(MUST_AGREE, [group[0] for group in groups])
        click.echo(f"Warning: shown one by one, not joined: {text}", err=True)
    _render([merge(group) for group in groups], formats, only)
    if errors:
        context.exit(NOT_RESULTS)


def _read_all(paths: Sequence[Path]) -> tuple[list[Results], list[StoreError]]:
    """Read each file once, also when it is named twice."""
    found, errors = [], []
    for path in dict.fromkeys(paths):
        try:
            found.append(read(latest(path) if path.is_dir() else path))
        except StoreError as error:
            errors.append(error)
    return found, errors


def _render(
    reports: Sequence[Results], formats: Sequence[Wanted], only: Collection[Verdict]
) -> None:
    for wanted in formats or (Wanted("text"),):
        if wanted != Wanted("text"):
            wanted.deliver(reports, only)
            continue
        out = console()
        for number, one in enumerate(reports):
            if number:
                out.print()
            report(one, out, only=only)
