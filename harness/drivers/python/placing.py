"""Where this driver's process runs, its CPUs and its scheduling policy; and how long it ran.

Both belong to a thread, and a new thread has those of its maker; so they are set for every thread
that exists. What the system or the interpreter lacks is told, never an error.
"""

from __future__ import annotations

import os
import stat
import sys
from time import process_time_ns
from typing import Any, Callable, Dict, List, Optional, Tuple

from registry import BadRequest, Unsupported, Values, operation, text

CLONE_FILES = 0x400  # of Linux's unshare(2)
MASK = 128  # bytes of a CPU mask: 1024 CPUs, as in glibc's cpu_set_t

Setter = Callable[[int, List[int]], None]
Getter = Callable[[int], Any]


@operation("place", workload=True)
def place(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Pin this process to `cpus`, with scheduling policy `batch` or `other`; say what was done.

    The reply has the CPUs and the policy now in force, null for what could not be set.
    """
    cpus, policy = args.get("cpus"), text(args, "policy")
    if not (isinstance(cpus, list) and cpus and all(type(cpu) is int for cpu in cpus)):
        raise BadRequest("cpus must be a list of CPU numbers, not %r" % (cpus,))
    if policy not in ("batch", "other"):
        raise BadRequest("policy must be batch or other, not %r" % policy)
    pinned, scheduled = _pin(cpus), _schedule(policy)
    if len(_threads()) <= 2:  # this one, and the one that watches for the end of the engine
        own_descriptors()
    if pinned is None and scheduled is None:
        raise Unsupported("this system lets no process choose its CPU or its scheduling policy")
    return {"cpus": pinned, "policy": scheduled}


@operation("cpu_time", workload=True)
def cpu_time(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Say how long this process has had a CPU since it began, all threads together, in ns."""
    return {"ns": process_time_ns()}


def own_descriptors() -> bool:
    """Give this thread a table of descriptors of its own, a copy, where the system can (Linux).

    While threads share their table, the kernel counts who uses a file at each call: 1 to 1.6 % of a
    round trip, which a program with one thread does not pay. Say whether it was done.
    """
    try:
        if hasattr(os, "unshare"):
            os.unshare(CLONE_FILES)
            return True
        import ctypes

        return ctypes.CDLL(None).unshare(CLONE_FILES) == 0  # type: ignore[no-any-return]
    except (ImportError, OSError, AttributeError, TypeError):
        return False


def own_socket(number: int) -> None:
    """Give this thread its own table, and leave in it no socket but this one: what another thread
    closes is closed then."""
    if not own_descriptors():
        return
    for name in os.listdir("/proc/thread-self/fd"):
        try:
            if int(name) != number and stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                os.close(int(name))
        except OSError:
            pass  # the one that listed them


def _pin(cpus: List[int]) -> Optional[List[int]]:
    calls = _affinity_calls()
    if calls is None:
        return None
    setter, getter = calls
    try:
        for thread in _threads():
            setter(thread, cpus)
        return sorted(getter(0))
    except (OSError, ValueError, OverflowError):
        return None


def _schedule(policy: str) -> Optional[str]:
    try:
        number = os.SCHED_BATCH if policy == "batch" else os.SCHED_OTHER
        for thread in _threads():
            os.sched_setscheduler(thread, number, os.sched_param(0))
    except (OSError, AttributeError):
        return None
    return policy


def _threads() -> List[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/task")]
    except OSError:
        return [0]


def _affinity_calls() -> Optional[Tuple[Setter, Getter]]:
    if hasattr(os, "sched_setaffinity"):
        return os.sched_setaffinity, os.sched_getaffinity
    return _affinity_through_libc()


def _affinity_through_libc() -> Optional[Tuple[Setter, Getter]]:
    """Return the same two calls for PyPy, which lacks them; None where no libc has them."""
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        set_mask, get_mask = libc.sched_setaffinity, libc.sched_getaffinity
    except (ImportError, OSError, AttributeError, TypeError):
        return None

    def setter(thread: int, cpus: List[int]) -> None:
        mask = sum(1 << cpu for cpu in cpus).to_bytes(MASK, sys.byteorder)
        if set_mask(thread, MASK, mask) < 0:
            raise OSError(ctypes.get_errno(), "sched_setaffinity")

    def getter(thread: int) -> List[int]:
        mask = ctypes.create_string_buffer(MASK)
        if get_mask(thread, MASK, mask) < 0:
            raise OSError(ctypes.get_errno(), "sched_getaffinity")
        bits = int.from_bytes(mask.raw, sys.byteorder)
        return [cpu for cpu in range(8 * MASK) if bits >> cpu & 1]

    return setter, getter
