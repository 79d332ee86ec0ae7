"""Whole runs over scripted drivers and a synthetic clock: what ends them, what is kept."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from harness.measuring import campaign
from harness.measuring.campaign import Campaign
from harness.measuring.comparing import against
from harness.measuring.lanes import Variant
from harness.measuring.launches import Course, Turns
from harness.measuring.placement import Placement
from harness.measuring.stopping import Rule
from harness.measuring.tally import Tally
from harness.protocol import Reply
from tests.unit.synthetic_machine import World, twins

REFERENCE, TWIN, OTHER = twins()


def play(world: World, rule: Rule, **more: Any) -> Campaign:
    """A run of three programs, 0.3 s of synthetic time a launch."""
    course = Course(
        Placement("free"), 0.3, Turns(trips=20, drop=2, warm_up=50), "seed", world.clock
    )
    return campaign.run(twins(), world.open_pair, course, rule, **{"widest": widest, **more})


def widest(done: Campaign) -> float:
    """The half-width of the third program against the first two."""
    centres = [done.centres(one) for one in (REFERENCE, TWIN, OTHER)]
    return against(centres[0], centres[1], {"other": centres[2]}).widest


def steady(pair: str, size: int) -> float:
    """Programs that are the same."""
    return 12_000


def test_a_run_goes_on_until_the_interval_is_as_narrow_as_asked() -> None:
    """A tenth of the width takes more launches, and the reason is kept."""
    loose = play(World(steady), Rule(precision=0.02, budget=60))
    tight = play(World(steady), Rule(precision=0.0007, budget=60))
    assert (loose.reason, tight.reason) == ("precision", "precision")
    assert len(loose.counted) == 6 < len(tight.counted)
    assert widest(tight) <= 0.0007


def test_a_run_ends_when_its_time_is_spent() -> None:
    """It says so, and has not taken more than it was given."""
    done = play(World(steady), Rule(precision=0.00001, budget=5))
    assert done.reason == "budget"
    assert 4 < done.seconds <= 5
    assert widest(done) > 0.00001


def test_a_run_that_is_interrupted_keeps_what_was_measured() -> None:
    """Ctrl-C in the third launch leaves two."""

    def pressed(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if op == "turn" and len(world.opened) == 9:
            raise KeyboardInterrupt
        return None

    done = play(World(steady, pressed), Rule(budget=60))
    assert done.reason == "interrupted"
    assert [len(done.centres(one)) for one in twins()] == [2, 2, 2]


def test_an_interrupt_before_the_first_launch_is_over_leaves_nothing() -> None:
    """There is nothing to show, and the interrupt goes on."""

    def pressed(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(World(steady, pressed), Rule(budget=60))


def test_each_launch_is_told_of() -> None:
    """Whoever shows the progress hears of it as it comes."""
    heard: list[int] = []
    play(World(steady), Rule(most=3), told=lambda done: heard.append(len(done.counted)))
    assert heard == [1, 2, 3]


def test_a_variant_that_fails_is_out_and_the_others_are_whole() -> None:
    """A wrong byte in the second launch takes the variant out of all of them."""

    def lying(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if op == "turn" and len(world.opened) == 6:
            return Reply(0, "error", 0, 0, error="WrongBytes", text="wrong bytes at trip 37")
        return None

    done = play(World(steady, lying), Rule(most=4), widest=lambda _: 1.0)
    (failed,) = done.failures
    assert done.failures[failed].verdict == "fail"
    assert done.centres(failed) == ()
    left = [one for one in twins() if one != failed]
    assert [len(done.centres(one)) for one in left] == [4, 4]


def test_memory_does_not_grow_with_the_run() -> None:
    """A thousand launches leave as many single samples as twenty, and count every trip."""
    tally = Tally(kept=1000)
    for _ in range(50):
        tally.add(array("I", range(10_000, 10_700)))
    assert tally.trips == 35_000
    assert 500 <= len(tally.samples) <= 1000
    assert len(tally.centres) == 50


def test_a_slow_workload_gets_short_turns() -> None:
    """A lane whose trips take a millisecond does not hold the machine for a whole turn of 20."""
    world = World(lambda pair, size: 1_000_000)
    course = Course(Placement("free"), 0.3, Turns(trips=20, drop=2, warm_up=50), "s", world.clock)
    campaign.run([Variant("v", "tcp4", 64)], world.open_pair, course, Rule(most=1))
    trips = {args["trips"] for _, op, _, args in world.log if op == "turn"}
    assert max(trips - {10}) <= 20
    assert min(trips) == 4


def test_a_run_can_be_told_of_before_any_launch_counts() -> None:
    """While all launches so far were spoiled there are no figures, and nothing breaks."""
    assert Campaign(Placement("free")).centres(REFERENCE) == ()


def test_turns_have_one_length_for_everybody_in_every_launch() -> None:
    """The length shows in the middle: programs that start slowly, one alone or once all of them,
    get no shorter turns."""
    played: Counter[tuple[int, str]] = Counter()

    def slow_at_first(pair: str, size: int) -> float:
        launch = (len(world.opened) - 1) // 3
        played[launch, pair] += 1
        slow = played[launch, pair] <= 10 and (pair == "twin" or launch == 1)
        return 3_000_000 if slow else 12_000

    world = World(slow_at_first)
    play(world, Rule(most=3), widest=lambda _: 1.0)
    measured = {
        (args["trips"], args["drop"])
        for _, op, _, args in world.log
        if op == "turn" and 0 < args["drop"] < args["trips"]
    }
    assert measured == {(20, 2)}
