"""What can be read of results files: torn and packed ones, and the newest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.records.lines import encode
from harness.records.store import Store, StoreError, latest, read
from tests.unit.record_samples import FAILED, HEADER, PASSED

# What can be read


def _written(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("cut", [1, 20, len(encode(PASSED)) - 2])
def test_a_torn_last_line_is_left_out_with_a_warning(tmp_path: Path, cut: int) -> None:
    """That is what a killed run leaves; the rest of the file is true."""
    torn = encode(PASSED)[:cut]
    found = read(_written(tmp_path / "x.jsonl", encode(HEADER), encode(FAILED), torn))
    assert found.cases == (FAILED,)
    assert found.warnings == ("line 3 is torn, and left out",)


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    """Nothing of it is missing."""
    found = read(_written(tmp_path / "x.jsonl", encode(HEADER), encode(PASSED)[:-1]))
    assert (found.cases, found.warnings) == ((PASSED,), ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; a results file begins with its header"),
        (b"hello\nworld\n", r"x\.jsonl:1: not a results file: not JSON: “hello”"),
        (b"\x00\xff\x80" * 1000, r"x\.jsonl:1: not a results file: not JSON"),
        (encode(HEADER)[:30], r"x\.jsonl:1: not a results file: not JSON"),
        (b'{"kind":"header","format":99}\n', r"x\.jsonl:1: .*format 99 is newer"),
        (encode(HEADER) + b'{"kind":"footer"}\n', r"x\.jsonl:2: complete is missing"),
        (encode(HEADER) + b"torn\n" + encode(PASSED), r"x\.jsonl:2: not JSON: “torn”"),
    ],
)
def test_what_is_no_results_file_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """The sentence has the file and, where there is one, the line."""
    with pytest.raises(StoreError, match=message) as caught:
        read(_written(tmp_path / "x.jsonl", content))
    assert "\n" not in str(caught.value)


def test_folders_devices_and_nothing_are_refused(tmp_path: Path) -> None:
    """A device may have no end: it is not even begun with."""
    with pytest.raises(StoreError, match="a folder, not a results file"):
        read(tmp_path)
    with pytest.raises(StoreError, match="/dev/null: a device or a socket, not a results file"):
        read(Path("/dev/null"))
    with pytest.raises(StoreError, match=r"absent\.jsonl: no such file or directory"):
        read(tmp_path / "absent.jsonl")


# The newest


def test_the_newest_file_is_known_by_its_name(tmp_path: Path) -> None:
    """Copying, as CI does with artifacts, changes a file's time but not its name."""
    new = _written(tmp_path / "run-20261120-070000-000000.jsonl", encode(HEADER))
    old = _written(tmp_path / "run-20261119-235959-ffffff.jsonl", encode(HEADER))
    os.utime(new, (0, 0))
    assert latest(tmp_path) == new
    os.utime(old, (0, 0))
    assert latest(tmp_path) == new


def test_a_file_with_another_name_counts_by_its_time(tmp_path: Path) -> None:
    """A file that the user named takes part."""
    _written(tmp_path / "run-20261120-070000-000000.jsonl", encode(HEADER))
    mine = _written(tmp_path / "mine.jsonl", encode(HEADER))
    os.utime(mine, (4_000_000_000, 4_000_000_000))
    assert latest(tmp_path) == mine
    os.utime(mine, (0, 0))
    assert latest(tmp_path) != mine


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    """Other files and folders do not count."""
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(StoreError, match=r"no results file \(\*\.jsonl\) is in this folder"):
        latest(tmp_path)
    with pytest.raises(StoreError, match="absent: no such file or directory"):
        latest(tmp_path / "absent")


def test_a_file_that_was_packed_is_read_as_it_is(tmp_path: Path) -> None:
    """A record that is kept is packed by xz; one that is cut short is refused."""
    lzma = pytest.importorskip("lzma")
    store = Store.open(tmp_path, HEADER)
    store.append(PASSED)
    store.close(complete=True, seconds=2.5)
    packed = tmp_path / "kept.jsonl.xz"
    whole = lzma.compress(store.path.read_bytes())
    packed.write_bytes(whole)
    assert read(packed).cases == (PASSED,)
    packed.write_bytes(whole[:-20])
    with pytest.raises(StoreError, match=r"kept\.jsonl\.xz: not a whole file of xz"):
        read(packed)
