"""`sockharness expect`: the deviations that a run showed and nobody has explained yet."""

from __future__ import annotations

from pathlib import Path

import click

from harness.language.deviations import FILE_NAME
from harness.records.model import CaseRecord
from harness.records.store import StoreError, latest, read
from harness.report.entries import broken, entries, stale, unexplained

_HEAD = """\
# Known deviations: what an implementation does otherwise than a scenario claims, and why that is
# accepted for now.

deviations:
"""


@click.command("expect")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Append the entries to the list; else they are shown.")
@click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path),
    default=Path("scenarios") / FILE_NAME,
    show_default=True,
    help="The list of known deviations.",
)
def command(results: tuple[Path, ...], update: bool, listed: Path) -> int:
    """Make entries for the list of known deviations from what failed in RESULTS.

    An entry that was appended is refused by every run until its reason has been written by hand:
    nothing is accepted in silence. Exit status 0: nothing to explain, 1: there is.
    """
    cases = [case for path in results or (Path("results"),) for case in _read(path)]
    for case in stale(cases):
        click.echo(f"stale, take it out of the list: {case.id}", err=True)
    for case in broken(cases):
        click.echo(f"broken, a fault of the driver or ours and no deviation: {case.id}", err=True)
    found = list(entries(unexplained(cases)))
    for entry in found:
        click.echo(entry, nl=False)
    if update and found:
        _append(listed, "".join(found))
        click.echo(f"{len(found)} entries to be explained in {listed}", err=True)
    return 1 if found or stale(cases) or broken(cases) else 0


def _append(listed: Path, text: str) -> None:
    before = listed.read_text(encoding="utf-8") if listed.exists() else _HEAD
    listed.write_text(before.rstrip("\n") + "\n" + text, encoding="utf-8")


def _read(path: Path) -> tuple[CaseRecord, ...]:
    try:
        return read(latest(path) if path.is_dir() else path).cases
    except StoreError as problem:
        raise click.UsageError(str(problem)) from None
