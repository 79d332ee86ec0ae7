"""Measuring with a table of descriptors of its own: what is closed elsewhere is closed."""

from __future__ import annotations

import os

import pytest

from harness.measuring.lanes import LaneFailure, Pair, Variant, ask, lane_of, placing
from tests.integration.timing.echoes import Start


@pytest.fixture
def placed(implementation: str, start: Start) -> Pair:
    """Two drivers that have taken their places, and end with the test."""
    pair = Pair(start(implementation), start(implementation))
    for driver in pair:
        placing(driver)({"cpus": [min(os.sched_getaffinity(0))], "policy": "other"})
    return pair


def test_what_is_closed_while_an_answering_thread_runs_is_closed(placed: Pair) -> None:
    """A thread that answers keeps no copy of a listener: once closed, it refuses."""
    over = {"transport": "tcp4"}
    name = ask(placed.server, "listen", "other", {**over, "backlog": 1})["name"]
    lane = lane_of(placed, Variant("v", "tcp4", 64), 0)
    lane.open()
    lane.turn(10)
    ask(placed.server, "close", "other", {})
    with pytest.raises(LaneFailure, match="ECONNREFUSED"):
        ask(placed.client, "connect", "late", {**over, "to": name})
    lane.turn(10)
    assert len(lane.fetch()) == 20


def test_the_end_of_a_measured_connection_reaches_the_other_side(placed: Pair) -> None:
    """Closed on one side while its thread waits for more: the other reads the end."""
    lanes = [lane_of(placed, Variant(f"v{number}", "tcp4", 64), number) for number in (0, 1)]
    for lane in lanes:
        lane.open()
        lane.turn(10)
    ask(placed.server, "close", "conn-0", {})
    with pytest.raises(LaneFailure):
        lanes[0].turn(10)
    lanes[1].turn(10)
