"""`sockharness check-scenarios`: all that is wrong in scenario files, without running any."""

from __future__ import annotations

from pathlib import Path

import click

from harness.commands.paths import checked, loaded
from harness.language import deviations
from harness.language.loader import shown_path


@click.command("check-scenarios")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
def command(paths: tuple[str, ...]) -> int:
    """Read scenario files and tell everything that is wrong in them. Nothing is run."""
    where = paths or ("scenarios",)
    good = bad = 0
    ids: dict[str, str] = {}
    for file in loaded(where, workloads=True):
        explained = [file.explain()] if file.problems else []
        for scenario in file.scenarios:
            other = ids.setdefault(scenario.id, file.file)
            if other != file.file:
                place = scenario.place
                explained.append(
                    f"{file.file}:{place.line}:{place.column}: the id `{scenario.id}` is taken by "
                    f"a scenario in {other}"
                )
        good += len(file.scenarios)
        bad += bool(explained)
        for text in explained:
            click.echo(text)
    for text in _deviations(where):
        bad += 1
        click.echo(text)
    click.echo(f"{good} scenarios are well formed" + (f"; {bad} files are not" if bad else ""))
    return 2 if bad else 0 if good else 5


def _deviations(paths: tuple[str, ...]) -> list[str]:
    folders = [Path(path) for path in checked(paths) if Path(path).is_dir()]
    listed = [deviations.load(file, shown_path(file, Path.cwd())) for file in _lists(folders)]
    return [one.explain() for one in listed if one.problems]


def _lists(folders: list[Path]) -> list[Path]:
    return sorted({found for folder in folders for found in folder.rglob(deviations.FILE_NAME)})
