"""Driver processes as a script sees them: started, asked, heard, ended.

Standard library only, for it is copied into scripts (`bundle.py`) that go to a maintainer, who has
no harness. What the engine does beside that (garbage, floods, clocks of other hosts, warm drivers)
a script can do without. `AnyDriver` takes the place of the engine's in what is copied with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.engine.tcp_table import linux_states
from harness.protocol import Hello, Malformed, Reply, Started, parse, request

GREETS_WITHIN = 30.0  # seconds
ENDS_WITHIN = 2.0
# Told whenever a driver has said something.
HEARD = threading.Condition()


class CannotBeTried(Exception):
    """The case does not come to what it claims; the text says why."""


class FaultShows(Exception):
    """The contrary of what is claimed: the call, what was expected of it, and what came."""

    def __init__(self, call: object, expected: str, actual: str) -> None:
        super().__init__(call, expected, actual)
        self.call, self.expected, self.actual = call, expected, actual


class AnyDriver:
    """A driver process: requests go in, one line each, and replies come out (the protocol is
    harness/drivers/PROTOCOL.md of sockharness)."""

    def __init__(self, side: str, command: Sequence[str], scratch: Path) -> None:
        self.side = side
        self.hello: Hello | None = None
        self.replies: dict[int, Reply] = {}
        self.begun: dict[int, Started] = {}
        self.fault = ""
        self._number = 0
        self._log = scratch.with_suffix(".log")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--scratch", str(scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    self._take(parse(line))
                except Malformed as problem:
                    self.fault = f"it says what is no message: {problem}"
                    break
        with HEARD:
            self.fault = self.fault or "it has ended"
            HEARD.notify_all()

    def _take(self, message: Hello | Reply | Started) -> None:
        with HEARD:
            if isinstance(message, Reply):
                self.replies[message.id] = message
            elif isinstance(message, Started):
                self.begun[message.id] = message
            else:
                self.hello = message
            HEARD.notify_all()

    def greet(self) -> None:
        """Wait until it is ready."""
        heard(lambda: self.hello or self.fault, self.clock() + GREETS_WITHIN)
        if self.hello is None:
            said = self._log.read_text(errors="replace").strip().rpartition("\n")[2]
            reason = self.fault or "it says nothing"
            raise CannotBeTried(f"the {self.side}'s driver does not start: {reason} ({said})")

    def clock(self) -> float:
        """The clock of all deadlines, in seconds."""
        return time.monotonic()

    @property
    def pid(self) -> int | None:
        """The process that holds the sockets; None when another was started in between."""
        said = self.hello.pid if self.hello else None
        return said if said == self._process.pid else None

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        """Ask for something; return the request's number."""
        self._number += 1
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the end is heard of
            self._process.stdin.write(request(self._number, op, handle, args, start))
            self._process.stdin.flush()
        return self._number

    def answered(self, number: int, deadline: float) -> bool:
        """Whether the reply to a request comes before the deadline."""
        heard(lambda: number in self.replies or self.fault, deadline)
        if number not in self.replies and self.fault:
            log = self._log.read_text(errors="replace").strip()
            raise FaultShows(f"the {self.side}'s driver", "a reply", f"{self.fault}\n{log}".strip())
        return number in self.replies

    def wait(self, number: int, deadline: float) -> Reply | None:
        """The reply to a request; None at the deadline."""
        return self.replies.pop(number) if self.answered(number, deadline) else None

    def started(self, number: int, deadline: float) -> Started | None:
        """The event that a request runs on a thread of its own; None when it has not come."""
        heard(lambda: number in self.begun or number in self.replies or self.fault, deadline)
        return self.begun.get(number)

    def end(self) -> None:
        """End it, and what it has forked."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_WITHIN)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._hearing.join(ENDS_WITHIN)


class Tables:
    """The system's tables of sockets, asked like a driver."""

    side, fault = "kernel", ""

    def __init__(self) -> None:
        self.replies: dict[int, Reply] = {}

    def send(self, op: str, handle: str, args: Mapping[str, Any], start: bool = False) -> int:
        """Look now."""
        now = time.monotonic_ns()
        states = linux_states(args["local"], args.get("peer"))
        self.replies[0] = Reply(0, "ok", now, time.monotonic_ns(), values={"states": states})
        return 0

    def wait(self, number: int, deadline: float) -> Reply:
        """What was seen."""
        return self.replies.pop(number)


def heard(enough: Callable[[], Any], deadline: float) -> Any:
    """Wait until something has been said, or until the deadline."""
    with HEARD:
        return HEARD.wait_for(enough, max(0.0, deadline - time.monotonic()))
