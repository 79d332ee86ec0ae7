"""`sockharness check`: a program on trial, whatever it is written in, by the contract of a service.

Exit codes beside the common ones: 0 every sentence is kept, 1 one is broken, 6 nothing worse than
variations. 4 is wrong use, 2 interrupted.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from harness.commands.formats import HELP, Format, Wanted
from harness.drivers.registry import Unresolved
from harness.language.operations import SERVICES
from harness.records.model import CaseRecord
from harness.records.results import Results
from harness.records.store import StoreError
from harness.report import terminal
from harness.trial import corpus, findings, settings
from harness.trial.request import TRANSPORTS, Request, mode_of
from harness.trial.session import Session
from harness.trial.target import WrongUse


@click.command("check", context_settings={"max_content_width": 100})
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--server", metavar="CMD", help="Start a server: 'CMD … {host} {port}' or {path}.")
@click.option("--client", metavar="CMD", help="Start a client: it gets its message on stdin.")
@click.option("--promises-within", type=float, metavar="SECONDS", help="When --client ends (10).")
@click.option("--module", metavar="NAME", help="A module in the place of `socket`: all scenarios.")
@click.option("--interpreter", metavar="PYTHON", help="The interpreter that has the --module.")
@click.option("--connect", metavar="HOST:PORT", help="A server that runs already (or a unix path).")
@click.option(
    "--service", multiple=True, metavar="NAME", help=f"{', '.join(SERVICES)}. Repeatable."
)
@click.option(
    "--transport", multiple=True, metavar="NAME", help=f"{', '.join(TRANSPORTS)}. Repeatable."
)
@click.option("--one-by-one", is_flag=True, help="It serves one client after another, and says so.")
@click.option("--path-mode", metavar="OCTAL", help="The permissions asked for the unix path.")
@click.option("--allow-remote", is_flag=True, help="--connect may go to another machine.")
@click.option("--ready-within", type=float, metavar="SECONDS", help="Time to start (15).")
@click.option("--slow-factor", type=float, metavar="X", help="Multiply every patience by X.")
@click.option("-k", "only", metavar="TEXT", help="Only checks whose id has this in it.")
@click.option("--config", type=click.Path(path_type=Path), help="A file that lists programs.")
@click.option(
    "--scripts",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write a stand-alone script for each finding that one can reproduce.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep a record of all checks there, for `show` and `diff`.",
)
@click.option(
    "--capture", is_flag=True, help="Keep the packets of each check that finds something."
)
@click.option("--format", "formats", type=Format(), multiple=True, help=HELP)
@click.option("-v", "verbose", is_flag=True, help="The whole story of each finding.")
def command(
    names: tuple[str, ...],
    only: str | None,
    config: Path | None,
    scripts: Path | None,
    results: Path | None,
    capture: bool,
    formats: tuple[Wanted, ...],
    verbose: bool,
    **options: Any,
) -> int:
    """Try a program by the contract of the service that it promises.

    NAME is a program that pyproject.toml ([tool.sockharness.programs.NAME]) or sockharness.yaml
    lists; without a NAME and without --server and the like all of them are tried.
    """
    asked = _Asked(formats or (Wanted("text"),), verbose)
    worst = []
    try:
        for name, request in _requests(names, config, options).items():
            session = Session(name, request, only or "", scripts, results, capture)
            worst.append(_try(session, asked))
    except (WrongUse, Unresolved, StoreError) as problem:
        raise click.UsageError(str(problem)) from None
    except corpus.NoCorpus as problem:
        raise click.ClickException(str(problem)) from None
    finally:
        asked.deliver()
    order = (findings.KEPT, findings.VARIES, findings.FAULT, findings.BROKEN)
    return max(worst, key=order.index)


def _requests(
    names: tuple[str, ...], config: Path | None, options: dict[str, Any]
) -> dict[str, Request]:
    nothing = (None, (), False)  # but 0 is something, and wrong
    given = {key: one for key, one in options.items() if not any(one is no for no in nothing)}
    if {"server", "connect", "client", "module"} & set(given):
        if names or config:
            raise WrongUse("a program is named, or described on the command line; not both")
        if "path_mode" in given:
            given["path_mode"] = mode_of(given["path_mode"])
        request = Request(**given)
        return {_shown(request): request}
    if given:
        first = next(iter(given)).replace("_", "-")
        raise WrongUse(f"--{first} is for a program: say --server, --connect, --client or --module")
    return _listed(names, config)


def _listed(names: tuple[str, ...], config: Path | None) -> dict[str, Request]:
    path = config or settings.find(Path.cwd())
    if path is None:
        raise WrongUse(
            f"nothing to try: say --server 'CMD {{host}} {{port}}' --service echo, or list "
            f"programs in {settings.TOML_NAME} or {settings.YAML_NAME}"
        )
    programs = settings.programs(path)
    for name in names:
        if name not in programs:
            raise WrongUse(f"{path} lists no program `{name}`: {', '.join(programs) or 'none'}")
    if not programs:
        raise WrongUse(f"{path} lists no programs")
    return {name: programs[name] for name in names or programs}


def _shown(request: Request) -> str:
    return str(request.server or request.connect or request.client or request.module)


@dataclass(frozen=True)
class _Asked:
    """How it is to be told, and the programs that have been tried so far."""

    formats: tuple[Wanted, ...]
    verbose: bool
    tried: list[Session] = field(default_factory=list)

    @property
    def text(self) -> bool:
        """Whether people read standard output while it goes on."""
        return Wanted("text") in self.formats

    def deliver(self) -> None:
        """Give what is given at the end: every other format."""
        for wanted in self.formats if self.tried else ():
            if wanted.form == "json":
                wanted.put("".join(json.dumps(_as_json(one)) + "\n" for one in self.tried))
            elif wanted != Wanted("text"):
                wanted.deliver([one.results() for one in self.tried])


def _try(session: Session, asked: _Asked) -> int:
    try:
        session.go(lambda record: _progress(record, asked.text))
    finally:
        if session.records:
            asked.tried.append(session)
            if asked.text:
                _tell(session, asked.verbose)
            if session.trouble:
                click.echo(f"the record is not whole: {session.trouble}", err=True)
    return findings.FAULT if session.trouble else findings.status(session.records)


def _progress(record: CaseRecord, shown: bool) -> None:
    """A line on the terminal that is written over; nothing where nobody watches."""
    if shown and sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        click.echo(f"\r{record.verdict:12} {record.id}"[:width].ljust(width), err=True, nl=False)


def _tell(session: Session, verbose: bool) -> None:
    results = session.results()
    out = terminal.console()
    if sys.stderr.isatty():
        blank = "\r".ljust(shutil.get_terminal_size().columns - 1) + "\r"
        click.echo(blank, err=True, nl=False)
    terminal.report(results, out, heading=False, full=verbose)
    for line in findings.in_words(
        session.name, results.cases, corpus.contracts(), _complete(results)
    ):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _as_json(session: Session) -> dict[str, Any]:
    results = session.results()
    contracts = corpus.contracts()
    return findings.as_json(
        session.name, results.cases, contracts, session.not_made, _complete(results)
    )


def _complete(results: Results) -> bool:
    return results.footer is not None and results.footer.complete
