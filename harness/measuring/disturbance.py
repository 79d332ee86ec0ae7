"""How much of the measured CPUs went to others while a launch ran, from the kernel's counters.

A launch during which somebody else had the CPU is spoiled, however its figures look; that it was
slow is no reason to call it so. Others' time is the time the CPUs were busy (user, nice, system,
and stolen by the hypervisor, from /proc/stat) without that of the processes that were measured.
Interrupts are left out: the kernel's share of our own messages is among them. /proc/stat counts
ticks, so over a second the share is known to within one or two parts in a hundred. How often the
kernel took the CPU from our processes (involuntary switches) is recorded beside it; on one CPU the
two ends of a connection also take it from each other, so it spoils nothing by itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.measuring.lanes import cpu_time
from harness.measuring.placement import Placement, is_aside

# A larger share of others than this spoils a launch: well above what ticks can be wrong by.
SPOILED = 0.05

CpuTime = Callable[[], "int | None"]


@dataclass(frozen=True)
class Reading:
    """Nanoseconds since some beginning: of the wall, of the CPUs' work, of our processes' work."""

    wall: int
    busy: int
    own: int
    stolen: int = 0


@dataclass(frozen=True)
class Disturbance:
    """What others took while a launch was measured; None where it is not known.

    `others` and `stolen` (by the hypervisor, contained in others) are parts of the measured CPUs'
    time, `preempted` is how often our processes lost the CPU against their will.
    """

    others: float | None = None
    stolen: float | None = None
    preempted: int | None = None

    @property
    def trouble(self) -> str | None:
        """Why the launch is spoiled, as a sentence; None when it is not, or nobody knows."""
        if self.others is None or self.others <= SPOILED:
            return None
        whose = ""
        if self.stolen is not None and self.stolen > SPOILED:
            whose = f", {self.stolen:.0%} the hypervisor"
        return f"others had {self.others:.0%} of the measured CPUs{whose}"


UNKNOWN = Disturbance()


class Watch:
    """Looks at the measured CPUs from when it is made until it is asked.

    `drivers` are those measured: each has the number of its process as `pid`, or is asked itself.
    """

    def __init__(self, placement: Placement, drivers: Sequence[Any]) -> None:
        self._cpus = placement.cpus
        self._own: list[CpuTime] = [partial(_process_time, driver) for driver in drivers]
        if not is_aside(placement):
            self._own.append(time.process_time_ns)
        self._pids = [pid for driver in drivers if (pid := _pid(driver)) is not None]
        self._complete = len(self._pids) == len(drivers)
        self._before = read(self._cpus, self._own)
        self._switches = self._preempted()

    def seen(self) -> Disturbance:
        """Return what others took since this watch began."""
        after = read(self._cpus, self._own)
        switches = self._preempted()
        known = None not in (switches, self._switches)
        return Disturbance(
            share_of_others(self._before, after, len(self._cpus)),
            _share_stolen(self._before, after, len(self._cpus)),
            (switches or 0) - (self._switches or 0) if known else None,
        )

    def _preempted(self) -> int | None:
        if not self._complete:
            return None
        found = [involuntary_switches(pid) for pid in self._pids]
        return None if None in found else sum(filter(None, found))


def read(cpus: Collection[int], own: Iterable[CpuTime]) -> Reading | None:
    """Take a reading; None where the system or a driver does not tell, or nothing is pinned."""
    if not cpus:
        return None
    try:
        text = Path("/proc/stat").read_text()
    except OSError:
        return None
    spent = [process() for process in own]
    known = [ns for ns in spent if ns is not None]
    if len(known) < len(spent):
        return None
    tick = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    busy, stolen = busy_ticks(text, cpus) * tick, stolen_ticks(text, cpus) * tick
    return Reading(time.monotonic_ns(), busy, sum(known), stolen)


def busy_ticks(text: str, cpus: Collection[int]) -> int:
    """Return the ticks that these CPUs worked or were kept from working, from /proc/stat."""
    lines = _ticks(text, cpus)
    return sum(user + nice + system + steal for user, nice, system, _, _, _, _, steal in lines)


def stolen_ticks(text: str, cpus: Collection[int]) -> int:
    """Return the ticks that a hypervisor gave to others, from /proc/stat."""
    return sum(ticks[7] for ticks in _ticks(text, cpus))


def _ticks(text: str, cpus: Collection[int]) -> Iterable[list[int]]:
    """The first eight figures of each of these CPUs."""
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cpus:
            yield [int(word) for word in rest.split()[:8]]


def involuntary_switches(pid: int) -> int | None:
    """How often the threads of a process have lost the CPU while they could run; None: unknown."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            text = (task / "status").read_text()
            total += int(text.partition("nonvoluntary_ctxt_switches:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return total


def share_of_others(before: Reading | None, after: Reading | None, cpus: int) -> float | None:
    """Return which part of the time of so many CPUs went to others; None when not known."""
    if before is None or after is None or after.wall <= before.wall or not cpus:
        return None
    foreign = (after.busy - before.busy) - (after.own - before.own)
    return max(0.0, foreign / (after.wall - before.wall) / cpus)


def _share_stolen(before: Reading | None, after: Reading | None, cpus: int) -> float | None:
    if before is None or after is None or after.wall <= before.wall or not cpus:
        return None
    return (after.stolen - before.stolen) / (after.wall - before.wall) / cpus


def _process_time(driver: Any) -> int | None:
    """CPU time of a driver's process in ns: the kernel is asked, else the driver itself."""
    pid = _pid(driver)
    if pid is not None:
        with suppress(OSError, ValueError, IndexError):
            tasks = Path(f"/proc/{pid}/task").iterdir()
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
    return cpu_time(driver)


def _pid(driver: Any) -> int | None:
    """The process of a driver, where it is one on this machine."""
    return getattr(driver, "pid", None)
