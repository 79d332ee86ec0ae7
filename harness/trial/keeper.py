"""The keeper of a program on trial: starts it, tells when it ends, and leaves nothing of it behind.

    python -I -S keeper.py CONTROL STATUS PROGRAM WORD...

A process of its own between the harness and the program, standard library only. On Linux it is the
"subreaper" of all that the program forks: what is orphaned becomes its child, not init's, so
that a daemon which forked twice and made a session of its own is still found. When the descriptor
CONTROL reaches EOF, which the kernel sees to however the harness ends, everything is killed.

To STATUS it writes JSON lines: {"pid": n} or {"failed": "sentence"}, then {"status": n} (negative:
the signal), when the program itself has ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_KILLING = 3.0  # seconds for as many rounds as it takes; a fork bomb needs several


def main(control: int, status: int, argv: list[str]) -> None:
    """Keep one program until the harness lets go."""
    for fd in (control, status):
        os.set_inheritable(fd, False)
    woken = _wake_on_children()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    pid = _start(argv, status)
    try:
        _watch(pid, control, status, woken)
    finally:
        _end(pid)


def _watch(pid: int, control: int, status: int, woken: int) -> None:
    """Take the status of what ends, until the harness lets go."""
    poll = select.poll()
    for fd in (control, woken):
        poll.register(fd, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if woken in ready:
            os.read(woken, 512)
            _reap(pid, status)
        if control in ready and not os.read(control, 512):
            return


def _wake_on_children() -> int:
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def _start(argv: list[str], status: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.execvp(argv[0], argv)
        except OSError as problem:
            _tell(status, failed=f"cannot run {argv[0]!r}: {problem.strerror}")
        finally:
            os._exit(127)
    _tell(status, pid=pid)
    return pid


def _tell(to: int, **message: object) -> None:
    with contextlib.suppress(OSError):
        os.write(to, json.dumps(message).encode() + b"\n")


def _reap(pid: int, status: int) -> None:
    """Take the status of all that have ended; tell the program's."""
    while True:
        try:
            gone, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if gone == 0:
            return
        if gone == pid:
            _tell(status, status=os.waitstatus_to_exitcode(how))


def _end(pid: int) -> None:
    """Kill everything, in rounds, because a process may fork while it is being killed."""
    deadline = time.monotonic() + _KILLING
    while time.monotonic() < deadline:
        victims = descendants()
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for victim in victims:
                with contextlib.suppress(OSError):
                    os.kill(victim, number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not descendants():
            return
        time.sleep(0.002)


def descendants() -> list[int]:
    """All that live below this process, by the system's table; empty where there is no /proc."""
    parents: dict[int, int] = {}
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
    found: list[int] = []
    below = {os.getpid()}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        found += below
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
