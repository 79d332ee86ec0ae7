"""What somebody sees who sits at a terminal, and what a pipe gets."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.integration.commands import HANGS, WRONG, clean_environment, sockharness

ERASE = "\r\x1b[K"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a case that hangs for four seconds and two that fail."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "accept.yaml").write_text(HANGS)
    (tmp_path / "scenarios" / "echo.yaml").write_text(WRONG)
    return tmp_path


RUN = ("run", "--step-deadline", "4")


def in_terminal(folder: Path, columns: int, *words: str, **variables: str) -> str:
    """Run a command in a terminal of its own, and return all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in clean_environment().items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm", **variables},
        start_new_session=True,
    ) as run:
        os.close(theirs)
        written = b"".join(iter(lambda: _piece(ours), b"")).decode()
    os.close(ours)
    assert run.returncode == 1, written
    return written


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def drawn(text: str) -> list[str]:
    """The lines that were written over."""
    return [piece.splitlines()[0] if piece else "" for piece in text.split(ERASE)[1:]]


@pytest.mark.parametrize(("columns", "workers"), [(80, ()), (48, ("-n", "2"))])
def test_what_is_running_is_to_be_seen(
    folder: Path, columns: int, workers: tuple[str, ...]
) -> None:
    """A case that takes long shows its id and its seconds, also with -n and in little room; what
    failed is told at once; nothing of the line is left when the report begins."""
    if workers:
        pytest.importorskip("xdist")
    text = in_terminal(folder, columns, *RUN, *workers)
    lines = drawn(text)
    counted = [line for line in lines if re.match(r"\d/3\b", line)]
    # It is drawn again while nothing happens: the seconds go on.
    found = [re.search(r"forever\[tcp4\]  (\d+) s$", line) for line in counted]
    assert len({each[1] for each in found if each}) > 1
    assert all(cell_len(line) < columns for line in counted)
    assert any(line.startswith("\x1b[1;31mfail  accept.forever[tcp4]") for line in lines)
    assert "FAILURES" in lines[-1] + text.rpartition(ERASE)[2]
    assert "3 cases" in text.rpartition(ERASE)[2]


def test_no_color(folder: Path) -> None:
    """NO_COLOR leaves the line that is written over and bold letters, and takes the colours."""
    text = in_terminal(folder, 80, *RUN, "-k", "echo", NO_COLOR="1")
    assert ERASE in text
    assert not re.search(r"\x1b\[([0-9]*;)*[349][0-7]", text)


def test_a_terminal_that_cannot_go_back(folder: Path) -> None:
    """It gets what a pipe gets."""
    assert "\x1b" not in in_terminal(folder, 80, *RUN, "-k", "echo", TERM="dumb")


def test_a_pipe(folder: Path) -> None:
    """A log has no colours and no line to be written over, and fits 80 columns but for what is
    there to be copied."""
    done = sockharness(folder, *RUN, "-k", "echo")
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout
    wide = [line for line in done.stdout.splitlines() if cell_len(line) > 80]
    assert [line for line in wide if "sockharness run" not in line and "record: " not in line] == []
