"""A results file on a file system that really fills up, and one that really is read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.records.model import CaseRecord, Header
from harness.records.store import Store, StoreError, read

HEADER = Header(command=("sockharness", "run"), started="2026-11-20T07:00:00Z")
CASE = CaseRecord(
    id="close.some-case[tcp4]",
    scenario="close.some-case",
    family="close",
    claim="x" * 700,
    transport="tcp4",
    implementations={"server": "socket", "client": "socket"},
    verdict="pass",
    data="pass",
    file="scenarios/close.yaml",
    line=1,
    seconds=0.1,
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 KiB, mounted for one test."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root on Linux can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this root may not mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _append_all(store: Store, records: Sequence[CaseRecord]) -> list[str]:
    """Append what can be appended; return what was said of the rest."""
    said = []
    for record in records:
        try:
            store.append(record)
        except StoreError as problem:
            said.append(str(problem))
    return said


def test_a_full_disk_costs_only_what_has_no_room(small: Path) -> None:
    """Every record before is whole, every later one is named, the file can be read."""
    store = Store.open(small, HEADER)
    records = [replace(CASE, id=f"close.case-{number}[tcp4]") for number in range(40)]
    lost = _append_all(store, records)
    kept = len(records) - len(lost)
    assert 0 < kept < len(records)
    assert store.lost == len(lost)
    for record, said in zip(records[kept:], lost, strict=True):
        assert said == f"{store.path}: {record.id} is not recorded: the disk is full"
    assert read(store.path).cases == tuple(records[:kept])
    assert read(store.path).warnings == ()


def test_records_go_on_when_there_is_room_again(small: Path) -> None:
    """Somebody deletes a file in the middle of a run; the rest of the run is recorded."""
    ballast = small / "ballast"
    ballast.write_bytes(bytes(8192))
    store = Store.open(small, HEADER)
    lost = len(_append_all(store, [CASE] * 20))
    assert lost
    ballast.unlink()
    assert _append_all(store, [CASE]) == []
    footer = store.close(complete=True, seconds=1.0)
    found = read(store.path)
    assert found.cases == (CASE,) * (21 - lost)
    assert found.footer == footer
    assert footer.lost == lost


def test_a_full_disk_leaves_no_file_without_a_header(small: Path) -> None:
    """A run that cannot even begin its record says so before it starts."""
    ballast = small / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small).free))
    with pytest.raises(StoreError, match="the disk is full"):
        Store.open(small, HEADER)
    assert list(small.iterdir()) == [ballast]


def test_a_read_only_file_system_is_refused(small: Path) -> None:
    """One sentence names the folder and the reason."""
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with pytest.raises(StoreError, match="cannot be written to: read-only file system"):
        Store.open(small, HEADER)


def test_a_run_that_is_killed_leaves_whole_lines(tmp_path: Path) -> None:
    """The writer dies by SIGKILL in the middle of its work; what stands in the file is true."""
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from test_store_full import CASE, HEADER\n"
        "from harness.records.store import Store\n"
        "store = Store.open(Path(sys.argv[1]), HEADER)\n"
        "for _ in range(25): store.append(CASE)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = [str(Path(__file__).parent), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    target = tmp_path / "killed.jsonl"
    done = subprocess.run([sys.executable, "-c", program, str(target)], env=environment)
    assert done.returncode == -9
    found = read(target)
    assert found.cases == (CASE,) * 25
    assert found.stopped == "no footer: the run was killed, or it is not over yet"
