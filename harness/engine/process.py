"""Driver processes: start, look after, end. The only module which starts processes.

Everything happens in the calling thread: nothing reads while nobody waits, and the hop through a
reader thread, which costs more than the pipes themselves, is not needed. A driver is anybody's
program, so every call here has an end and a bound (see `pipes.py`).

Nothing outlives the run, whatever ends it. A driver exits when its standard input reaches EOF, and
the kernel closes that pipe however the runner dies; `close_all` (also at exit) does it in order;
and each driver leads a process group of its own, which is killed as a group with what it forked.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from harness.engine.any_driver import AnyDriver
from harness.engine.faults import (
    DriverDied,
    DriverError,
    DriverGarbage,
    DriverHung,
    NotADriver,
    OutOfDescriptors,
)
from harness.engine.pipes import Pipes, pump_all

# All in seconds.
# A driver whose forked child holds the pipes gives no EOF when it dies, so a wait in which nothing
# comes looks at the process itself that often.
LOOK = 0.25
# How long a driver may take no request before it counts as hung: a full pipe holds hundreds.
TAKES_NO_REQUEST = 5.0
# EOF on standard output normally is the process ending; the kernel needs a moment to say so.
EXIT_AFTER_EOF = 1.0
ENDS_BY_ITSELF = 1.0
ENDS_AFTER_SIGKILL = 2.0

_live: set[Driver] = set()
_owner = os.getpid()


# A process group of its own, so that a driver is killed with what it forked. Not a session: Linux
# schedules each session as a group (autogroup), and a switch between server and client would then
# cost 1 µs more than in a program that a user starts by hand: 7 % of a round trip.
_OWN_GROUP: dict[str, Any] = (
    {"process_group": 0} if sys.version_info >= (3, 11) else {"preexec_fn": os.setpgrp}
)


class Driver(AnyDriver):
    """One driver process. Made by `start`, usable after `greet`."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._pipes = Pipes(process.stdin, process.stdout, process.stderr, self.conversation.hear)
        self._closed = False
        _live.add(self)

    @classmethod
    def start(cls, argv: Sequence[str], scratch: Path, name: str) -> Driver:
        """Start a driver and return at once, before it greets.

        `scratch` is the directory that is the driver's own. Raise NotADriver when there is no such
        program or it may not be run, OutOfDescriptors when there are no pipes left."""
        try:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [*argv, "--scratch", os.fspath(scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                **_OWN_GROUP,
            )
        except (OSError, ValueError) as problem:
            raise _not_started(name, argv, problem) from None
        return cls(name, process)

    def clock(self) -> float:
        return time.monotonic()

    @property
    def alive(self) -> bool:
        return self.fault is None and not self._closed and not self._reap(0)

    @property
    def pid(self) -> int | None:
        """The driver's own process id, when it is in the group started here. Behind `ssh` or in
        a container its number means nothing on this side, or another process."""
        said = self.hello.pid
        try:
            return said if said > 0 and os.getpgid(said) == self._process.pid else None
        except OSError:
            return None

    @property
    def foreign(self) -> bool:
        return self.pid is None

    def stderr_tail(self) -> str:
        return self._pipes.log.decode("utf-8", "replace")

    def put(self, line: bytes) -> None:
        rest = self._write(line)
        deadline = time.monotonic() + TAKES_NO_REQUEST if rest else 0
        while rest:
            if time.monotonic() > deadline:
                sentence = f"it took no request for {TAKES_NO_REQUEST:g} s"
                self.fault = DriverHung(self.name, "talking", sentence, self.stderr_tail())
                raise self.fault
            self._notice(self._pipes.pump_until_writable(LOOK))
            if self.fault is not None:
                raise self.fault
            rest = self._write(rest)

    def _write(self, data: bytes) -> bytes:
        try:
            return self._pipes.write(data)
        except BrokenPipeError:
            raise self.fault or self._end() from None

    def pump(self, seconds: float) -> None:
        self._notice(self._pipes.pump(min(seconds, LOOK)))

    @classmethod
    def pump_together(cls, drivers: Collection[Driver], seconds: float) -> None:
        heard = pump_all([driver._pipes for driver in drivers], min(seconds, LOOK))
        for driver in drivers:
            driver._notice(heard)

    def _notice(self, heard: bool) -> None:
        """Find the fault in what was heard, or in the silence."""
        pipes = self._pipes
        if pipes.garbage:
            pipes.drain()
            self.fault = DriverGarbage(self.name, self.phase, pipes.garbage, self.stderr_tail())
        elif pipes.eof or (not heard and self._reap(0)):
            self._end()

    def _end(self) -> DriverError:
        """The driver says no more: find out how it ended, and hear its last words."""
        self._reap(EXIT_AFTER_EOF)
        status = self._process.returncode
        self._kill_group()
        self._pipes.drain()
        self.fault = DriverDied(
            self.name, self.phase, status, self.stderr_tail(), self._pipes.unfinished
        )
        return self.fault

    def _reap(self, seconds: float) -> bool:
        """Whether the process has ended within so many seconds. What it forked ends with it, now:
        later its number may be another's."""
        if self._process.returncode is None:
            if not self._has_ended(seconds):
                return False
            self._kill_group()
        return True

    def _has_ended(self, seconds: float) -> bool:
        if not seconds:  # several times a case, and `wait` would raise each time
            return self._process.poll() is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        if self._closed:
            return
        if not self._reap(0):
            self._kill_group()
            self._reap(ENDS_AFTER_SIGKILL)
        self._closed = True
        self._pipes.close()
        _live.discard(self)

    def hang_up(self) -> None:
        self._pipes.hang_up()

    def close(self) -> bool:
        self.hang_up()
        # One that broke the protocol is not waited for: it may never look at its input.
        by_itself = self.fault is None and self._reap(ENDS_BY_ITSELF)
        self.kill()
        return by_itself


def close_all() -> None:
    """End every driver that lives, all at once rather than one after another."""
    if os.getpid() != _owner:
        return  # a fork of the runner: the drivers are not its own
    for driver in list(_live):
        driver.hang_up()
    for driver in list(_live):
        driver.close()


atexit.register(close_all)


def _not_started(name: str, argv: Sequence[str], problem: Exception) -> DriverError:
    if isinstance(problem, OSError) and problem.errno in (errno.EMFILE, errno.ENFILE):
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        sentence = f"too many open files to start it: this process may have {limit}"
        return OutOfDescriptors(name, "starting", sentence)
    command = argv[0] if argv else ""
    return NotADriver(name, "starting", f"cannot run {command!r}: {_why_not(command, problem)}")


def _why_not(command: str, problem: Exception) -> str:
    if not command:
        return "the command is empty"
    if isinstance(problem, PermissionError):
        return "it is a directory" if os.path.isdir(command) else "it is not executable"
    if isinstance(problem, FileNotFoundError):
        return "it is not there, or the interpreter named in its first line is not"
    if isinstance(problem, OSError) and problem.errno == errno.ENOEXEC:
        return "it is neither a program nor a script with a #! line"
    return str(problem)
