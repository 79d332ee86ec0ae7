"""The order of turns: balanced in a cycle, other in each cycle and launch, repeatable."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from harness.measuring.turns import creation_order, cycles

counts = st.integers(min_value=1, max_value=20)
launches = st.integers(min_value=0, max_value=50)


@given(counts, st.text(max_size=5), launches)
def test_a_cycle_reads_the_same_backwards(count: int, seed: str, launch: int) -> None:
    """A drift that is linear over a cycle cancels, for every variant has the same mean position."""
    for cycle in islice(cycles(count, seed, launch), 5):
        assert cycle == cycle[::-1]


@given(counts, st.text(max_size=5), launches)
def test_every_variant_has_two_turns_a_cycle(count: int, seed: str, launch: int) -> None:
    """No variant gets more turns than another."""
    for cycle in islice(cycles(count, seed, launch), 5):
        assert sorted(cycle) == sorted(2 * list(range(count)))


def test_the_same_seed_gives_the_same_turns() -> None:
    """A run can be repeated in the order it had."""
    assert list(islice(cycles(12, "s", 1), 20)) == list(islice(cycles(12, "s", 1), 20))
    assert creation_order(12, "s", 1) == creation_order(12, "s", 1)


def test_cycles_launches_and_seeds_differ() -> None:
    """Each cycle is drawn anew, and no launch repeats the order of another."""
    first = list(islice(cycles(12, "s", 0), 10))
    assert len(set(first)) == 10
    assert first != list(islice(cycles(12, "s", 1), 10))
    assert first != list(islice(cycles(12, "t", 0), 10))


@given(counts, launches)
def test_creation_order_holds_every_variant_once(count: int, launch: int) -> None:
    """Every variant is set up, once."""
    assert sorted(creation_order(count, "s", launch)) == list(range(count))


def test_every_variant_comes_first_now_and_then() -> None:
    """Over many cycles no variant is always the one that starts cold."""
    starts = {cycle[0] for cycle in islice(cycles(4, "s", 0), 100)}
    assert starts == {0, 1, 2, 3}


def test_creation_order_differs_between_launches() -> None:
    """What is set up first is another variant in another launch."""
    assert len({creation_order(12, "s", launch) for launch in range(10)}) == 10
