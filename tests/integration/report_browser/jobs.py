"""A report of two CI jobs, and what of its page can be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.records.model import Failure
from harness.records.results import Results
from tests.integration.browser import Page
from tests.unit import report_samples as samples
from tests.unit.record_samples import FAILED, SCENARIO, data

Open = Callable[..., Page]
OPEN = "document.getElementById('detail').open"
FOCUS = "document.activeElement"


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
