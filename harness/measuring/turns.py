"""Who plays when: the order of turns between variants that are alive at the same time. Pure.

A variant never runs for long at a stretch. It gets a turn of some tens of round trips, then another
variant has its turn, so that whatever drifts (clock frequency, caches, neighbours on the machine)
meets all of them alike. The order within a cycle is drawn anew for each cycle and then played
backwards: every variant then has the same mean position in its cycle, and a drift that is linear
over a cycle cancels. This file decides orders; it knows neither what a turn is nor a clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterator


def creation_order(count: int, seed: str, launch: int) -> tuple[int, ...]:
    """The order in which `count` variants are set up in one launch.

    It differs from launch to launch: what is made first gets the better memory, or the worse.
    """
    return _shuffled(random.Random(f"{seed}/{launch}/creation"), count)


def cycles(count: int, seed: str, launch: int) -> Iterator[tuple[int, ...]]:
    """Endless cycles for one launch: a fresh order of `range(count)`, then the same backwards.

    The same seed and launch give the same cycles on every machine and Python version. Stop between
    cycles, never within one, or the balance is lost.
    """
    draw = random.Random(f"{seed}/{launch}/cycles")
    while True:
        order = _shuffled(draw, count)
        yield order + order[::-1]


def _shuffled(draw: random.Random, count: int) -> tuple[int, ...]:
    order = list(range(count))
    draw.shuffle(order)
    return tuple(order)
