"""A record comes back from its line as it was; what is wrong with a line is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness
from harness.records import environment, evidence, model
from harness.records.lines import Reader, decode, encode
from harness.records.model import CaseRecord, DriverRecord, Footer, Header, Record
from harness.records.results import Results
from harness.records.shape import WrongShape
from tests.unit.record_samples import FAILED, FOOTER, HEADER, LATENCY, PASSED, SCENARIO

DRIVER = DriverRecord(name="socket@3.8", hello={"implementation": "socket"})
RECORDS: list[Record] = [HEADER, DRIVER, SCENARIO, FAILED, PASSED, LATENCY, FOOTER]


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
