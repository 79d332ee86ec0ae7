"""`sockharness report`: records as one page of HTML, for a browser and for people."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from harness.records.results import Results
from harness.records.store import PACKED, SUFFIX, StoreError, latest, read
from harness.report.html.page import page

_NAMES = (SUFFIX, SUFFIX + PACKED)
NOT_RESULTS = 4
"""Exit status when one of the files is none of results; the page has the others."""


@click.command("report")
@click.argument("results", nargs=-1, metavar="[RESULTS]...")
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The page. It is written over.",
)
@click.pass_context
def command(context: click.Context, results: tuple[str, ...], output: Path) -> None:
    """Make one page of RESULTS: files, folders (every record in them and below) or patterns.

    Without RESULTS it is the newest record of the folder results/. The page needs nothing but a
    browser, and no network. Exit status 4: a file is not one of results, or nothing was found.
    """
    found, errors = _read_all(_paths(results))
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    if not found:
        context.exit(NOT_RESULTS)
    _write(output, page(found))
    records = "1 record" if len(found) == 1 else f"{len(found)} records"
    click.echo(f"{output}: {records}, {output.stat().st_size / 1000:.0f} kB")
    if errors:
        context.exit(NOT_RESULTS)


def _paths(named: Sequence[str]) -> list[Path]:
    """Every file that is meant, once, in the order of the names."""
    try:
        paths = [path for name in named for path in _found(name)] or [latest(Path("results"))]
    except StoreError as problem:
        raise click.ClickException(str(problem)) from None
    return list(dict.fromkeys(paths))


def _found(name: str) -> Iterator[Path]:
    """A name that is no path is a pattern: a shell leaves those alone that match nothing."""
    if not os.path.lexists(name) and glob.has_magic(name):
        listed = sorted(glob.glob(name, recursive=True))
        if not listed:
            raise StoreError(f"{name}: nothing matches this pattern")
    else:
        listed = [name]
    for path in map(Path, listed):
        yield from _in_folder(path) if path.is_dir() else [path]


def _in_folder(folder: Path) -> list[Path]:
    # What goes away while it is looked through is nobody's error.
    walked = ((here, name) for here, _, names in os.walk(folder) for name in names)
    files = sorted(Path(here, name) for here, name in walked if name.endswith(_NAMES))
    if not files:
        raise StoreError(f"{folder}: no results file (*{SUFFIX}) is in this folder or below it")
    return files


def _read_all(paths: Sequence[Path]) -> tuple[list[Results], list[StoreError]]:
    found, errors = [], []
    for path in paths:
        try:
            found.append(read(path))
        except StoreError as error:
            errors.append(error)
    return found, errors


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as problem:
        reason = os.strerror(problem.errno or 0).lower()
        raise click.ClickException(f"{output}: cannot be written: {reason}") from None
