"""What the launches of a latency run owe to warm-up and to others on the machine."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.measuring import launches as course
from harness.measuring.disturbance import Disturbance
from tests.unit.synthetic_machine import World, run, table


def test_the_warm_up_goes_on_while_it_gets_faster() -> None:
    """A machine that compiles for its first 400 trips is warmed up longer than one that does not,
    and the slow trips are in no figure."""
    played: Counter[str] = Counter()

    def compiling(pair: str, size: int) -> float:
        played[pair] += 1
        return 50_000 - 100 * played[pair] if played[pair] < 400 else 10_000

    (cold,) = run(World(compiling), table((64,)), launches=1)
    (steady,) = run(World(lambda pair, size: 10_000), table((64,)), launches=1)
    assert steady.warm_up < cold.warm_up
    assert cold.warm_up > (400,)
    assert max(cold.samples) < 20_000


def test_later_launches_are_warmed_up_as_long_as_the_first_one_showed() -> None:
    """A program that compiles for 200 trips in each launch never shows it in its figures."""
    played: Counter[int] = Counter()

    def compiling(pair: str, size: int) -> float:
        launch = len(world.opened)
        played[launch] += 1
        return 50_000 if played[launch] < 200 else 10_000

    world = World(compiling)
    (result,) = run(world, table((64,)), launches=4)
    assert all(trips > 200 for trips in result.warm_up)
    assert len(set(result.warm_up[1:])) == 1
    assert result.warm_up[1] < result.warm_up[0]
    assert max(result.samples) < 20_000


def test_a_warm_up_that_never_settles_is_said() -> None:
    """The warm-up has an end, and the figures then carry a warning."""
    played: Counter[str] = Counter()

    def endless(pair: str, size: int) -> float:
        played[pair] += 1
        return 600_000 * 0.999 ** played[pair]

    (result,) = run(World(endless), table((64,)), launches=1)
    assert "the warm-up ended before the times had settled" in result.notes


class Watched:
    """A watch on a machine where others have the CPUs as a test says."""

    def __init__(self, shares: list[float]) -> None:
        self.shares = shares

    def seen(self) -> Disturbance:
        return Disturbance(others=self.shares.pop(0))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The share of others in each launch, in order; filled by the test."""
    shares: list[float] = []
    monkeypatch.setattr(course, "Watch", lambda *_: Watched(shares))
    return shares


def test_a_disturbed_launch_is_repeated_while_there_are_spare_ones(load: list[float]) -> None:
    """Launches in which others had the CPU do not count, up to the number that may be repeated."""
    load += [0.01, 0.30, 0.02, 0.40, 0.03]
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=3, spare=2)
    assert result.launches == 3
    assert len(world.opened) == 5
    assert not [note for note in result.notes if "others had" in note]


def test_spare_launches_have_an_end(load: list[float]) -> None:
    """On a machine that is never quiet the run ends all the same, with a word about it."""
    load += [0.3] * 4
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=2, spare=2)
    assert len(world.opened) == 4
    assert "others had up to 30% of the measured CPUs in 2 of 2 launches" in result.notes


def test_a_disturbed_launch_that_counts_is_said(load: list[float]) -> None:
    """With none to spare, the figures carry the share of others."""
    load += [0.01, 0.30]
    (result,) = run(World(lambda pair, size: 10_000), table((64,)), launches=2)
    assert "others had up to 30% of the measured CPUs in 1 of 2 launches" in result.notes


def test_launches_that_disagree_are_said() -> None:
    """Medians a third apart do not go into one figure without a word."""
    world = World(lambda pair, size: 10_000 if len(world.opened) % 2 else 15_000)
    (result,) = run(world, table((64,)), launches=2)
    assert any(note.startswith("launches disagree: p50 from ") for note in result.notes)
