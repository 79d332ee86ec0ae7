"""What the kernel knows of the sockets of some processes at one moment: states, queues, timers.

`kernel.py` tells on every system which sockets a process has; `sock_diag.py` tells on Linux what
else there is to know, of sockets that no process holds too. Here both become one view. Who plays
which part in a case is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.engine import kernel, sock_diag
from harness.engine.sock_diag import Diagnosis
from harness.records.evidence import Side, SocketView

_MOST_UNHELD = 20  # a case with hundreds of clients leaves hundreds behind, all alike


@dataclass(frozen=True)
class Snapshot:
    """What sock_diag said at one moment. `note` says why it said nothing."""

    rows: tuple[Diagnosis, ...] = ()
    note: str = ""

    @classmethod
    def take(cls) -> Snapshot:
        """Ask the kernel now. Never raises."""
        try:
            return cls(tuple(sock_diag.sockets()))
        except sock_diag.Unavailable as reason:
            return cls(note=str(reason))

    def of_process(
        self, pid: int, side: Side, handles: Mapping[int, str] | None = None
    ) -> list[SocketView]:
        """The sockets of a process by descriptor; `handles` has the names of some of them.

        A socket that stands in no table of the system is in the list when it has a name."""
        handles = handles or {}
        rows = {row["fd"]: row for row in kernel.sockets_of(pid)}
        for fd in handles.keys() - rows.keys():
            if kernel.inode_of(pid, fd) is not None:
                rows[fd] = kernel.fresh(fd)
        known = {row.inode: row for row in self.rows if row.inode}
        return [
            _view(side, handles.get(fd, ""), rows[fd], known.get(kernel.inode_of(pid, fd) or 0))
            for fd in sorted(rows)
        ]

    def unheld(self, ends: Mapping[str, Side]) -> Iterator[SocketView]:
        """Sockets that no process holds: closed ones on their way out, and connections that nobody
        has accepted. `ends` has the names of a case, as text, and whose they are.

        Both ends must be of the case: a port is soon used again, and its past is another's."""
        found = (row for row in self.rows if not row.inode and row.local in ends)
        between = [row for row in found if not row.peer or row.peer in ends]
        for row in between[:_MOST_UNHELD]:
            seen = {"fd": None, "state": row.state, "local": row.local, "peer": row.peer}
            yield _view(ends[row.local], "", seen, row)


def _view(side: Side, handle: str, row: Mapping[str, Any], more: Diagnosis | None) -> SocketView:
    state = row.get("state")
    if state == "NONE" and more is not None and more.state in ("LISTEN", "ESTABLISHED"):
        state = more.state  # of unix and UDP sockets psutil tells none
    facts: dict[str, Any] = {}
    if more is not None:
        facts = {
            "receive_queue": more.receive_queue,
            "send_queue": more.send_queue,
            "timer": more.timer,
            "shut": more.shut,
            "tcp": dict(more.tcp) or None,
        }
    return SocketView(
        handle=handle,
        side=side,
        fd=row.get("fd"),
        state=state,
        local=row.get("local"),
        peer=row.get("peer"),
        **facts,
    )
