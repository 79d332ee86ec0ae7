"""What the tests of workloads share: drivers by name, and pairs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.drivers import registry
from harness.engine.process import Driver
from harness.measuring.lanes import LaneFailure, Pair, ask
from tests.integration.starts import argv
from tests.integration.timing.echoes import Start

Kept = Callable[[str, str], Driver]


@pytest.fixture(params=["socket", "socket@3.8", "socket@pypy3", "c"])
def implementation(request: pytest.FixtureRequest) -> str:
    """The interpreters that differ most, and the system without one."""
    name: str = request.param
    return name


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts drivers by name; they end with the test."""
    drivers: list[Driver] = []

    def start_one(name: str, *before: str) -> Driver:
        called = f"d{len(drivers)}"
        driver = Driver.start([*before, *argv(name)], tmp_path / called, called)
        drivers.append(driver)
        driver.greet(driver.clock() + 20)
        return driver

    yield start_one
    for driver in drivers:
        driver.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Drivers that live as long as the run, by name and side; a dead one is replaced."""
    folder = tmp_path_factory.mktemp("kept")
    drivers: dict[tuple[str, str], Driver] = {}

    def lend(name: str, side: str) -> Driver:
        key = name, side
        if key not in drivers or not drivers[key].alive:
            scratch = folder / f"{side}{len(list(folder.iterdir()))}"
            drivers[key] = Driver.start(argv(name), scratch, side)
            drivers[key].greet(drivers[key].clock() + 20)
        return drivers[key]

    yield lend
    for driver in drivers.values():
        driver.close()


@pytest.fixture
def pair(kept: Kept, implementation: str) -> Iterator[Pair]:
    """A server and a client of each implementation, reset after the test."""
    yield from _lent(kept, implementation)


@pytest.fixture
def usual_pair(kept: Kept) -> Iterator[Pair]:
    """A server and a client on this interpreter, reset after the test."""
    yield from _lent(kept, "socket")


@pytest.fixture(params=["socket", "c"])
def driver(kept: Kept, request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A driver in Python and one in C, which were written apart; reset after the test."""
    driver = kept(request.param, "client")
    yield driver
    _reset(driver)


# These play nothing: services alone, and operations alone.
NO_PLAYERS = {"socketserver", "rust"}


@pytest.fixture(params=[name for name in registry.known() if name not in NO_PLAYERS])
def player(kept: Kept, request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Each driver that plays: with blocking calls, in C, in the loop of each library."""
    driver = kept(request.param, "client")
    yield driver
    _reset(driver)


def needs(driver: Driver, transport: str) -> None:
    """Skip where the driver has not greeted with the transport."""
    if transport not in driver.hello.transports:
        pytest.skip(f"no {transport}")


def _lent(kept: Kept, name: str) -> Iterator[Pair]:
    pair = Pair(kept(name, "server"), kept(name, "client"))
    yield pair
    for driver in pair:
        _reset(driver)


def _reset(driver: Any) -> None:
    """Nothing may be left; a driver in which something is has its end, so that others fare well."""
    try:
        assert ask(driver, "reset", None, {})["stuck"] == 0
    except (AssertionError, LaneFailure):
        driver.close()
        raise
