"""The scripts that show known deviations still show them, where this machine is of that kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.starts import argv

SCRIPTS = Path(__file__).parents[1] / "deviations"


def shown(script: str, python: str = sys.executable) -> list[str]:
    """What a script prints, a line each, without the name before it."""
    done = subprocess.run(
        [python, str(SCRIPTS / script)], check=True, capture_output=True, text=True
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


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
def test_a_connect_that_so_error_ended_has_not_ended_for_the_kernel() -> None:
    """The next one tells it once more, and in other words than after a blocking attempt."""
    assert shown("connect_after_so_error.py") == [
        "EISCONN",
        "connected",
        "connected",
        "ECONNABORTED",
    ]


def test_a_descriptor_closed_under_gevent_waits_for_its_loop() -> None:
    """The other side hears of it when the loop has something to do again."""
    plain, patched = shown("gevent_close_waits.py", argv("gevent")[0])
    assert plain == "the end, woken: the end"
    assert patched == "nothing, woken: the end"


def test_a_name_that_cannot_be_encoded_is_not_told_by_twisted() -> None:
    """A plain socket refuses it at once."""
    plain, of_twisted = shown("twisted_name_hangs.py", argv("twisted")[0])
    assert plain in ("UnicodeError", "UnicodeEncodeError")  # before 3.13, and since
    assert of_twisted == "TimeoutError"


@pytest.mark.skipif(sys.platform != "linux", reason="unix sockets that name themselves")
def test_a_socket_of_trio_cannot_name_itself() -> None:
    """A plain one gets an abstract name."""
    plain, of_trio = shown("trio_names_itself.py", argv("trio")[0])
    assert plain == "abstract"
    assert of_trio == "IndexError: string index out of range"
