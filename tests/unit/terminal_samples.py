"""The results of a run with every kind of news, and their report as a pipe gets it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.records.model import CaseRecord, Expectation, Footer
from harness.records.results import Results
from harness.report.terminal import console, report
from harness.verdicts import Verdict
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
