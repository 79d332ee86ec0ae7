"""`sockharness diff A B`: only what differs between two implementations, or between two records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.records.results import Results
from harness.records.store import StoreError, latest, read
from harness.report.columns import ByCase, by_implementation
from harness.report.contrast import contrast, differing
from harness.report.paint import console, paint


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--results",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Where the implementations are looked for; default: the newest file of results/.",
)
def command(first: str, second: str, paths: tuple[Path, ...]) -> int:
    """Show the cases whose verdicts differ between A and B.

    Each is an implementation as a matrix names it (trio, server=trio, socket@3.9), or a file or
    folder of results. Exit status 0: nothing differs, 1: something does.
    """
    names = (first, second)
    known = {} if all(map(_is_record, names)) else _columns(paths or (Path("results"),))
    records = {name: _in_record(name) for name in names if _is_record(name) and name not in known}
    # Where each record has one implementation its name matters not: two interpreters' compare.
    whose = any(len(columns) > 1 for columns in records.values()) and len(records) > 1
    sides = _side(first, known, records, whose), _side(second, known, records, whose)
    paint(contrast(names, sides), console())
    return 1 if differing(sides) else 0


def _is_record(name: str) -> bool:
    return Path(name).exists()


def _in_record(name: str) -> dict[str, ByCase]:
    return by_implementation(_read(Path(name)).cases)


def _side(
    name: str, known: dict[str, ByCase], records: dict[str, dict[str, ByCase]], whose: bool
) -> ByCase:
    """The cases of a name; those of a record with the implementation's name, if `whose`."""
    if name in known:
        return known[name]
    if name not in records:
        raise click.UsageError(
            f"the results have no {name!r}, and it is no file; they have {', '.join(known)}"
        )
    return {
        f"{key} {who}" if whose else key: case
        for who, found in records[name].items()
        for key, case in found.items()
    }


def _columns(paths: Sequence[Path]) -> dict[str, ByCase]:
    found: dict[str, ByCase] = {}
    for path in paths:
        for name, cases in by_implementation(_read(path).cases).items():
            found.setdefault(name, {}).update(cases)
    return found


def _read(path: Path) -> Results:
    try:
        return read(latest(path) if path.is_dir() else path)
    except StoreError as problem:
        raise click.UsageError(str(problem)) from None
