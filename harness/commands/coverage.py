"""`sockharness coverage`: what the corpus touches, by transport, and what it never does."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping

import click

from harness.commands.paths import loaded
from harness.coverage import Coverage, coverage
from harness.language.operations import TRANSPORTS

_OPTIONS = ("SO_", "TCP_", "IP_", "IPV6_", "UDP_")


@click.command("coverage")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(paths: tuple[str, ...], form: str) -> int:
    """Tell which operations, options, flags and errors the scenarios touch, and which never.

    A number is that of the scenarios. Options and flags are those that Python's socket module has
    on this system.
    """
    scenarios = []
    for file in loaded(paths or ("scenarios",)):
        if file.problems:
            click.echo(file.explain(), err=True)
            return 2
        scenarios += file.scenarios
    found = coverage(scenarios)
    never = found.never(_known(_OPTIONS), _known(("MSG_",)))
    if form == "json":
        click.echo(json.dumps({**vars(found), "never": never}, indent=1))
    else:
        click.echo("\n".join(_text(found, never)))
    return 0


def _known(prefixes: tuple[str, ...]) -> set[str]:
    return {name for name in dir(socket) if name.startswith(prefixes)}


def _text(found: Coverage, never: Mapping[str, list[str]]) -> Iterator[str]:
    for what, counts in vars(found).items():
        yield from _table(what, counts)
        yield f"  never: {', '.join(never[what]) or 'nothing is left out'}"
        yield ""


def _table(what: str, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    wide = max([len(name) for name in counts] + [len(what)])
    yield f"{what:{wide}}  " + "  ".join(f"{transport:>5}" for transport in TRANSPORTS)
    for name in sorted(counts):
        cells = (
            f"{counts[name].get(transport) or '·':>{max(5, len(transport))}}"
            for transport in TRANSPORTS
        )
        yield f"{name:{wide}}  " + "  ".join(cells)
