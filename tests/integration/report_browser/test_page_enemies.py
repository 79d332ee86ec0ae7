"""What a hostile record cannot do to a page."""

from __future__ import annotations

from pathlib import Path

from harness.report.html.page import page
from tests.integration.browser import Browser
from tests.integration.report_browser.jobs import OPEN, Open, jobs
from tests.unit import report_samples as samples


def test_nothing_in_a_record_becomes_script_or_markup(opened: Open) -> None:
    """A record in which every text is an attack is shown, letter by letter."""
    page = opened("hostile", samples.hostile())
    assert page.count("#look li") == 1
    page.click("#look .link")
    page.until(f"{OPEN} && document.querySelector('.sequence svg')")
    assert "</script><script>" in page.text("article")
    assert "\\u202egnirts" in page.text("article")
    page.press("Escape")
    page.until(f"!{OPEN}")
    page.click("#matrix td.case.varies")
    page.until(OPEN)
    assert page.get("typeof window.broken") == "undefined"
    assert page.get("document.querySelectorAll('img, iframe, object, base, form').length") == 0
    assert page.get("document.scripts.length") == 1
    assert page.get("[...document.links].every((one) => one.protocol === 'file:')")


def test_the_policy_forbids_what_an_attack_would_need(browser: Browser, tmp_path: Path) -> None:
    """Even our own script could not fetch, make markup of text, or run text."""
    file = tmp_path / "report.html"
    file.write_bytes(page(jobs()))
    shown = browser.page()
    shown.open(file)
    for attempt in (
        "document.body.innerHTML = '<b>'",
        "setTimeout('window.broken = 1')",
        "document.body.append(Object.assign(document.createElement('script'), {text: 'x'}))",
    ):
        assert (
            shown.get(f"(() => {{ try {{ {attempt}; return 'done' }} catch {{ return 'no' }} }})()")
            == "no"
        )
    refused = "fetch('http://127.0.0.1:9/').then(() => 'done', () => 'no')"
    assert shown.get(refused) == "no"
    shown.until("true")
    assert any("Content Security Policy" in text for text in shown.problems)
    shown.close()
