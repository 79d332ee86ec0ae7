"""What commands do alike with the paths that they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from harness.language.deviations import FILE_NAME as DEVIATIONS
from harness.language.loader import Loaded, load, shown_path


def checked(paths: Sequence[str]) -> Sequence[str]:
    """Return the paths; wrong usage when one does not exist. `FILE::ID` names a case in a file."""
    for path in paths:
        if not Path(path.partition("::")[0]).exists():
            raise click.UsageError(f"there is no file or folder {path!r}")
    return paths


def scenario_files(paths: Sequence[str]) -> list[Path]:
    """The scenario files at these paths, folders searched."""
    found: list[Path] = []
    for path in map(Path, checked(paths)):
        if path.is_dir():
            found += sorted(p for p in path.rglob("*.y*ml") if p.name != DEVIATIONS)
        else:
            found.append(path)
    return found


def loaded(paths: Sequence[str]) -> Iterator[Loaded]:
    """Every scenario file at these paths, read."""
    for file in scenario_files(paths):
        yield load(file, shown_path(file, Path.cwd()))
