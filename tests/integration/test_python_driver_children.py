"""Forked children of the Python driver, signals and file objects, on every interpreter here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.driver_client import Driver, eventually


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """Two ends of a connection, `a` and `b`."""
    before = process.descriptors()
    process.ok("socketpair", "a", transport="unix-stream", as_="b")
    yield process
    process.ok("reset")
    eventually(lambda: process.descriptors() == before)


def test_a_child_keeps_one_descriptor_alive_and_acts_on_it(driver: Driver) -> None:
    """It sends after its parent has closed, and its end is the connection's."""
    driver.ok("fork", "a", as_="child")
    driver.ok("close", "a")
    driver.ok("send", "child", data="x")
    assert driver.ok("recv", "b", size=9)["data"]["size"] == 1
    assert driver.ok("quiet", "b")["events"] == []
    assert driver.ok("child_exit", "child") == {"status": 0}
    assert driver.ok("recv", "b", size=9)["data"]["size"] == 0


def test_a_call_in_which_a_child_is_killed_ends_in_the_name_of_the_signal(driver: Driver) -> None:
    """Killed by what it does, or from outside while it waits."""
    driver.ok("fork", "a", as_="child")
    driver.ok("fork", "b", as_="other")
    number = driver.start("recv", "other", size=9)
    assert driver.ok("child_exit", "other", signal="SIGTERM") == {"status": "SIGTERM"}
    assert driver.finish(number)["error"] == "SIGTERM"
    driver.ok("close", "b")
    assert driver.ok("signal", "child", signal="SIGPIPE", action="default") == {"before": "ignore"}
    assert driver.error("send", "child", data="x") == "SIGPIPE"


@pytest.mark.parametrize("busy", [False, True])
def test_children_end_with_the_case(driver: Driver, busy: bool) -> None:
    """The reset ends them, even in the middle of a call, and nothing of them is left."""
    child = driver.ok("fork", "a", as_="child")["pid"]
    grandchild = driver.ok("fork", "child", as_="grandchild")["pid"]
    if busy:
        driver.start("recv", "child", size=9)
    driver.ok("reset")
    assert not os.path.exists(f"/proc/{child}")
    eventually(lambda: not _lives(grandchild))


def _lives(pid: int) -> bool:
    """Whether it runs; one that has ended may wait for a parent to ask how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_signal_is_counted_until_the_reset(driver: Driver) -> None:
    """What a signal did before is what it does afterwards."""
    assert driver.ok("signal", "a", signal="SIGTERM", action="count") == {"before": "default"}
    os.kill(driver.process.pid, 15)
    eventually(lambda: driver.ok("caught", "a", signal="SIGTERM") == {"count": 1})
    driver.ok("reset")
    assert driver.ok("signal", "a", signal="SIGTERM", action="ignore") == {"before": "default"}
    driver.ok("reset")


def test_a_file_object_outlives_its_socket(driver: Driver) -> None:
    """It writes when it is flushed or closed, and the connection ends with it."""
    driver.ok("makefile", "a", as_="file")
    driver.ok("close", "a")
    driver.ok("send", "b", data="a line\nmore")
    assert driver.ok("file_readline", "file")["data"]["size"] == 7
    driver.ok("file_write", "file", data="x")
    assert driver.ok("quiet", "b")["events"] == []
    driver.ok("file_flush", "file")
    assert driver.ok("recv", "b", size=9)["data"]["size"] == 1
    driver.ok("close", "file")
    assert driver.ok("fileno", "file") == {"fd": -1}
