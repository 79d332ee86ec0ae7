"""Others' share of the measured CPUs, from what /proc/stat and the processes say."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness.measuring.disturbance import (
    Disturbance,
    Reading,
    Watch,
    busy_ticks,
    involuntary_switches,
    read,
    share_of_others,
    stolen_ticks,
)
from harness.measuring.placement import Placement

STAT = """\
cpu  1000 10 100 5000 9 9 9 9 0 0
cpu0 600 5 50 2500 4 4 4 4 0 0
cpu1 400 5 50 2500 5 7 90 3 0 0
cpu10 1 1 1 1 1 1 1 1 0 0
intr 12345
"""


def test_only_the_named_cpus_count() -> None:
    """The sum over all CPUs, and CPU 10 beside CPU 1, are other lines."""
    assert busy_ticks(STAT, {1}) == 400 + 5 + 50 + 3
    assert busy_ticks(STAT, {0, 1}) == 659 + 458


def test_idle_and_interrupts_are_not_others() -> None:
    """Interrupts carry our own messages; they are left out, stolen time is not."""
    quiet = STAT.replace("2500 5 7 90 3", "9999 99 99 999 3")
    assert busy_ticks(quiet, {1}) == busy_ticks(STAT, {1})


def test_what_is_not_ours_is_the_others() -> None:
    """Of 1000 ms busy, 600 are ours: the others had 40 % of one CPU, 20 % of two."""
    before, after = Reading(0, 5_000, 100), Reading(10**9, 10**9 + 5_000, 6 * 10**8 + 100)
    assert share_of_others(before, after, 1) == pytest.approx(0.4)
    assert share_of_others(before, after, 2) == pytest.approx(0.2)


def test_ticks_that_lag_behind_make_no_negative_share() -> None:
    """When our own time reads a little more than the CPU's, nobody else was there."""
    assert share_of_others(Reading(0, 0, 0), Reading(10**9, 10**8, 2 * 10**8), 1) == 0


def test_what_is_not_known_is_not_guessed() -> None:
    """A reading that is missing, or nothing pinned, gives None."""
    reading = Reading(0, 0, 0)
    assert share_of_others(None, reading, 1) is None
    assert share_of_others(reading, None, 1) is None
    assert share_of_others(reading, Reading(1, 0, 0), 0) is None
    assert read((), [lambda: 1]) is None


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="no /proc/stat here")
def test_a_process_that_does_not_tell_makes_it_unknown() -> None:
    """One driver without `cpu_time` is enough to know nothing."""
    cpu = min(os.sched_getaffinity(0))
    assert read([cpu], [lambda: 5, lambda: None]) is None
    known = read([cpu], [lambda: 5, lambda: 6])
    assert known is not None
    assert known.own == 11
    assert known.busy > 0


def test_what_a_hypervisor_took_is_told_apart() -> None:
    """Steal is the eighth figure of a CPU's line."""
    assert stolen_ticks(STAT, {0, 1}) == 4 + 3


@pytest.mark.parametrize(
    ("others", "stolen", "said"),
    [
        (0.04, 0.0, None),
        (None, None, None),
        (0.31, 0.0, "others had 31% of the measured CPUs"),
        (0.31, 0.2, "others had 31% of the measured CPUs, 20% the hypervisor"),
    ],
)
def test_a_launch_is_spoiled_by_what_others_took_alone(
    others: float | None, stolen: float | None, said: str | None
) -> None:
    """Preemptions spoil nothing: on one CPU the two ends take it from each other."""
    assert Disturbance(others, stolen, preempted=10_000).trouble == said


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc here")
def test_switches_are_the_kernels() -> None:
    """Of a process that is there a number, of one that is gone nothing."""
    mine = involuntary_switches(os.getpid())
    assert mine is not None
    assert mine >= 0
    assert involuntary_switches(2**22 + 1) is None


class Known:
    """A driver whose process is this one."""

    pid = os.getpid()


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="no schedstat here")
def test_a_watch_asks_the_kernel_for_the_time_of_a_process() -> None:
    """Nobody is asked who is busy answering; our own work is not that of others."""
    cpu = min(os.sched_getaffinity(0))
    watch = Watch(Placement("one-cpu", cpu, cpu), [Known()])
    # The kernel counts a CPU's time in ticks of 10 ms: fewer than ten tell nothing of a share.
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass
    seen = watch.seen()
    assert seen.others is not None
    assert seen.preempted is not None
    assert 0 <= seen.others <= 1.5


def test_a_watch_of_nothing_pinned_knows_nothing() -> None:
    """Where nobody is pinned there are no measured CPUs."""
    assert Watch(Placement("free"), []).seen().others is None
