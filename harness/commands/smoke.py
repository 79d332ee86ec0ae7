"""`sockharness smoke`: test drivers against the protocol, one a line for each check, or many."""

from __future__ import annotations

import functools
import itertools
import os
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from harness.commands.choosing import ALL, chosen, demand, python_option
from harness.drivers import registry
from harness.engine.process import Driver
from harness.engine.scratch import short_base
from harness.engine.selftest import Check, selftest
from harness.report.line import Line
from harness.report.paint import console, paint, paint_parts
from harness.report.smoked import Smoked, story, table

# Of the time of a test most is spent waiting for what should not come.
_AT_ONCE = 2 * (os.cpu_count() or 1)


@click.command(
    "smoke",
    # What stands behind COMMAND belongs to it.
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("driver", nargs=-1, metavar="[COMMAND]...", type=click.UNPROCESSED)
@click.option(
    "--impl",
    "names",
    multiple=True,
    metavar="NAME[@INTERPRETER]",
    help="An implementation instead of a command, or `all` that ship. Repeatable.",
)
@python_option
@click.option("--all", "everything", is_flag=True, help="--impl all --python all")
def command(
    driver: tuple[str, ...], names: tuple[str, ...], pythons: tuple[str, ...], everything: bool
) -> int:
    """Test the driver that COMMAND starts: any program that speaks the driver protocol.

    A single word may be the name of an implementation, such as trio@3.9. Many implementations end
    in a table; what cannot be had here is named with the reason.

    Exit status 0: the protocol is kept. 1: it is not; what is wrong stands behind WRONG.
    """
    if everything:
        names, pythons = (*names, ALL), (*pythons, ALL)
    if bool(driver) == bool(names or pythons):
        raise click.UsageError("name either one driver, by its command, or several by --impl")
    if driver:
        return _one(_named(driver))
    names = names or (ALL,)
    return _many(chosen(names, pythons), demand(names, pythons))


def _one(driver: Sequence[str]) -> int:
    """A line for each check, as it comes."""
    wrong = made = 0
    for check in _checks(driver):
        made += 1
        wrong += bool(check.problem)
        click.echo(_line(check))
    click.echo(f"checks: {made}, wrong: {wrong}")
    return 1 if wrong else 0


def _many(names: Sequence[str], missing: Mapping[str, str]) -> int:
    """A line for each driver as it comes, then all of them in a table."""
    out = console()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        everyone = []
        for one in pool.map(functools.partial(_smoked, missing), names):
            paint(story(one), out)
            everyone.append(one)
    paint([Line("")], out)
    for row in table(everyone):
        paint_parts(row, out)
    tried = [one for one in everyone if not one.reason]
    return 1 if not tried or any(one.wrong for one in tried) else 0


def _smoked(missing: Mapping[str, str], name: str) -> Smoked:
    if name in missing:
        return Smoked(name, reason=missing[name])
    found = registry.resolve(name)
    checks = list(_checks(found.argv))
    said = checks[0].note
    wrong = [f"{check.name}: {check.problem}" for check in checks if check.problem]
    version = re.split("[,;]", said)[0].partition(" ")[2] if found.packages else ""
    return Smoked(name, said, version, len(checks), tuple(wrong))


def _checks(driver: Sequence[str]) -> Iterator[Check]:
    with tempfile.TemporaryDirectory(prefix="sockharness-", dir=short_base()) as scratch:
        folders = (Path(scratch, str(number)) for number in itertools.count())
        yield from selftest(lambda: _start(driver, next(folders)))


def _named(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command that an implementation's name stands for; any other stands for itself."""
    if len(command) != 1 or not registry.ships(command[0]):
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
