"""Where the two ends of a measured pair run. No latency figure means anything without it.

- `one-cpu`: both ends on one CPU, scheduling policy BATCH, so that a wake-up never preempts the one
  who woke. The software path shows: interpreters and libraries. The default for comparing.
- `two-cpus`: an end on each of two CPUs: what a deployment sees. Waking an idle CPU dominates, and
  hides the software, unless idle states are held off (`idle_hold`, which needs root).
- `free`: the scheduler decides. One program then reads 12 or 37 µs from launch to launch.

This file decides which CPUs, asks the drivers to go there, keeps the orchestrator away from them
and holds idle states off. What the system does not give is never an error: it is named in
`Placement.missing`, and stands beside the figures.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

Name = Literal["one-cpu", "two-cpus", "free"]
NAMES: tuple[Name, ...] = get_args(Name)

_DMA_LATENCY = Path("/dev/cpu_dma_latency")
_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"

# What a driver achieved, as its `place` reply says; None and a reason when it could do nothing.
Place = Callable[[Mapping[str, Any]], "tuple[Mapping[str, Any] | None, str]"]


@dataclass(frozen=True)
class Placement:
    """A place for each end, and what the system did not give of what was asked.

    `server` and `client` are CPU numbers, None where nothing is pinned. `hold` asks for idle states
    to be held off while measuring; `held` says that they are.
    """

    name: Name
    server: int | None = None
    client: int | None = None
    policy: Literal["batch", "other"] = "other"
    hold: bool = False
    held: bool = False
    missing: tuple[str, ...] = ()

    def lacking(self, *sentences: str) -> Placement:
        """Return the placement with more sentences about what is missing, each once."""
        return replace(self, missing=tuple(dict.fromkeys((*self.missing, *sentences))))

    @property
    def cpus(self) -> frozenset[int]:
        """The CPUs that are measured on."""
        return frozenset(cpu for cpu in (self.server, self.client) if cpu is not None)

    def __str__(self) -> str:
        """How reports and records name it: `one-cpu (cpu 1, batch)`."""
        facts = []
        if self.cpus:
            listed = " and ".join(str(cpu) for cpu in sorted(self.cpus))
            facts += [f"cpu{'s' if len(self.cpus) > 1 else ''} {listed}", self.policy]
        if self.held:
            facts.append("idle states held off")
        facts += self.missing
        return f"{self.name} ({', '.join(facts)})" if facts else self.name


def choose(
    name: Name,
    *,
    hold: bool = False,
    allowed: Collection[int] | None = None,
    siblings: Callable[[int], Collection[int]] | None = None,
) -> Placement:
    """Decide the CPUs for a placement by name.

    `allowed` are the CPUs this process may use (asked of the system when missing; empty: it cannot
    pin), `siblings` tells which CPUs share a core. Degrades to what is possible and says so.
    """
    if name == "free":
        return Placement("free")
    cpus = sorted(_allowed() if allowed is None else allowed)
    if not cpus:
        return Placement("free").lacking(f"no {name}: this system cannot pin a process to a CPU")
    # The highest number: CPU 0 is where most systems serve interrupts first.
    server = cpus[-1]
    if name == "one-cpu":
        return Placement("one-cpu", server, server, "batch")
    if len(cpus) == 1:
        return Placement("one-cpu", server, server, "batch").lacking(
            "no two-cpus: only one CPU may be used"
        )
    shared = set((siblings or _siblings)(server))
    apart = [cpu for cpu in cpus if cpu not in shared]
    if apart:
        return Placement("two-cpus", server, apart[-1], "other", hold)
    return Placement("two-cpus", server, cpus[-2], "other", hold).lacking(
        "both CPUs are threads of one core"
    )


def settle(placement: Placement, server: Place, client: Place) -> Placement:
    """Ask both drivers to take their places and return the placement with what was missing."""
    if not placement.cpus:
        return placement
    ends = (("server", server, placement.server), ("client", client, placement.client))
    for side, ask, cpu in ends:
        values, reason = ask({"cpus": [cpu], "policy": placement.policy})
        placement = placement.lacking(*_shortfall(side, cpu, placement.policy, values, reason))
    return placement


def _shortfall(
    side: str, cpu: int | None, policy: str, values: Mapping[str, Any] | None, reason: str
) -> Sequence[str]:
    if values is None:
        return [f"{side} not placed: {reason}"]
    lacks = []
    if values.get("cpus") != [cpu]:
        lacks.append(f"{side} not pinned")
    if values.get("policy") != policy:
        lacks.append(f"{side} without policy {policy}")
    return lacks


@contextmanager
def idle_states(placement: Placement) -> Iterator[Placement]:
    """Hold idle states off while inside, when the placement asks for it and the system permits.

    Yield the placement with `held`, or with a sentence about why not.
    """
    if not placement.hold:
        yield placement
        return
    try:
        request = os.open(_DMA_LATENCY, os.O_WRONLY)
    except OSError as problem:
        yield placement.lacking(f"no idle hold: {problem.strerror} ({_DMA_LATENCY})")
        return
    try:
        os.write(request, struct.pack("i", 0))
        yield replace(placement, held=True)
    finally:
        os.close(request)  # the request lasts as long as the descriptor


@contextmanager
def aside(placement: Placement) -> Iterator[None]:
    """Keep every thread of this process off the measured CPUs while inside, where others exist."""
    before = _allowed()
    elsewhere = before - placement.cpus
    if not elsewhere or elsewhere == before:
        yield
        return
    _move_all_threads(elsewhere)
    try:
        yield
    finally:
        _move_all_threads(before)


def is_aside(placement: Placement) -> bool:
    """Whether this process runs on none of the measured CPUs."""
    return not _allowed() & placement.cpus


def _move_all_threads(cpus: Collection[int]) -> None:
    """Affinity belongs to a thread; a thread that ends meanwhile needs none."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            os.sched_setaffinity(int(task.name), cpus)


def _allowed() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _siblings(cpu: int) -> Collection[int]:
    try:
        text = Path(_SIBLINGS.format(cpu)).read_text().strip()
    except OSError:
        return {cpu}
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
