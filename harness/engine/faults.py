"""Every way in which a driver fails its side of the conversation, as exceptions.

Each tells one thing in one sentence, which driver it is about, and the phase of the conversation: a
driver that cannot be started is the user's to mend, one that dies while it talks is most often its
author's. What to do about it is the caller's.
"""

from __future__ import annotations

import signal
from typing import ClassVar, Literal

Phase = Literal["starting", "greeting", "talking"]


class DriverError(Exception):
    """A driver did not keep its side of the conversation. `str()` is one sentence.

    `driver` is the driver's name, `phase` how far the conversation had come, `stderr` the end of
    what the driver logged, `hint` what to try next (may be empty).
    """

    hint: ClassVar[str] = ""

    def __init__(self, driver: str, phase: Phase, sentence: str, stderr: str = "") -> None:
        super().__init__(f"driver {driver}: {sentence}")
        self.driver, self.phase, self.sentence, self.stderr = driver, phase, sentence, stderr

    def explain(self) -> str:
        """Return the sentence with its phase, hint and the driver's own log, one below another."""
        lines = [f"{self} (while {self.phase})"]
        lines += [f"hint: {self.hint}"] if self.hint else []
        lines += [f"  | {line}" for line in self.stderr.splitlines()]
        return "\n".join(lines)


class NotADriver(DriverError):
    """No driver came to be: the command did not start, or what it started did not greet."""

    hint = "`sockharness smoke COMMAND` tells what a driver has to say"


class OutOfDescriptors(DriverError):
    """This process may open no more files, so no pipes for a driver could be made."""

    hint = "raise `ulimit -n`; a driver needs 3 descriptors, and a few more while it starts"


class DriverDied(DriverError):
    """The driver's process ended. `status` is as in subprocess: negative for a signal, or None
    when it only closed its pipes; `unfinished` is the line it was cut off in."""

    def __init__(
        self,
        driver: str,
        phase: Phase,
        status: int | None,
        stderr: str = "",
        unfinished: bytes = b"",
    ) -> None:
        within = f", in the middle of the line {excerpt(unfinished)}" if unfinished else ""
        super().__init__(driver, phase, how_it_ended(status) + within, stderr)
        self.status = status


class DriverGarbage(DriverError):
    """The driver wrote something which is not a message, or a message which nobody asked for."""

    hint = "standard output is for the protocol alone; logs belong on standard error"


class DriverHung(DriverError):
    """The driver gave no answer, or took no request, for longer than it had."""


def how_it_ended(status: int | None) -> str:
    """Say an exit status as subprocess gives it."""
    if status is None:
        return "it closed its pipes but went on running"
    if status >= 0:
        return f"it ended with exit status {status}"
    try:
        return f"it was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"it was killed by signal {-status}"


def excerpt(line: bytes) -> str:
    """Quote the beginning of a line that may be anything."""
    text = repr(line[:80].decode("utf-8", "backslashreplace"))
    return text + (" …" if len(line) > 80 else "")
