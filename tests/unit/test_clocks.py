"""Clocks of drivers that are not ours: found out, bounded, and kept out of verdicts."""

from __future__ import annotations

import pytest

from harness.engine.any_driver import EXCHANGES
from harness.engine.clocks import GRAIN, Exchange, Offset
from harness.engine.fake import FakeDriver, Stage, ok
from harness.protocol import Reply

MS = 1_000_000


def test_a_shared_clock_reads_between_ours() -> None:
    """The driver did it after we asked and before we heard of it."""
    assert Exchange(100 * MS, 101 * MS, 102 * MS, 103 * MS).shared
    # Our own clock is read as a number of seconds, which is coarse after months.
    assert Exchange(100 * MS, 100 * MS - 200, 102 * MS, 102 * MS - 200).shared
    assert not Exchange(100 * MS, 99 * MS, 102 * MS, 103 * MS).shared
    assert not Exchange(100 * MS, 101 * MS, 104 * MS, 103 * MS).shared


def test_a_driver_without_times_has_our_clock() -> None:
    """There is nothing to be mended."""
    assert Exchange(100, 0, 0, 200).shared
    assert Offset(5, 1).in_our_time(Reply(1, "ok", 0, 0)).end == 0


@pytest.mark.parametrize(("there", "back"), [(1, 1), (0, 2), (2, 0), (0, 0)])
@pytest.mark.parametrize("ahead", [10**15, -(10**12)])
def test_the_truth_lies_within_the_error(there: int, back: int, ahead: int) -> None:
    """However the time on the way is shared between there and back."""
    began = 1000 * MS + there * MS
    exchange = Exchange(1000 * MS, began + ahead, began + 3 * MS + ahead, began + (3 + back) * MS)
    offset = exchange.offset
    assert abs(offset.ahead - ahead) <= offset.error
    assert offset.error == (there + back) * MS // 2 + GRAIN


def test_times_are_told_as_our_clock_reads() -> None:
    """Whoever asks for a reply gets it in the time of the run."""
    stage = Stage(now=50.0)
    driver = FakeDriver([("recv", "conn", ok(takes=0.25))], stage, ahead=1e6, distance=0.01)
    driver.greet(60.0)
    driver.compare_clocks(1.0)
    assert driver.clock_error == pytest.approx(0.01, abs=1e-5)
    begun = stage.now
    reply = driver.wait(driver.send("recv", "conn", {}), 60.0)
    assert reply is not None
    assert reply.begin / 1e9 == pytest.approx(begun + 0.01, abs=0.011)
    assert reply.end - reply.begin == 250 * MS


def test_one_clock_costs_one_request() -> None:
    """And its replies are taken as they are."""
    near, far = FakeDriver([]), FakeDriver([], ahead=-7.0)
    for driver, requests in ((near, 1), (far, EXCHANGES)):
        driver.greet(driver.clock() + 1)
        driver.compare_clocks(1.0)
        assert len(driver.asked) == requests
    assert near.conversation.offset is None
    assert near.clock_error == 0
    assert 0 < far.clock_error < 1e-5
