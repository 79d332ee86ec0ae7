"""What the page knows: its columns, its rows, the evidence of a case, its latencies, its doubts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.records.evidence import Data, SocketView, TimelineEntry
from harness.records.model import CaseRecord, Expectation, Footer, Header
from harness.records.results import Results
from harness.report.html.arrows import Arrow, arrows
from harness.report.html.doubts import doubts
from harness.report.html.evidence import evidence
from harness.report.html.model import page_data
from harness.report.html.sides import Sides, short_names
from harness.report.html.timing import AT, curve, interval, timings
from tests.unit.record_samples import FAILED, FAILURE, HEADER, LATENCY, data
from tests.unit.report_samples import bench, case, results, timed


def on(runtime: str = "CPython 3.11.7", **facts: Any) -> Header:
    """The header of a run on a machine of its own."""
    return replace(
        HEADER,
        environment={**HEADER.environment, **facts},
        drivers={"socket": {"implementation": "socket", "runtime": runtime}},
    )


def labels(*several: Results) -> list[str]:
    return [side.label for side in Sides(several).all]


# Columns


def test_jobs_that_shared_the_cases_between_them_fill_one_column() -> None:
    """The same implementation on the same system is one, however many files it took."""
    assert labels(results([case("a.one")], "x"), results([case("a.two")], "y")) == ["socket"]


def test_one_implementation_on_two_interpreters_is_two_columns() -> None:
    """The interpreter is in the label where the name does not tell it."""
    old, new = (results([case("a.one")], v, header=on(v)) for v in ("CPython 3.8", "CPython 3.13"))
    assert labels(old, new) == ["socket · CPython 3.8", "socket · CPython 3.13"]


def test_another_system_and_another_revision_are_other_columns() -> None:
    """Whatever may explain a difference is in the label, and nothing else."""
    here = results([case("a.one")], "here", header=on())
    there = results([case("a.one")], "there", header=on(kernel="5.10"))
    assert labels(here, there) == ["socket · linux 6.18", "socket · linux 5.10"]
    changed = replace(on(), revision="0123456789abcdef-dirty")
    again = results([case("a.one")], "again", header=changed)
    assert labels(here, again) == ["socket · 1c7ff6e1c", "socket · 012345678-dirty"]


def test_the_same_case_from_two_records_stands_in_two_columns() -> None:
    """Nobody decides which of the two is right."""
    wrong = case("a.one", verdict="fail")
    found = page_data([results([case("a.one")], "run-1"), results([wrong], "run-2")])
    assert [side["label"] for side in found["sides"]] == ["socket · 1", "socket · 2"]
    assert found["cells"] == [["·", "F"]]


def test_names_of_records_lose_what_they_have_in_common() -> None:
    """A label has room for what tells one from the other."""
    assert short_names(["run-20261120-070000-a", "run-20261120-080000-b"]) == [
        "070000-a",
        "080000-b",
    ]
    assert short_names(["jobs/linux/run", "jobs/mac/run"]) == ["linux/run", "mac/run"]
    assert short_names(["run-1"]) == ["run-1"]


def test_roles_are_columns_of_their_own_and_say_how_they_are_run() -> None:
    """As the server only, as both."""
    both = case("a.one", "trio")
    served = replace(both, implementations={"server": "trio", "client": "socket"})
    sides = Sides([results([case("a.one"), both, served])]).all
    assert [(side.who, side.flags) for side in sides] == [
        ("socket", ""),
        ("trio", "--impl trio"),
        ("server=trio", "--server trio --client socket"),
    ]


def test_programs_are_told_apart_by_what_they_are_called() -> None:
    """`check` calls each of them `program`; its record knows better."""
    tried = replace(case("a.one"), implementations={"server": "program", "client": "socket"})
    header = replace(HEADER, drivers={"program": {"implementation": "./echod {port}"}})
    assert labels(results([tried], header=header)) == ["server=./echod {port}"]


# Rows


def test_a_cell_has_a_sign_for_each_variant_in_their_order() -> None:
    """A blank is what was not tried; a listed deviation is told from a failure."""
    known = Expectation(kind="known", reason="It is so.")
    cases = [
        case("a.one", transport="tcp4"),
        case("a.one", transport="udp4", verdict="fail"),
        case("a.one", "trio", transport="udp4", verdict="fail", expectation=known),
        case("b.two", "trio", verdict="unsupported"),
    ]
    found = page_data([results(cases)])
    assert found["claims"][0]["variants"] == ["tcp4", "udp4"]
    assert found["cells"] == [["·F", " k"], ["", "-"]]


def test_the_worst_evidence_comes_first() -> None:
    """What is to be looked at, before what is known, before what only varies."""
    known = Expectation(kind="known", reason="It is so.")
    cases = [
        case("a.one", verdict="varies", branches={"1:1": "late"}),
        case("a.two", verdict="fail", failure=FAILURE, expectation=known),
        case("a.three", verdict="fail", failure=FAILURE),
    ]
    told = page_data([results(cases)])["told"]
    assert told[::4] == [2, 1, 0]


def test_a_pass_has_nothing_to_tell() -> None:
    """Thousands of them cost a sign each."""
    assert evidence(case("a.one")) == {}


def test_a_failure_tells_everything_that_its_record_has() -> None:
    """Calls as rows, sockets with remarks, the command, the script."""
    failure = replace(FAILURE, script="#!/usr/bin/env python3", capture="a.pcapng")
    told = evidence(case("a.one", verdict="fail", failure=failure))
    assert told["calls"][0][:4] == [0, "server", 0.0, 0.04]
    assert told["calls"][-1][3] is None
    assert [call[6] for call in told["calls"]] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert told["sockets"][0]["cells"][3] == "LISTEN"
    assert (told["rerun"], told["script"]) == (FAILURE.rerun, failure.script)
    assert (told["line"], told["capture"]) == (23, "a.pcapng")


def test_two_pieces_of_data_are_shown_with_the_first_difference() -> None:
    """As the terminal shows them."""
    failure = replace(FAILURE, expected_data=data(b"answr"), actual_data=data(b"answer"))
    roles = [role for role, _ in evidence(replace(FAILED, failure=failure))["difference"]]
    assert roles == ["expected", "actual", "caret"]


@pytest.mark.parametrize(("head", "shown"), [("61 62", "6162"), ("6", ""), ("<b>", "")])
def test_bytes_that_are_none_are_not_shown(head: str, shown: str) -> None:
    """A record may come through foreign hands."""
    got = replace(FAILURE.timeline[0], got=Data(size=2, head=head))
    told = evidence(replace(FAILED, failure=replace(FAILURE, timeline=(got,))))
    assert told["calls"][0][7] == shown


def test_a_very_long_timeline_keeps_its_ends_and_what_went_wrong() -> None:
    """The page says how many calls it left out."""
    calls = [replace(FAILURE.timeline[0], start_ms=float(at)) for at in range(1000)]
    calls[500] = replace(calls[500], failed=True)
    told = evidence(replace(FAILED, failure=replace(FAILURE, timeline=tuple(calls))))
    starts = [call[2] for call in told["calls"]]
    assert (starts[0], starts[-1], 500.0 in starts) == (0.0, 999.0, True)
    assert len(starts) + told["left"] == 1000


# Arrows


def entry(side: Any, handle: str, op: str, at: float, **more: Any) -> TimelineEntry:
    return TimelineEntry(
        side=side, handle=handle, op=op, start_ms=at, end_ms=at + 0.1, text=f"{op} -> ok", **more
    )


def sent(handle: str, size: int, at: float, side: Any = "client") -> TimelineEntry:
    return entry(side, handle, "send", at, sent=size)


def got(handle: str, content: bytes, at: float, side: Any = "server") -> TimelineEntry:
    return entry(side, handle, "recv", at, got=data(content))


PAIR = (
    entry("client", "client", "connect", 0),
    entry("server", "server", "accept", 1, makes="conn"),
)


def test_a_send_that_arrives_in_pieces_has_an_arrow_to_each() -> None:
    """Bytes are counted from the beginning of the stream."""
    calls = [*PAIR, sent("client", 5, 2), got("conn", b"ab", 3), got("conn", b"cde", 4)]
    assert arrows(calls, (), "tcp4") == [Arrow(0, 1), Arrow(2, 3, 2), Arrow(2, 4, 3)]


def test_two_connections_are_not_mixed_up() -> None:
    """The second to connect is the second to be accepted."""
    calls = [
        *PAIR,
        entry("client", "client2", "connect", 2),
        entry("server", "server", "accept", 3, makes="conn2"),
        sent("client2", 3, 4),
        got("conn2", b"abc", 5),
        sent("client", 3, 6),
        got("conn", b"xyz", 7),
    ]
    assert arrows(calls, (), "tcp4")[2:] == [Arrow(4, 5, 3), Arrow(6, 7, 3)]


def test_the_names_of_sockets_tell_connections_too() -> None:
    """Where a case made them in another way, the kernel knows who is at the other end."""
    views = [
        SocketView(handle="left", side="server", local="1:1", peer="1:2"),
        SocketView(handle="right", side="client", local="1:2", peer="1:1"),
        SocketView(handle="", side="client", local="1:2", peer="1:1"),
    ]
    calls = [sent("right", 3, 0), got("left", b"abc", 1), got("other", b"abc", 2)]
    assert arrows(calls, views, "unix-stream") == [Arrow(0, 1, 3)]


def test_a_datagram_is_the_first_of_its_size() -> None:
    """Those that were lost have no arrow."""
    calls = [sent("client", 4, 0), sent("client", 2, 1), got("server", b"ab", 2)]
    assert arrows(calls, (), "udp4") == [Arrow(1, 2, 2)]


def test_with_one_handle_a_side_there_is_nothing_to_guess() -> None:
    """Though nobody says how they were connected."""
    calls = [sent("client", 3, 0), got("conn", b"abc", 1)]
    assert arrows(calls, (), "unix-stream") == [Arrow(0, 1, 3)]


def test_where_nothing_fits_there_is_no_arrow() -> None:
    """Two handles on one side, and nobody says who is whose."""
    calls = [sent("client", 3, 0), sent("client2", 3, 1), got("conn", b"abc", 2)]
    assert arrows(calls, (), "unix-stream") == []


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
    low, high = interval((9.9, 10.0, 10.1))
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
