"""Entries of known deviations made from failures, and of which side they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from harness import conditions
from harness.commands.expect import command as expect
from harness.language import deviations
from harness.language.model import ACTORS
from harness.records.evidence import Failure
from harness.records.model import CaseRecord
from harness.records.store import Store
from harness.report.entries import entries, stale, unexplained
from tests.unit.on_trial import KNOWN, one
from tests.unit.record_samples import FAILED, FAILURE, HEADER, PASSED


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
