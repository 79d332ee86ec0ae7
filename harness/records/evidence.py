"""What a record keeps of a case that did not pass: the place, the difference, the calls. Pure.

These are parts of the results format (`model.py`); `harness/report/failure.py` makes a text of them
without any other source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["server", "client"]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Bytes without carrying them: how many, the first 64 in hex, and a digest of longer ones."""

    size: int
    head: str
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One call of a case. Times are milliseconds since the case began; no end: still blocked.

    `text` is the call, and after ` -> ` what came of it. `failed` marks the call on trial.
    """

    side: Side
    handle: str
    op: str
    start_ms: float
    end_ms: float | None = None
    text: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class SocketView:
    """What the kernel says of one socket when the failure was seen; unknown parts are None."""

    handle: str
    side: Side
    fd: int | None = None
    state: str | None = None
    local: str | None = None
    peer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a case did not pass, with the evidence. Line and column count from 1.

    `expected_data` and `actual_data` are there when both sides are bytes: a report then points at
    the first difference. `rerun` is the one command which runs exactly this case again.
    """

    file: str
    line: int
    column: int
    source: str
    step: str
    expected: str
    actual: str
    expected_data: Data | None = None
    actual_data: Data | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    sockets: tuple[SocketView, ...] = ()
    stderr: str = ""
    rerun: str = ""
