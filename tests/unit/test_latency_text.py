"""The tables of latency: figures that compare share one, with what they depend on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.records.model import LatencyRecord
from harness.report.latency import latency_lines
from tests.unit import golden
from tests.unit.record_samples import LATENCY
from tests.unit.terminal_samples import RESULTS


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
