"""The frame of the script of a case: its command line, its drivers, its exit status.

Standard library only, for it is copied into scripts.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import shlex
import subprocess
import sys
import tempfile
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.reproducing.driving import AnyDriver, FaultShows
from harness.reproducing.player import Played


def play(
    steps: Callable[[Played], None],
    sides: Mapping[str, Sequence[Sequence[str]]],
    transport: str,
    patience: tuple[float, float],
    packed: Mapping[str, str],
) -> int:
    """Start the drivers and go through the steps. `sides` has the commands of each: what builds its
    driver, and last what starts it; `packed` the sources of drivers. Return the exit status."""
    options = argparse.ArgumentParser(description="1: the fault shows. 0: not. 2: cannot be tried.")
    for side in sides:
        options.add_argument(side, nargs="?", help="its Python, or the command of its driver")
    options.add_argument("--unpack", metavar="FOLDER", help="only write the drivers there")
    chosen = vars(options.parse_args())
    if chosen["unpack"]:
        unpack(packed, Path(chosen["unpack"]))
        return 0
    if sides["client"][-1][0] == sides["server"][-1][0]:
        chosen["client"] = chosen["client"] or chosen["server"]
    with tempfile.TemporaryDirectory(prefix="repro-", ignore_cleanup_errors=True) as name:
        try:
            unpack(packed, Path(name))
            with started(sides, chosen, Path(name)) as drivers:
                steps(Played(drivers, transport, *patience))
        except FaultShows as found:
            print(f"THE FAULT SHOWS, in line {line_of(found)}: {found.call}")
            print(f"  expected  {found.expected}\n  actual    {found.actual}")
            return 1
        except Exception as reason:  # a traceback would end with 1, as if the fault had shown
            print(f"cannot be tried: {reason}")
            return 2
    print("the fault does not show")
    return 0


def unpack(packed: Mapping[str, str], folder: Path) -> None:
    """Write the sources of the drivers there."""
    for text in packed.values():
        files = json.loads(zlib.decompress(base64.b85decode("".join(text.split()))))
        for name, source in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")


@contextlib.contextmanager
def started(
    sides: Mapping[str, Sequence[Sequence[str]]], chosen: Mapping[str, str | None], folder: Path
) -> Iterator[dict[str, AnyDriver]]:
    """Start a driver for each side; end them afterwards."""
    drivers: dict[str, AnyDriver] = {}
    built = set()
    try:
        for side, commands in sides.items():
            *making, starting = (
                [word.replace("{drivers}", str(folder)) for word in one] for one in commands
            )
            for command in making:
                if tuple(command) not in built:
                    subprocess.run(command, check=True)
                    built.add(tuple(command))
            drivers[side] = AnyDriver(side, instead(starting, chosen[side]), folder / side)
        for driver in drivers.values():
            driver.greet()
        yield drivers
    finally:
        for driver in drivers.values():
            driver.end()


def instead(command: Sequence[str], chosen: str | None) -> list[str]:
    """The command with the Python that was chosen; another command where it is none of Python."""
    words = shlex.split(chosen or "")
    if command[0] == "{python}":
        return [*(words or [sys.executable]), *command[1:]]
    return words or list(command)


def line_of(problem: Exception) -> int | None:
    """The line of the steps where it was raised."""
    frames = traceback.walk_tb(problem.__traceback__)
    return next((line for frame, line in frames if frame.f_code.co_name == "steps"), None)
