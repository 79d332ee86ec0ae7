"""Records to test with: one case that failed with all its evidence, and variations of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.records.evidence import Data, Failure, Side, SocketView, TimelineEntry
from harness.records.model import CaseRecord, Footer, Header, LatencyRecord, ScenarioRecord

HEADER = Header(
    command=("sockharness", "run", "scenarios"),
    started="2026-11-20T07:00:00Z",
    revision="1c7ff6e1cb6b4b7e9a3d3ea4f1f5e0a1b2c3d4e5",
    environment={"harness": "0.1.0", "host": "box", "os": "linux", "kernel": "6.18", "cpus": 2},
    drivers={
        "socket@3.11": {
            "implementation": "socket",
            "version": "1",
            "runtime": "CPython 3.11.7",
            "os": "linux",
        }
    },
)


def call(
    side: Side, handle: str, text: str, start: float, end: float | None, failed: bool = False
) -> TimelineEntry:
    """One call of a timeline; its operation is the first word of the text."""
    return TimelineEntry(
        side=side,
        handle=handle,
        op=text.split()[0],
        start_ms=start,
        end_ms=end,
        text=text,
        failed=failed,
    )


TIMELINE = (
    call("server", "server", "listen backlog=1 -> name 127.0.0.1:40217", 0.0, 0.04),
    call("server", "server", "accept -> peer 127.0.0.1:51514", 0.31, 0.71),
    call("client", "client", "connect 127.0.0.1:40217 -> ok", 0.44, 0.63),
    call("client", "client", "send 'question' -> count 8", 0.92, 0.95),
    call("client", "client", "shutdown write -> ok", 1.20, 1.22),
    call("server", "conn", "recv 1024 -> 8 bytes 'question'", 1.41, 1.43),
    call("server", "conn", "recv 1024 -> 6 bytes 'answer'", 1.70, 252.9, failed=True),
    call("client", "client", "recv 1024", 252.7, None),
)

SOCKETS = (
    SocketView(
        handle="server",
        side="server",
        fd=4,
        state="LISTEN",
        local="127.0.0.1:40217",
        receive_queue=0,
        send_queue=1,
    ),
    SocketView(
        handle="conn",
        side="server",
        fd=5,
        state="CLOSE_WAIT",
        local="127.0.0.1:40217",
        peer="127.0.0.1:51514",
        receive_queue=0,
        send_queue=6,
        timer="retransmit in 204 ms",
        shut="reading",
        tcp={"rtt": 27, "rto": 204_000, "bytes_sent": 6, "bytes_received": 9},
    ),
    SocketView(
        handle="",
        side="client",
        state="FIN_WAIT2",
        local="127.0.0.1:51514",
        peer="127.0.0.1:40217",
        receive_queue=0,
        send_queue=0,
        timer="time-wait in 59984 ms",
    ),
)

FAILURE = Failure(
    file="scenarios/close.yaml",
    line=23,
    column=5,
    source="  - conn: recv",
    step="conn: recv",
    expected="eof",
    actual="6 bytes 'answer'",
    timeline=TIMELINE,
    sockets=SOCKETS,
    stderr="ResourceWarning: unclosed socket\n",
    rerun="sockharness run 'scenarios/close.yaml::close.half-close-then-reply[tcp4]'",
)

FAILED = CaseRecord(
    id="close.half-close-then-reply[tcp4]",
    scenario="close.half-close-then-reply",
    family="close",
    claim="After the client shuts down its writing side, the server reads EOF and can still "
    "answer.",
    spec=("RFC 9293 3.6", "POSIX shutdown"),
    transport="tcp4",
    implementations={"server": "socket", "client": "socket"},
    verdict="fail",
    data="fail",
    file="scenarios/close.yaml",
    line=12,
    seconds=0.25,
    failure=FAILURE,
)

SCENARIO = ScenarioRecord(
    id="close.half-close-then-reply",
    file="scenarios/close.yaml",
    line=12,
    text="- id: close.half-close-then-reply\n  steps:\n  - conn: recv",
    tags=("slow",),
    contract="posix",
)

PASSED = replace(FAILED, verdict="pass", data="pass", failure=None)

LATENCY = LatencyRecord(
    id="latency.ping-pong[tcp4-64B]",
    scenario="latency.ping-pong",
    transport="tcp4",
    size=64,
    implementations={"server": "socket", "client": "socket"},
    placement="one-cpu (cpu 1, batch)",
    launches=3,
    trips=412_345,
    p50=13.0,
    p90=14.3,
    p99=19.5,
    p999=26.04,
    max=1390.0,
    rate=76_923.1,
    histogram="HISTFAAA",
    centres=(12.9, 13.0, 13.1),
    warm_up=(500, 500, 600),
    notes=("launches disagree: p50 from 12.1 to 14.2 µs",),
)
FOOTER = Footer(complete=True, counts={"pass": 1}, seconds=1.5)


def failed_with(**changes: Any) -> CaseRecord:
    """The failed case, alone with the given evidence: no calls, sockets, log or command."""
    bare = replace(FAILURE, timeline=(), sockets=(), stderr="", rerun="")
    return replace(FAILED, failure=replace(bare, **changes))


def data(content: bytes, size: int | None = None, sha256: str | None = None) -> Data:
    """Bytes as a record keeps them; `size` when there were more than the content shows."""
    return Data(size=len(content) if size is None else size, head=content[:64].hex(), sha256=sha256)
