"""How a page looks: dark, on a phone, on paper, without colours."""

from __future__ import annotations

import pytest

from tests.integration.browser import Page
from tests.integration.report_browser.jobs import OPEN, Open, jobs
from tests.unit import report_samples as samples
from tests.unit.record_samples import FAILED


def paper(page: Page) -> str:
    """The colour that the page is painted with."""
    return str(page.get("getComputedStyle(document.body).backgroundColor"))


def test_it_is_dark_where_the_system_is_dark_and_when_told_so(opened: Open) -> None:
    """The switch goes from the system's choice to light and to dark."""
    page = opened("jobs", *jobs())
    page.prefer("light")
    light = paper(page)
    page.prefer("dark")
    dark = paper(page)
    assert light != dark
    page.click("#theme")
    assert paper(page) == light
    page.click("#theme")
    page.prefer("light")
    assert paper(page) == dark


def test_signs_tell_verdicts_apart_without_colours(opened: Open) -> None:
    """Every cell has a letter of its own kind."""
    page = opened("jobs", *jobs())
    pairs = page.get(
        "[...document.querySelectorAll('#matrix td.case')]"
        ".map((one) => `${one.classList[1]} ${one.innerText}`)"
    )
    kinds = {pair.split()[0] for pair in pairs}
    assert len({pair.split()[1] for pair in pairs}) == len(kinds) == 4


@pytest.mark.parametrize("name", ["matrix", "case", "bench"])
def test_a_phone_needs_no_scrolling_sideways(opened: Open, name: str) -> None:
    """Wide things scroll by themselves; the page does not."""
    if name == "bench":
        page = opened("bench", samples.bench(), width=390, phone=True)
    else:
        case = f"#{FAILED.id}" if name == "case" else ""
        page = opened("jobs", *jobs(), width=390, phone=True, fragment=case)
        page.until(f"{OPEN} === {str(name == 'case').lower()}")
    assert page.get("document.documentElement.scrollWidth <= innerWidth")
    assert page.get("document.getElementById('detail').scrollWidth <= innerWidth")


def test_on_paper_there_are_no_controls_and_an_open_case_is_alone(opened: Open) -> None:
    """Printing takes what is open."""
    page = opened("jobs", *jobs())
    page.prefer(medium="print")
    assert page.count(".controls") == page.count("nav") == 0
    assert page.count("#matrix") == 1
    page.prefer()
    page.click("#look .link")
    page.until(OPEN)
    page.prefer(medium="print")
    assert page.count("#matrix") == 0
    assert page.count("#detail article") == 1
    assert page.pdf().startswith(b"%PDF")
