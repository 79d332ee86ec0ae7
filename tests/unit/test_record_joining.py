"""Which files of results may be joined, and what is doubted then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.records import environment
from harness.records.model import MUST_AGREE, Footer, Header
from harness.records.results import Disagreement, Results, group, merge
from tests.unit.record_samples import FOOTER, HEADER, LATENCY, PASSED


def _results(name: str, header: Header = HEADER, **changes: Any) -> Results:
    whole = {"cases": (PASSED,), "footer": FOOTER, "path": Path(f"{name}.jsonl"), **changes}
    return Results(header=header, **whole)


def _other(**environment_: Any) -> Header:
    return replace(HEADER, environment={**HEADER.environment, **environment_})


def test_one_run_is_joined_with_nothing() -> None:
    """A single file is shown as it is."""
    one = _results("a")
    assert merge([one]) is one


def test_joining_keeps_every_case_and_says_where_it_came_from() -> None:
    """The same case on two systems is two findings."""
    whole = merge([_results("a"), _results("b", _other(host="mac"))])
    assert [(case.id, case.run) for case in whole.cases] == [(PASSED.id, "a"), (PASSED.id, "b")]
    assert whole.header.runs["b"].environment["host"] == "mac"
    assert "host" not in whole.header.environment
    assert whole.header.environment["os"] == "linux"
    assert whole.footer == Footer(complete=True, counts={"pass": 2}, seconds=3.0)


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    """What CI hands back is often one name in many folders."""
    whole = merge([_results("linux/run"), _results("mac/run")])
    assert [case.run for case in whole.cases] == ["linux/run.jsonl", "mac/run.jsonl"]


@pytest.mark.parametrize(
    "header",
    [replace(HEADER, revision="other"), replace(HEADER, format=0), _other(harness="0.2.0")],
)
def test_runs_that_differ_in_what_must_agree_are_not_joined(header: Header) -> None:
    """Different scenarios or rules: a sum over them would mean nothing."""
    several = [_results("a"), _results("b", header)]
    with pytest.raises(Disagreement, match=r"differs: .* in a, .* in b"):
        merge(several)
    assert group(several) == [[several[0]], [several[1]]]


def test_what_must_agree_is_known_to_every_header() -> None:
    """A misspelt name in the tuple would agree with everything."""
    assert all(Header(command=(), started="").fact(name) in (1, None) for name in MUST_AGREE)
    known = environment.header([], revision="x")
    assert all(known.fact(name) is not None for name in MUST_AGREE)


def test_a_run_that_stopped_early_makes_the_whole_incomplete() -> None:
    """A matrix with a killed job must not look complete."""
    whole = merge([_results("a"), _results("b", footer=None)])
    assert whole.stopped is not None
    assert "b: no footer" in whole.stopped


def test_changed_trees_are_joined_with_a_doubt() -> None:
    """That two trees were changed alike cannot be known."""
    dirty = replace(HEADER, revision="abc-dirty")
    whole = merge([_results("a", dirty), _results("b", dirty)])
    assert "changed trees" in whole.warnings[0]


def test_latencies_of_different_machines_are_joined_with_a_doubt() -> None:
    """Verdicts travel between machines, microseconds do not."""
    here = _results("a", latencies=(LATENCY,))
    whole = merge([here, _results("b", _other(kernel="7.0"), latencies=(LATENCY,))])
    assert "cannot be compared" in whole.warnings[0]
    assert "kernel differs: 6.18 in a, 7.0 in b" in whole.warnings[0]
    assert [line.run for line in whole.latencies] == ["a", "b"]


def test_verdicts_of_different_machines_are_joined_without_a_doubt() -> None:
    """Joining a matrix is what joining is for."""
    assert merge([_results("a"), _results("b", _other(kernel="7.0"))]).warnings == ()
