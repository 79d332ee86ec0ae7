"""The page of a report in a real browser: one for all tests, each test has a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harness.records.results import Results
from harness.report.html.page import page
from tests.integration.browser import PROGRAM, Browser, Page
from tests.integration.report_browser.jobs import Open


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    if PROGRAM is None:
        pytest.skip("no chromium to look at pages with")
    running = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield running
    running.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Sequence[Results]], Path]:
    """Write a report once, whoever looks at it; in this folder a name is of one report."""
    folder = tmp_path_factory.mktemp("pages")

    def write(name: str, several: Sequence[Results]) -> Path:
        file = folder / f"{name}.html"
        if not file.exists():
            file.write_bytes(page(several))
        return file

    return write


@pytest.fixture
def opened(browser: Browser, written: Callable[[str, Sequence[Results]], Path]) -> Iterator[Open]:
    """Open a report in a page of its own; at the end it must have asked for nothing but itself,
    and complained of nothing."""
    pages: list[Page] = []

    def open_(
        name: str, *several: Results, fragment: str = "", width: int = 1280, phone: bool = False
    ) -> Page:
        shown = browser.page(width, 900)
        pages.append(shown)
        if phone:
            shown.resize(width, 844, phone=True)
        shown.open(written(name, several), fragment)
        return shown

    yield open_
    for shown in pages:
        assert [one.partition("#")[0][-5:] for one in set(shown.requests)] == [".html"]
        assert shown.problems == []
        shown.close()
