"""What every lane is: it opens, it plays turns when it is told to, it hands over what it measured.

A lane lives in two drivers: the server side answers in the background, the client side plays
(`turn`) and keeps the samples (`fetch`). Several lanes share the same two processes. The files
beside this one know the operations that set up one kind of workload each; when and how often a lane
plays is decided by those who hold it.
"""

from __future__ import annotations

import base64
import sys
from abc import ABC, abstractmethod
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from harness.engine.conversation import DriverError
from harness.measuring.placement import Place
from harness.protocol import Reply

# No turn of ours takes a hundredth of it: who is silent for so long will not answer at all.
DEADLINE = 10.0

# Samples a lane holds before they are fetched: 128 KiB, and half a second of the fastest trips.
CAPACITY = 32_768

DATAGRAM = frozenset({"udp4", "udp6", "unix-dgram"})


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


@dataclass(frozen=True)
class Workload:
    """A kind of workload and what a scenario says of it, but for the size; can be a key."""

    kind: str = "ping-pong"
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, kind: str, options: Mapping[str, Any]) -> Workload:
        """Return the workload with these options."""
        return cls(kind, tuple(sorted(options.items())))

    def get(self, option: str, default: Any = None) -> Any:
        """Return an option's value, or the default."""
        return dict(self.options).get(option, default)


@dataclass(frozen=True)
class Variant:
    """What is timed: messages of `size` bytes over `transport`, as the `workload` says.

    `name` tells variants apart. `pair` names the processes that play it: variants with the same
    one share two processes, others have their own (another implementation, or an A/A twin).
    """

    name: str
    transport: str
    size: int
    pair: str = ""
    workload: Workload = field(default_factory=Workload)


class LaneFailure(Exception):
    """A lane cannot be played, or answered wrongly; the text is a sentence for the report."""

    def __init__(self, verdict: Literal["fail", "unsupported", "broken"], why: str) -> None:
        super().__init__(why)
        self.verdict = verdict
        self.why = why


class Lane(ABC):
    """The lane of one variant, numbered so that its handles are its own."""

    def __init__(self, pair: Pair, variant: Variant, number: int) -> None:
        self.variant = variant
        self._pair = pair
        self._server, self._conn, self._client = (
            f"{word}-{number}" for word in ("server", "conn", "client")
        )
        self._unfetched = 0
        self._kept = array("I")
        self._said: dict[str, float] = {}

    @abstractmethod
    def open(self) -> None:
        """Connect the two ends and make both ready to play. Raise LaneFailure."""

    def turn(self, trips: int, drop: int = 0) -> None:
        """Play `trips` round trips and keep the samples of all but the first `drop`."""
        if self._unfetched + trips > CAPACITY:
            self._collect()
        self._note(ask(self._pair.client, "turn", self._client, {"trips": trips, "drop": drop}))
        self._unfetched += trips - drop

    def fetch(self) -> array[int]:
        """Return the samples (ns) since the last fetch, in the order they were taken."""
        self._collect()
        kept, self._kept = self._kept, array("I")
        return kept

    def extra(self) -> dict[str, float]:
        """Return what the samples cannot say of the turns since this was last asked for.

        Names end in their unit: `sent_bytes_per_s`, `reader_cpu_s`, `late_max_us`."""
        return {}

    def _note(self, values: Mapping[str, Any]) -> None:
        """Take in what the driver says of a turn beyond its samples: sums, and maxima."""
        for name, value in values.items():
            if not isinstance(value, (int, float)):
                continue
            before = self._said.get(name, 0)
            self._said[name] = max(before, value) if name.startswith("most_") else before + value

    def _collect(self) -> None:
        self._kept += unpacked(ask(self._pair.client, "fetch", self._client, {})["samples"])
        self._unfetched = 0


def ask(driver: Driver, op: str, handle: str | None, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of one operation. Raise LaneFailure when it gives none."""
    try:
        reply = driver.wait(driver.send(op, handle, args), driver.clock() + DEADLINE)
    except DriverError as problem:
        raise LaneFailure("broken", f"{op}: {problem}") from problem
    if reply is None:
        raise LaneFailure("fail", f"no reply to `{op}` within {DEADLINE:.0f} s")
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
