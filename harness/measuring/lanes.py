"""A lane: one variant's connected pair of sockets, which plays round trips when it is told to.

A lane lives in two drivers: the server side answers in the background (`pong`), the client side
plays (`turn`) and keeps the samples. Several lanes share the same two processes. This file knows
the operations that make and play a lane; when and how often is decided by those who hold it.
"""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
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
class Variant:
    """What is timed: `size` bytes there and back over `transport`.

    `name` tells variants apart. `pair` names the processes that play it: variants with the same
    one share two processes, others have their own (another implementation, or an A/A twin).
    """

    name: str
    transport: str
    size: int
    pair: str = ""


class LaneFailure(Exception):
    """A lane cannot be played, or answered wrongly; the text is a sentence for the report."""

    def __init__(self, verdict: Literal["fail", "unsupported", "broken"], why: str) -> None:
        super().__init__(why)
        self.verdict = verdict
        self.why = why


class PingPong:
    """The lane of one variant, numbered so that its handles are its own."""

    def __init__(self, pair: Pair, variant: Variant, number: int) -> None:
        self.variant = variant
        self._pair = pair
        self._server, self._conn, self._client = (
            f"{word}-{number}" for word in ("server", "conn", "client")
        )
        self._unfetched = 0
        self._kept = array("I")

    def open(self) -> None:
        """Connect the two ends and make both ready to play. Raise LaneFailure."""
        if self.variant.transport in DATAGRAM:
            answering = self._connect_datagram()
        else:
            answering = self._connect_stream()
        size = {"size": self.variant.size}
        self._pair.server.send("pong", answering, size, start=True)
        ask(self._pair.client, "ping_open", self._client, {**size, "samples": CAPACITY})

    def turn(self, trips: int, drop: int = 0) -> None:
        """Play `trips` round trips and keep the samples of all but the first `drop`."""
        if self._unfetched + trips > CAPACITY:
            self._collect()
        ask(self._pair.client, "turn", self._client, {"trips": trips, "drop": drop})
        self._unfetched += trips - drop

    def fetch(self) -> array[int]:
        """Return the samples (ns) since the last fetch, in the order they were taken."""
        self._collect()
        kept, self._kept = self._kept, array("I")
        return kept

    def _collect(self) -> None:
        values = ask(self._pair.client, "ping_fetch", self._client, {})
        self._kept += unpacked(values["samples"])
        self._unfetched = 0

    def _connect_stream(self) -> str:
        """Connect, and return the handle that answers. Nothing may wait for more to send."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "listen", self._server, {**over, "backlog": 1})["name"]
        ask(client, "connect", self._client, {**over, "to": name})
        ask(server, "accept", self._server, {"as": self._conn})
        if self.variant.transport.startswith("tcp"):
            no_delay = {"option": "TCP_NODELAY", "value": 1}
            ask(client, "setsockopt", self._client, no_delay)
            ask(server, "setsockopt", self._conn, no_delay)
        return self._conn

    def _connect_datagram(self) -> str:
        """Connect both ways, so that neither side looks an address up for each trip."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "bind", self._server, over)["name"]
        # A unix socket has no name of its own to be answered at unless it is bound.
        back = ask(client, "bind", self._client, over)["name"]
        ask(client, "connect", self._client, {"to": name})
        ask(server, "connect", self._server, {"to": back})
        return self._server


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
    """Read samples as `ping_fetch` gives them: base64 of little-endian uint32."""
    samples = array("I")
    samples.frombytes(base64.b64decode(text))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
