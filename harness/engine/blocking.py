"""Is a call that was begun really blocked? The kernel is asked, not the clock.

"No answer yet" proves little: on a busy machine the call may not have begun. So the thread of the
call has to be seen asleep (state S) inside a system call that waits for a socket, and again after
the hold, without having woken in between (its count of voluntary context switches is the same; a
thread cannot go back to sleep without adding to it). A thread that is only runnable, or waits for
the interpreter's lock, is waited for until the deadline: load makes a proof late, never false.

Where the kernel cannot be asked (another system, another host, no thread of its own) a weaker
witness stands in: no reply for at least 100 ms, while the driver answers other requests.

Linux: proc(5) on stat, syscall, wchan and status; system call numbers from asm/unistd_64.h and
asm-generic/unistd.h.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal

from harness.engine.any_driver import AnyDriver

# Seconds. The witness waits at least this long, whatever the hold.
WITNESS = 0.1
SHORTEST_PAUSE = 0.0005
LONGEST_PAUSE = 0.02

# An operation that no driver has: it answers `unsupported`, and has shown that it answers.
PING = "ping"

_X86_64 = {
    0: "read", 1: "write", 3: "close", 7: "poll", 19: "readv", 20: "writev", 23: "select",
    40: "sendfile", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg",
    47: "recvmsg", 48: "shutdown", 232: "epoll_wait", 270: "pselect6", 271: "ppoll",
    275: "splice", 281: "epoll_pwait", 288: "accept4", 299: "recvmmsg", 307: "sendmmsg",
    426: "io_uring_enter", 441: "epoll_pwait2",
}  # fmt: skip
_GENERIC = {
    22: "epoll_pwait", 57: "close", 63: "read", 64: "write", 65: "readv", 66: "writev",
    71: "sendfile", 72: "pselect6", 73: "ppoll", 76: "splice", 202: "accept", 203: "connect",
    206: "sendto", 207: "recvfrom", 210: "shutdown", 211: "sendmsg", 212: "recvmsg",
    242: "accept4", 243: "recvmmsg", 269: "sendmmsg", 426: "io_uring_enter", 441: "epoll_pwait2",
}  # fmt: skip
CALLS = {"x86_64": _X86_64, "aarch64": _GENERIC, "riscv64": _GENERIC, "loongarch64": _GENERIC}

# Which argument counts the descriptors: with none of them the call is only a nap.
_COUNT_OF_DESCRIPTORS = {"select": 1, "pselect6": 1, "poll": 2, "ppoll": 2}

# Functions of the kernel in which a thread waits for a socket; used where `syscall` is not to be
# read. Compilers add endings such as .constprop.0.
_WAITS = re.compile(
    r"(wait_woken|inet_csk_(accept|wait_for_connect)|(__)?inet_stream_connect|inet_wait_for_connect"
    r"|__skb_(wait_for_more_packets|recv_datagram)|sk_wait_data|sk_stream_wait_\w+|__tcp_close"
    r"|sock_(alloc_send_pskb|wait_for_wmem)|unix_(wait_for_peer|accept|stream_\w+)"
    r"|poll_schedule_timeout|do_(sys_)?poll|do_select|ep_poll|do_epoll_wait)(\.\w+)*"
)


@dataclass(frozen=True)
class Unknown:
    """The kernel does not tell; `why` in words."""

    why: str


@dataclass(frozen=True)
class Proof:
    """What was found out. `blocked`: it is. `returned`: it is not, the reply is there. `unproven`:
    neither could be shown before the deadline, which is no statement about the socket. `how` says
    it in words."""

    outcome: Literal["blocked", "returned", "unproven"]
    how: str

    @property
    def blocked(self) -> bool:
        """Whether it was proved."""
        return self.outcome == "blocked"


RETURNED = Proof("returned", "not blocked: the call has returned")


def prove_blocked(driver: AnyDriver, number: int, hold: float, deadline: float) -> Proof:
    """Show that a started request stays blocked for `hold` seconds.

    A reply that comes is left to be fetched. May take `hold` longer than the deadline. Raise what
    `AnyDriver.wait` raises."""
    event = driver.started(number, deadline)
    if driver.answered(number, 0.0):
        return RETURNED
    if event is None:
        return Proof("unproven", "it has not begun within the deadline")
    if not event.thread or driver.pid is None:
        return _witness(driver, number, hold, deadline)
    return _see_asleep(driver, driver.pid, event.thread, number, hold, deadline)


def _see_asleep(
    driver: AnyDriver, pid: int, tid: int, number: int, hold: float, deadline: float
) -> Proof:
    first_asleep = None
    pause = SHORTEST_PAUSE
    while True:
        before, call = switches(pid, tid), asleep_in(pid, tid)
        if isinstance(before, Unknown) or isinstance(call, Unknown):
            return _witness(driver, number, hold, deadline)
        now = driver.clock()
        if driver.answered(number, now + (hold if call else pause)):
            return RETURNED
        if call and asleep_in(pid, tid) == call:
            if switches(pid, tid) == before:
                return Proof("blocked", f"kernel: asleep in {call}")
            # Some libraries wait in slices. Asleep now and asleep then, with no reply in between,
            # is blocked too, when it lasts as long as the witness would.
            first_asleep = now if first_asleep is None else first_asleep
            if driver.clock() - first_asleep >= max(hold, WITNESS):
                return Proof("blocked", f"kernel: asleep in {call}, waking now and then")
        if driver.clock() >= deadline:
            return Proof("unproven", f"no reply, but its thread {_doing(pid, tid)}")
        pause = min(pause * 2, LONGEST_PAUSE)


def _witness(driver: AnyDriver, number: int, hold: float, deadline: float) -> Proof:
    """The driver answers before and after a while in which the request got no reply."""
    silence = max(hold, WITNESS)
    begun = driver.clock()
    for until in (begun, begun + silence):
        if driver.answered(number, until):
            return RETURNED
        if driver.wait(driver.send(PING, None, {}), max(deadline, until)) is None:
            return Proof("unproven", "the driver answers no other request either")
    if driver.answered(number, 0.0):
        return RETURNED
    return Proof("blocked", f"witness: no reply for {silence * 1000:.0f} ms")


def asleep_in(pid: int, tid: int) -> str | Unknown | None:
    """Name the waiting system call in which a thread sleeps; None when it does not sleep in one."""
    stat = _read(pid, tid, "stat")
    if isinstance(stat, Unknown):
        return stat
    if state(stat) != "S":
        return None
    calls = CALLS.get(os.uname().machine)
    syscall = _read(pid, tid, "syscall")
    if calls is not None and not isinstance(syscall, Unknown):
        return waiting_call(syscall, calls)
    wchan = _read(pid, tid, "wchan")
    if isinstance(wchan, Unknown) or wchan in ("", "0"):
        return Unknown("neither syscall nor wchan of the thread can be read")
    return wchan if _WAITS.fullmatch(wchan) else None


def switches(pid: int, tid: int) -> int | Unknown:
    """Count how often a thread has gone to sleep of its own accord so far."""
    status = _read(pid, tid, "status")
    return status if isinstance(status, Unknown) else voluntary_switches(status)


def state(stat: str) -> str:
    """The state letter in the text of /proc/PID/stat; empty for a thread that is gone. The name
    before it stands in parentheses and may hold any character, these too."""
    return stat.rpartition(")")[2].strip()[:1]


def waiting_call(syscall: str, calls: dict[int, str]) -> str | None:
    """The name of the call in the text of /proc/PID/syscall when it is one that can wait for a
    socket. The text is `running`, or `-1` and registers, or number, six arguments and registers."""
    words = syscall.split()
    if len(words) < 7 or not words[0].isdigit():
        return None
    name = calls.get(int(words[0]))
    counting = _COUNT_OF_DESCRIPTORS.get(name or "")
    if counting is not None and int(words[counting], 16) == 0:
        return None
    return name


def voluntary_switches(status: str) -> int | Unknown:
    """The count in the text of /proc/PID/status; 0 for a thread that is gone."""
    found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)
    if found is not None:
        return int(found[1])
    return Unknown("no count of context switches") if status else 0


def _read(pid: int, tid: int, what: str) -> str | Unknown:
    """A file of a thread, empty when the thread has ended."""
    try:
        # Unbuffered: a file of /proc is given whole, and a proof of blocking reads six of them.
        with open(f"/proc/{pid}/task/{tid}/{what}", "rb", buffering=0) as file:
            return file.read().decode("ascii", "replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        if os.path.exists(f"/proc/{pid}/task") and not os.path.exists(f"/proc/{pid}/task/{tid}"):
            return ""
        return Unknown(f"there is no /proc/{pid}/task/{tid}/{what}")
    except OSError as problem:
        return Unknown(str(problem))


def _doing(pid: int, tid: int) -> str:
    """Say what a thread is at when it is not asleep in a waiting call."""
    stat, syscall, wchan = (_read(pid, tid, what) for what in ("stat", "syscall", "wchan"))
    letter = state(stat) if isinstance(stat, str) else ""
    if not letter:
        return "has ended"
    if letter == "S":
        return f"sleeps elsewhere (system call {syscall or '?'}, in {wchan or '?'})"
    return f"is in state {letter}"
