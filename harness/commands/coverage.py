"""`sockharness coverage`: what the corpus touches, by transport, and what it never does."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import click

from harness.commands.paths import loaded
from harness.coverage import Coverage, coverage
from harness.coverage_universe import why_left_out
from harness.language.operations import TRANSPORTS

_OPTIONS = ("SO_", "TCP_", "IP_", "IPV6_", "UDP_")
_HEADS = {"messages": "control messages", "pairs": "operation with"}


@click.command("coverage")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--pairs", is_flag=True, help="Also each operation with each option, flag and error.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(paths: tuple[str, ...], pairs: bool, form: str) -> int:
    """Tell which operations, options, flags and errors the scenarios touch, and which never.

    A number is that of the scenarios. Options and flags are those that Python's socket module has
    on this system; of errors with an operation those that POSIX lists for it.
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
        click.echo(json.dumps({**vars(found), "never": _reasons(never)}, indent=1))
    else:
        kinds = [kind for kind in vars(found) if pairs or kind != "pairs"]
        click.echo("\n".join(_text(found, never, kinds)))
    return 0


def _known(prefixes: tuple[str, ...]) -> set[str]:
    return {name for name in dir(socket) if name.startswith(prefixes)}


def _reasons(never: Mapping[str, list[str]]) -> dict[str, dict[str, str | None]]:
    return {kind: {name: why_left_out(name) for name in names} for kind, names in never.items()}


def _text(found: Coverage, never: Mapping[str, list[str]], kinds: Sequence[str]) -> Iterator[str]:
    for kind in kinds:
        yield from _table(_HEADS.get(kind, kind), getattr(found, kind))
        holes = [name for name in never[kind] if why_left_out(name) is None]
        yield f"  never: {', '.join(holes) or 'nothing is left out'}"
        yield from _left_out(never[kind])
        yield ""


def _left_out(names: Sequence[str]) -> Iterator[str]:
    """What is never touched for a reason, reason by reason."""
    reasoned = sorted((why, name) for name in names if (why := why_left_out(name)) is not None)
    for why, group in groupby(reasoned, key=lambda one: one[0]):
        yield f"  left out: {', '.join(name for _, name in group)} ({why})"


def _table(what: str, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    wide = max([len(name) for name in counts] + [len(what)])
    yield f"{what:{wide}}  " + "  ".join(f"{transport:>5}" for transport in TRANSPORTS)
    for name in sorted(counts):
        cells = (
            f"{counts[name].get(transport) or '·':>{max(5, len(transport))}}"
            for transport in TRANSPORTS
        )
        yield f"{name:{wide}}  " + "  ".join(cells)
