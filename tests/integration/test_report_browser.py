"""The page of a report in a real browser: what people do with it, and what a hostile record cannot.

One browser is started for all of them; each test has a page of its own, with storage of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.records.model import Expectation, Failure
from harness.records.results import Results
from harness.report.html.page import MOST, page
from tests.integration.browser import PROGRAM, Browser, Page
from tests.unit import report_samples as samples
from tests.unit.record_samples import FAILED, SCENARIO, data

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no chromium to look at pages with")

Open = Callable[..., Page]
OPEN = "document.getElementById('detail').open"
FOCUS = "document.activeElement"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    running = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield running
    running.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Sequence[Results]], Path]:
    """Write a report once, whoever looks at it."""
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


def told() -> Failure:
    """The failure of the sample, its calls with what they made, sent and got."""
    assert FAILED.failure is not None
    listen, accept, *calls, first, second, stuck = FAILED.failure.timeline
    accept = replace(accept, makes="conn")
    calls = [replace(one, sent=8) if one.op == "send" else one for one in calls]
    first = replace(first, got=data(b"question"))
    timeline = (listen, accept, *calls, first, second, stuck)
    return replace(FAILED.failure, timeline=timeline, rerun=f"{FAILED.failure.rerun} -x")


def jobs() -> tuple[Results, Results]:
    """Two CI jobs: one with a failure, one on another interpreter."""
    node = {"server": "node", "client": "node"}
    failed = samples.case("close.half-close-then-reply", verdict="fail", failure=told())
    cases = [
        failed,
        samples.case("close.half-close-then-reply", "node"),
        samples.case("close.eof-is-sticky", claim="EOF is said again.", spec=("POSIX recv",)),
        samples.case("close.eof-is-sticky", "node", verdict="unsupported", why="node has no such"),
        samples.case("echo.one", transport="udp4"),
    ]
    assert cases[1].implementations == node
    texts = (
        SCENARIO,
        replace(SCENARIO, id="close.eof-is-sticky", tags=("quick",)),
    )
    later = samples.case(
        "echo.one", "trio", transport="udp4", verdict="varies", branches={"1:1": "late"}
    )
    return samples.results(cases, "job-1", scenarios=texts), samples.results([later], "job-2")


def shown_rows(page: Page) -> list[str]:
    """The claims that are to be seen."""
    found = page.get(
        "[...document.querySelectorAll('#matrix tbody tr:not(.heading) th a')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.hash.slice(1))"
    )
    return list(found)


ALL = ["close.half-close-then-reply", "close.eof-is-sticky", "echo.one"]


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


# One case


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


# How it looks


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


# Latency


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


# Enemies


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
