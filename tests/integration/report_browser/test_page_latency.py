"""Latency on a page: curves, figures, comparisons in words."""

from __future__ import annotations

from tests.integration.report_browser.jobs import Open
from tests.unit import report_samples as samples


def test_pointing_at_the_curves_gives_their_numbers(opened: Open) -> None:
    """At the right the tail, at the left the quickest; the arrow keys do the same."""
    page = opened("bench", samples.bench())
    assert page.text(".readout b") == "p50"
    middle = page.text(".readout")
    page.hover(".curves", across=0.9)
    page.until("parseFloat(document.querySelector('.readout b').innerText.slice(1)) > 99")
    assert page.text(".readout") != middle
    page.hover(".curves", across=0.09)
    page.until("document.querySelector('.readout b').innerText === 'minimum'")
    page.get("document.querySelector('.curves').focus()")
    page.press("ArrowRight")
    assert page.text(".readout b") == "p1"


def test_latency_has_the_floor_the_launches_and_the_intervals(opened: Open) -> None:
    """Of each variant what was measured, beside it what nobody can beat."""
    page = opened("bench", samples.bench())
    assert page.count(".strips .series") == 4  # three on trial, and the twin
    assert page.count(".strips circle") == 16
    assert page.count(".strips .interval") == 4
    assert page.count(".floor") == 2
    assert page.count(".figures tbody tr") == 5
    page.click(".workload .chips .chip:last-child")
    assert page.get("document.querySelector('.workload [aria-pressed=true]').innerText") == (
        "unix-stream 64 B"
    )


def test_comparisons_are_in_words_and_the_reference_can_be_chosen(opened: Open) -> None:
    """What the run itself has said stands; the other way round it is said the other way round."""
    page = opened("bench", samples.bench())
    words = page.get("[...document.querySelectorAll('.words li')].map((one) => one.innerText)")
    assert "asyncio-streams slower 2.410 × the time (2.380 to 2.440)" in words[0]
    assert "socket@3.13 no difference seen 1.003 × the time" in words[1]
    page.get("((one) => { one.value = '3'; one.dispatchEvent(new Event('change')); })"
             "(document.querySelector('.against select'))")  # fmt: skip
    words = page.get("[...document.querySelectorAll('.words li')].map((one) => one.innerText)")
    assert "socket faster 0.4" in words[0]


def test_two_records_of_one_implementation_are_compared_as_two(opened: Open) -> None:
    """Columns are split by record; on a machine that was slower as a whole nothing is slower."""
    page = opened("benches", samples.bench(), samples.bench("later", 1.3))
    assert page.count("th.side") == 6
    words = page.text(".words")
    assert "socket · later no difference seen 0.9" in words
    assert "another record: each over the floor of its own" in words
