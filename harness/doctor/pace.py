"""The rules about clock and processors: what makes latencies wrong, or hard to compare. Pure.

The conventions are those of `diagnosis.py`.
"""

from __future__ import annotations

from harness.doctor.facts import Facts
from harness.doctor.finding import Finding

# Round trips over loopback take 5 to 40 µs. A clock that is read through a system call costs some
# 300 ns, one in the process itself 30 to 80.
COARSE_CLOCK = 1_000
DEAR_CLOCK = 250
# Runnable processes for each CPU that we may use.
SOME_LOAD = 0.25
MUCH_LOAD = 1.0
# Less is what any virtual machine shows since its start.
MUCH_STOLEN = 0.01


def _clock(facts: Facts) -> Finding | None:
    if facts.clock_resolution is None or facts.clock_cost is None:
        return None
    source = f", source {facts.clock_source}" if facts.clock_source else ""
    costs = f"a reading costs {facts.clock_cost:.0f} ns{source}"
    seen = f"resolution {facts.clock_resolution:.0f} ns, {costs}"
    if facts.clock_resolution > COARSE_CLOCK:
        means = "round trips of microseconds cannot be told apart"
        return Finding("clock", "warn", seen, "latency", means)
    if facts.clock_cost > DEAR_CLOCK:
        means = "each sample contains the price of reading the clock, likely a system call"
        return Finding("clock", "warn", seen, "latency", means)
    return Finding("clock", "ok", seen, means="small beside a round trip of 10 µs")


def _processors(facts: Facts) -> Finding | None:
    if facts.cpus is None:
        return None
    usable = len(facts.usable) or facts.cpus
    seen = f"{usable} of {facts.cpus} usable" if usable < facts.cpus else f"{usable}"
    if usable == 1:
        means = "the placement two-cpus is not to be had, and the runner disturbs what it measures"
        return Finding("processors", "warn", seen, "latency", means)
    if usable < 3:
        means = "with the placement two-cpus the runner shares a CPU with what it measures"
        return Finding("processors", "note", seen, "latency", means)
    return Finding("processors", "ok", seen, means="one for each end, one for the runner")


def _frequency(facts: Facts) -> Finding | None:
    if facts.governor is None and facts.turbo is None:
        means = "figures of different runs may have been taken at different speeds"
        return Finding("frequency", "note", "not told", "comparing latency over time", means)
    turbo = {True: "turbo on", False: "turbo off", None: ""}[facts.turbo]
    seen = ", ".join(filter(None, (facts.governor and f"governor {facts.governor}", turbo)))
    if facts.governor not in (None, "performance"):
        means = "the clock follows the load, so that light traffic is slow; choose `performance`"
        return Finding("frequency", "warn", seen, "latency", means)
    if facts.turbo:
        means = "the speed depends on heat and on what other cores do"
        return Finding("frequency", "note", seen, "comparing latency over time", means)
    return Finding("frequency", "ok", seen, means="one speed, so figures compare")


def _load(facts: Facts) -> Finding | None:
    if facts.load is None or not facts.cpus:
        return None
    each = facts.load / (len(facts.usable) or facts.cpus)
    seen = f"{facts.load:.2f} runnable in the last minute, {each:.2f} for each CPU"
    if each < SOME_LOAD:
        return Finding("load", "ok", seen, means="nobody competes for the CPUs")
    means = "others compete for the CPUs and disturb what is measured"
    return Finding("load", "warn" if each >= MUCH_LOAD else "note", seen, "latency", means)


def _stolen(facts: Facts) -> Finding | None:
    if facts.stolen is None:
        return None
    seen = f"{facts.stolen:.1%} of the CPU time since the start"
    if facts.stolen < MUCH_STOLEN:
        return Finding("stolen time", "ok", seen, means="the hypervisor leaves us alone")
    means = "the hypervisor takes CPUs away; long latencies are its own"
    return Finding("stolen time", "warn", seen, "latency", means)


def _quota(facts: Facts) -> Finding | None:
    if facts.quota is None:
        return None
    seen = f"{facts.quota:g} CPUs"
    means = "once it is used up everything stands still for the rest of its period (100 ms)"
    return Finding("CPU quota", "warn", seen, "latency, and time bounds in scenarios", means)


def _idle_hold(facts: Facts) -> Finding | None:
    if facts.idle_hold is None:
        return None
    if not facts.idle_hold:
        means = "two-cpus can be measured without waking idle CPUs"
        return Finding("idle states", "ok", "can be held off", means=means)
    means = "waking an idle CPU is part of every figure with the placement two-cpus"
    return Finding("idle states", "note", facts.idle_hold, "latency", means)


def _batch(facts: Facts) -> Finding | None:
    if facts.batch is None:
        return None
    if not facts.batch:
        means = "one-cpu is measured without wake-up preemption"
        return Finding("SCHED_BATCH", "ok", "permitted", means=means)
    means = "with the placement one-cpu a wake-up may preempt the one who woke"
    return Finding("SCHED_BATCH", "note", facts.batch, "latency", means)


RULES = (_clock, _processors, _frequency, _load, _stolen, _quota, _idle_hold, _batch)
