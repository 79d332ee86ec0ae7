"""How results files are made, and what a failing disk leaves of them."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.records.lines import encode
from harness.records.model import Footer
from harness.records.store import Store, StoreError, read
from tests.unit.record_samples import FAILED, HEADER, LATENCY, PASSED


def test_a_run_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Header, records in their order, footer with the counts."""
    store = Store.open(tmp_path / "results", HEADER)
    for record in (PASSED, FAILED, LATENCY):
        store.append(record)
    footer = store.close(complete=True, seconds=2.5)
    found = read(store.path)
    assert footer == Footer(complete=True, counts={"pass": 1, "fail": 1}, seconds=2.5)
    assert (found.header, found.cases, found.latencies) == (HEADER, (PASSED, FAILED), (LATENCY,))
    assert (found.footer, found.warnings, found.stopped) == (footer, (), None)


def test_a_file_is_named_by_the_time_of_its_run(tmp_path: Path) -> None:
    """Names sort by time, and two runs of one second differ."""
    paths = [Store.open(tmp_path, HEADER).path for _ in range(2)]
    assert paths[0] != paths[1]
    for path in paths:
        assert re.fullmatch(r"run-20261120-070000-[0-9a-f]{6}\.jsonl", path.name)


def test_a_name_that_is_taken_is_not_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the random digits of two runs are the same, the later one draws again."""
    digits = iter([b"\0\0\0", b"\0\0\0", b"\0\0\1"])
    monkeypatch.setattr(os, "urandom", lambda _: next(digits))
    first, second = (Store.open(tmp_path, HEADER).path for _ in range(2))
    assert (first.name[-12:], second.name[-12:]) == ("000000.jsonl", "000001.jsonl")


def test_without_any_free_name_it_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not look for a name forever."""
    monkeypatch.setattr(os, "urandom", lambda _: b"\0\0\0")
    Store.open(tmp_path, HEADER)
    with pytest.raises(StoreError, match="no free name"):
        Store.open(tmp_path, HEADER)


def test_a_named_file_is_made_just_there_and_never_written_over(tmp_path: Path) -> None:
    """What somebody keeps under a name stays."""
    path = tmp_path / "deep" / "mine.jsonl"
    assert Store.open(path, HEADER).path == path
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"mine\.jsonl: cannot be created: file exists"):
        Store.open(path, HEADER)
    assert path.read_bytes() == before


def test_each_record_is_in_the_file_as_soon_as_it_is_appended(tmp_path: Path) -> None:
    """A run may be killed at any moment: nothing waits in a buffer."""
    store = Store.open(tmp_path, HEADER)
    store.append(PASSED)
    found = read(store.path)
    assert found.cases == (PASSED,)
    assert found.stopped == "no footer: the run was killed, or it is not over yet"


def test_a_record_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are never mixed up, and a kill falls between lines."""
    store = Store.open(tmp_path, HEADER)
    written: list[bytes] = []

    def write(_: int, line: bytes) -> int:
        written.append(line)
        return len(line)

    monkeypatch.setattr(os, "write", write)
    store.append(FAILED)
    assert written == [encode(FAILED)]


def test_a_run_that_is_stopped_says_why(tmp_path: Path) -> None:
    """Ctrl-C is not a complete run."""
    store = Store.open(tmp_path, HEADER)
    store.close(complete=False, seconds=1, why="interrupted")
    assert read(store.path).stopped == "stopped early: interrupted"


# What goes wrong while writing


def _full_once(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Let the next write take `room` bytes and the one after it fail; then the disk has room."""
    real = os.write
    steps: list[Callable[[int, bytes], int]] = [
        lambda file, line: real(file, line[:room]),
        _no_room,
    ]

    def write(file: int, line: bytes) -> int:
        return steps.pop(0)(file, line) if steps else real(file, line)

    monkeypatch.setattr(os, "write", write)


def _no_room(_file: int, _line: bytes) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_record_for_which_the_disk_has_no_room_is_lost_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part that got in is cut off again, the error names the case, later records go on."""
    store = Store.open(tmp_path, HEADER)
    store.append(PASSED)
    _full_once(monkeypatch, room=100)
    with pytest.raises(StoreError, match=rf"{re.escape(FAILED.id)} is not recorded: the disk is"):
        store.append(FAILED)
    store.append(LATENCY)
    footer = store.close(complete=True, seconds=1)
    found = read(store.path)
    assert (found.cases, found.latencies, found.footer) == ((PASSED,), (LATENCY,), footer)
    assert (footer.lost, footer.counts) == (1, {"pass": 1, "fail": 1})
    assert found.warnings == ("the run had 2 cases, 1 are in the record",)


def test_a_footer_without_room_is_an_error_and_the_file_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line is no exception."""
    store = Store.open(tmp_path, HEADER)
    store.append(PASSED)
    _full_once(monkeypatch, room=10)
    with pytest.raises(StoreError, match="the footer is not recorded: the disk is full"):
        store.close(complete=True, seconds=1)
    found = read(store.path)
    assert (found.cases, found.footer) == ((PASSED,), None)


def test_a_header_without_room_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without a header would be one that nobody can read."""
    _full_once(monkeypatch, room=10)
    with pytest.raises(StoreError, match="the header is not recorded: the disk is full"):
        Store.open(tmp_path, HEADER)
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_json_has_not_costs_its_record_alone(tmp_path: Path) -> None:
    """A fault in one record does not end the run."""
    store = Store.open(tmp_path, HEADER)
    with pytest.raises(StoreError, match=r"is not recorded: .*bytes is not JSON"):
        store.append(replace(PASSED, observed={"x": b"raw"}))
    store.append(PASSED)
    assert read(store.path).cases == (PASSED,)


def test_a_disk_that_tells_of_its_trouble_late_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network file systems accept writes that they cannot keep."""
    store = Store.open(tmp_path, HEADER)
    monkeypatch.setattr(os, "fsync", lambda file: _no_room(file, b""))
    with pytest.raises(StoreError, match="may not be whole: the disk is full"):
        store.close(complete=True, seconds=1)


def test_a_file_that_was_deleted_meanwhile_is_reported(tmp_path: Path) -> None:
    """Writes to a deleted file succeed, so nobody else would notice."""
    store = Store.open(tmp_path, HEADER)
    store.path.unlink()
    with pytest.raises(StoreError, match="was deleted while the run went on"):
        store.close(complete=True, seconds=1)


# Where no file can be made


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The mistake is named, and the file is left alone."""
    (tmp_path / "results").write_text("mine")
    with pytest.raises(StoreError, match="results: not a folder, so no results can be kept in it"):
        Store.open(tmp_path / "results", HEADER)
    with pytest.raises(StoreError, match="deeper: cannot be created: not a directory"):
        Store.open(tmp_path / "results" / "deeper", HEADER)
    assert (tmp_path / "results").read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "permission denied"), (errno.EROFS, "read-only file system")],
)
def test_a_folder_that_cannot_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """One sentence before anything has run."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=f"cannot be written to: {words}"):
        Store.open(tmp_path, HEADER)
