"""The report of a run: whole against golden files, what it promises one by one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from harness.records.model import CaseRecord, Expectation, Footer, LatencyRecord
from harness.records.results import Results, merge
from harness.report.latency import latency_lines
from harness.report.terminal import console, report
from harness.verdicts import Verdict
from tests.unit import golden
from tests.unit.record_samples import FAILED, FAILURE, HEADER, LATENCY, PASSED, data, failed_with


def case(verdict: Verdict, name: str, **changes: Any) -> CaseRecord:
    """A case of the family that its name begins with, without evidence."""
    family = name.partition(".")[0]
    return replace(
        PASSED,
        id=name,
        scenario=name.partition("[")[0],
        family=family,
        verdict=verdict,
        data=verdict,
        **changes,
    )


NO_IPV6 = "no IPv6 on this machine"
VARIED = {"branches": {"31:5": "eof-instead"}, "claim": "Unread data makes a close a reset."}
KNOWN = Expectation(kind="known", reason="The ICMP error comes late.", link="https://x.example/17")
CASES = (
    *(case("pass", f"accept.case-{n}[tcp4]") for n in range(12)),
    *(case("unsupported", f"accept.case-{n}[tcp6]", why=NO_IPV6) for n in range(8)),
    case("unsupported", "accept.fast[tcp4]", why="socket@pypy3 has no accept4"),
    case("varies", "close.unread[tcp4]", **VARIED),
    case("varies", "close.unread[tcp6]", **VARIED),
    case("fail", "udp-errors.dead-peer[udp4]", expectation=KNOWN),
    case("pass", "udp-errors.stale[udp4]", expectation=replace(KNOWN, link=None)),
    case(
        "inconclusive",
        "recv.pieces[tcp4-size=64-server=asyncio-streams@3.13-client=socket@3.8]",
        failure=replace(FAILURE, expected="size min 1, max 8", actual="24 bytes 'abcabc'"),
    ),
    FAILED,
    replace(
        failed_with(expected_data=data(b"question"), actual_data=data(b"questi")),
        id="close.late[tcp4-64B]",
        data="pass",
        closing="fail",
    ),
    case("broken", "close.crash[tcp4]", why="the driver ended\n  with status -11"),
)
FOOTER = Footer(complete=True, counts={"pass": 13}, seconds=12.34)
RESULTS = Results(
    header=HEADER,
    cases=CASES,
    latencies=(
        LATENCY,
        replace(LATENCY, id="l2", size=16384, p50=13.8, p999=None, max=51_414.2, notes=()),
        replace(LATENCY, id="l3", size=1 << 20, transport="unix-stream", p50=1713.8, notes=()),
    ),
    footer=FOOTER,
    path=Path("results/run-20261120-070000-c0ffee.jsonl"),
)


def shown(results: Results = RESULTS, width: int = 80, **options: Any) -> str:
    """The report as a pipe gets it."""
    file = io.StringIO()
    report(results, console(file, width=width), **options)
    return file.getvalue()


def of(cases: Sequence[CaseRecord], **changes: Any) -> Results:
    """Results with just these cases."""
    return replace(RESULTS, cases=tuple(cases), latencies=(), **changes)


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


# What must not happen


@pytest.mark.parametrize("width", [67, 80])
def test_no_line_is_wider_than_the_terminal_but_those_to_be_copied(width: int) -> None:
    """An id, a command and a place are whole; all else fits."""
    for line in shown(width=width).splitlines():
        assert cell_len(line) <= width or "[tcp4" in line or "scenarios/close.yaml:" in line


def test_ids_are_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped or narrow, with brackets of any kind: each id can be copied and searched for."""
    monkeypatch.setenv("COLUMNS", "40")
    file = io.StringIO()
    named = [case("fail", f"close.{'x' * 100}[bold red][{n}-64B]") for n in range(3)]
    report(of(named), console(file))
    for one in named:
        assert f"fail: {one.id} " in file.getvalue()


def test_control_characters_are_spelled_out() -> None:
    """What a file holds does not reach the terminal raw."""
    evil = "\x1b[2J\x07\u202e"
    record = case("varies", f"close{evil}.x[tcp4]", branches={"1:1": evil})
    others = (
        case("unsupported", "a.b[tcp4]", why=evil),
        case("fail", "a.c[tcp4]", expectation=Expectation(kind="flaky", reason=evil, link=evil)),
        case("inconclusive", "a.d[tcp4]", file=evil, why=evil),
    )
    header = replace(
        HEADER, command=(evil,), started=evil, revision=evil, environment={"host": evil}
    )
    latency = replace(LATENCY, scenario=evil, placement=evil, transport=evil, notes=(evil,))
    results = replace(of([record, *others]), header=header, latencies=(latency,), warnings=(evil,))
    assert all(line.isprintable() for line in shown(results).splitlines())


def test_a_console_without_unicode_gets_ascii() -> None:
    """A report does not end in an encoding error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    strange = replace(FAILED, family="übung", claim="grüßt → 日本")
    report(of([strange]), console(file, width=80))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "gr\\xfc\\xdft > \\u65e5\\u672c" in text
    assert "-- fail: close.half-close-then-reply[tcp4] ----" in text


# Colours


def _coloured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    file = io.StringIO()
    report(of([FAILED]), console(file, force_terminal=True, width=80))
    return file.getvalue()


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours add nothing that the words do not say."""
    text = _coloured(monkeypatch)
    assert "\x1b[32mexpected  eof\x1b[0m" in text
    assert "\x1b[31mactual    6 bytes 'answer'\x1b[0m" in text


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bold may stay, colours may not."""
    text = _coloured(monkeypatch, NO_COLOR="1")
    assert "\x1b[3" not in text
    assert ";3" not in text


def test_a_pipe_gets_no_escape_at_all() -> None:
    """Nothing is to be filtered out of a log."""
    assert "\x1b" not in shown()


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


# Latency


def test_packages_that_were_installed_are_named_with_their_versions() -> None:
    """A library's behaviour is that of its version, and of what it rests on."""
    hello = {"implementation": "gevent", "version": "25.9.1", "runtime": "CPython 3.9.18"}
    packages = ["gevent==25.9.1", "greenlet==3.2.5", "zope-interface==8.0.1"]
    drivers = {"gevent@3.9": {**hello, "packages": packages}}
    text = shown(of([], header=replace(HEADER, drivers=drivers)))
    assert "  gevent@3.9: gevent 25.9.1 on CPython 3.9.18, with gevent 25.9.1, greenlet" in text
    assert "\n    3.2.5, zope-interface 8.0.1\n" in text


def test_figures_of_one_placement_share_a_table_with_their_caption() -> None:
    """The caption names what the figures depend on."""
    text = "\n".join(latency_lines(RESULTS.latencies))
    golden.check("latency", text)


def timed(workload: str, trips: int, **options: Any) -> LatencyRecord:
    """A latency of this kind, without notes."""
    return replace(LATENCY, workload=workload, options=options, trips=trips, notes=())


def test_rows_are_told_apart_by_the_options_in_which_they_differ() -> None:
    """In the order of their values; what all of them share is not repeated."""
    rates = (1000, 100, 10_000)
    lines = latency_lines([timed("paced", 500, rate=rate, nodelay=True) for rate in rates])
    found = [line.split()[:2] for line in lines[2:5]]
    assert found == [["tcp4", f"rate={rate}"] for rate in sorted(rates)]
    assert "nodelay" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ("ping-pong", ["trips/s", "µs for a round trip;", "500 round trips in all"]),
        ("paced", ["1/mean", "from when its message was due;"]),
        ("stream", ["chunks/s", "µs for a chunk, the mean of a turn;", "500 turns in all"]),
        ("connect", ["conns/s", "µs for a connection;", "500 connections in all"]),
    ],
)
def test_figures_say_what_they_are_of(workload: str, said: list[str]) -> None:
    """A chunk is no round trip, and neither is a connection."""
    text = " ".join(" ".join(latency_lines([timed(workload, 500)])).split())
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    ("workload", "extra", "said"),
    [
        (
            "stream",
            {"sent_bytes_per_s": 2.5e9, "writer_cpu_s": 0.5, "reader_cpu_s": 0.75},
            "sent 2,500.00 MB/s, writer 500.00 ms of CPU, reader 750.00 ms of CPU",
        ),
        (
            "paced",
            {"late_mean_us": 4.25, "late_most_us": 1312.0},
            "late mean 4.25 µs, late most 1,312.00 µs",
        ),
    ],
)
def test_what_a_workload_says_besides(workload: str, extra: dict[str, float], said: str) -> None:
    """Bytes a second and CPU time of a stream; how late a paced client was."""
    record = replace(timed(workload, 9), extra=extra)
    assert said in " ".join(" ".join(latency_lines([record])).split())


def test_a_note_about_every_row_is_said_once() -> None:
    """Of a busy machine all figures suffer; of few trips one."""
    lines = latency_lines(
        [
            replace(LATENCY, notes=("others had 7% of the CPUs", "it wandered")),
            replace(LATENCY, size=1024, notes=("others had 7% of the CPUs", "it wandered")),
            replace(LATENCY, size=2048, notes=("others had 7% of the CPUs", "no p99.9 from 7")),
        ]
    )
    assert lines[-3:] == [
        "  -: too few round trips lie beyond it",
        "  others had 7% of the CPUs",
        "  tcp4 64 B, tcp4 1 KiB: it wandered",
    ]


def test_sizes_are_exact() -> None:
    """Only whole units are shortened."""
    sizes = [1, 1024, 1500, 65536, 3 << 20]
    lines = latency_lines([replace(LATENCY, size=size, notes=()) for size in sizes])
    shown_ = [" ".join(line.split()[1:3]) for line in lines[2:7]]
    assert shown_ == ["1 B", "1 KiB", "1500 B", "64 KiB", "3 MiB"]


def test_the_widest_figures_fit_a_terminal() -> None:
    """80 columns, with the longest name of a transport and a second for a round trip."""
    slow = replace(LATENCY, transport="unix-seqpacket", size=1_048_575, rate=999_999.0)
    slow = replace(slow, p50=999_999.4, p90=999_999.4, p99=999_999.4, p999=999_999.4, max=999_999.4)
    assert max(map(len, latency_lines([slow]))) <= 80


@pytest.mark.parametrize(
    "change",
    [
        {"placement": "two-cpus"},
        {"implementations": {"server": "socket", "client": "uvloop@3.12"}},
        {"run": "mac"},
        {"scenario": "latency.connect"},
    ],
)
def test_figures_that_cannot_be_compared_share_no_table(change: dict[str, Any]) -> None:
    """What stands below each other gets compared."""
    lines = latency_lines([LATENCY, replace(LATENCY, **change)])
    assert sum("p99.9" in line for line in lines) == 2
