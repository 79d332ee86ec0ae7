"""What stands in for the harness in a script of a look: a program, and what the kernel says of it.

Standard library and Linux only, for it is copied into a script (`bundle.py`) that goes to the
program's maintainer. Here a keeper guards programs and psutil looks at them; a script needs less.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from harness.trial.clients import Act, perform
from harness.trial.diary import Diary
from harness.trial.keeper import descendants
from harness.trial.look import Finding
from harness.trial.process import KEPT_OUTPUT, NotStarted, Tail
from harness.trial.site import NotReady, Site
from harness.trial.target import Target
from harness.trial.watching import Usage

_PR_SET_CHILD_SUBREAPER = 36
_FAMILIES = {"tcp": "ipv4", "tcp6": "ipv6", "udp": "ipv4", "udp6": "ipv6"}
_STATES = {"01": "ESTABLISHED", "0A": "LISTEN"}


class Program:
    """One start of the program. What it forks and lets go becomes a child of this script."""

    failed = None

    def __init__(self, child: subprocess.Popen[bytes], keep: int) -> None:
        self._child = child
        assert child.stdout is not None
        self.printed = Tail(child.stdout, keep)
        self.errors = Tail(child.stderr, KEPT_OUTPUT) if child.stderr is not None else None

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        keep: int = KEPT_OUTPUT,
        apart: bool = False,
    ) -> Program:
        """Start it; `apart` keeps standard error apart."""
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        errors = subprocess.PIPE if apart else subprocess.STDOUT
        try:
            child = subprocess.Popen(
                argv, stdin=stdin, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
            )
        except OSError as problem:
            raise NotStarted(f"cannot run {argv[0]!r}: {problem.strerror}") from None
        return cls(child, keep)

    @property
    def status(self) -> int | None:
        return self._child.poll()

    def wait(self, seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(seconds)
        return None

    def pids(self) -> list[int]:
        return [pid for pid in descendants() if _stat(pid)[:1] not in (["Z"], [])]

    def output(self) -> str:
        return self.printed.kept[-KEPT_OUTPUT:].decode("utf-8", "replace")

    def signal(self, number: int) -> None:
        if self.status is None:
            self._child.send_signal(number)

    def close(self) -> None:
        """Kill it, with all that it forked."""
        deadline = time.monotonic() + 3
        while self.pids() and time.monotonic() < deadline:
            for pid in self.pids():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self._child.wait()
        for tail in (self.printed, self.errors):
            if tail is not None:
                tail.join()


def short_base() -> str:
    """Where the directory for unix paths is made."""
    return "/tmp"


def usage(pids: Iterable[int]) -> Usage:
    """What some processes hold and have used."""
    total = Usage()
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            stat = _stat(pid)
            total = Usage(
                total.descriptors + len(os.listdir(f"/proc/{pid}/fd")),
                total.threads + int(stat[17]),
                total.processes + 1,
                total.memory + int(stat[21]) * os.sysconf("SC_PAGE_SIZE"),
                total.cpu + (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"),
            )
    return total


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def sockets_of(pid: int) -> list[dict[str, Any]]:
    """The sockets of a process that have a name."""
    held = set()
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                held.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return [row for row in _all_sockets() if f"socket:[{row['inode']}]" in held]


def _all_sockets() -> Iterable[dict[str, Any]]:
    for table, family in _FAMILIES.items():
        for words in _rows(table):
            host, port = _name(words[1])
            peer_host, peer_port = _name(words[2])
            row = {"inode": words[9], "family": family, "host": host, "port": port}
            row["type"] = "stream" if table.startswith("tcp") else "dgram"
            row["state"] = _STATES.get(words[3], "")
            row["peer"] = f"{peer_host}:{peer_port}" if peer_port else ""
            yield {**row, "peer_port": peer_port}
    for words in _rows("unix"):
        kind = {"0001": "stream", "0002": "dgram"}.get(words[4], "")
        path = words[7] if len(words) > 7 else ""
        yield {"inode": words[6], "family": "unix", "type": kind, "state": "", "path": path}


def _rows(table: str) -> Iterable[list[str]]:
    with contextlib.suppress(OSError):
        yield from (
            line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        )


def _name(text: str) -> tuple[str, int]:
    """An address as the kernel prints it: words of four bytes in the machine's order."""
    host, _, port = text.partition(":")
    words = [int(host[at : at + 8], 16) for at in range(0, len(host), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)), int(port, 16)


# --- the script -----------------------------------------------------------------------------------


def show(target: Target, see: Callable[[Site], None], ends_it: bool) -> int:
    """Look at a server; the exit status: 1 when the fault shows. `ends_it`: it is told to end."""
    with Site(target) as site:
        try:
            site.up()
            site.diary.clear()
            see(site)
            if site.died() is not None and not ends_it:
                return _shows("a program that runs on", f"it ended with {site.died()}", site.diary)
        except Finding as finding:
            return _shows(finding.expected, finding.actual, site.diary)
        except NotReady as problem:
            return _shows("a program that listens where it was told", str(problem), site.diary)
    print("the fault does not show")
    return 0


def show_client(target: Target, act: Act, promises_within: float) -> int:
    """Play to a client; the exit status: 1 when the fault shows."""
    with Site(target) as site:
        ran = perform(act, site, promises_within)
        try:
            act.demand(ran)
        except Finding as finding:
            return _shows(finding.expected, finding.actual, site.diary)
    print("the fault does not show")
    return 0


def _shows(expected: str, actual: str, diary: Diary) -> int:
    print("THE FAULT SHOWS")
    print("  expected", expected)
    print("  actual  ", actual)
    done = diary.entries()
    for one in done:
        print(f"  {(one.begun - done[0].begun) * 1000:9.2f} ms  {one.handle} {one.text}")
    sys.stdout.flush()
    return 1
