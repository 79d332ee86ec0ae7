"""What commands do alike with the paths that they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from harness.language.deviations import FILE_NAME as DEVIATIONS
from harness.language.loader import Loaded, load, shown_path
from harness.language.workloads import FOLDER as WORKLOADS


def checked(paths: Sequence[str]) -> Sequence[str]:
    """Return the paths; wrong usage when one does not exist. `FILE::ID` names a case in a file."""
    for path in paths:
        if not Path(path.partition("::")[0]).exists():
            raise click.UsageError(f"there is no file or folder {path!r}")
    return paths


def scenario_files(paths: Sequence[str], workloads: bool = False) -> list[Path]:
    """The scenario files at these paths, folders searched, with the folder of workloads or not."""
    found: list[Path] = []
    for path in map(Path, checked(paths)):
        if path.is_dir():
            below = (p for p in path.rglob("*.y*ml") if p.name != DEVIATIONS)
            found += sorted(p for p in below if workloads or not _is_apart(p, path))
        else:
            found.append(path)
    return found


def _is_apart(file: Path, named: Path) -> bool:
    """Whether the file is in the folder of workloads, and that is not what was named."""
    parents = (file.parent, file.parent.parent)
    return (parents[0].name, parents[1].resolve().name) == (WORKLOADS, "scenarios") and (
        named.resolve() != parents[0].resolve()
    )


def loaded(paths: Sequence[str], workloads: bool = False) -> Iterator[Loaded]:
    """Every scenario file at these paths, read."""
    for file in scenario_files(paths, workloads):
        yield load(file, shown_path(file, Path.cwd()))
