"""The matrix, the contrast of two columns, and entries made from failures: all from records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import conditions
from harness.commands.diff import command as diff
from harness.commands.expect import command as expect
from harness.language import deviations
from harness.language.model import ACTORS
from harness.plugin.options import _pairs
from harness.records.evidence import Failure
from harness.records.model import CaseRecord, Expectation
from harness.records.store import Store
from harness.report.columns import by_implementation, on_trial
from harness.report.contrast import contrast, differing
from harness.report.entries import entries, stale, unexplained
from harness.report.matrix import matrix_rows
from tests.unit.record_samples import FAILED, FAILURE, HEADER, PASSED

KNOWN = Expectation(kind="known", reason="It is so.")


def one(base: CaseRecord, server: str, client: str, transport: str = "tcp4", **rest: Any) -> Any:
    """The case with that pair on trial."""
    about = {"server": server, "client": client}
    return replace(base, implementations=about, transport=transport, **rest)


def text(rows: Any) -> list[str]:
    """The rows without their colours; those of the legend and of nothing left out."""
    lines = ["".join(part.text for part in row).rstrip() for row in rows]
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("server", "client", "name"),
    [
        ("trio", "trio", "trio"),
        ("trio", "socket", "server=trio"),
        ("socket", "trio", "client=trio"),
        ("trio", "node", "trio+node"),
        ("socket", "socket", "socket"),
    ],
)
def test_a_column_says_who_was_on_trial_as_what(server: str, client: str, name: str) -> None:
    """The reference is not on trial against another."""
    assert on_trial(one(PASSED, server, client)) == name


def test_the_matrix_shows_the_claims_on_which_not_all_agree() -> None:
    """A claim's cell is the worst of its cases; those on which all agree are left out."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "a", "a", "tcp6"),
        one(PASSED, "b", "b"),
        one(PASSED, "a", "a", scenario="close.both-agree"),
        one(PASSED, "b", "b", scenario="close.both-agree"),
    ]
    assert text(matrix_rows(cases))[1:] == [
        "claims        -    ·    v    k    ?    F    B",
        "a a                1                   1",
        "b b                2",
        "close                    ab",
        "  half-close-then-reply  F·",
    ]
    assert text(matrix_rows(cases, every=True))[-1] == "  both-agree             ··"


def test_what_cannot_be_asked_is_no_disagreement() -> None:
    """Unsupported, or not tried at all; a listed deviation is one, but has its own sign."""
    unasked = one(PASSED, "b", "b", verdict="unsupported")
    assert not [r for r in text(matrix_rows([one(PASSED, "a", "a"), unasked])) if "reply" in r]
    listed = one(FAILED, "b", "b", expectation=KNOWN)
    rows = text(matrix_rows([one(PASSED, "a", "a"), listed]))
    assert "  half-close-then-reply  ·k" in rows


def test_an_implementation_has_one_column_for_all_its_parts() -> None:
    """The worst of them; with roles each part has its own. Two others together are a column."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "a", "socket"),
        one(PASSED, "socket", "a"),
        one(PASSED, "socket", "socket"),
        one(PASSED, "a", "b"),
    ]
    shown = text(matrix_rows(cases))[2:5]
    assert [line.split() for line in shown] == [
        ["a", "a", "1"],
        ["b", "socket", "1"],
        ["c", "a+b", "1"],
    ]
    parts = text(matrix_rows(cases, roles=True))[2:7]
    assert [line.split()[1] for line in parts] == ["a", "server=a", "client=a", "socket", "a+b"]


def test_columns_that_do_not_fit_make_another_table() -> None:
    """No row is longer than the width; each implementation is in one of the tables."""
    names = [f"impl-{number:02}" for number in range(20)]
    cases = [one(PASSED if name != "impl-07" else FAILED, name, name) for name in names]
    lines = text(matrix_rows(cases, width=43))
    assert [line for line in lines if "half-close" in line] == [
        "  half-close-then-reply  ····· ··F·· ·····",
        "  half-close-then-reply  ·····",
    ]
    assert [line.split()[1] for line in lines if " impl-" in line] == names


def test_a_contrast_lists_cases_with_two_verdicts_alone() -> None:
    """And counts what is the same, and what only one was asked."""
    cases = [
        one(PASSED, "a", "a"),
        one(FAILED, "b", "b"),
        one(PASSED, "a", "a", "tcp6"),
        one(PASSED, "b", "b", "tcp6"),
        one(PASSED, "a", "a", "unix-stream"),
    ]
    columns = by_implementation(cases)
    sides = columns["a"], columns["b"]
    assert [line.text for line in contrast(("a", "b"), sides)] == [
        "close.half-close-then-reply[tcp4]",
        "  a  pass",
        "  b  fail: conn: recv: eof expected, 6 bytes 'answer'",
        "the same: 1; only one of them was asked: 1",
    ]
    assert differing(sides) == 1


def test_a_listed_deviation_is_told_by_its_reason() -> None:
    """What was seen has been explained; the explanation says more."""
    columns = by_implementation([one(PASSED, "a", "a"), one(FAILED, "b", "b", expectation=KNOWN)])
    lines = [line.text for line in contrast(("a", "b"), (columns["a"], columns["b"]))]
    assert "  b  fail, listed: It is so." in lines


def record_of(folder: Path, *cases: CaseRecord) -> str:
    """A file of results with these cases; its path."""
    store = Store.open(folder, HEADER)
    for case in cases:
        store.append(case)
    store.close(complete=True, seconds=1.0)
    return str(store.path)


def differences(*words: str) -> tuple[int, str]:
    """What `diff` returns and says."""
    done = CliRunner().invoke(diff, list(words), standalone_mode=False)
    return done.return_value, done.output


def test_two_records_of_one_implementation_each_compare_whatever_its_name(tmp_path: Path) -> None:
    """Two interpreters, say."""
    first = record_of(tmp_path / "1", one(PASSED, "a@3.8", "a@3.8"))
    second = record_of(tmp_path / "2", one(FAILED, "a@3.13", "a@3.13"))
    code, text = differences(first, second)
    assert code == 1
    assert "the same: 0; only one of them was asked: 0" in text


def test_records_of_several_compare_name_by_name(tmp_path: Path) -> None:
    """Also with a record of one of them."""
    both = [one(PASSED, "a", "a"), one(FAILED, "b", "b")]
    first, second = record_of(tmp_path / "1", *both), record_of(tmp_path / "2", both[1])
    code, text = differences(first, second)
    assert code == 0
    assert "the same: 1; only one of them was asked: 1" in text


def failed(name: str, transport: str, actual: str) -> CaseRecord:
    """A failure of an implementation as both sides."""
    seen: Failure = replace(FAILURE, actual=actual)
    case_id = f"close.half-close-then-reply[{transport}-impl={name}]"
    made: CaseRecord = one(FAILED, name, name, transport, id=case_id, failure=seen)
    return made


def test_failures_of_one_cause_become_one_entry() -> None:
    """Ports and addresses in the system's text are no difference; an interpreter is none."""
    cases = [
        failed("trio@3.9", "tcp4", "error ECONNREFUSED ([Errno 111] no ('127.0.0.1', 40000))"),
        failed("trio@3.9", "tcp6", "error ECONNREFUSED ([Errno 111] no ('::1', 50000))"),
        failed("trio@3.9", "unix-stream", "eof"),
    ]
    first, second = entries(cases)
    assert first == (
        "- cases:\n"
        "  - close.half-close-then-reply[tcp4-impl=trio*]\n"
        "  - close.half-close-then-reply[tcp6-impl=trio*]\n"
        "  only: impl:trio\n"
        "  kind: known\n"
        '  reason: "unexplained: conn: recv: expected eof, got error ECONNREFUSED"\n'
    )
    assert "got eof" in second


def test_only_what_is_unexpected_is_to_be_explained() -> None:
    """Passes, listed deviations and stale entries are not; stale ones are told apart."""
    listed, outdated = replace(FAILED, expectation=KNOWN), replace(PASSED, expectation=KNOWN)
    broken = replace(FAILED, verdict="broken", failure=None)
    assert unexplained([PASSED, listed, outdated, broken, FAILED]) == [FAILED]
    assert stale([PASSED, listed, outdated]) == [outdated]


def test_an_appended_entry_is_refused_until_somebody_explains_it(tmp_path: Path) -> None:
    """`--update` writes what the loader reads, and will not accept."""
    store = Store.open(tmp_path / "results", HEADER)
    store.append(failed("trio", "tcp4", "eof"))
    store.close(complete=True, seconds=1.0, why=None)
    listed = tmp_path / "expectations.yaml"
    words = [str(tmp_path / "results"), "--update", "--list", str(listed)]
    done = CliRunner().invoke(expect, words, standalone_mode=False)
    assert done.return_value == 1
    refused = deviations.load(listed)
    assert "find out why, and say it" in refused.explain()
    listed.write_text(listed.read_text().replace("unexplained: ", ""))
    known = deviations.load(listed)
    assert known.problems == []
    assert known.entries[0].cases == ("close.half-close-then-reply[tcp4-impl=trio]",)


def test_no_entry_is_made_of_a_driver_that_broke(tmp_path: Path) -> None:
    """Nor is its case passed over: it is told, and the command does not say that all is well."""
    store = Store.open(tmp_path / "results", HEADER)
    store.append(replace(failed("trio", "tcp4", "broken: a traceback"), verdict="broken"))
    store.close(complete=True, seconds=1.0, why=None)
    listed = tmp_path / "expectations.yaml"
    words = [str(tmp_path / "results"), "--update", "--list", str(listed)]
    done = CliRunner().invoke(expect, words, standalone_mode=False)
    assert done.return_value == 1
    assert "no deviation: close.half-close-then-reply[tcp4-impl=trio]" in done.output
    assert not listed.exists()


def test_without_update_nothing_is_written(tmp_path: Path) -> None:
    """The entries are shown alone."""
    store = Store.open(tmp_path / "results", HEADER)
    store.append(failed("trio", "tcp4", "eof"))
    store.close(complete=True, seconds=1.0, why=None)
    listed = tmp_path / "expectations.yaml"
    words = [str(tmp_path / "results"), "--list", str(listed)]
    assert "impl:trio" in CliRunner().invoke(expect, words, standalone_mode=False).output
    assert not listed.exists()


def test_crossing_gives_every_ordered_pair_once() -> None:
    """Each with itself too; what was asked for in another way is not run twice."""
    pairs = _pairs(["socket"], [], [], ["socket", "socket-nonblocking"])
    assert pairs == (
        ("socket", "socket"),
        ("socket", "socket-nonblocking"),
        ("socket-nonblocking", "socket"),
        ("socket-nonblocking", "socket-nonblocking"),
    )


def test_an_implementation_is_tried_in_each_role() -> None:
    """With itself, and on either side of the reference; the reference itself only once."""
    assert _pairs(["socket-nonblocking", "socket"], [], [], [], roles=True) == (
        ("socket-nonblocking", "socket-nonblocking"),
        ("socket-nonblocking", "socket"),
        ("socket", "socket-nonblocking"),
        ("socket", "socket"),
    )


def test_servers_and_clients_are_tried_with_each_other() -> None:
    """Each server with each client; where only one side is named, with the reference."""
    assert _pairs([], ["socket-nonblocking", "socketserver"], [], []) == (
        ("socket-nonblocking", "socket"),
        ("socketserver", "socket"),
    )
    assert _pairs([], ["socketserver"], ["socket", "socket-nonblocking"], []) == (
        ("socketserver", "socket"),
        ("socketserver", "socket-nonblocking"),
    )


def test_a_deviation_may_be_of_one_side_only(tmp_path: Path) -> None:
    """With `as: server` it speaks of the implementation as the server, as both sides too."""
    listed = tmp_path / "expectations.yaml"
    listed.write_text(
        "deviations:\n- {cases: 'a.b[*', only: 'impl:trio', as: server, kind: known, reason: r}\n"
    )
    known = deviations.load(listed)
    assert known.problems == []

    def covered(server: str, client: str) -> bool:
        facts = [
            conditions.Facts("tcp4", "linux", implementation=name) for name in (server, client)
        ]
        return known.of("a.b[tcp4]", dict(zip(ACTORS, facts, strict=True))) is not None

    assert covered("trio", "trio")
    assert covered("trio", "socket")
    assert not covered("socket", "trio")


def test_an_unknown_side_of_a_deviation_is_refused(tmp_path: Path) -> None:
    """There are two."""
    listed = tmp_path / "expectations.yaml"
    listed.write_text("deviations:\n- {cases: 'a.b[*', as: servant, kind: known, reason: r}\n")
    assert "servant" in deviations.load(listed).explain()
