"""What the page's matrix knows: its columns, its rows, and the evidence of a case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.evidence import Data
from harness.records.model import Expectation
from harness.records.results import Results
from harness.report.html.evidence import evidence
from harness.report.html.model import page_data
from harness.report.html.sides import Sides, short_names
from tests.unit.record_samples import FAILED, FAILURE, HEADER, data
from tests.unit.report_samples import case, on, results


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
