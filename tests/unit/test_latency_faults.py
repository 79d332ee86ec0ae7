"""A driver that cannot or will not play costs its own variants of a latency run, no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from harness.engine.faults import DriverDied, NotADriver
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, check_place
from harness.measuring.latency import measure
from harness.measuring.placement import Placement
from harness.protocol import Reply
from tests.unit.synthetic_machine import TURNS, World, run, table, twins


def error(text: str) -> Reply:
    """An `error` reply as a driver gives it for wrong bytes."""
    return Reply(0, "error", 0, 0, error="WrongBytes", text=text)


def test_a_wrong_byte_fails_the_variant_and_spares_the_others() -> None:
    """The sentence of the driver is the reason; the others are measured over all launches."""

    def lying(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        sizes = {h: a["size"] for _, o, h, a in world.log if o == "ping_open"}
        wrong = op == "turn" and sizes[handle] == 64
        return error("wrong bytes at trip 37") if wrong else None

    world = World(lambda pair, size: 10_000, lying)
    good, bad, other = run(world, table((1, 64, 1024)), launches=3)
    assert (bad.verdict, bad.why) == ("fail", "turn: wrong bytes at trip 37 (WrongBytes)")
    assert bad.summary is None
    assert good.verdict == other.verdict == "pass"
    assert good.launches == other.launches == 3
    assert world.opened == [""] * 4


def test_what_a_driver_lacks_is_unsupported_and_costs_no_launch() -> None:
    """The driver's sentence is kept; no processes are started anew for it."""

    def poor(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if args.get("transport") == "unix-stream":
            return Reply(0, "unsupported", 0, 0, text="no unix sockets here")
        return None

    world = World(lambda pair, size: 10_000, poor)
    tcp, unix = run(world, [*table((64,)), Variant("u", "unix-stream", 64)], launches=2)
    assert (unix.verdict, unix.why) == ("unsupported", "no unix sockets here")
    assert tcp.launches == 2
    assert world.opened == ["", ""]


def test_a_driver_that_answers_no_more_fails_its_variant() -> None:
    """Silence up to the deadline is a failure with a sentence, not an endless wait."""

    def silent(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        return Reply(0, "silent", 0, 0) if op == "turn" else None

    (result,) = run(World(lambda pair, size: 10_000, silent), table((64,)))
    assert (result.verdict, result.why) == ("fail", "no reply to `turn` within 10 s")


def test_a_driver_that_dies_breaks_its_variant() -> None:
    """The engine's exception about a dead driver becomes the variant's reason."""

    def dying(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if op == "turn":
            raise DriverDied("socket", "talking", -9)
        return None

    (result,) = run(World(lambda pair, size: 10_000, dying), table((64,)))
    assert result.verdict == "broken"
    assert result.why is not None
    assert "killed by SIGKILL" in result.why


def test_a_pair_that_does_not_start_breaks_only_its_own_variants() -> None:
    """A missing interpreter leaves the rest of the comparison standing."""
    world = World(lambda pair, size: 10_000)

    @contextmanager
    def open_pair(name: str) -> Iterator[Pair]:
        if name == "twin":
            raise NotADriver("twin", "starting", "no such program")
        with world.open_pair(name) as pair:
            yield pair

    results = measure(
        twins(), open_pair, 0.2, 2, Placement("free"), "s", turns=TURNS, clock=world.clock
    )
    assert [result.verdict for result in results] == ["pass", "broken", "pass"]


def test_busy_polling_needs_a_cpu_for_each_end() -> None:
    """Two ends that never sleep would take turns of milliseconds on one CPU; that is refused."""
    busy = Variant("b", "tcp4", 64, workload=Workload.of("ping-pong", {"busy": True}))
    check_place(busy, Placement("two-cpus", 1, 0))
    check_place(busy, Placement("free"))
    check_place(table((64,))[0], Placement("one-cpu", 1, 1))
    with pytest.raises(LaneFailure, match="one CPU for each end") as caught:
        check_place(busy, Placement("one-cpu", 1, 1))
    assert caught.value.verdict == "unsupported"
