"""Asks the machine: its files, its limits, its clock, and the results of what `trying` tries.

Whatever cannot be had, on another system or in a container that hides it, is None and no error.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harness.doctor import trying
from harness.doctor.facts import Facts, Trouble
from harness.doctor.settings import SETTINGS
from harness.drivers import interpreters
from harness.engine.scratch import short_base
from harness.records import environment
from harness.records.revision import revision

T = TypeVar("T")

# Enough readings that the loop around them costs nothing, in a millisecond.
READINGS = 10_000

_DMA_LATENCY = "/dev/cpu_dma_latency"
_TURBO = {
    "sys/devices/system/cpu/intel_pstate/no_turbo": "0",
    "sys/devices/system/cpu/cpufreq/boost": "1",
}


def look(root: Path = Path("/")) -> Facts:
    """Look at everything. Takes about a second, longer when interpreters are met the first time.

    Files of /proc and /sys are looked up below `root`.
    """
    known = environment.facts(root)
    temporary = _or_none(short_base) or "/tmp"
    writable = trying.writable(temporary)
    driver, kernel_view = (None, None) if writable else trying.driver(temporary)
    return Facts(
        loopback4=trying.loopback(socket.AF_INET, "127.0.0.1"),
        loopback6=trying.loopback(socket.AF_INET6, "::1"),
        temporary=temporary,
        temporary_writable=writable,
        temporary_short=trying.takes_sockets(temporary),
        driver=driver,
        kernel_view=kernel_view,
        batch=trying.batch(),
        idle_hold=_idle_hold(),
        nofile=_nofile(),
        sysctls=_sysctls(root),
        clock_resolution=known["clock_resolution_ns"],
        clock_cost=_clock_cost(),
        clock_source=_text(
            root / "sys/devices/system/clocksource/clocksource0/current_clocksource"
        ),
        cpus=known["cpus"],
        usable=tuple(known["affinity"] or ()),
        governor=known["governor"],
        turbo=_turbo(root),
        load=_or_none(lambda: os.getloadavg()[0]),
        stolen=_or_none(lambda: stolen_share((root / "proc/stat").read_text())),
        quota=_quota(root, known["cpu_quota"]),
        container=known["container"],
        interpreters=tuple(map(str, _or_none(interpreters.found) or ())),
        git=shutil.which("git"),
        revision=revision(Path.cwd()),
    )


def stolen_share(stat: str) -> float | None:
    """The part of all CPU time that a hypervisor kept, from the text of /proc/stat."""
    words = stat.split("\n", 1)[0].split()
    if words[:1] != ["cpu"] or len(words) < 9:
        return None
    ticks = list(map(int, words[1:9]))  # user nice system idle iowait irq softirq steal
    return ticks[7] / sum(ticks) if sum(ticks) else None


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (OSError, ValueError, AttributeError, IndexError):
        return None


def _text(path: Path) -> str | None:
    return _or_none(lambda: path.read_text().strip()) or None


def _idle_hold() -> Trouble | None:
    if not os.path.exists(_DMA_LATENCY):
        return f"there is no {_DMA_LATENCY}" if sys.platform.startswith("linux") else None
    return "" if os.access(_DMA_LATENCY, os.W_OK) else f"{_DMA_LATENCY} needs root"


def _nofile() -> tuple[int | None, int | None]:
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard


def _sysctls(root: Path) -> dict[str, tuple[int, ...]]:
    found = {}
    for setting in SETTINGS:
        text = _text(root / "proc/sys" / setting.name.replace(".", "/"))
        if text:
            found[setting.name] = tuple(map(int, text.split()))
    return found


def _clock_cost() -> float:
    """Nanoseconds of one reading: the best of several rounds, for disturbance only adds."""
    read = time.monotonic_ns

    def round_() -> float:
        begun = read()
        for _ in range(READINGS):
            read()
        return (read() - begun) / READINGS

    return min(round_() for _ in range(5))


def _turbo(root: Path) -> bool | None:
    for name, on in _TURBO.items():
        text = _text(root / name)
        if text is not None:
            return text == on
    return None


def _quota(root: Path, v2: float | None) -> float | None:
    """The bound of the control group, in the second version's file or in the first's two."""
    if v2 is not None:
        return v2
    quota, period = (_text(root / f"sys/fs/cgroup/cpu/cpu.cfs_{n}_us") for n in ("quota", "period"))
    if quota is None or period is None or int(quota) < 0:
        return None
    return int(quota) / int(period)
