"""Driver processes lent to tests; afterwards each must be gone with all that it forked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.engine.process import Driver
from tests.integration.driver_process.groups import DRIVERS, POLITE, Hostile, soon, wait_for_end


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[list[str]], Driver]]:
    """Start drivers by command; afterwards each must be gone with all that it forked."""
    drivers: list[Driver] = []

    def start(command: list[str]) -> Driver:
        drivers.append(Driver.start(command, tmp_path, "server"))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.kill()
        assert wait_for_end(driver._process.pid, 2.0) == []


@pytest.fixture
def polite(started: Callable[[list[str]], Driver]) -> Driver:
    """A driver that has greeted."""
    driver = started(POLITE)
    driver.greet(soon())
    return driver


@pytest.fixture
def hostile(started: Callable[[list[str]], Driver]) -> Hostile:
    """Start a hostile driver by its way; it has greeted if it ever does."""
    return lambda way: started([sys.executable, "-I", "-S", str(DRIVERS / "hostile.py"), way])


@pytest.fixture
def greeted(hostile: Hostile) -> Hostile:
    """The same, for those that do greet."""

    def start(way: str) -> Driver:
        driver = hostile(way)
        driver.greet(soon())
        return driver

    return start
