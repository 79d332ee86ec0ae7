"""The scripts that show known deviations still show them, where this machine is of that kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "deviations"


def shown(script: str) -> list[str]:
    """What a script prints, a line each, without the name before it."""
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script)], check=True, capture_output=True, text=True
    )
    return [line.split(":", 1)[1].strip() for line in done.stdout.splitlines()]


def test_a_stream_reader_loses_what_came_before_a_reset() -> None:
    """When CPython changes this, the entry in the list of deviations goes."""
    plain, reader = shown("reader_loses_what_came.py")
    assert plain == "b'hello', ConnectionResetError, b''"
    assert reader == "ConnectionResetError, ConnectionResetError, ConnectionResetError"


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
def test_sockets_that_are_readable_and_say_eagain() -> None:
    """A blocking call on the same socket returns."""
    datagram, listener = shown("readable_but_eagain.py")
    tried = ", ".join(["readable but BlockingIOError"] * 3)
    assert datagram == f"{tried}, blocking: b''"
    assert listener == f"{tried}, blocking: EINVAL"


@pytest.mark.skipif(sys.platform != "linux", reason="a unix listener's queue as Linux has it")
def test_a_loop_says_connected_where_nobody_is() -> None:
    """The plain call says that it would block."""
    plain, loop = shown("connected_to_nobody.py")
    assert plain == "BlockingIOError"
    assert loop.startswith("connected, but getpeername says ")
