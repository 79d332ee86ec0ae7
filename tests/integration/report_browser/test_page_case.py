"""One case on a page: everything about it, and its address."""

from __future__ import annotations

from dataclasses import replace

from harness.records.model import Expectation
from harness.reproducing import whole
from tests.integration.report_browser.jobs import OPEN, Open, jobs
from tests.unit import report_samples as samples
from tests.unit.record_samples import FAILED, SCENARIO


def test_a_cell_opens_its_case_with_everything_about_it(opened: Open) -> None:
    """Claim, difference, diagram, sockets, the step in its scenario, the command."""
    page = opened("jobs", *jobs())
    page.click("#matrix td.case.fail")
    page.until(f"{OPEN} && document.querySelector('.sequence svg .failed')")
    assert page.text("#detail-title") == FAILED.id
    assert FAILED.claim in page.text("article")
    assert FAILED.failure is not None
    assert page.text(".copy") == f"{FAILED.failure.rerun} -x"
    assert page.text("dd.expected") == "eof"
    assert page.text("dd.actual") == "6 bytes 'answer'"
    assert page.count(".sequence .call") == len(FAILED.failure.timeline)
    assert page.count(".sequence .stuck") == 1
    arrows = "[...document.querySelectorAll('.arrow text')].map((one) => one.textContent)"
    assert page.get(arrows) == ["connection", "8 B"]
    assert "CLOSE_WAIT" in page.text(".mono")
    assert page.get("document.querySelectorAll('.source .failed').length") == 0


def test_the_failing_step_is_marked_in_the_scenario(opened: Open) -> None:
    """The line of the record is the line that is marked, by a sign too."""
    assert FAILED.failure is not None
    text = replace(SCENARIO, line=21, text="- id: x\n  steps:\n  - conn: recv")
    failed = samples.case("close.half-close-then-reply", verdict="fail", failure=FAILED.failure)
    page = opened("marked", samples.results([failed], scenarios=(text,)))
    page.click("#look .link")
    page.until(OPEN)
    assert page.text(".source .failed").split() == ["▶", "23", "-", "conn:", "recv"]


def test_pointing_at_a_call_shows_the_bytes_that_it_got(opened: Open) -> None:
    """Hex and letters of what was received."""
    page = opened("jobs", *jobs(), fragment=f"#{FAILED.id}")
    page.until("document.querySelector('.sequence .call')")
    page.hover(".sequence .call:nth-last-of-type(3) text")
    page.until("document.querySelector('.bytes').innerText.includes('71 75 65 73 74 69 6f 6e')")
    assert "question" in page.text(".bytes")


def test_one_scale_draws_the_same_calls_without_cuts(opened: Open) -> None:
    """True time from the first call to the last, pauses and all."""
    page = opened("jobs", *jobs(), fragment=f"#{FAILED.id}")
    page.until("document.querySelector('.sequence .cut')")
    page.click(".title button[aria-pressed]")
    assert page.get("document.querySelectorAll('.sequence .cut').length") == 0
    assert page.count(".sequence .call") == len(FAILED.failure.timeline if FAILED.failure else ())


def test_a_script_is_copied_with_all_that_plays_it(opened: Open) -> None:
    """What is read are its steps."""
    assert FAILED.failure is not None
    begun = replace(FAILED.failure, script="# steps\n", script_needs=("player", "python", "end"))
    page = opened("script", samples.results([samples.case("a.b", verdict="fail", failure=begun)]))
    page.click("#look .link")
    page.until(OPEN)
    page.click(".script summary")
    assert page.text(".script .copy").strip() == "# steps"
    page.get(
        "Object.defineProperty(navigator, 'clipboard',"
        " { value: { writeText: async (text) => { window.copied = text; } } })"
    )
    page.click(".script button")
    page.until("window.copied")
    assert page.get("window.copied") == whole.script(begun)


def test_the_address_names_the_case_and_brings_it_back(opened: Open, written: object) -> None:
    """What is open can be sent to somebody else; closing takes it out of the address."""
    page = opened("jobs", *jobs(), fragment=f"#{FAILED.id}")
    page.until(OPEN)
    assert page.text("#detail-title") == FAILED.id
    page.press("Escape")
    page.until(f"!{OPEN} && location.hash === ''")
    page.click("#matrix td.case.pass")
    page.until(OPEN)
    assert page.get("decodeURIComponent(location.hash)").startswith("#close.half-close-then-reply[")
    page.get("history.back()")
    page.until(f"!{OPEN}")


def test_a_listed_deviation_gives_its_reason_and_where_to_read_on(opened: Open) -> None:
    """A link to a page can be followed, anything else is text."""
    links = ("https://bugs.example/1", "javascript:window.broken=1")
    cases = [
        samples.case(
            f"a.{at}",
            verdict="fail",
            expectation=Expectation(kind="known", reason="Why.", link=link),
        )
        for at, link in enumerate(links)
    ]
    page = opened("listed", samples.results(cases))
    for at, link in enumerate(links):
        page.click(f"#matrix tr[data-claim='{at}'] td")
        page.until(OPEN)
        assert page.text(".listed") == f"Listed as known: Why. {link}"
        assert page.get("document.querySelectorAll('.listed a').length") == (at == 0)
        page.press("Escape")
        page.until(f"!{OPEN}")


def test_a_case_that_passed_says_so_and_how_to_run_it(opened: Open) -> None:
    """There is no timeline of what passed, but its scenario and its command."""
    page = opened("jobs", *jobs(), fragment="#close.eof-is-sticky[tcp4]")
    page.until(OPEN)
    assert "keeps no timeline" in page.text("article")
    assert page.text(".copy") == (
        "sockharness run 'scenarios/close.yaml::close.eof-is-sticky[tcp4]'"
    )
