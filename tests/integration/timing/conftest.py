"""What the tests of workloads share: drivers by interpreter, and pairs of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.drivers import interpreters
from harness.engine.process import Driver
from harness.measuring.lanes import Pair, ask
from tests.integration.timing.echoes import Start

DRIVER = Path(__file__).parents[3] / "harness" / "drivers" / "python"

Kept = Callable[[str, str], Driver]


def interpreter(name: str) -> str:
    """Return an interpreter that runs, or skip."""
    try:
        return interpreters.find(name).path
    except interpreters.NotFound:
        pytest.skip(f"no {name} here")


@pytest.fixture(params=["this", "3.8", "pypy3"])
def python(request: pytest.FixtureRequest) -> str:
    """Each of the interpreters that differ most."""
    return sys.executable if request.param == "this" else interpreter(request.param)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts drivers by interpreter; they end with the test."""
    drivers: list[Driver] = []

    def start_one(python: str, *before: str) -> Driver:
        name = f"d{len(drivers)}"
        command = [*before, python, "-I", "-S", str(DRIVER)]
        driver = Driver.start(command, tmp_path / name, name)
        drivers.append(driver)
        driver.greet(driver.clock() + 20)
        return driver

    yield start_one
    for driver in drivers:
        driver.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Drivers that live as long as the run, by interpreter and side; a dead one is replaced."""
    folder = tmp_path_factory.mktemp("kept")
    drivers: dict[tuple[str, str], Driver] = {}

    def lend(python: str, side: str) -> Driver:
        key = python, side
        if key not in drivers or not drivers[key].alive:
            scratch = folder / f"{side}{len(list(folder.iterdir()))}"
            drivers[key] = Driver.start([python, "-I", "-S", str(DRIVER)], scratch, side)
            drivers[key].greet(drivers[key].clock() + 20)
        return drivers[key]

    yield lend
    for driver in drivers.values():
        driver.close()


@pytest.fixture
def pair(kept: Kept, python: str) -> Iterator[Pair]:
    """A server and a client on each interpreter, reset after the test."""
    yield from _lent(kept, python)


@pytest.fixture
def usual_pair(kept: Kept) -> Iterator[Pair]:
    """A server and a client on this interpreter, reset after the test."""
    yield from _lent(kept, sys.executable)


@pytest.fixture
def driver(usual_pair: Pair) -> Driver:
    """One driver on this interpreter, reset after the test."""
    assert isinstance(usual_pair.client, Driver)
    return usual_pair.client


def _lent(kept: Kept, python: str) -> Iterator[Pair]:
    pair = Pair(kept(python, "server"), kept(python, "client"))
    yield pair
    for driver in pair:
        assert ask(driver, "reset", None, {})["stuck"] == 0
