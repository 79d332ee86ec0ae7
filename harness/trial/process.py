"""A program on trial as a process: start, listen to what it prints, tell it to end, leave nothing.

The only module of the trial which starts processes, through a keeper (`keeper.py`) of which every
process of the program is a descendant. So what the program forks is always known, and everything
ends with the harness, however that ends.

The program is anybody's: what it prints is taken in as fast as it comes, for a full pipe would stop
it, and all but the end is thrown away.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import psutil

KEPT_OUTPUT = 8 << 10
# Seconds. The keeper needs its three at most; a machine may be busy.
KEEPER_STARTS = 15.0
KEEPER_ENDS = 6.0
_KEEPER = Path(__file__).with_name("keeper.py")


class NotStarted(Exception):
    """The keeper could not be started; the text says why."""


class Tail:
    """The end of what comes out of a pipe, read as it comes. `size` counts all of it."""

    def __init__(self, pipe: IO[bytes], keep: int) -> None:
        self.kept = b""
        self.size = 0
        self._thread = threading.Thread(target=self._listen, args=(pipe, keep), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its end; not for long: whoever else holds the pipe is none of the program's."""
        self._thread.join(1.0)

    def _listen(self, pipe: IO[bytes], keep: int) -> None:
        kept = bytearray()
        with pipe, contextlib.suppress(OSError, ValueError):
            while chunk := os.read(pipe.fileno(), 1 << 16):
                self.size += len(chunk)
                kept += chunk
                if len(kept) > 2 * keep:
                    del kept[:-keep]
                self.kept = bytes(kept[-min(keep, KEPT_OUTPUT) :])
        self.kept = bytes(kept[-keep:])


class Program:
    """One start of a program. Made by `start`; `close` ends it with all that it forked."""

    def __init__(self, keeper: subprocess.Popen[bytes], control: int, told: int, keep: int) -> None:
        self._keeper = keeper
        self._control: int | None = control
        self._told = told
        self._heard: dict[str, Any] = {}
        self._unread = b""
        assert keeper.stdout is not None
        self.printed = Tail(keeper.stdout, keep)
        self.errors = Tail(keeper.stderr, KEPT_OUTPUT) if keeper.stderr is not None else None

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        keep: int = KEPT_OUTPUT,
        apart: bool = False,
    ) -> Program:
        """Start a program and return at once. Of what it prints the last `keep` bytes are kept;
        `apart` keeps standard error apart.

        A command that cannot be run shows as `failed`, like a program that ended."""
        theirs, control = os.pipe()
        told, status = os.pipe()
        try:
            keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(theirs), str(status), *argv],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if apart else subprocess.STDOUT,
                pass_fds=(theirs, status),
                start_new_session=True,
            )
        except OSError as problem:
            os.close(control)
            os.close(told)
            raise NotStarted(str(problem)) from None
        finally:
            os.close(theirs)
            os.close(status)
        program = cls(keeper, control, told, keep)
        program._hear_until("pid", KEEPER_STARTS)
        return program

    # --- what is known of it ---------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The process that was started itself."""
        return self._heard.get("pid")

    @property
    def failed(self) -> str | None:
        """Why the command could not be run at all."""
        self._hear(0)
        return self._heard.get("failed")

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self.wait(0)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; the exit status, None when it still runs."""
        status: int | None = self._hear_until("status", seconds)
        return status

    def pids(self) -> list[int]:
        """Every process of it that is not over, what it forked and let go too."""
        try:
            below = psutil.Process(self._keeper.pid).children(recursive=True)
        except psutil.Error:
            return []
        return [process.pid for process in below if _lives(process)]

    def output(self) -> str:
        """The end of what it printed, on standard output and standard error alike."""
        return self.printed.kept[-KEPT_OUTPUT:].decode("utf-8", "replace")

    # --- what is done to it ----------------------------------------------------------------------

    def signal(self, number: int) -> None:
        """Send a signal to the process that was started, as `kill` does; not to its children."""
        if self.pid is not None and self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def close(self) -> None:
        """Kill it with everything it forked. Takes a bounded time. May be called twice."""
        if self._control is None:
            return
        os.close(self._control)
        try:
            self._keeper.wait(KEEPER_ENDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper.wait()
        self._hear(0)
        self._control = None
        os.close(self._told)
        for tail in (self.printed, self.errors):
            if tail is not None:
                tail.join()

    # --- hearing ---------------------------------------------------------------------------------

    def _hear_until(self, what: str, seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        self._hear(0)
        while what not in self._heard and (left := deadline - time.monotonic()) > 0:
            if not self._hear(left):
                break
        return self._heard.get(what)

    def _hear(self, seconds: float) -> bool:
        """Take what the keeper tells; False at its end."""
        if self._control is None:
            return False
        if not select.select([self._told], [], [], seconds)[0]:
            return True
        chunk = os.read(self._told, 4096)
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            self._heard.update(json.loads(line))
        return bool(chunk)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
