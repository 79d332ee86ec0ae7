"""Which CPUs, and what is said when the system gives less than was asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.measuring import placement
from harness.measuring.placement import Placement, choose, idle_states, settle


def alone(cpu: int) -> set[int]:
    """Every CPU is a core of its own."""
    return {cpu}


def obeys(args: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """A driver that does what it is asked."""
    return args, ""


def test_one_cpu_puts_both_ends_on_the_last_cpu_with_batch() -> None:
    """Away from CPU 0, where interrupts are served."""
    assert choose("one-cpu", allowed={0, 1, 2}) == Placement("one-cpu", 2, 2, "batch")


def test_two_cpus_are_two_cores() -> None:
    """Threads of one core share what is measured; another core is taken when there is one."""
    chosen = choose("two-cpus", allowed={0, 1, 2, 3}, siblings=lambda cpu: {cpu, cpu ^ 1})
    assert (chosen.server, chosen.client) == (3, 1)
    assert not chosen.missing


def test_two_threads_of_the_only_core_are_said() -> None:
    """With one core of two threads the figures carry a warning."""
    chosen = choose("two-cpus", allowed={0, 1}, siblings=lambda cpu: {0, 1})
    assert chosen.cpus == {0, 1}
    assert chosen.missing == ("both CPUs are threads of one core",)


def test_two_cpus_degrade_to_one() -> None:
    """With a single CPU allowed, one-cpu is what there is, and it is said."""
    chosen = choose("two-cpus", allowed={5}, siblings=alone)
    assert (chosen.name, chosen.server, chosen.client) == ("one-cpu", 5, 5)
    assert chosen.missing == ("no two-cpus: only one CPU may be used",)


def test_a_system_that_cannot_pin_is_free() -> None:
    """No affinity at all: the scheduler decides, and it is said."""
    chosen = choose("one-cpu", allowed=())
    assert chosen.name == "free"
    assert str(chosen) == "free (no one-cpu: this system cannot pin a process to a CPU)"


def test_a_placement_says_where_it_was() -> None:
    """The words that stand beside the figures."""
    assert str(choose("one-cpu", allowed={0, 1})) == "one-cpu (cpu 1, batch)"
    assert str(choose("two-cpus", allowed={0, 1}, siblings=alone)) == (
        "two-cpus (cpus 0 and 1, other)"
    )
    assert str(choose("free")) == "free"


def test_drivers_that_obey_leave_nothing_missing() -> None:
    """Both ends where they were asked to be."""
    chosen = choose("one-cpu", allowed={0, 1})
    assert settle(chosen, obeys, obeys) == chosen


def test_each_side_is_asked_for_its_own_cpu() -> None:
    """The server's CPU goes to the server, the client's to the client."""
    asked = []

    def note(args: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        asked.append(args["cpus"])
        return args, ""

    settle(choose("two-cpus", allowed={3, 7}, siblings=alone), note, note)
    assert asked == [[7], [3]]


def test_what_a_driver_could_not_do_is_said_once() -> None:
    """Partly placed, not placed at all: each has its sentence, and repeating adds none."""
    chosen = choose("one-cpu", allowed={0, 1})
    partly = lambda args: ({"cpus": [1], "policy": None}, "")  # noqa: E731
    refuses = lambda args: (None, "no such thing here")  # noqa: E731
    settled = settle(settle(chosen, partly, refuses), partly, refuses)
    assert settled.missing == (
        "server without policy batch",
        "client not placed: no such thing here",
    )


def test_free_asks_nothing_of_the_drivers() -> None:
    """Nothing is pinned, so nobody is asked."""

    def asked(args: Mapping[str, Any]) -> tuple[None, str]:
        raise AssertionError(f"asked for {args}")

    settle(choose("free"), asked, asked)


def test_the_idle_hold_is_open_while_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A latency of zero is requested for as long as the measurement lasts."""
    device = tmp_path / "latency"
    device.touch()
    monkeypatch.setattr(placement, "_DMA_LATENCY", device)
    chosen = choose("two-cpus", hold=True, allowed={0, 1}, siblings=alone)
    with idle_states(chosen) as held:
        assert held.held
        assert str(held).endswith("idle states held off)")
    assert device.read_bytes() == bytes(4)


def test_an_idle_hold_that_is_not_permitted_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to it, the run goes on and says so."""
    monkeypatch.setattr(placement, "_DMA_LATENCY", tmp_path / "absent")
    chosen = choose("two-cpus", hold=True, allowed={0, 1}, siblings=alone)
    with idle_states(chosen) as held:
        assert not held.held
        assert held.missing[0].startswith("no idle hold: No such file or directory")


def test_nothing_is_held_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default leaves the machine's power management alone."""
    monkeypatch.setattr("os.open", pytest.fail)
    with idle_states(choose("one-cpu", hold=True, allowed={0, 1})) as held:
        assert held.missing == ()
