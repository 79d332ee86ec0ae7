"""What the tests of the Python driver share: one driver for each interpreter and module, or one
for a test that ends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.driver_client import FOUND, Driver, lend


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
