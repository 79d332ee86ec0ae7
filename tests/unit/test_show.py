"""`sockharness show`: what it renders, what it joins, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.commands.show import command
from harness.records.model import CaseRecord, Header
from harness.records.store import Store
from tests.unit.record_samples import FAILED, HEADER, LATENCY, PASSED


def record(path: Path, *cases: CaseRecord, header: Header = HEADER) -> Path:
    """Write a results file with these cases, and one latency."""
    store = Store.open(path, header)
    for case in cases:
        store.append(case)
    store.append(LATENCY)
    store.close(complete=True, seconds=1.5)
    return store.path


def show(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [str(each) for each in arguments])


def test_a_record_is_rendered_from_the_file_alone(tmp_path: Path) -> None:
    """The verdicts, the failure with its source and command, the latencies, the path."""
    path = record(tmp_path / "x.jsonl", PASSED, FAILED)
    result = show(path)
    assert result.exit_code == 0
    for part in (
        "   23 |   - conn: recv",
        "run it again",
        "µs for a round trip",
        f"record: {path}",
    ):
        assert part in result.output


def test_of_a_folder_the_newest_file_is_shown(tmp_path: Path) -> None:
    """So `show results/` is the last run."""
    record(tmp_path, PASSED, header=replace(HEADER, started="2026-11-19T07:00:00Z"))
    new = record(tmp_path, FAILED)
    assert show(tmp_path).output.endswith(f"record: {new}\n")


def test_without_a_path_the_folder_results_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is where runs leave their records."""
    monkeypatch.chdir(tmp_path)
    assert show().exit_code == 4
    new = record(Path("results"), FAILED)
    assert show().output.endswith(f"record: {new}\n")


def test_several_files_are_joined(tmp_path: Path) -> None:
    """Two jobs of a matrix make one table; a file that is named twice counts once."""
    one, other = record(tmp_path / "a.jsonl", PASSED), record(tmp_path / "b.jsonl", FAILED)
    result = show(one, other, one)
    assert result.exit_code == 0
    assert result.output.count("family ") == 1
    assert "2 cases in 3.0 s, 1 unexpected: 1 fail" in result.output
    assert "(b)" in result.output


def test_files_that_do_not_agree_are_shown_one_by_one_with_a_warning(tmp_path: Path) -> None:
    """The warning says what differs, and where."""
    one = record(tmp_path / "a.jsonl", PASSED)
    other = record(tmp_path / "b.jsonl", PASSED, header=replace(HEADER, revision="abc"))
    result = show(one, other)
    assert result.exit_code == 0
    assert result.output.count("family ") == 2
    assert result.stderr.startswith("Warning: shown one by one, not joined: revision differs: ")
    assert "abc in b" in result.stderr


def test_a_verdict_filters_what_is_explained(tmp_path: Path) -> None:
    """It may be given more than once."""
    varied = replace(PASSED, id="close.other[tcp4]", verdict="varies", data="varies")
    path = record(tmp_path / "x.jsonl", varied, FAILED)
    assert "close.other[tcp4]" not in show(path, "--verdict", "fail").output
    both = show(path, "--verdict", "fail", "--verdict", "varies").output
    assert "close.other[tcp4]" in both
    assert FAILED.id in both


def test_json_is_one_object_with_what_the_file_has(tmp_path: Path) -> None:
    """For programs: the same fields, put together."""
    path = record(tmp_path / "x.jsonl", PASSED, FAILED)
    found = json.loads(show(path, "--format", "json", "--verdict", "fail").output)
    assert found["header"] == HEADER.as_json()
    assert found["cases"] == [FAILED.as_json()]
    assert found["latencies"] == [LATENCY.as_json()]
    assert found["footer"]["counts"] == {"pass": 1, "fail": 1}
    assert (found["warnings"], found["stopped"], found["files"]) == ([], None, [str(path)])


def test_json_of_files_that_do_not_agree_is_an_object_a_line(tmp_path: Path) -> None:
    """Each line is a report of its own."""
    one = record(tmp_path / "a.jsonl", PASSED)
    other = record(tmp_path / "b.jsonl", PASSED, header=replace(HEADER, revision="abc"))
    lines = show(one, other, "--format", "json").stdout.splitlines()
    assert [json.loads(line)["header"]["revision"] for line in lines] == [HEADER.revision, "abc"]


def test_several_formats_at_once(tmp_path: Path) -> None:
    """Each into its file, or on standard output in the order in which they were asked for."""
    path, page = record(tmp_path / "x.jsonl", PASSED, FAILED), tmp_path / "page.md"
    result = show(path, "--format", "github", "--format", f"markdown={page}", "--verdict", "fail")
    assert result.exit_code == 0
    assert result.stdout.startswith("::error file=scenarios/close.yaml,line=23,")
    assert page.read_text().startswith("## sockharness: 1 unexpected of 1 case")
    text = show(path, "--format", f"text={tmp_path / 'page.txt'}", "--format", "text")
    assert "run it again" in text.stdout
    assert "run it again" in (tmp_path / "page.txt").read_text()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The folder is not there."""
    result = show(record(tmp_path / "x.jsonl", PASSED), "--format", f"json={tmp_path}/no/where")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path}/no/where: No such file or directory\n"


def test_the_matrix_is_for_people(tmp_path: Path) -> None:
    """To ask for it in another format is wrong usage, not a silent choice of one of them."""
    path = record(tmp_path / "x.jsonl", PASSED)
    assert "give it without --format" in show(path, "--matrix", "--format", "json").stderr


def test_annotations_are_counted_from_the_root_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job may stand in a folder of its repository."""
    path = record(tmp_path / "x.jsonl", FAILED)
    (tmp_path / "net").mkdir()
    monkeypatch.chdir(tmp_path / "net")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert "file=net/scenarios/close.yaml," in show(path, "--format", "github").stdout
    monkeypatch.setenv("GITHUB_WORKSPACE", "/somewhere/else")
    assert "file=scenarios/close.yaml," in show(path, "--format", "github").stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; a results file begins with its header"),
        (b"# Results\n", ":1: not a results file: not JSON: “# Results”"),
        (b'{"kind":"header","format":2}\n', ":1: not a results file: format 2 is newer"),
        (None, "no such file or directory"),
    ],
)
def test_what_is_no_results_file_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    """Status 4, the sentence on stderr, nothing on stdout."""
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_bytes(content)
    result = show(path)
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith(f"Error: {path}")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_one_bad_file_does_not_hide_the_good_ones(tmp_path: Path) -> None:
    """A matrix with a job whose record was spoilt is still shown, and not as if it were whole."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("spoilt\n")
    result = show(record(tmp_path / "x.jsonl", PASSED), bad)
    assert result.exit_code == 4
    assert "family " in result.stdout
    assert "bad.jsonl:1: not a results file" in result.stderr


def test_a_run_that_was_killed_is_shown_with_a_warning(tmp_path: Path) -> None:
    """What it had found stays worth reading."""
    path = record(tmp_path / "x.jsonl", PASSED, FAILED)
    path.write_bytes(path.read_bytes()[:-200])
    result = show(path)
    assert result.exit_code == 0
    assert "is torn, and left out" in result.output
    assert "no footer: the run was killed, or it is not over yet" in result.output


def test_a_wrong_option_is_wrong_usage(tmp_path: Path) -> None:
    """Verdicts are words of a list."""
    assert show(tmp_path, "--verdict", "passed").exit_code == 2
