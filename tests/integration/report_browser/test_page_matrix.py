"""The matrix of a page: its rows, its filters, the keyboard in it, and its size."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.records.results import Results
from harness.report.html.page import MOST
from tests.integration.browser import Browser
from tests.integration.report_browser.jobs import ALL, FOCUS, OPEN, Open, jobs, shown_rows
from tests.unit import report_samples as samples
from tests.unit.record_samples import FAILED

# The matrix and its filters


def test_the_matrix_has_a_row_for_each_claim_and_a_column_for_each_on_trial(opened: Open) -> None:
    """Two jobs are one matrix; what a job did not try stays empty."""
    page = opened("jobs", *jobs())
    assert shown_rows(page) == ALL
    assert page.get("[...document.querySelectorAll('th.side')].map((one) => one.innerText)") == [
        "socket", "node", "trio"
    ]  # fmt: skip
    row = "[...document.querySelectorAll('#matrix tbody tr:not(.heading)')]"
    assert page.get(f"{row}.map((one) => [...one.cells].slice(1).map((td) => td.innerText))") == [
        ["F", "·", ""],
        ["·", "-", ""],
        ["·", "", "v"],
    ]


def test_a_verdict_a_text_a_tag_and_differences_filter_the_claims(opened: Open) -> None:
    """Each filter leaves what it says; Escape takes them all away."""
    page = opened("jobs", *jobs())
    page.click("[data-sign=F]")
    assert shown_rows(page) == ALL[:1]
    assert page.get("document.querySelector('[data-sign=F]').ariaPressed") == "true"
    assert page.text("#count") == "1 claim of 3"
    page.click("[data-sign=v]")
    assert shown_rows(page) == [ALL[0], ALL[2]]
    page.press("Escape")
    assert shown_rows(page) == ALL
    page.press("/")
    page.type("posix RECV")
    assert shown_rows(page) == [ALL[1]]
    page.click("#clear")
    page.click("#differences")
    assert shown_rows(page) == [ALL[0], ALL[2]]
    page.click("#clear")
    page.get("((one) => { one.value = 'quick'; one.dispatchEvent(new Event('change')); })"
             "(document.getElementById('tag'))")  # fmt: skip
    assert shown_rows(page) == [ALL[1]]


def test_nothing_found_is_said(opened: Open) -> None:
    """A filter that nothing passes leaves a sentence."""
    page = opened("jobs", *jobs())
    page.press("/")
    page.type("no such claim")
    assert shown_rows(page) == []
    assert page.count("#none") == 1


# By keyboard


def test_the_keyboard_walks_the_matrix_and_opens_cases(opened: Open) -> None:
    """Arrows move, Enter opens, arrows go on to other columns, Escape comes back to the cell."""
    page = opened("jobs", *jobs())
    page.get("document.querySelector('#matrix td[tabindex]').focus()")
    page.press("ArrowDown")
    assert page.get(f"{FOCUS}.innerText") == "F"
    assert page.get(f"{FOCUS}.ariaLabel") == "socket: 1 fail"
    page.press("Enter")
    page.until(OPEN)
    assert page.get(f"{FOCUS}.id") == "detail-title"
    page.press("ArrowRight")
    page.until("document.querySelector('#detail .who').innerText === 'node'")
    page.press("Escape")
    page.until(f"!{OPEN} && {FOCUS}.tagName === 'TD'")
    page.press("ArrowDown", "End", "ArrowLeft")
    assert page.get(f"{FOCUS}.innerText") == "-"


def test_what_can_be_pressed_has_a_name_and_what_has_focus_is_seen(opened: Open) -> None:
    """Buttons say what they do; tables have heads; the page has a language and landmarks."""
    page = opened("jobs", *jobs(), fragment=f"#{FAILED.id}")
    page.until(OPEN)
    nameless = (
        "[...document.querySelectorAll('button, select, input, a')]"
        ".filter((one) => !(one.innerText || one.ariaLabel || one.title).trim()).length"
    )
    assert page.get(nameless) == 0
    assert page.get("document.documentElement.lang") == "en"
    assert page.get("document.querySelectorAll('main, nav, h1').length") == 3
    assert page.get("[...document.querySelectorAll('table')].every((one) => one.tHead)")
    ids = "[...document.querySelectorAll('[id]')].map((one) => one.id)"
    assert page.get(f"new Set({ids}).size === {ids}.length")


# Size


def test_a_thousand_claims_by_twenty_columns_open_at_once_and_stay_small(
    browser: Browser, written: Callable[[str, Sequence[Results]], Path]
) -> None:
    """A megabyte at most; to open and unfold it takes as long as some bare tables of its size.

    How long in seconds is printed, not judged: a machine may be busy."""
    file = written("large", [samples.matrix(1000, 20, ["tcp4"])])
    assert file.stat().st_size <= MOST
    shown = browser.page()
    begun = time.monotonic()
    shown.open(file)
    shown.click("#all")
    shown.until("document.querySelectorAll('#matrix td.case').length === 20000")
    took = time.monotonic() - begun
    table = (
        "(() => { const begun = performance.now(); const table = document.createElement('table');"
        "for (let row = 0; row < 1000; row += 1) { const line = table.insertRow();"
        "for (let at = 0; at < 20; at += 1) line.insertCell().textContent = at; }"
        "document.body.append(table); table.getBoundingClientRect();"
        "return performance.now() - begun; })()"
    )
    bare = shown.get(table) / 1000
    print(f"opened and unfolded in {took:.2f} s, a bare table of that size in {bare:.2f} s")
    assert took < 100 * max(bare, 0.5)
    shown.close()
