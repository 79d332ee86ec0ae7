"""What the Python driver does when it is asked for an epoll."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.driver_client import Driver, eventually, sleeping


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """A pair of sockets and an epoll; after the test's reset nothing of it is left open."""
    process.ok("reset")
    before = process.descriptors()
    process.ok("socketpair", "a", as_="b", transport="unix-stream")
    process.ok("epoll_create", "watch")
    yield process
    assert process.ok("reset") == {"stuck": 0}
    assert process.descriptors() == before


def test_what_is_ready_has_its_handles_name(driver: Driver) -> None:
    """Only what is watched is reported, with the events that were asked for and hold."""
    assert driver.ok("epoll_wait", "watch") == {"ready": [], "count": 0}
    driver.ok("epoll_ctl", "watch", action="add", of="a", events=["IN", "OUT"])
    assert driver.ok("epoll_wait", "watch") == {"ready": [{"a": ["OUT"]}], "count": 1}
    driver.ok("send", "b", data="x")
    driver.ok("epoll_ctl", "watch", action="modify", of="a", events="IN")
    assert driver.ok("epoll_wait", "watch", timeout=1)["ready"] == [{"a": ["IN"]}]
    driver.ok("epoll_ctl", "watch", action="delete", of="a")
    assert driver.ok("epoll_wait", "watch") == {"ready": [], "count": 0}
    assert driver.error("epoll_ctl", "watch", action="delete", of="a") == "ENOENT"


def test_reports_are_as_many_as_asked_for(driver: Driver) -> None:
    """`maxevents` bounds them."""
    for end in ("a", "b"):
        driver.ok("epoll_ctl", "watch", action="add", of=end, events="OUT")
    assert driver.ok("epoll_wait", "watch")["count"] == 2
    assert driver.ok("epoll_wait", "watch", maxevents=1)["count"] == 1


def test_edge_and_oneshot_report_once(driver: Driver) -> None:
    """The ways of watching reach the kernel."""
    driver.ok("send", "b", data="x")
    for way in ("edge", "oneshot"):
        driver.ok("epoll_ctl", "watch", action="add", of="a", **{way: True})
        assert driver.ok("epoll_wait", "watch")["count"] == 1
        assert driver.ok("epoll_wait", "watch")["count"] == 0
        driver.ok("epoll_ctl", "watch", action="delete", of="a")


def test_an_epoll_is_a_handle_like_others(driver: Driver) -> None:
    """It is polled, watched by another, and closed."""
    driver.ok("epoll_create", "outer")
    driver.ok("epoll_ctl", "outer", action="add", of="watch")
    driver.ok("epoll_ctl", "watch", action="add", of="a", events="OUT")
    assert driver.ok("poll", "watch", events="IN")["events"] == ["IN"]
    assert driver.ok("epoll_wait", "outer")["ready"] == [{"watch": ["IN"]}]
    driver.ok("close", "watch")
    assert driver.ok("fileno", "watch") == {"fd": -1}
    assert "no epoll" in driver.broken("epoll_wait", "a")


def test_who_waits_already_knows_what_is_added(driver: Driver) -> None:
    """A report that comes before the answer to the request that adds the handle has its name."""
    driver.ok("send", "b", data="x")
    for _ in range(20):
        waiting = driver.start("epoll_wait", "watch", timeout=5)
        eventually(lambda: sleeping(driver.process.pid, driver.thread))
        driver.ok("epoll_ctl", "watch", action="add", of="a")
        assert driver.finish(waiting)["values"]["ready"] == [{"a": ["IN"]}]
        driver.ok("epoll_ctl", "watch", action="delete", of="a")
        driver.ok("close", "watch")
        driver.ok("epoll_create", "watch")


def test_a_reset_wakes_who_waits_in_an_epoll(driver: Driver) -> None:
    """The thread of a wait without end comes back, and no descriptor is left of it."""
    driver.start("epoll_wait", "watch", timeout="none")
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    assert driver.ok("reset") == {"stuck": 0}


def test_an_exclusive_watch_does_not_wake_all(driver: Driver) -> None:
    """Of two that wait for one socket a byte wakes one."""
    waits = []
    for name in ("watch", "watch2"):
        if name != "watch":
            driver.ok("epoll_create", name)
        driver.ok("epoll_ctl", name, action="add", of="a", exclusive=True)
        waits.append(driver.start("epoll_wait", name, timeout=0.2))
        eventually(lambda: sleeping(driver.process.pid, driver.thread))
    driver.ok("send", "b", data="x")
    assert sorted(driver.finish(wait)["values"]["count"] for wait in waits) == [0, 1]
