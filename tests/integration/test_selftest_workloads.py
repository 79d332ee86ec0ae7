"""`sockharness smoke` of workloads: those of the reference are right, and each bend is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.engine.any_driver import AnyDriver
from harness.engine.selftest import Check, bench, table, timed
from tests.integration.starts import Start

HERE = Path(__file__).parent
MISTIMED = (sys.executable, str(HERE / "drivers" / "mistimed.py"))
REFERENCE = HERE.parents[1] / "harness" / "drivers" / "python"


def tried(start: Callable[[], AnyDriver], only: str | None = None) -> list[Check]:
    """The checks of its workloads, or of this one."""
    on = bench.Bench(start)
    try:
        on.check("it greets", lambda bench: None)
        hello = on.driver.hello
        if only is not None:
            hello = replace(hello, workloads=frozenset({only, "turn", "fetch"}))
        return list(timed.trials(on, hello))
    finally:
        on.drop()


def test_the_workloads_of_the_reference_are_right(starting: Start) -> None:
    """All are tried, whatever is beside them on the machine."""
    checks = tried(starting(sys.executable, "-I", "-S", str(REFERENCE)))
    assert [check for check in checks if check.problem or check.note] == []
    assert len(checks) == len(timed.CHECKS)


@pytest.mark.parametrize(
    ("bend", "workload", "sentence"),
    [
        ("counts_from_sending", "paced_open", "samples count from then"),
        ("moves_its_schedule", "paced_open", "samples count from then"),
        ("waits_for_each_answer", "paced_open", "which an open loop does not wait for: message 2"),
        ("believes_what_comes", "paced_open", "`turn` was told a wrong byte at 13"),
        ("tells_no_lateness", "paced_open", "said no late_ns"),
        ("sends_always_the_same", "ping_open", "message 2 came as 00 01 02 03 04 05 …"),
        ("keeps_no_sample", "connect_open", "`fetch` gave 0 samples where 2 were kept"),
        ("keeps_what_is_dropped", "ping_open", "`fetch` gave 5 samples where 3 were kept"),
        ("answers_once", "pong", "what `pong` was sent did not come"),
        ("reads_anything", "sink", "the word of `sink` about a wrong chunk did not come"),
        ("says_one_byte", "welcome", "connection 2 came as 00, not 01"),
        ("says_one_byte", "connect_open", "WrongBytes"),
        ("is_told_nothing_by_the_reader", "stream_open", "was told that a chunk is wrong"),
        ("believes_the_crowd", "fan_open", "`turn` was told a wrong byte at 6"),
    ],
)
def test_each_bend_of_a_workload_is_found_and_told(
    starting: Start, monkeypatch: pytest.MonkeyPatch, bend: str, workload: str, sentence: str
) -> None:
    """By the check for it, in a sentence that says what it is."""
    monkeypatch.setattr(table, "REPLIES_WITHIN", 1.0)
    monkeypatch.setattr(bench, "REPLIES_WITHIN", 1.0)
    (found,) = tried(starting(*MISTIMED, bend), workload)
    assert sentence in found.problem


def test_a_workload_whose_other_end_cannot_be_played_is_named(starting: Start) -> None:
    """It is not tried, and no fault."""
    checks = tried(starting(sys.executable, str(HERE / "drivers" / "polite.py")), "pong")
    assert [check.note for check in checks] == ["not tried: it needs recv_exactly"]
