"""Progress on a terminal, in place of pytest's dots: what is running, for how long, what failed.

Only `sockharness run` uses it, and only where somebody watches; a pipe gets the dots. The line is
drawn when something happens and once a second, by a thread which does nothing else: a case that
hangs is to be seen hanging, and one that is timed must not be disturbed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pytest

from harness.records.model import CaseRecord
from harness.report.line import Line
from harness.report.paint import console, paint
from harness.report.progress import Progress
from harness.report.readable import shorten
from harness.report.worst import in_one_line

_EACH = 1.0  # seconds between two drawings while nothing happens
_AT_MOST_EACH = 0.05  # many short cases: more often is a blur
_ERASE = "\r\x1b[K"


def watched(stream: TextIO) -> bool:
    """Whether a line can be written over there, and somebody sees it."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Live:
    """A plugin for one run. It writes to a copy of the stream: pytest takes the stream away while
    a case runs."""

    def __init__(self, stream: TextIO) -> None:
        self._out = os.fdopen(os.dup(stream.fileno()), "w", encoding=stream.encoding)
        self._console = console(self._out)
        self._progress = Progress()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._drawn = 0.0
        self._thread = threading.Thread(target=self._tick, daemon=True)

    # --- what happens ----------------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many there are, and begin."""
        self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """With -n the workers know; all of them have the same cases."""
        self._begin(len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        with self._lock:
            self._progress.running[_id(nodeid)] = time.monotonic()
        self._draw()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        with self._lock:
            self._progress.running.pop(_id(nodeid), None)
            self._progress.done += 1
        self._draw()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell at once what somebody will have to look at."""
        if not report.failed:
            return
        with self._lock:
            self._progress.unexpected += 1
            self._out.write(_ERASE)
            paint([_told(report, self._console.width)], self._console)
        self._draw(at_once=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: Any) -> Generator[None, Any, Any]:
        """Count as pytest does, and print no dot."""
        category, *_ = yield
        return category, "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave the terminal as it was: pytest writes next."""
        self._over.set()
        with self._lock:
            self._out.write(_ERASE)
            self._out.flush()

    # --- drawing ---------------------------------------------------------------------------------

    def _begin(self, total: int) -> None:
        with self._lock:
            self._progress.total = max(total, self._progress.total)
        if total and not self._thread.is_alive():
            self._thread.start()

    def _tick(self) -> None:
        while not self._over.wait(_EACH):
            self._draw(at_once=True)

    def _draw(self, at_once: bool = False) -> None:
        with self._lock:
            now = time.monotonic()
            if self._over.is_set() or (now - self._drawn < _AT_MOST_EACH and not at_once):
                return
            self._drawn = now
            self._out.write(_ERASE + self._progress.line(now, self._width()))
            self._out.flush()

    def _width(self) -> int:
        return os.get_terminal_size(self._out.fileno()).columns or 80


def _id(nodeid: str) -> str:
    """The id of a case; of what is none, pytest's name."""
    return nodeid.partition("::")[2] or nodeid


def _told(report: pytest.TestReport, width: int) -> Line:
    lines = getattr(report, "sockharness", ())
    line = next((line for line in lines if line["kind"] == "case"), None)
    if line is None:
        return Line(shorten(f"failed  {Path(report.nodeid).name}", width), "fail")
    case = CaseRecord.from_json(line)
    return Line(shorten(f"{case.verdict}  {case.id}  {in_one_line(case)}", width), case.verdict)
