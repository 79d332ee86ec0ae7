"""What every lane is: it opens, it plays turns when it is told to, it hands over what it measured.

A lane lives in two drivers: the server side answers in the background, the client side plays
(`turn`) and keeps the samples (`fetch`). Several lanes share the same two processes. The files
beside this one know the operations that set up one kind of workload each; when and how often a lane
plays is decided by those who hold it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engine.faults import DriverError
from harness.measuring.lanes.asking import (
    LaneFailure,
    Pair,
    ask,
    check_can,
    check_over,
    unpacked,
    values_of,
)

# How long a server may take to say what it found wrong, once its client has given up.
PATIENCE = 0.2

# Samples a lane holds before they are fetched: 128 KiB, and half a second of the fastest trips.
CAPACITY = 32_768

DATAGRAM = frozenset({"udp4", "udp6", "unix-dgram"})


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


class Lane(ABC):
    """The lane of one variant, numbered so that its handles are its own."""

    opens: str  # the operation that gets the client's end ready for turns

    def __init__(self, pair: Pair, variant: Variant, number: int) -> None:
        self.variant = variant
        self._pair = pair
        self._server, self._conn, self._client = (
            f"{word}-{number}" for word in ("server", "conn", "client")
        )
        self._answering: tuple[str, int] | None = None  # what the server does, and its number
        self._unfetched = 0
        self._kept = array("I")
        self._said: dict[str, float] = {}

    def open(self) -> None:
        """Connect the two ends and make both ready to play. Raise LaneFailure."""
        for driver in self._pair:
            check_over(driver, self.variant.transport)
        check_can(self._pair.client, self.opens)
        self._open()
        self._look_at_server()

    @abstractmethod
    def _open(self) -> None:
        """Connect the two ends and make both ready to play."""

    def turn(self, trips: int, drop: int = 0) -> None:
        """Play `trips` round trips, or fewer where they take long by nature; keep the samples of
        all but the first `drop`."""
        trips = min(trips, max(drop + 1, self._most()))
        if self._unfetched + trips > CAPACITY:
            self._collect()
        try:
            values = ask(self._pair.client, "turn", self._client, {"trips": trips, "drop": drop})
        except LaneFailure:
            self._look_at_server(PATIENCE)
            raise
        self._note(values)
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

    def _most(self) -> int:
        """How many trips a turn has at most."""
        return CAPACITY

    def _nodelay(self) -> dict[str, bool]:
        """The argument that says whether TCP sends small messages at once."""
        if not self.variant.transport.startswith("tcp"):
            return {}
        return {"nodelay": bool(self.variant.workload.get("nodelay", True))}

    def _answer(self, op: str, handle: str, args: Mapping[str, Any]) -> None:
        """Have the server answer from now on, in the background."""
        check_can(self._pair.server, op)
        self._answering = op, self._pair.server.send(op, handle, args, start=True)

    def _look_at_server(self, patience: float = 0.0) -> None:
        """Raise LaneFailure when the server has given up, and knows why."""
        if self._answering is None:
            return
        op, number = self._answering
        server = self._pair.server
        try:
            reply = server.wait(number, server.clock() + patience)
        except DriverError as problem:
            raise LaneFailure("broken", f"{op}: {problem}") from problem
        if reply is not None:
            values_of(op, reply)

    def _taken(self, name: str) -> float:
        """Return what turns have said under a name since this was last asked for."""
        return self._said.pop(name, 0.0)

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
