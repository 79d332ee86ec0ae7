"""What a run of `bench` and a comparison look like: golden texts, at 80 columns and in ASCII."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from harness.records.measured import ComparisonRecord, LatencyRecord, MeasurementRecord
from harness.records.model import Footer
from harness.records.results import Results
from harness.report.across import Row, across_lines
from harness.report.bench import bench_lines, progress
from harness.report.paint import console, paint
from harness.report.strips import Strip, strips
from tests.unit import golden
from tests.unit.record_samples import HEADER, LATENCY

PLACE = "one-cpu (cpu 1, batch)"


def name(implementation: str) -> str:
    return f"latency.round-trip[tcp4-size=64-impl={implementation}]"


def figures(implementation: str, p50: float, role: str = "trial", **more: Any) -> LatencyRecord:
    """A variant of the run."""
    given = {
        "id": name(implementation),
        "scenario": "latency.round-trip",
        "implementations": {"server": implementation, "client": implementation},
        "role": role,
        "p50": p50,
        "p90": p50 * 1.08,
        "p99": p50 * 1.6,
        "placement": PLACE,
        "notes": (),
        **more,
    }
    return replace(LATENCY, **given)


def compared(
    implementation: str, ratio: float, half: float, word: str, role: str = "trial", **more: Any
) -> ComparisonRecord:
    """What is said of a variant against the first."""
    line = {
        "id": name(implementation),
        "reference": name("socket@3.8"),
        "role": role,
        "ratio": ratio,
        "low": ratio - half,
        "high": ratio + half,
        "smallest": half,
        "launches": 12,
        "word": word,
        **more,
    }
    return ComparisonRecord.from_json(line)


TWIN = "latency.round-trip[tcp4-size=64-impl=socket@3.8-twin]"
MEASUREMENT = MeasurementRecord(
    scenario="latency.round-trip",
    placement=PLACE,
    references=(name("socket@3.8"),),
    precision=0.02,
    budget=60.0,
    confidence=0.995,
    stopped="precision",
    widest=0.0081,
    seconds=31.4,
    launches=12,
    noise=0.0003,
    harness=0.006,
)
RESULTS = Results(
    header=HEADER,
    latencies=(
        figures("socket@3.8", 13.2),
        figures("socket@3.13", 13.34),
        figures("asyncio-streams@3.8", 31.1, notes=("the warm-up ended before its time",)),
        figures("socket@3.8", 13.21, "twin", id=TWIN),
        figures("c", 11.7, "floor", p99=None),
        figures("by-hand@3.8", 13.12, "by-hand"),
    ),
    comparisons=(
        compared("twin", 1.0003, 0.0015, "no difference seen", "twin", id=TWIN),
        compared("socket@3.13", 1.0106, 0.0021, "slower"),
        compared("asyncio-streams@3.8", 2.3561, 0.0081, "slower"),
        compared("c", 0.8864, 0.002, "faster", "floor"),
        compared("x", 1.006, 0.002, "slower", "by-hand", reference=name("by-hand@3.8")),
    ),
    measurements=(MEASUREMENT,),
    footer=Footer(complete=True, seconds=31.4),
)


def shown(results: Results, width: int = 80) -> str:
    return "\n".join(line.text for line in bench_lines(results, width))


def test_a_run_at_80_columns() -> None:
    """The table, the plot, and what to think of them; no line is wider."""
    text = shown(RESULTS)
    assert max(map(len, text.splitlines())) <= 80
    golden.check("bench-80", text)


def test_a_run_with_everything_that_makes_it_worth_less() -> None:
    """Spoiled launches, a twin that disagrees, missing rights, who could not be played."""
    widened = [replace(one, widened=0.004) for one in RESULTS.comparisons]
    worse = replace(
        MEASUREMENT,
        stopped="budget",
        widest=0.031,
        missing=("no idle hold: Permission denied (/dev/cpu_dma_latency)",),
        absent=("by-hand@3.8 was not played: not by hand",),
        replaced=("launch 2: others had 40% of the measured CPUs",),
    )
    text = shown(replace(RESULTS, comparisons=tuple(widened), measurements=(worse,)))
    golden.check("bench-worse", text)


def test_a_terminal_without_unicode_gets_letters() -> None:
    """Every sign has a plain one."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    paint(bench_lines(RESULTS, 80), console(file, width=80))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "\\" not in text
    assert "+1.06 % ~0.21  slower" in text
    assert "|o" in text


def test_one_launch_has_no_interval_and_no_plot_of_one() -> None:
    """The ratio stands alone."""
    alone = replace(RESULTS.comparisons[1], low=None, high=None, smallest=None)
    one = replace(MEASUREMENT, launches=1, widest=None, stopped="budget")
    text = shown(replace(RESULTS, comparisons=(alone,), measurements=(one,)))
    assert "+1.06 %" in text
    assert "no interval, ±2 % was asked for; 1 launch in" in text


def test_the_progress_is_one_line() -> None:
    """How wide, how wide it is to be, and how much of the time is gone."""
    assert progress(MEASUREMENT) == "12 launches, ±0.81 % of ±2 %, 31 of 60 s"


def test_strips_of_a_wide_range_are_marked_by_factors() -> None:
    """Twice and five times as long lie equally far apart as half and a fifth."""
    lines = strips([Strip("a", 0.5, 0.45, 0.55), Strip("b", 2.0, 1.8, 2.2)], 70)
    assert "x0.5" in lines[0]
    assert "x2" in lines[0]
    left, right = lines[1].index("●"), lines[2].index("●")
    centre = lines[1].index("│")
    assert abs((centre - left) - (right - centre)) <= 1


def test_no_room_or_nothing_to_compare_is_no_plot() -> None:
    """A terminal of 30 columns gets the table alone."""
    assert strips([Strip("a", 1.0, 0.9, 1.1)], 20) == []
    assert strips([], 80) == []


def test_a_comparison_of_records_at_80_columns() -> None:
    """Two columns of p50, the ratio with its interval, the word."""
    rows = [
        Row("tcp4-size=64 socket@3.13", 13.2, 14.1, 1.068, 1.05, 1.086, "slower"),
        Row("udp4-size=64 socket@3.13", 11.1, 11.0, 0.991, 0.97, 1.01, "no difference seen"),
    ]
    notes = ["± holds 1.0 % for what differs from run to run"]
    text = "\n".join(line.text for line in across_lines(("before", "after"), rows, notes))
    assert max(map(len, text.splitlines())) <= 80
    golden.check("compare-80", text)
