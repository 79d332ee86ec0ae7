"""Lanes: one variant each, a connected pair of ends which plays when it is told to.

`lane.py` says what a lane is, `asking.py` how it asks its drivers, `connected.py` what lanes over a
single connection share; each other file is one kind of workload.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.measuring.lanes.asking import (
    Driver,
    LaneFailure,
    Pair,
    ask,
    cpu_time,
    placing,
    unpacked,
)
from harness.measuring.lanes.connect import Connect
from harness.measuring.lanes.fan_in import FanIn
from harness.measuring.lanes.lane import CAPACITY, Lane, Variant, Workload
from harness.measuring.lanes.paced import Paced
from harness.measuring.lanes.ping_pong import PingPong
from harness.measuring.lanes.stream import Stream
from harness.measuring.placement import Placement

__all__ = [
    "CAPACITY",
    "Driver",
    "Lane",
    "LaneFailure",
    "Pair",
    "PingPong",
    "Variant",
    "Workload",
    "ask",
    "check_place",
    "cpu_time",
    "lane_of",
    "placing",
    "unpacked",
]

KINDS: Mapping[str, type[Lane]] = {
    "ping-pong": PingPong,
    "paced": Paced,
    "stream": Stream,
    "connect": Connect,
    "fan-in": FanIn,
}


def lane_of(pair: Pair, variant: Variant, number: int) -> Lane:
    """Return the lane of a variant, not yet open."""
    return KINDS[variant.workload.kind](pair, variant, number)


def check_place(variant: Variant, placement: Placement) -> None:
    """Raise LaneFailure when the variant cannot be played in this place."""
    shared = placement.server is not None and placement.server == placement.client
    if variant.workload.get("busy") and shared:
        raise LaneFailure("unsupported", "busy polling needs one CPU for each end")
