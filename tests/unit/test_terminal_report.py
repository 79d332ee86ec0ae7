"""The report of a run: whole against golden files, its parts one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.records.model import Footer
from harness.records.results import merge
from tests.unit import golden
from tests.unit.record_samples import FAILED, HEADER, PASSED
from tests.unit.terminal_samples import NO_IPV6, of, shown

# Whole reports


@pytest.mark.parametrize("width", [80, 50])
def test_the_whole_report(width: int) -> None:
    """What a person sees at the end of a run, at the usual width and in a narrow terminal."""
    golden.check(f"report-{width}", shown(width=width).rstrip("\n"))


def test_the_brief_report() -> None:
    """Beneath pytest, which has shown the failures in full, some lines are enough."""
    golden.check("report-brief", shown(heading=False, full=False).rstrip("\n"))


def test_a_report_of_passes_is_short() -> None:
    """Good news take a table and two lines."""
    text = shown(of([PASSED]), heading=False)
    assert text.splitlines()[1:] == [
        "── verdicts ────────────────────────────────────────────────────────────────────",
        "family  pass  varies  fail  unsupported  inconclusive  broken  seconds",
        "close      1       ·     ·            ·             ·       ·     0.25",
        "",
        "1 case in 12.3 s, all as expected",
        "record: results/run-20261120-070000-c0ffee.jsonl",
    ]


def test_in_a_narrow_terminal_verdicts_that_no_case_has_are_left_out() -> None:
    """What is left fits as long as that can be; a name is never cut."""
    cases = [PASSED, replace(FAILED, family="nonblocking-timeouts")]
    lines = shown(of(cases), width=60, only=["varies"], heading=False).splitlines()
    assert lines[2:6] == [
        "family               pass fail seconds",
        "close                   1    ·    0.25",
        "nonblocking-timeouts    ·    1    0.25",
        "all                     1    1    0.50",
    ]


def test_a_report_of_nothing_has_no_table() -> None:
    """A run may be stopped before its first case."""
    text = shown(of([], footer=None), heading=False)
    assert "family" not in text
    assert "0 cases, all as expected" in text
    assert "no footer" in text


# Parts


def test_what_is_lacking_is_said_once() -> None:
    """Cases without IPv6 are one piece of news."""
    text = shown()
    assert text.count(NO_IPV6) == 1
    assert "and 2 more" in text
    assert "── unsupported: 9 ──" in text


def test_listed_deviations_stand_apart_from_failures() -> None:
    """They are no news, and they are not hidden either."""
    text = shown()
    assert "fail: udp-errors.dead-peer" not in text
    assert "  udp-errors.dead-peer[udp4]  known, fail\n      The ICMP error comes late." in text
    assert "── passes, but is listed: 1 ──" in text


def test_the_outcome_counts_what_is_unexpected() -> None:
    """Worst first; a pass that was not to be is named as such."""
    text = " ".join(shown().split())
    assert (
        "29 cases in 12.3 s, 5 unexpected: 1 broken, 2 fail, 1 inconclusive, "
        "1 pass though listed as a deviation" in text
    )


def test_only_the_chosen_verdicts_are_explained_and_the_table_stays_whole() -> None:
    """A filter must not make sums that are true of nothing."""
    text = shown(only=["varies"])
    assert "close.unread[tcp6]  eof-instead" in text
    assert "half-close" not in text
    assert "unsupported: 9" not in text
    assert shown().splitlines()[-14:-5] == text.splitlines()[-14:-5]


def test_passes_are_listed_when_they_are_asked_for() -> None:
    """Otherwise the table is enough."""
    assert "accept.case-3[tcp4]" not in shown()
    assert "\n  accept.case-3[tcp4]\n" in shown(only=["pass"])


def test_doubts_stand_at_the_end() -> None:
    """A record that is not whole must not look whole."""
    footer = Footer(complete=False, why="interrupted", seconds=1, lost=3)
    text = shown(of([PASSED], footer=footer, warnings=("line 7 is torn, and left out",)))
    assert text.splitlines()[-5:] == [
        "1 case in 1.0 s, all as expected",
        "warning: line 7 is torn, and left out",
        "warning: stopped early: interrupted",
        "warning: 3 records could not be written",
        "record: results/run-20261120-070000-c0ffee.jsonl",
    ]


def test_joined_runs_are_named_at_each_case() -> None:
    """Whoever reads a matrix wants to know which of its jobs."""
    runs = [of([FAILED], path=Path(f"{name}.jsonl")) for name in ("linux", "mac")]
    text = shown(merge(runs))
    assert "── fail: close.half-close-then-reply[tcp4]  (mac) ──" in text
    assert "linux of 2026-11-20T07:00:00Z, revision 1c7ff6e1cb6b" in text
    assert text.endswith("record: linux.jsonl\nrecord: mac.jsonl\n")


def test_a_header_that_knows_nothing_is_no_error() -> None:
    """Facts may be absent, drivers may say little."""
    header = replace(HEADER, revision=None, environment={}, drivers={"x": {}})
    text = shown(of([PASSED], header=header))
    assert "revision unknown" in text
    assert "on an unknown machine" in text


def test_packages_that_were_installed_are_named_with_their_versions() -> None:
    """A library's behaviour is that of its version, and of what it rests on."""
    hello = {"implementation": "gevent", "version": "25.9.1", "runtime": "CPython 3.9.18"}
    packages = ["gevent==25.9.1", "greenlet==3.2.5", "zope-interface==8.0.1"]
    drivers = {"gevent@3.9": {**hello, "packages": packages}}
    text = shown(of([], header=replace(HEADER, drivers=drivers)))
    assert "  gevent@3.9: gevent 25.9.1 on CPython 3.9.18, with gevent 25.9.1, greenlet" in text
    assert "\n    3.2.5, zope-interface 8.0.1\n" in text
