"""`--format FORMAT[=FILE]` of `run`, `show` and `check`: which reports are wanted, and where to.

What a format looks like is in `harness/report/`; here is what belongs to the command line.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from harness.commands.parameter import ParameterType
from harness.records.results import Results
from harness.records.whole import as_json
from harness.report.github import annotate
from harness.report.markdown import markdown
from harness.report.paint import console
from harness.report.terminal import report
from harness.verdicts import Verdict

Reports = Sequence[Results]
Only = Collection[Verdict]

_FILE_WIDTH = 100  # columns of a text in a file


def _as_text(reports: Reports, only: Only) -> str:
    file = io.StringIO()
    out = console(file, width=_FILE_WIDTH)
    for number, one in enumerate(reports):
        if number:
            out.print()
        report(one, out, only=only)
    return file.getvalue()


def _as_markdown(reports: Reports, only: Only) -> str:
    return markdown([_filtered(one, only) for one in reports])


def _as_github(reports: Reports, only: Only) -> str:
    lines = annotate([_filtered(one, only) for one in reports], _folder())
    return "".join(f"{line}\n" for line in lines)


def _as_json(reports: Reports, only: Only) -> str:
    return "".join(json.dumps(as_json(one, only)) + "\n" for one in reports)


FORMATS: Mapping[str, Callable[[Reports, Only], str]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": _as_markdown,
    "github": _as_github,
}
HELP = f"{', '.join(FORMATS)}; into FILE, or on standard output. Repeatable."


def _filtered(one: Results, only: Only) -> Results:
    return replace(one, cases=tuple(c for c in one.cases if c.verdict in only)) if only else one


def _folder() -> str:
    """Where we stand in the repository that a GitHub job has checked out."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if not root or not Path.cwd().is_relative_to(Path(root).resolve()):
        return ""
    return str(Path.cwd().relative_to(Path(root).resolve()))


@dataclass(frozen=True)
class Wanted:
    """One report that is wanted: its format, and its file; None is standard output."""

    form: str
    file: Path | None = None

    def deliver(self, reports: Reports, only: Only = ()) -> None:
        """Write or print it. Raise click.ClickException when it cannot be written."""
        self.put(FORMATS[self.form](reports, only))

    def put(self, text: str) -> None:
        """Write or print a text that is of this format."""
        if self.file is None:
            click.echo(text, nl=False)
            return
        try:
            self.file.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise click.ClickException(f"{self.file}: {os.strerror(problem.errno or 0)}") from None


def stdout_is_taken(wanted: Sequence[Wanted]) -> bool:
    """Whether a program is to read standard output, so that what people read has to leave it.

    Annotations stand well between other lines: GitHub looks for them in the whole log."""
    return any(one.file is None and one.form in ("json", "markdown") for one in wanted)


class Format(ParameterType):
    """The value of the option: a format, or a format and a file."""

    name = "FORMAT[=FILE]"

    def convert(self, value: Any, param: Any, ctx: Any) -> Wanted:
        form, equals, file = str(value).partition("=")
        if form not in FORMATS:
            self.fail(f"{form!r} is not one of {', '.join(FORMATS)}", param, ctx)
        if equals and not file:
            self.fail(f"{value!r} names no file", param, ctx)
        return Wanted(form, Path(file) if file else None)
