"""What tests of drivers share: of the Python driver one for each interpreter and module, or one for
a test that ends it; of any driver what starts it."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.scratch import short_base
from tests.integration.driver_client import FOUND, Driver, lend
from tests.integration.starts import Start, starting_in


@pytest.fixture(scope="module", params=FOUND)
def process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """A driver on each interpreter that was found, for all tests of a module."""
    yield from lend(request.param, tmp_path_factory.mktemp("d") / "s")


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """The interpreter's driver, reset after each test, which must leave nothing behind."""
    yield process
    assert process.ok("reset") == {"stuck": 0}
    assert list(process.scratch.iterdir()) == []


@pytest.fixture(params=FOUND)
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    """A driver for this test alone, which may end it; the parent folder is its own as well."""
    yield from lend(request.param, tmp_path / "parent" / "s")


@pytest.fixture
def folders() -> Iterator[Iterator[Path]]:
    """New directories whose paths leave room for the name of a unix socket; pytest's are longer."""
    with tempfile.TemporaryDirectory(dir=short_base()) as base:
        yield (_made(Path(base, str(number))) for number in itertools.count())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)  # a driver that ended took its folder's empty parent with it
    return folder


@pytest.fixture
def starting(folders: Iterator[Path]) -> Start:
    """Gives by a command what starts that driver, each time in a folder of its own."""
    return starting_in(folders)
