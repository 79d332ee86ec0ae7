"""Asking the two drivers of a lane, and what it means when they cannot do it."""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from harness.engine.faults import DriverError
from harness.measuring.placement import Place
from harness.protocol import Reply

# No turn of ours takes a hundredth of it: who is silent for so long will not answer at all.
DEADLINE = 10.0


class Driver(Protocol):
    """What is needed of a driver process: requests go out, replies are waited for."""

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        """Ask for an operation and return the request's number."""
        ...

    def wait(self, number: int, deadline: float) -> Reply | None:
        """Return the reply; None when none has come when `clock` reads `deadline`."""
        ...

    def clock(self) -> float:
        """The time now, in seconds."""
        ...


class Pair(NamedTuple):
    """The two processes that play the lanes of one implementation."""

    server: Driver
    client: Driver


class LaneFailure(Exception):
    """A lane cannot be played, or answered wrongly; the text is a sentence for the report."""

    def __init__(self, verdict: Literal["fail", "unsupported", "broken"], why: str) -> None:
        super().__init__(why)
        self.verdict = verdict
        self.why = why


def ask(driver: Driver, op: str, handle: str | None, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of one operation. Raise LaneFailure when it gives none."""
    try:
        reply = driver.wait(driver.send(op, handle, args), driver.clock() + DEADLINE)
    except DriverError as problem:
        raise LaneFailure("broken", f"{op}: {problem}") from problem
    if reply is None:
        raise LaneFailure("fail", f"no reply to `{op}` within {DEADLINE:.0f} s")
    return values_of(op, reply)


def check_can(driver: Driver, op: str) -> None:
    """Raise LaneFailure when the driver has greeted without this workload, or operation.

    Asking would not do: what runs in the background is refused when others wait for it already."""
    hello = getattr(driver, "hello", None)  # scripted drivers do not greet
    if hello is not None and op not in hello.workloads | hello.operations:
        raise LaneFailure("unsupported", f"the driver {hello.implementation} has no `{op}`")


def check_over(driver: Driver, transport: str) -> None:
    """Raise LaneFailure when the driver has greeted without this transport."""
    hello = getattr(driver, "hello", None)
    if hello is not None and transport not in hello.transports:
        raise LaneFailure("unsupported", f"the driver {hello.implementation} has no {transport}")


def values_of(op: str, reply: Reply) -> Mapping[str, Any]:
    """Return the values of a reply. Raise LaneFailure when it has none."""
    if reply.kind == "ok":
        return reply.values
    if reply.kind == "unsupported":
        raise LaneFailure("unsupported", reply.text)
    if reply.kind == "broken":
        raise LaneFailure("broken", f"the driver broke at `{op}`: {reply.text}")
    raise LaneFailure("fail", f"{op}: {reply.text} ({reply.error})")


def placing(driver: Driver) -> Place:
    """Return the way to ask this driver to take its place."""

    def place(args: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
        try:
            return ask(driver, "place", None, args), ""
        except LaneFailure as failure:
            return None, failure.why

    return place


def cpu_time(driver: Driver) -> int | None:
    """Return the CPU time that the driver's process had, in ns; None when it does not tell."""
    try:
        return int(ask(driver, "cpu_time", None, {})["ns"])
    except LaneFailure:
        return None


def unpacked(text: str) -> array[int]:
    """Read samples as `fetch` gives them: base64 of little-endian uint32."""
    samples = array("I")
    samples.frombytes(base64.b64decode(text))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
