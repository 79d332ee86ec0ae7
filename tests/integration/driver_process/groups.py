"""Commands of drivers, polite and hostile, and what their process groups leave."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from harness.engine.process import Driver

DRIVERS = Path(__file__).parents[1] / "drivers"
POLITE = [sys.executable, "-I", "-S", str(DRIVERS / "polite.py")]
# No test waits that long unless it fails; the machine may be busy.
SOON = 20.0
Hostile = Callable[[str], Driver]


def soon() -> float:
    return time.monotonic() + SOON


def group(leader: int) -> list[int]:
    """The processes of a driver's group that still run."""
    found = []
    for one in psutil.process_iter(["status"]):
        try:
            if os.getpgid(one.pid) == leader and one.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except OSError:
            continue
    return found


def wait_for_end(leader: int, seconds: float) -> list[int]:
    """The processes of a group that still run after so many seconds; empty as soon as none."""
    give_up = time.monotonic() + seconds
    while (left := group(leader)) and time.monotonic() < give_up:
        time.sleep(0.005)
    return left
