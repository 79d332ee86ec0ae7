"""What a record keeps of a case that did not pass: the place, the difference, the calls. Pure.

These are parts of the results format (`model.py`); `harness/report/failure.py` makes a text of them
without any other source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Side = Literal["server", "client"]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Bytes without carrying them: how many, the first 64 in hex, and a digest of longer ones."""

    size: int
    head: str
    sha256: str | None = None

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Data:
        """Bytes as a driver describes them in a reply."""
        return cls(size=described["size"], head=described["head"], sha256=described.get("sha256"))


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One call of a case. Times are milliseconds since the case began; no end: still blocked.

    `text` is the call, and after ` -> ` what came of it. `failed` marks the call on trial. `makes`
    is the handle that the call made, `sent` how many bytes it gave to the socket, `got` what it
    took out of it; a look that leaves the bytes there took nothing.
    """

    side: Side
    handle: str
    op: str
    start_ms: float
    end_ms: float | None = None
    text: str
    failed: bool = False
    makes: str | None = None
    sent: int | None = None
    got: Data | None = None


@dataclass(frozen=True, kw_only=True)
class SocketView:
    """What the kernel says of one socket when the failure was seen; unknown parts are None.

    A socket with a state and without `fd` is held by no process any more. Queues are in bytes, of a
    listener in connections: those that wait, and how many may. `timer` is what the kernel will do
    by itself, and when; `shut` which directions are shut down (reading, writing, both); `tcp` has
    fields of the kernel's `struct tcp_info`.
    """

    handle: str
    side: Side
    fd: int | None = None
    state: str | None = None
    local: str | None = None
    peer: str | None = None
    receive_queue: int | None = None
    send_queue: int | None = None
    timer: str | None = None
    shut: str | None = None
    tcp: Mapping[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a case did not pass, with the evidence. Line and column count from 1.

    `expected_data` and `actual_data` are there when both sides are bytes: a report then points at
    the first difference. `rerun` is the one command which runs exactly this case again.
    `clocks` has the sides whose clock is not ours: their times may be wrong by so many ms at most.
    `sockets_note` says in one sentence what could not be seen of the sockets. `capture` is the file
    with the packets of the case, `capture_note` why there is none though it was asked for.
    `script` is a program that shows the failure without sockharness, where one could be made, and
    `script_note` says why not. Of a case with drivers it is the beginning alone, which tells the
    steps; the parts `script_needs` belong behind it, which are the same for many cases. The whole
    is in `script_file`, where scripts were asked for.
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
    clocks: Mapping[Side, float] = field(default_factory=dict)
    sockets: tuple[SocketView, ...] = ()
    sockets_note: str = ""
    stderr: str = ""
    rerun: str = ""
    capture: str | None = None
    capture_note: str = ""
    script: str = ""
    script_needs: tuple[str, ...] = ()
    script_file: str | None = None
    script_note: str = ""
