"""`sockharness smoke COMMAND`: test a driver against the protocol, one line for each check."""

from __future__ import annotations

import itertools
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import click

from harness.drivers import registry
from harness.engine.pool import short_base
from harness.engine.process import Driver
from harness.engine.selftest import Check, selftest


@click.command(
    "smoke",
    # What stands behind COMMAND belongs to it.
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("driver", nargs=-1, required=True, metavar="COMMAND...", type=click.UNPROCESSED)
def command(driver: tuple[str, ...]) -> int:
    """Test the driver that COMMAND starts: any program that speaks the driver protocol.

    A single word may be the name of an implementation, such as trio@3.9.

    Exit status 0: it keeps the protocol. 1: it does not; what is wrong stands behind WRONG.
    """
    wrong = made = 0
    driver = _named(driver)
    with tempfile.TemporaryDirectory(prefix="sockharness-", dir=short_base()) as scratch:
        folders = (Path(scratch, str(number)) for number in itertools.count())
        for check in selftest(lambda: _start(driver, next(folders))):
            made += 1
            wrong += bool(check.problem)
            click.echo(_line(check))
    click.echo(f"checks: {made}, wrong: {wrong}")
    return 1 if wrong else 0


def _named(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command that an implementation's name stands for; any other stands for itself."""
    if len(command) != 1 or command[0].partition("@")[0] not in registry.known():
        return command
    try:
        return registry.resolve(command[0]).argv
    except registry.Unresolved as problem:
        raise click.UsageError(str(problem)) from None


def _start(command: Sequence[str], scratch: Path) -> Driver:
    # A driver that ends may have removed the folder above its own, too.
    scratch.mkdir(parents=True)
    return Driver.start(command, scratch, "on trial")


def _line(check: Check) -> str:
    if check.problem:
        return "WRONG  " + textwrap.indent(f"{check.name}: {check.problem}", " " * 7).lstrip()
    return f"ok     {check.name}" + (f": {check.note}" if check.note else "")
