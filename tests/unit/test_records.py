"""Verdicts, records, their JSON, joining, and what a header says of the machine."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.engine.revision import parse
from harness.records import environment, evidence, model
from harness.records.lines import Reader, decode, encode
from harness.records.model import (
    MUST_AGREE,
    CaseRecord,
    DriverRecord,
    Expectation,
    Footer,
    Header,
    Record,
)
from harness.records.results import Disagreement, Results, group, merge
from harness.records.shape import WrongShape
from harness.verdicts import MEANING, UNEXPECTED, VERDICTS, Verdict, worst
from tests.unit.record_samples import FAILED, HEADER, LATENCY, PASSED, SCENARIO

DRIVER = DriverRecord(name="socket@3.8", hello={"implementation": "socket"})
FOOTER = Footer(complete=True, counts={"pass": 1}, seconds=1.5)
RECORDS: list[Record] = [HEADER, DRIVER, SCENARIO, FAILED, PASSED, LATENCY, FOOTER]


# Verdicts


def test_the_order_of_the_verdicts_is_the_one_that_is_documented() -> None:
    """From good to bad: what was shown, what was not to be shown, what went wrong."""
    assert VERDICTS == ("pass", "varies", "unsupported", "inconclusive", "fail", "broken")


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (("pass", "varies"), "varies"),
        (("fail", "inconclusive"), "fail"),
        (("broken", "fail"), "broken"),
        (("unsupported", None), "unsupported"),
    ],
)
def test_the_worst_verdict_counts_and_absent_phases_do_not(
    given_: tuple[Verdict | None, ...], expected: Verdict
) -> None:
    """A case is as bad as its worse phase."""
    assert worst(*given_) == expected


def test_without_any_verdict_there_is_no_worst_one() -> None:
    """Nothing known is not a pass."""
    with pytest.raises(ValueError, match="no verdict"):
        worst(None)


def test_every_verdict_has_a_meaning() -> None:
    """No verdict is shown without words for it."""
    assert tuple(MEANING) == VERDICTS


@pytest.mark.parametrize("verdict", VERDICTS)
def test_without_a_listed_deviation_the_verdict_alone_decides(verdict: Verdict) -> None:
    """fail, inconclusive and broken are news."""
    assert replace(FAILED, verdict=verdict).unexpected is (verdict in UNEXPECTED)


@pytest.mark.parametrize(
    ("kind", "verdict", "unexpected"),
    [
        ("known", "fail", False),
        ("known", "inconclusive", False),
        ("known", "broken", True),
        ("known", "pass", True),
        ("known", "unsupported", False),
        ("known", "varies", False),
        ("flaky", "fail", False),
        ("flaky", "pass", False),
        ("flaky", "broken", True),
    ],
)
def test_a_listed_deviation_excuses_a_failure_but_no_fault_of_ours(
    kind: Any, verdict: Verdict, unexpected: bool
) -> None:
    """A known deviation that passes is stale, a flaky one may pass, broken is never excused."""
    listed = Expectation(kind=kind, reason="the kernel is old")
    assert replace(FAILED, verdict=verdict, expectation=listed).unexpected is unexpected


# JSON


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind)
def test_a_record_comes_back_from_its_line_as_it_was(record: Record) -> None:
    """Nothing is lost between a record and its line."""
    line = encode(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == record


def test_a_line_begins_with_its_kind_and_is_ascii() -> None:
    """A person who greps for a kind finds it, and no encoding can harm the file."""
    line = encode(replace(PASSED, claim="µs → \udc80"))
    assert line.startswith(b'{"kind":"case"')
    assert line.isascii()
    assert decode(line) == replace(PASSED, claim="µs → \udc80")


@given(st.text(), st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_any_text_and_any_observation_survive(claim: str, observed: dict[str, Any]) -> None:
    """Texts from sockets and logs hold anything."""
    record = replace(PASSED, claim=claim, observed=observed)
    assert decode(encode(record)) == record


@pytest.mark.parametrize("value", [float("nan"), b"bytes", object()])
def test_a_value_that_json_has_not_is_refused(value: object) -> None:
    """A line that no other reader could read is not written."""
    with pytest.raises((TypeError, ValueError)):
        encode(replace(PASSED, observed={"x": value}))


def test_unknown_fields_are_passed_over() -> None:
    """A file of a later sockharness with the same format number can be read."""
    line = {**FAILED.as_json(), "news": 1}
    line["failure"]["timeline"][0]["news"] = 1
    assert CaseRecord.from_json(line) == FAILED


def test_fields_with_a_default_may_be_missing() -> None:
    """A file of an earlier sockharness with the same format number can be read."""
    line = PASSED.as_json()
    for name in ("closing", "branches", "why", "observed", "expectation", "failure", "run"):
        del line[name]
    assert CaseRecord.from_json(line) == PASSED


def test_a_later_format_is_refused_with_one_sentence() -> None:
    """The number is looked at first: of a later format nothing else is understood."""
    with pytest.raises(WrongShape, match=r"format 2 is newer .* reads up to 1: upgrade it"):
        Header.from_json({"kind": "header", "format": 2})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("verdict",), "passed", 'verdict: one of pass, varies, .* belongs here, not "passed"'),
        (("line",), True, "line: a whole number belongs here, not true"),
        (("seconds",), "1", 'seconds: a number belongs here, not "1"'),
        (("seconds",), 10**400, "seconds: a number belongs here"),
        (("spec",), "RFC", 'spec: a list belongs here, not "RFC"'),
        (("spec",), [1], r"spec\[0\]: text belongs here, not 1"),
        (("implementations",), [], "implementations: an object belongs here"),
        (("implementations", "server"), None, "implementations.server: text belongs here"),
        (("failure",), 3, "failure: an object belongs here, not 3"),
        (("failure", "timeline"), [{}], r"failure.timeline\[0\].side is missing"),
        (("claim",), ["x" * 100], "claim: text belongs here, not .{40}$"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(
    path: tuple[str, ...], value: object, message: str
) -> None:
    """Whoever repairs a file is told where and what."""
    line = FAILED.as_json()
    inner = line
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(WrongShape, match=message):
        CaseRecord.from_json(line)


def _documented() -> Iterator[str]:
    for kind in (*(type(record) for record in RECORDS), *_parts()):
        yield from (field.name for field in dataclasses.fields(kind))
    yield from environment.facts()


def _parts() -> tuple[Any, ...]:
    return (
        evidence.Data,
        evidence.Failure,
        evidence.SocketView,
        evidence.TimelineEntry,
        model.Expectation,
    )


def test_every_field_is_documented() -> None:
    """`results/README.md` says of each field what it means."""
    text = (Path(harness.__file__).parent.parent / "results/README.md").read_text()
    assert [name for name in _documented() if f"`{name}`" not in text] == []


# Joining


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


# Reading lines


def _read(*lines: bytes) -> Results:
    reader = Reader(Path("x.jsonl"))
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    return reader.results()


def test_a_late_driver_is_among_the_drivers_of_the_header() -> None:
    """Drivers start when they are needed, which is after the header was written."""
    drivers = _read(encode(HEADER), encode(DRIVER)).header.drivers
    assert drivers == {**HEADER.drivers, "socket@3.8": {"implementation": "socket"}}


def test_a_line_of_an_unknown_kind_is_left_out_with_a_warning() -> None:
    """Another kind of line may come without a new format."""
    found = _read(encode(HEADER), b'{"kind":"weather"}\n', encode(PASSED))
    assert found.cases == (PASSED,)
    assert found.warnings == ("line 2 is of a kind that this version does not know",)


def test_lost_cases_are_noticed_by_the_counts_of_the_footer() -> None:
    """A record that is not whole says so."""
    footer = Footer(complete=True, counts={"pass": 3}, seconds=1)
    found = _read(encode(HEADER), encode(PASSED), encode(footer))
    assert found.warnings == ("the run had 3 cases, 1 are in the record",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([encode(PASSED)], "x.jsonl:1: not a results file: the header must come first"),
        ([encode(HEADER), encode(HEADER)], "x.jsonl:2: a second header: name the files one by one"),
        ([encode(HEADER), encode(FOOTER), encode(PASSED)], "x.jsonl:3: nothing may follow"),
        ([encode(HEADER), b"{\n"], "x.jsonl:2: not JSON: “{”"),
        ([encode(HEADER), b"[]\n"], r"x.jsonl:2: not a record: “\[\]”"),
        ([encode(HEADER), b'{"kind":[]}\n'], "x.jsonl:2: not a record"),
        ([encode(HEADER), b'{"kind":"case","id":NaN}\n'], "x.jsonl:2: not JSON"),
        ([encode(HEADER), b"[" * 100_000 + b"\n"], "x.jsonl:2: not JSON: “.{40}…”"),
        (
            [b"\x7fELF\x02\x01\x1b[31m\n"],
            r"x.jsonl:1: not a results file: .*\\x7fELF\\x02\\x01\\x1b",
        ),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(lines: list[bytes], message: str) -> None:
    """One sentence, safe in a terminal, with the place to look at."""
    with pytest.raises(WrongShape, match=message) as caught:
        _read(*lines)
    assert str(caught.value).isprintable()


# The machine


def test_the_facts_of_a_machine_without_proc_and_sys_are_null(tmp_path: Path) -> None:
    """An absent fact is null, never an error."""
    facts = environment.facts(tmp_path)
    absent = ("cpu", "governor", "cpu_quota", "container")
    assert [facts[name] for name in absent] == [None] * 4
    assert set(facts["sysctls"].values()) == {None}


def test_facts_are_read_from_the_files_of_linux(tmp_path: Path) -> None:
    """Numbers come as numbers, lists as lists, and a bound on processors as their number."""
    files = {
        "proc/cpuinfo": "processor : 0\nmodel name\t: A Fast One\n",
        "proc/sys/net/core/somaxconn": "4096\n",
        "proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
        "proc/sys/net/ipv4/tcp_wmem": "garbage\n",
        "proc/1/cgroup": "0::/kubepods/pod1\n",
        "sys/fs/cgroup/cpu.max": "150000 100000\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    facts = environment.facts(tmp_path)
    assert facts["cpu"] == "A Fast One"
    assert facts["governor"] == "performance powersave"
    assert facts["cpu_quota"] == 1.5
    assert facts["container"] == "kubepods"
    assert facts["sysctls"]["net.core.somaxconn"] == 4096
    assert facts["sysctls"]["net.ipv4.tcp_rmem"] == [4096, 131072, 6291456]
    assert facts["sysctls"]["net.ipv4.tcp_wmem"] is None


def test_a_system_without_affinity_has_null_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS has no sched_getaffinity; its headers are written all the same."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert environment.facts()["affinity"] is None


def test_a_header_of_this_machine_can_be_written_and_read() -> None:
    """Whatever this machine says fits on the first line."""
    header = environment.header(["sockharness", "run"], revision="abc", drivers=HEADER.drivers)
    assert decode(encode(header)) == header
    assert json.dumps(header.environment)
    assert header.environment["harness"] == harness.__version__


# The revision


@pytest.mark.parametrize(
    ("status", "revision"),
    [
        ("# branch.oid abc123\n# branch.head main\n", "abc123"),
        ("# branch.oid abc123\n1 .M N... 100644 100644 100644 a b file\n", "abc123-dirty"),
        ("# branch.oid (initial)\n# branch.head main\n", None),
        ("", None),
    ],
)
def test_the_revision_is_read_from_what_git_says(status: str, revision: str | None) -> None:
    """A changed tree is another state than its commit; before the first commit there is none."""
    assert parse(status) == revision
