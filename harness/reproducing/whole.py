"""Whole scripts: the beginning that tells the steps, what plays them, and the drivers, packed.

The only module here that touches files. What stands behind the beginning is the same for
all cases with the same drivers, so a page has it once, and a record has it not at all.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.conditions import Facts
from harness.drivers import registry
from harness.engine.settings import Settings
from harness.language.model import ACTORS, Actor
from harness.plan import Case, called
from harness.records.beside import keep
from harness.records.model import CaseRecord, Failure
from harness.reproducing.bundle import bundle
from harness.reproducing.steps import NoScript
from harness.reproducing.story import Side, story

_HARNESS = Path(__file__).parents[1]
_DRIVERS = _HARNESS / "drivers"
_LIBRARIES = _DRIVERS / "libraries"
_OVERRIDING = "driving"
# In the order in which their definitions stand: each before those that use it.
_MODULES = (
    "verdicts",
    "conditions",
    "drivers/python/payload",
    "language/model",
    "language/outcomes",
    "protocol",
    "judging/matching",
    "judging/wording",
    "judging/judge",
    "engine/tcp_table",
    f"reproducing/{_OVERRIDING}",
    "engine/blocking",
    "engine/patience",
    "reproducing/asked",
    "reproducing/player",
    "reproducing/opening",
)
_LONGEST = 150  # characters of a case's id in the name of a file
PLAYER, END = "player", "end"
# What may stand behind the beginning of a script.
PARTS = (PLAYER, "python", "libraries", "node", *registry.COMPILED, END)
# Before anything that an older one would fail at: with 1, as if the fault had shown.
_GUARD = """
import sys

if sys.version_info < (3, 10):
    print("cannot be tried: the script takes Python 3.10 or newer; SERVER may be any")
    sys.exit(2)
"""
_END = """

if __name__ == "__main__":
    SIDES = {"server": SERVER, "client": CLIENT}
    sys.exit(play(steps, SIDES, TRANSPORT, PATIENCE, PACKED))
"""


def told(
    record: CaseRecord, case: Case, facts: Mapping[Actor, Facts], settings: Settings
) -> CaseRecord:
    """The record of a case, with the beginning of its script if it failed, or why there is none."""
    if record.failure is None or record.verdict != "fail":
        return record
    sides = {
        actor: side(name, facts[actor].runtime)
        for actor, name in zip(ACTORS, case.pair, strict=True)
    }
    drivers = dict.fromkeys(one for each in sides.values() for one in each.needs)
    try:
        if any(settings.hosts.values()):
            raise NoScript("a script cannot do what is done between two hosts")
        patience = (settings.deadline, settings.factor)
        text = story(case, facts, sides, record, patience)
    except NoScript as reason:
        return _with(record, script_note=str(reason))
    return _with(record, script=text, script_needs=(PLAYER, *drivers, END))


def kept(record: CaseRecord, text: str, folder: Path) -> CaseRecord:
    """Write a script into a folder, under a name made of the case's id; the record says where."""
    name = re.sub(r"[^a-z0-9]+", "-", record.id.lower()).strip("-")
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{zlib.crc32(record.id.encode()):08x}"
    path = folder / f"{name}.py"
    if trouble := keep(path, text.encode()):
        return _with(record, script_note=trouble)
    return _with(record, script_file=str(path))


def _with(record: CaseRecord, **fields: Any) -> CaseRecord:
    """The record with these fields in its failure; one without a failure as it is."""
    failure = record.failure
    return replace(record, failure=replace(failure, **fields)) if failure else record


def script(failure: Failure | None) -> str:
    """The whole script of a failure; empty when it has none."""
    return "".join([failure.script, *map(part, failure.script_needs)]) if failure else ""


@cache
def part(name: str) -> str:
    """One of `PARTS`: what plays the steps, the sources of a driver, the end."""
    assert name in PARTS, f"there is no part {name!r} of scripts"
    return _player() if name == PLAYER else _END if name == END else _packed(name)


def _player() -> str:
    """What plays the steps."""
    sources = {
        name.rpartition("/")[2]: (_HARNESS / f"{name}.py").read_text(encoding="utf-8")
        for name in _MODULES
    }
    line = f"# --- what plays them {'-' * 78}"
    copied = bundle(sources, [("opening", "play")], _OVERRIDING)
    return f"\n\n{line}\n{_GUARD}\n{copied}\n\nPACKED = {{}}\n"


def _packed(driver: str) -> str:
    """The sources of a driver, by the name of its folder, as a line of Python that has them."""
    files = {
        f"{driver}/{path.name}": path.read_text(encoding="utf-8")
        for path in sorted((_DRIVERS / driver).iterdir())
        if path.is_file()
    }
    text = base64.b85encode(zlib.compress(json.dumps(files).encode(), 9)).decode()
    return f'PACKED["{driver}"] = """\n{textwrap.fill(text, 99, break_on_hyphens=False)}\n"""\n'


def side(name: str, runtime: str) -> Side:
    """How a script starts the driver of this implementation; `runtime` is what it ran on."""
    known = registry.resolve(name)
    with_packages = f", with {', '.join(known.packages)}" if known.packages else ""
    shown = f"{called(name)}, on {runtime}{with_packages}"
    driver = name.partition("@")[0]
    if driver.startswith(registry.MODULE):
        module = driver.removeprefix(registry.MODULE)
        return _python(registry.PythonDriver(_LIBRARIES, ("on_module", module), (module,)), shown)
    if driver in registry.DRIVERS:
        return _python(registry.DRIVERS[driver], shown)
    if driver in registry.COMPILED:
        return Side(_built(registry.COMPILED[driver]), (driver,), shown)
    if driver == "node":
        return Side((("node", _unpacked(registry.NODE)),), ("node",), shown)
    return Side((known.argv,), (), shown)


def _python(driver: registry.PythonDriver, shown: str) -> Side:
    flags = ("-I",) if driver.packages else ("-I", "-S")
    command = ("{python}", *flags, _unpacked(driver.folder), *driver.words)
    needs = ("python",) if driver.folder.name == "python" else ("python", driver.folder.name)
    return Side((command,), needs, shown, driver.packages)


def _built(program: registry.Compiled) -> tuple[tuple[str, ...], ...]:
    made = _unpacked(program.source.with_suffix(""))
    return (program.compiler, *program.flags, "-o", made, _unpacked(program.source)), (made,)


def _unpacked(path: Path) -> str:
    """Where it is once a script has unpacked the drivers."""
    return f"{{drivers}}/{path.relative_to(_DRIVERS)}"
