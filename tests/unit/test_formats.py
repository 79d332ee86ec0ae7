"""The formats for CI: annotations, the summary of a job, JSON and its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt  # what rich brings along

from harness.commands.schema import results_text
from harness.records.model import CaseRecord, DriverRecord, Expectation, Footer
from harness.records.results import Results
from harness.records.schema import FILE_NAME, schema
from harness.records.whole import as_json
from harness.report.github import MOST, annotate
from harness.report.markdown import LIMIT, markdown
from harness.trial import findings
from tests.unit import golden
from tests.unit.record_samples import FAILED, FAILURE, HEADER, LATENCY, PASSED, failed_with
from tests.unit.validated import valid

ROOT = Path(__file__).parents[2]


def results(*cases: CaseRecord, **more: Any) -> Results:
    """What a run with these cases leaves."""
    footer = Footer(complete=True, seconds=1.5)
    return Results(header=HEADER, cases=cases, footer=footer, **more)


def at(number: int, **changes: Any) -> CaseRecord:
    """A failed case of its own line."""
    return replace(failed_with(line=number), id=f"close.number-{number}[tcp4]", **changes)


def lines(*cases: CaseRecord, folder: str = "") -> list[str]:
    """The annotations of a run."""
    return list(annotate([results(*cases)], folder))


# Annotations


def test_an_annotation_stands_at_the_step() -> None:
    """File, line and column of the step, what was expected, and how to see it again."""
    (line,) = lines(PASSED, FAILED)
    assert line == (
        "::error file=scenarios/close.yaml,line=23,col=5,"
        "title=fail%3A close.half-close-then-reply[tcp4]::"
        "conn: recv: expected eof, got 6 bytes 'answer'%0A"
        f"{FAILED.claim}%0A"
        "run it again: sockharness run 'scenarios/close.yaml::close.half-close-then-reply[tcp4]'"
    )


def test_a_message_cannot_end_its_line_or_its_properties() -> None:
    """Per cent, line ends, colons and commas are spelled as GitHub's own toolkit does."""
    case = replace(failed_with(file="a,b:c%.yaml", actual="100%\n::error::x"), id="x.y,z[tcp4]")
    (line,) = lines(case)
    assert "\n" not in line
    assert line.startswith(
        "::error file=a%2Cb%3Ac%25.yaml,line=23,col=5,title=fail%3A x.y%2Cz[tcp4]::"
    )
    assert "got 100%25\\n::error::x%0A" in line


def test_cases_of_one_place_share_an_annotation() -> None:
    """Ten transports that fail at one line would take all that GitHub shows."""
    (line,) = lines(FAILED, replace(FAILED, id="close.other[tcp6]"))
    assert "1 more here: close.other[tcp6]" in line


def test_the_worst_come_first_and_the_rest_is_a_number() -> None:
    """GitHub shows ten; a listed deviation is no news."""
    known = Expectation(kind="known", reason="it is so")
    cases = [at(number) for number in range(1, 13)]
    broken = at(99, verdict="broken", why="it died")
    *shown, last = lines(*cases, broken, at(50, expectation=known))
    assert len(shown) == MOST
    assert "line=99" in shown[0]
    assert not [line for line in shown if "line=50" in line]
    assert last.startswith("::notice title=sockharness::3 more unexpected verdicts at 3 places")


def test_a_case_without_a_step_is_shown_at_its_scenario() -> None:
    """A driver that died leaves no step."""
    (line,) = lines(replace(FAILED, verdict="broken", failure=None, why="it died\nbadly"))
    assert ",line=12,col=1," in line
    assert "::it died%0A" in line


def test_paths_are_of_the_repository() -> None:
    """GitHub counts them from its root; a file outside cannot be shown there."""
    assert "file=net/scenarios/close.yaml," in lines(FAILED, folder="net")[0]
    for file in ("/elsewhere/close.yaml", "../close.yaml"):
        (line,) = lines(failed_with(file=file))
        assert line.startswith("::error title=")
        assert line.endswith(f"%0A{file}:23:5")


def test_what_makes_the_run_doubtful_is_a_warning() -> None:
    """A run that was killed may have found less than there is."""
    report = Results(header=HEADER, cases=(PASSED,), warnings=("line 3 is torn",))
    assert [line.partition("::")[2].split()[0] for line in annotate([report])] == ["warning"] * 2


# Markdown


def test_the_whole_page() -> None:
    """Verdicts, the failure with all its evidence, latencies."""
    report = results(FAILED, PASSED, latencies=(LATENCY,), warnings=("a | b <c>",))
    golden.check("markdown", markdown([report]))


def test_several_implementations_are_compared() -> None:
    """The matrix has the claims on which they do not agree."""
    other = replace(PASSED, implementations={"server": "trio", "client": "trio"})
    page = markdown([results(FAILED, other)])
    matrix = page.partition("### Claims on which not all agree")[2]
    assert "trio" in matrix
    assert "half-close-then-reply" in matrix


@pytest.mark.parametrize("size", [2_000, 5_000, 20_000, 100_000, LIMIT])
def test_the_page_fits_and_says_what_it_leaves_out(size: int) -> None:
    """The worst stay whole, others are a line, the rest is a number; nothing is lost in silence."""
    cases = [at(number) for number in range(700)]
    cases.append(at(9999, verdict="broken", why="it died", family="other"))
    page = markdown([results(*cases, latencies=(LATENCY,) * 5)], size)
    assert len(page.encode()) <= size
    assert page.startswith("## sockharness: 701 unexpected of 701 cases in 1.5 s")
    told = page.count("<details>")
    listed = len(re.findall(r"^- \*\*", page, re.MULTILINE))
    rest = re.search(r"and (\d+) more: the record has them all", page)
    assert told + listed + (int(rest[1]) if rest else 0) == 701
    if told:
        assert page.index("close.number-9999") < page.index("close.number-0")
    assert "### Unexpected: 701" in page


def test_the_page_fits_whatever_its_limit() -> None:
    """Wherever the cut falls, there is room for what says so."""
    report = results(*(at(number) for number in range(30)))
    for limit in range(1_000, 12_000, 61):
        page = markdown([report], limit)
        assert len(page.encode()) <= limit
        assert "### Unexpected: 30" in page


def test_hostile_families_do_not_burst_the_page() -> None:
    """Whatever fills the record, the page stays under its limit."""
    cases = [at(n, family="<script>|" * 50 + str(n)) for n in range(400)]
    page = markdown([results(*cases), results(*cases)], 60_000)
    assert len(page.encode()) <= 60_000
    assert "more lines in the record" in page


HOSTILE = "a|b\n# c `d` <img src=x> [e](f) @g **h** ~~~ ``` ```` \x1b[31m www.evil.example"


def test_nothing_of_a_record_becomes_markup() -> None:
    """Not a table's cell, not a fence's end, not an image, a link, a mention or a heading."""
    case = replace(
        failed_with(actual=HOSTILE, stderr="`````\n</details>"), id=HOSTILE, family=HOSTILE
    )
    page = markdown([results(case, warnings=(HOSTILE,))])
    fence = re.search(r"^(`{6})text\n", page, re.MULTILINE)
    assert fence is not None
    outside = page[: fence.start()] + page.split(f"\n{fence[1]}\n", 1)[1]
    bare = re.sub(
        r"</?(details|summary|b)>|\*\*(warning:)\*\*|&#\d+;|^#+ ", "", outside, flags=re.M
    )
    assert not re.search(r"[<`\[\]*@~#]|\x1b|www\.", bare)
    assert bare.count("|") == 4 * 3  # the table of one family


def test_a_renderer_sees_our_markup_alone() -> None:
    """One that is not ours: the hostile texts come out as they went in, and as nothing else."""
    case = replace(failed_with(actual=HOSTILE), id=HOSTILE, family=HOSTILE)
    page = markdown([results(case, warnings=(HOSTILE,))])
    html = MarkdownIt("commonmark").enable("table").render(page)
    tags = set(re.findall(r"<(\w+)", html))
    ours = {"h2", "h3", "blockquote", "p", "strong", "details", "summary", "b", "pre", "code"}
    assert tags == ours | {"table", "thead", "tbody", "tr", "th", "td"}
    (cell,) = re.findall(r"<tbody>\s*<tr>\s*<td>(.*?)</td>", html)
    assert unescape(cell) == HOSTILE.replace("\n", "\\n").replace("\x1b", "\\x1b")


def test_all_as_expected_is_a_short_page() -> None:
    """No empty headings."""
    page = markdown([results(PASSED)])
    assert page.startswith("## sockharness: 1 case in 1.5 s, all as expected")
    assert "###" not in page


# JSON


def test_the_committed_schema_is_current() -> None:
    """`sockharness schema --results > results/results.schema.json` has been run."""
    assert (ROOT / "results" / FILE_NAME).read_text() == results_text()


def test_reports_and_lines_are_as_the_schema_says() -> None:
    """With everything that a record can have, and with nothing that it may lack."""
    jsonschema.Draft7Validator.check_schema(schema())
    known = Expectation(kind="known", reason="it is so", link="https://example.org")
    listed = replace(FAILED, expectation=known, failure=replace(FAILURE, capture="x.pcapng"))
    report = results(PASSED, FAILED, listed, latencies=(LATENCY,), warnings=("x",))
    valid(json.loads(json.dumps(as_json(report))))
    driver = DriverRecord(name="socket", hello={})
    for record in (HEADER, driver, PASSED, LATENCY, Footer(complete=True, seconds=1)):
        valid(json.loads(json.dumps(record.as_json())), "line")


@pytest.mark.parametrize(
    "change",
    [{"verdict": "passed"}, {"seconds": "1"}, {"failure": {}}, {"spec": "RFC"}, {"kind": "footer"}],
)
def test_the_schema_refuses_what_the_reader_does(change: dict[str, object]) -> None:
    """It is no schema of anything."""
    with pytest.raises(jsonschema.ValidationError):
        valid({**FAILED.as_json(), **change}, "case")


def test_what_check_prints_is_as_the_schema_says() -> None:
    """Put together by hand, and described by hand."""
    varied: Sequence[CaseRecord] = [
        replace(PASSED, verdict="varies", branches={"1:2": "x"}),
        FAILED,
    ]
    told = findings.as_json("./echod", varied, {}, ["one was not made"])
    valid(json.loads(json.dumps(told)), "check")
    assert len(told["findings"]) == 2
