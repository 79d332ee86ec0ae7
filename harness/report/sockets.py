"""The kernel's view of the sockets of a case: a table, and below a row what stands out. Pure.

The row has what tells the sockets apart. The lines below have what explains a failure: queues that
are not empty, timers that run, directions that are shut, what TCP has sent and received. An empty
queue and a timer at rest are not worth a word; the record has everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len

from harness.records.model import SocketView
from harness.report.readable import escape, fold, pad, shorten_middle

_COLUMNS = ("", "handle", "fd", "state", "local", "peer")
_INDENT = " " * 10


def socket_lines(sockets: Sequence[SocketView], width: int, note: str = "") -> list[str]:
    """Draw the table; where it is too wide, the addresses of each socket stand below it."""
    if not sockets:
        return []
    rows = [_COLUMNS, *(_cells(view) for view in sockets)]
    table = _table(rows)
    below = [list(_details(view, width)) for view in sockets]
    if max(map(cell_len, table)) > width:
        table = _table([row[:-2] for row in rows])
        for (*_, local, peer), details in zip(rows[1:], below, strict=True):
            if (local, peer) != ("-", "-"):
                details.insert(0, f"    {shorten_middle(f'{local} → {peer}', width - 4)}")
    lines = [table[0]]
    for row, details in zip(table[1:], below, strict=True):
        lines += [row, *details]
    return lines + [f"  {line}" for line in fold(escape(note), width - 2) if note]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align the columns; one of which nothing is known is left out."""
    columns = [column for column in zip(*rows, strict=True) if set(column[1:]) != {"-"}]
    widths = [max(map(cell_len, column)) for column in columns]
    return ["  " + "  ".join(map(pad, row, widths)).rstrip() for row in zip(*columns, strict=True)]


def _cells(view: SocketView) -> tuple[str, ...]:
    facts = (view.side, view.handle, view.fd, view.state, view.local, view.peer)
    return tuple("-" if fact in (None, "") else escape(str(fact)) for fact in facts)


def _details(view: SocketView, width: int) -> Iterator[str]:
    text = "; ".join(remarks(view))
    if text:
        yield from (_INDENT + line for line in fold(escape(text), width - len(_INDENT)))


def remarks(view: SocketView) -> list[str]:
    """What stands out of a socket, in short sentences; nothing when nothing does."""
    # Who knows the queues knows whether a process holds it; an older record has neither.
    unheld = view.fd is None and view.receive_queue is not None
    return [
        *([_unheld(view)] if unheld else []),
        *_queues(view),
        *([f"shut down for {view.shut}"] if view.shut else []),
        *([f"timer: {view.timer}"] if view.timer else []),
        *_tcp(view.tcp or {}, view.state),
    ]


def _unheld(view: SocketView) -> str:
    return "nobody has accepted it" if view.state == "ESTABLISHED" else "no process holds it"


def _queues(view: SocketView) -> Iterator[str]:
    unread, unsent = view.receive_queue or 0, view.send_queue or 0
    if view.state == "LISTEN":
        if unread:
            yield f"{unread} of {unsent} waiting to be accepted"
        return
    if view.tcp is None:
        if unread or unsent:
            yield f"receive queue {unread}, send queue {unsent}"
        return
    if unread:
        yield f"{unread} unread"
    if unsent:
        yield f"{unsent} not acknowledged"


def _tcp(info: Mapping[str, int], state: str | None) -> Iterator[str]:
    if not info:
        return
    if "bytes_sent" in info:
        yield f"sent {info['bytes_sent']}, received {info.get('bytes_received', 0)} bytes"
    if info.get("total_retrans"):
        yield f"{info['total_retrans']} segments sent again"
    if info.get("snd_wnd") == 0 and state in ("ESTABLISHED", "CLOSE_WAIT"):
        yield "the peer's window is closed"
    if info.get("rtt"):
        yield f"rtt {info['rtt']} µs, rto {info.get('rto', 0) // 1000} ms"
