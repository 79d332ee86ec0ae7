"""The files of results: the only module which writes or reads them.

A file is created anew for each run and only ever grows, a whole line by one write: whenever the run
is killed, what stands in the file is true.

When a write fails, the disk being full, the part of the line that did get in is cut off again.
So the file stays readable, and a later record may find room. The error says what was lost; whether
the run goes on is for the caller to decide.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from harness.records.lines import Reader, encode
from harness.records.model import (
    CaseRecord,
    DriverRecord,
    Footer,
    Header,
    LatencyRecord,
    Record,
    ScenarioRecord,
    Timed,
)
from harness.records.results import Results, merge
from harness.records.shape import WrongShape

__all__ = ["Results", "Store", "StoreError", "latest", "merge", "read"]

SUFFIX = ".jsonl"
PACKED = ".xz"
_ATTEMPTS = 8  # two runs of one second with the same six random digits: once is a wonder


class StoreError(Exception):
    """A results file that cannot be written or read; the text is one sentence which names it."""


@dataclass
class Store:
    """A results file that is being written, by one process. `lost` counts lines not written."""

    path: Path
    _file: int
    lost: int = 0
    _counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def open(cls, where: Path, header: Header) -> Store:
        """Begin a new file: in the folder `where`, or just there when its name ends in `.jsonl`.

        Raises StoreError when that cannot be; nothing is left behind then, and never is a file
        that exists overwritten.
        """
        path, file = _create_named(where) if where.suffix == SUFFIX else _create_in(where, header)
        store = cls(path, file)
        try:
            store._write(header)
        except StoreError:
            os.close(file)
            path.unlink(missing_ok=True)
            raise
        return store

    def append(self, record: CaseRecord | DriverRecord | ScenarioRecord | Timed) -> None:
        """Add a record. Raise StoreError when it is lost; the next may be tried all the same."""
        if isinstance(record, CaseRecord):
            self._counts[record.verdict] += 1
        self._write(record)

    def close(self, *, complete: bool, seconds: float, why: str | None = None) -> Footer:
        """End the file with its footer, and return that; `seconds` is how long the run took.

        Raises StoreError when the footer is lost, or when the whole file turns out to be. The file
        is closed in any case.
        """
        counts = dict(self._counts)
        footer = Footer(complete=complete, why=why, counts=counts, seconds=seconds, lost=self.lost)
        try:
            self._write(footer)
            self._settle()
        finally:
            os.close(self._file)
        return footer

    def _write(self, record: Record) -> None:
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            _write_whole(self._file, encode(record))
        except (OSError, ValueError, TypeError) as problem:
            self.lost += 1
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, end)
            raise StoreError(
                f"{self.path}: {_named(record)} is not recorded: {_reason(problem)}"
            ) from problem

    def _settle(self) -> None:
        # A network file system may tell of its full disk only now.
        try:
            os.fsync(self._file)
        except OSError as problem:
            raise StoreError(f"{self.path}: may not be whole: {_reason(problem)}") from problem
        if os.fstat(self._file).st_nlink == 0:
            raise StoreError(f"{self.path}: was deleted while the run went on; all of it is lost")


def read(path: Path) -> Results:
    """Read a results file, be it as written or packed by xz. Raise StoreError, with file and line,
    when it is not one."""
    reader = Reader(path)
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, 1):
                reader.take(number, line)
        return reader.results()
    except WrongShape as problem:
        raise StoreError(str(problem)) from None
    except OSError as problem:
        raise StoreError(f"{path}: {_reason(problem)}") from problem


def latest(folder: Path) -> Path:
    """Return the newest results file in a folder. Raise StoreError when there is none."""
    try:
        files = [path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
    except OSError as problem:
        raise StoreError(f"{folder}: {_reason(problem)}") from problem
    if not files:
        raise StoreError(f"{folder}: no results file (*{SUFFIX}) is in this folder")
    return max(files, key=_age)


def _create_named(path: Path) -> tuple[Path, int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path, _create(path)
    except OSError as problem:
        raise StoreError(f"{path}: cannot be created: {_reason(problem)}") from problem


def _create_in(folder: Path, header: Header) -> tuple[Path, int]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise StoreError(f"{folder}: not a folder, so no results can be kept in it") from None
    except OSError as problem:
        raise StoreError(f"{folder}: cannot be created: {_reason(problem)}") from problem
    for _ in range(_ATTEMPTS):
        path = folder / _name(header.started)
        try:
            return path, _create(path)
        except FileExistsError:
            continue
        except OSError as problem:
            raise StoreError(f"{folder}: cannot be written to: {_reason(problem)}") from problem
    raise StoreError(f"{folder}: no free name for a results file was found")


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o666)


def _name(started: str) -> str:
    """Make a name that sorts by time, with six random digits for runs of the same second."""
    digits = "".join(filter(str.isdigit, started))
    return f"run-{digits[:8]}-{digits[8:14]}-{os.urandom(3).hex()}{SUFFIX}"


def _write_whole(file: int, line: bytes) -> None:
    """Write the line at once. What is left over, on a disk just full, brings the error to light."""
    while line:
        line = line[os.write(file, line) :]


def _named(record: Record) -> str:
    if isinstance(record, (CaseRecord, LatencyRecord)):
        return record.id
    return f"the {record.kind}"


def _reason(problem: Exception) -> str:
    if not isinstance(problem, OSError) or problem.errno is None:
        return str(problem)
    if problem.errno == errno.ENOSPC:
        return "the disk is full"
    return os.strerror(problem.errno).lower()


def _opened(path: Path) -> IO[bytes]:
    """Open a file to read. A device might never come to its end, and is refused like a folder."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise StoreError(f"{path}: a folder, not a results file")
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise StoreError(f"{path}: a device or a socket, not a results file")
    return _unpacked(path) if path.suffix == PACKED else path.open("rb")


def _unpacked(path: Path) -> IO[bytes]:
    try:
        import lzma  # not in every build of Python
    except ImportError:
        raise StoreError(f"{path}: packed by xz, which this Python cannot read") from None
    try:
        return io.BytesIO(lzma.decompress(path.read_bytes()))
    except lzma.LZMAError as problem:
        raise StoreError(f"{path}: not a whole file of xz: {problem}") from None


def _age(path: Path) -> tuple[str, int, str]:
    """When a run began: as its name says, for copying changes a file's time; else by that time."""
    written = path.stat()
    named = path.stem[: len("run-YYYYMMDD-HHMMSS")]
    digits = "".join(filter(str.isdigit, named))
    if not (named.startswith("run-") and len(digits) == 14):
        digits = time.strftime("%Y%m%d%H%M%S", time.gmtime(written.st_mtime))
    return digits, written.st_mtime_ns, path.name
