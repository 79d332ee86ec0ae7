"""What the doctor knows of a machine. Plain values; None is a fact that this system does not tell.

A `Trouble` is a sentence about what went wrong when something was tried, empty when it went well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Trouble: TypeAlias = str


@dataclass(frozen=True)
class Facts:
    """Everything that is looked at. Times are nanoseconds, shares are parts of 1."""

    # What was tried. A listener was bound, connected to, and answered over.
    loopback4: Trouble | None = None
    loopback6: Trouble | None = None
    # A directory was made, and a unix socket with a path as long as a driver's was bound in it.
    temporary: str = ""
    temporary_writable: Trouble | None = None
    temporary_short: Trouble | None = None
    # The reference driver was started and greeted.
    driver: Trouble | None = None
    # The system call in which that driver's thread sleeps was read.
    kernel_view: Trouble | None = None
    # This thread was put under SCHED_BATCH.
    batch: Trouble | None = None
    # /dev/cpu_dma_latency may be written.
    idle_hold: Trouble | None = None

    nofile: tuple[int | None, int | None] | None = None  # soft, hard; None within: unlimited
    sysctls: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    clock_resolution: float | None = None
    clock_cost: float | None = None
    clock_source: str | None = None

    cpus: int | None = None
    usable: tuple[int, ...] = ()  # the CPUs that affinity leaves to this process
    governor: str | None = None
    turbo: bool | None = None
    load: float | None = None  # runnable processes, on average over the last minute
    stolen: float | None = None  # share of CPU time that the hypervisor kept, since the start
    quota: float | None = None  # how many CPUs the control group may use
    container: str | None = None

    interpreters: tuple[str, ...] = ()
    git: str | None = None  # the path of the program
    revision: str | None = None  # of the current folder
