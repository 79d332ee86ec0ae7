"""How much of the measured CPUs went to others while a launch ran.

A launch during which somebody else had the CPU is spoiled, however its figures look; that it was
slow is no reason to call it so. Others' time is the time the CPUs were busy (user, nice, system,
and stolen by the hypervisor, from /proc/stat) without that of the processes that were measured.
Interrupts are left out: the kernel's share of our own messages is among them. /proc/stat counts
ticks, so over a second the share is known to within one or two parts in a hundred.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

# A larger share of others than this spoils a launch: well above what ticks can be wrong by.
SPOILED = 0.05

CpuTime = Callable[[], "int | None"]


@dataclass(frozen=True)
class Reading:
    """Nanoseconds since some beginning: of the wall, of the CPUs' work, of our processes' work."""

    wall: int
    busy: int
    own: int


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
    busy = busy_ticks(text, cpus) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return Reading(time.monotonic_ns(), busy, sum(known))


def busy_ticks(text: str, cpus: Collection[int]) -> int:
    """Return the ticks that these CPUs worked or were kept from working, from /proc/stat."""
    total = 0
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cpus:
            user, nice, system, _idle, _wait, _irq, _softirq, steal = map(int, rest.split()[:8])
            total += user + nice + system + steal
    return total


def share_of_others(before: Reading | None, after: Reading | None, cpus: int) -> float | None:
    """Return which part of the time of so many CPUs went to others; None when not known."""
    if before is None or after is None or after.wall <= before.wall or not cpus:
        return None
    foreign = (after.busy - before.busy) - (after.own - before.own)
    return max(0.0, foreign / (after.wall - before.wall) / cpus)
