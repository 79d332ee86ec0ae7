"""Where a workload of a driver plays against what is said here, byte for byte.

The other end is played with the driver's ordinary operations, so what the workload sends is
compared to the last byte.
"""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Mapping
from typing import Any

from harness.engine.selftest.bench import REPLIES_WITHIN, Bench, Wrong, said

SIZE = 50  # of a message: its digits are told whole


def message(number: int) -> bytes:
    """Message or chunk `number`, as PROTOCOL.md has it."""
    return bytes((i % 251 + 101 * number) % 251 for i in range(SIZE))


class Table:
    """Where a workload plays against what is said here."""

    def __init__(self, bench: Bench, transport: str) -> None:
        self.bench = bench
        self.transport = transport

    def listener(self) -> Mapping[str, Any]:
        """Listen as `server`; return the name."""
        values = self.bench.values("listen", "server", transport=self.transport, backlog=4)
        return dict(values["name"])

    def accept(self, handle: str) -> str:
        """Accept the next who connects."""
        self.bench.values("accept", "server", **{"as": handle})
        return handle

    def connect(self, handle: str, name: Mapping[str, Any]) -> str:
        """Connect to the listener."""
        self.bench.values("connect", handle, transport=self.transport, to=name)
        return handle

    def pair(self) -> tuple[str, str]:
        """A client, and the connection that its server accepted."""
        name = self.listener()
        return self.connect("client", name), self.accept("conn")

    def say(self, handle: str, data: bytes) -> None:
        """Send bytes there."""
        self.bench.values("send", handle, data={"hex": data.hex()})

    def hear(self, handle: str, data: bytes, what: str) -> None:
        """Receive there; these bytes have to come."""
        number = self.bench.send("recv_exactly", handle, size=len(data))
        reply = self.bench.driver.wait(number, self.bench.driver.clock() + REPLIES_WITHIN)
        if reply is None:
            raise Wrong(f"{what} did not come for {REPLIES_WITHIN:g} s")
        got = bytes.fromhex(str((reply.values.get("data") or {}).get("head", "")))
        if got != data:
            raise Wrong(f"{what} came as {_shown(got)}, not {_shown(data)}")

    def answer(self, handle: str, number: int, what: str = "message", wrong: bool = False) -> None:
        """Hear message `number` there, and send it back; with `wrong`, with another last byte."""
        data = message(number)
        self.hear(handle, data, f"{what} {number + 1}")
        self.say(handle, data[:-1] + b"!" if wrong else data)

    def turn(self, handle: str, **args: int) -> int:
        """Begin a turn; return its request."""
        return self.bench.begin("turn", handle, **args)[0]

    def over(self, turn: int, **expected: Any) -> Mapping[str, Any]:
        """Return what is said of the turn, which has to be over and right."""
        reply = self.bench.reply(turn, "a `turn` that had all of its answers")
        if reply.kind != "ok":
            raise Wrong(f"`turn` replied {said(reply)}")
        for name, value in expected.items():
            if reply.values.get(name) != value:
                raise Wrong(f"`turn` said {name} {reply.values.get(name)!r}, not {value!r}")
        return reply.values

    def wrong(self, request: int, number: int, op: str = "turn") -> None:
        """The request has to have found out what was wrong, at this trip."""
        reply = self.bench.reply(request, f"a `{op}` that was told a wrong byte")
        if reply.error != "WrongBytes" or str(number) not in reply.text:
            raise Wrong(
                f"`{op}` was told a wrong byte at {number}, and replied {said(reply)}, not the"
                " error WrongBytes with that number"
            )

    def samples(self, handle: str, count: int) -> list[int]:
        """Fetch the samples, which have to be so many, each more than nothing."""
        packed = array("I")
        packed.frombytes(base64.b64decode(self.bench.values("fetch", handle)["samples"]))
        if sys.byteorder == "big":
            packed.byteswap()
        if len(packed) != count:
            raise Wrong(f"`fetch` gave {len(packed)} samples where {count} were kept")
        if 0 in packed:
            raise Wrong("a sample is 0 ns: nothing is that fast")
        return list(packed)


def _shown(data: bytes) -> str:
    return data[:6].hex(" ") + (f" … ({len(data)} bytes)" if len(data) > 6 else "")
