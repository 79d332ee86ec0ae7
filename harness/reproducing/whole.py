"""Whole scripts: the beginning that tells the steps, what plays them, and the drivers, packed.

The only module here that reads files: our own sources. What stands behind the beginning is the same
for all cases with the same drivers, so records and pages keep it apart or not at all.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from harness.drivers import registry
from harness.plan import called
from harness.reproducing.bundle import bundle
from harness.reproducing.story import Side

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
    "reproducing/player",
    "reproducing/opening",
)
_LONGEST = 150  # characters of a case's id in the name of a file
END = """

if __name__ == "__main__":
    SIDES = {"server": SERVER, "client": CLIENT}
    sys.exit(play(steps, SIDES, TRANSPORT, PATIENCE, PACKED))
"""


def script(story: str, needs: Iterable[str]) -> str:
    """The whole script: the beginning that `story.py` made, and everything behind it."""
    return "".join([story, player(), *map(packed, needs), END])


def write(folder: Path, case: str, text: str) -> Path:
    """Write the script of a case into a folder, under a name made of its id. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^a-z0-9]+', '-', case.lower()).strip('-')[:_LONGEST]}.py"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def player() -> str:
    """What plays the steps."""
    sources = {
        name.rpartition("/")[2]: (_HARNESS / f"{name}.py").read_text(encoding="utf-8")
        for name in _MODULES
    }
    line = f"# --- what plays them {'-' * 78}"
    return f"\n\n{line}\n\n{bundle(sources, [('opening', 'play')], _OVERRIDING)}\n\nPACKED = {{}}\n"


@cache
def packed(driver: str) -> str:
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
