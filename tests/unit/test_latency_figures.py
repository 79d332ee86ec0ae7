"""The figures of whole latency runs are those of the synthetic machine that was measured."""

from __future__ import annotations

from collections import Counter
from statistics import fmean

import pytest

from harness.measuring import launches as course
from harness.measuring.lanes import Variant
from harness.measuring.latency import measure
from harness.measuring.launches import Turns
from harness.measuring.placement import Placement
from harness.measuring.statistics import compare
from tests.unit.synthetic_machine import World, run, table, twins


def test_a_planted_five_percent_is_named_and_the_twin_is_not() -> None:
    """On a machine that drifts by half, +5 % reads slower and an identical twin does not."""
    world = World(lambda pair, size: 12_600 if pair == "planted" else 12_000)
    reference, twin, planted = run(world, twins())
    found = compare(reference.centres, planted.centres)
    assert found.word == "slower"
    assert 1.04 < found.low < found.high < 1.06
    assert compare(reference.centres, twin.centres).word == "no difference seen"


def test_a_planted_five_percent_gain_is_named_faster() -> None:
    """The other direction has its own word."""
    world = World(lambda pair, size: 11_400 if pair == "planted" else 12_000)
    reference, _, planted = run(world, twins())
    assert compare(reference.centres, planted.centres).word == "faster"


def test_figures_are_those_of_the_synthetic_machine() -> None:
    """Medians, launches, trips and rate come out as they were put in."""
    world = World(lambda pair, size: 10_000 + size)
    results = run(world, table())
    for result in results:
        assert result.verdict == "pass"
        assert result.launches == 5
        assert result.summary is not None
        assert result.summary.trips >= len(result.samples) > 0
        assert result.summary.rate == pytest.approx(1e9 / fmean(result.samples), rel=0.02)
        middle = (10.0 + result.variant.size / 1000) * 1.0
        assert middle < result.summary.p50 < 1.6 * middle
    assert [result.variant.size for result in results] == [1, 64, 1024]


def test_all_variants_of_a_launch_live_in_one_pair_of_processes() -> None:
    """Processes are fresh for each launch and shared by the variants of a pair."""
    world = World(lambda pair, size: 10_000)
    run(world, table(), launches=3)
    assert world.opened == ["", "", ""]


def test_every_variant_gets_the_same_number_of_turns() -> None:
    """A launch ends between cycles, never within one."""
    world = World(lambda pair, size: 10_000 * size)
    results = run(world, table((1, 2, 3)), launches=2)
    assert len({len(result.samples) for result in results}) == 1


def test_first_trips_of_a_turn_are_dropped() -> None:
    """A turn of 20 with 2 dropped leaves 18 samples."""
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=1)
    turns = [args for _, op, _, args in world.log if op == "turn" and args["trips"] == 20]
    assert len(result.samples) == 18 * len(turns)


def test_samples_are_fetched_before_the_driver_runs_full() -> None:
    """A lane with more trips than a driver keeps loses none of them."""
    world = World(lambda pair, size: 500)
    turns = Turns(trips=5000, drop=0, warm_up=50)
    (result,) = measure(
        table((64,)), world.open_pair, 0.2, 1, Placement("free"), "s", turns, clock=world.clock
    )
    played = [args["trips"] for _, op, _, args in world.log if op == "turn"]
    assert result.summary is not None
    before = result.warm_up[0] + course.FIRST
    assert result.summary.trips == sum(played) - before > 32_768
    assert len(result.samples) <= 20_000
    assert len([1 for _, op, _, _ in world.log if op == "fetch"]) > 3


def test_tcp_sends_without_delay_and_datagrams_are_connected_both_ways() -> None:
    """Set-up: TCP_NODELAY on both ends; a datagram server knows its one client."""
    world = World(lambda pair, size: 10_000)
    run(world, [Variant("t", "tcp4", 1), Variant("u", "udp4", 1)], launches=1)
    sides = [side for side, _, _, args in world.log if args.get("nodelay")]
    assert sorted(sides) == ["client", "server"]
    connects = Counter((side, (h or "")[:6]) for side, op, h, _ in world.log if op == "connect")
    assert connects == {("client", "client"): 2, ("server", "server"): 1}


def test_too_few_samples_for_the_tail_are_said() -> None:
    """A short run prints no p99.9 and says why."""
    (result,) = run(World(lambda pair, size: 100_000), table((64,)), launches=1)
    assert result.summary is not None
    assert result.summary.p999 is None
    assert any(note.startswith("no p99.9 from ") for note in result.notes)


def test_a_result_is_json_with_the_fields_of_the_record() -> None:
    """The record's fields are all there, in microseconds."""
    (result,) = run(World(lambda pair, size: 10_000), table((64,)), launches=2)
    made = result.as_json()
    assert made["transport"] == "tcp4"
    assert made["launches"] == 2
    assert made["placement"] == "free"
    assert 8 < made["p50"] < 20
    assert set(made) >= {"size", "trips", "p90", "p99", "p999", "max", "rate", "histogram"}
