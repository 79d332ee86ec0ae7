"""One Python driver for each interpreter, for all tests of its operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.driver_client import FOUND, Driver, lend


@pytest.fixture(scope="session", params=FOUND)
def process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """A driver on each interpreter that was found, started once for all files of this folder."""
    yield from lend(request.param, tmp_path_factory.mktemp("d") / "s")
