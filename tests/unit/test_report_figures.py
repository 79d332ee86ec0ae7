"""Latencies as the page shows them, and what it doubts of its records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.records.model import CaseRecord, Footer
from harness.records.results import Results
from harness.report.html.doubts import doubts
from harness.report.html.model import page_data
from harness.report.html.timing import AT, curve, interval, timings
from tests.unit.record_samples import HEADER, LATENCY
from tests.unit.report_samples import bench, case, on, results, timed

# Latency


def test_a_curve_goes_as_far_as_there_are_samples() -> None:
    """Then comes the maximum; a text that is no histogram is no curve."""
    line = timed("socket", 10.0, "x")
    values = curve(line.histogram)
    assert values == sorted(values)
    assert values[AT.index(50)] == pytest.approx(line.p50, rel=0.01)
    assert len(values) - 1 == AT.index(99.9) + 1
    assert curve("HISTFAAA") == curve("") == curve("\ud800") == []


def test_an_interval_needs_two_launches_and_contains_their_middle() -> None:
    """One launch says nothing about the next."""
    assert interval((10.0,)) == interval(()) == interval((0.0, 1.0)) == (None, None)
    low, high = interval((9.9, 10.0, 10.1, 10.1, 10.0, 9.9))
    assert low is not None
    assert high is not None
    assert 9.0 < low < 10.0 < high < 11.0


def test_what_a_run_said_of_itself_comes_before_what_is_made_of_it() -> None:
    """The words of the record stand; the other pairs are compared by the page."""
    found = timings([bench()], lambda *_: 0)
    first, *others = found["pairs"]
    assert first == [0, 3, 2.41, 2.38, 2.44, "slower"]
    assert [pair[2] for pair in others if pair[:2] == [3, 0]] == [pytest.approx(1 / 2.4, rel=0.05)]
    assert len(found["runs"][0]["said"]) == 3


def test_only_the_same_work_is_compared() -> None:
    """Neither another transport, nor another size, nor another place."""
    one = replace(LATENCY, centres=(1.0, 1.1))
    others = [replace(one, transport="udp4"), replace(one, size=1), replace(one, placement="free")]
    for other in others:
        assert timings([results([], latencies=(one, other))], lambda *_: 0)["pairs"] == []


def test_records_that_did_not_take_turns_are_compared_as_by_the_command() -> None:
    """Launches that drift together are pairs within a run, and noise between two."""
    drift = (10.0, 11.0, 12.0, 13.0)
    first = replace(LATENCY, id="a", centres=drift)
    second = replace(LATENCY, id="b", centres=tuple(1.02 * value for value in drift))
    within = timings([results([], latencies=(first, second))], lambda *_: 0)["pairs"]
    assert [pair[5] for pair in within] == ["slower", "faster"]
    one, other = (
        results([], name, latencies=(line,)) for name, line in (("x", first), ("y", second))
    )
    assert [pair[5] for pair in timings([one, other], lambda *_: 0)["pairs"]] == [
        "no difference seen"
    ] * 2
    elsewhere = replace(other, header=on(cpu="Z80"))
    assert timings([one, elsewhere], lambda *_: 0)["pairs"] == []


# Doubts


def texts(*several: Results) -> list[str]:
    return [one["text"] for one in doubts(several, [str(at) for at in range(len(several))])]


def test_a_run_that_was_cut_short_or_lost_lines_is_doubted() -> None:
    """So is one whose tree was changed."""
    stopped = replace(results([]), footer=None)
    lossy = replace(results([]), footer=Footer(complete=True, seconds=1.0, lost=2))
    dirty = results([], header=replace(HEADER, revision="abc-dirty"))
    assert texts(stopped) == ["no footer: the run was killed, or it is not over yet"]
    assert texts(lossy) == ["2 records could not be written"]
    assert texts(dirty) == ["made from a changed tree: the revision does not say what was run"]


def test_what_spoils_figures_is_told_only_where_there_are_figures() -> None:
    """The doctor's rules about the machine, asked about the record's machine."""
    header = on(governor="powersave", cpu_quota=1.5, container="docker")
    plain = results([case("a.one")], header=header)
    timed_ = results([], header=header, latencies=(LATENCY,))
    assert not any("powersave" in text for text in texts(plain))
    told = " ".join(texts(timed_))
    for word in ("governor powersave", "CPU quota: 1.5 CPUs", "docker", "launches disagree"):
        assert word in told


def test_records_that_cannot_be_compared_are_named() -> None:
    """Another revision spoils verdicts, another machine spoils figures."""
    one = results([], "one", latencies=(LATENCY,))
    revision = results([], "two", header=replace(HEADER, revision="0" * 40))
    machine = results([], "three", header=on(cpu="Z80"), latencies=(LATENCY,))
    assert any("revision differs" in text for text in texts(one, revision))
    assert any("cpu differs" in text for text in texts(one, machine))


@pytest.mark.parametrize("value", [None, [], "x", {"a": 1}, True, [True, "1"]])
def test_a_header_of_foreign_hands_does_no_harm(value: Any) -> None:
    """Facts of the wrong kind are not known."""
    names = ("cpus", "affinity", "governor", "cpu_quota", "sysctls", "clock_resolution_ns")
    header = replace(HEADER, environment=dict.fromkeys(names, value))
    assert isinstance(doubts([results([], header=header, latencies=(LATENCY,))], ["x"]), list)


def test_a_case_without_actors_is_shown_all_the_same() -> None:
    """Whoever wrote the record."""
    odd: CaseRecord = replace(case("a.one"), implementations={})
    assert page_data([results([odd])])["sides"][0]["label"] == "?"
