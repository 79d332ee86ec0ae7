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

        A socket that stands in no table of the system is in the list when it has a name. Of a
        process in another network namespace nothing more is known."""
        handles = handles or {}
        if not kernel.same_network(pid):
            views: dict[int, dict[str, Any]] = {fd: {} for fd in handles}
        elif not self.rows:
            views = {row["fd"]: _plain(row) for row in kernel.sockets_of(pid)}
        else:
            known = {row.inode: row for row in self.rows if row.inode}
            inodes = kernel.inodes_of(pid)
            views = {fd: _seen(known[inode]) for fd, inode in inodes.items() if inode in known}
        for fd in handles.keys() - views.keys():
            if kernel.inode_of(pid, fd) is not None:
                views[fd] = _plain(kernel.fresh(fd))
        return [
            SocketView(handle=handles.get(fd, ""), side=side, fd=fd, **facts)
            for fd, facts in sorted(views.items())
        ]

    def unheld(self, ends: Mapping[str, Side]) -> Iterator[SocketView]:
        """Sockets that no process holds: closed ones on their way out, and connections that nobody
        has accepted. `ends` has the names of a case, as text, and whose they are.

        Both ends must be of the case: a port is soon used again, and its past is another's."""
        found = (row for row in self.rows if not row.inode and row.local in ends)
        between = [row for row in found if not row.peer or row.peer in ends]
        for row in between[:_MOST_UNHELD]:
            yield SocketView(handle="", side=ends[row.local], **_seen(row))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("state", "local", "peer")}


def _seen(row: Diagnosis) -> dict[str, Any]:
    """What sock_diag knows of a socket. Of the states only TCP's are told, and these two."""
    state = row.state if row.tcp_state or row.state in ("LISTEN", "ESTABLISHED") else "NONE"
    return {
        "state": state,
        "local": row.local,
        "peer": row.peer,
        "receive_queue": row.receive_queue,
        "send_queue": row.send_queue,
        "timer": row.timer,
        "shut": row.shut,
        "tcp": dict(row.tcp) or None,
    }
