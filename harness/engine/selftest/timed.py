"""Checks of the workloads that a driver claims: a few trips of each, over one stream.

One end is the workload, the other is played here with the driver's ordinary operations. So what it
sends is compared to the last byte, and it is lied to: a wrong byte has to be the error WrongBytes,
and never a fast figure. `paced` is held up besides, by answers that are missing and by a stop of
its process. What figures are worth is for `bench`.
"""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psutil

from harness.engine.selftest.bench import REPLIES_WITHIN, Bench, Check, Wrong, said
from harness.engine.selftest.happy import STREAM
from harness.protocol import Hello, Reply

SIZE = 50  # of a message: its digits are told whole
RATE, INTERVAL = 200, 5_000_000  # messages a second, and the ns between two
TRIPS, STOPPED = 12, 10  # of the open loop; and for how many intervals it is stopped
LAST, WRONG = b"\xff", b"\xff" * 8


def message(number: int) -> bytes:
    """Message or chunk `number`, as PROTOCOL.md has it."""
    return bytes((i % 251 + 101 * number) % 251 for i in range(SIZE))


def trials(bench: Bench, hello: Hello) -> Iterator[Check]:
    """Try each workload that `hello` claims, over the first stream that it has."""
    transport = next((one for one in STREAM if one in hello.transports), None)
    for name, (needed, check) in CHECKS.items():
        if name not in hello.workloads:
            continue
        missing = [one for one in needed.split() if one not in hello.operations | hello.workloads]
        label = f"workload {name}" + (f" on {transport}" if transport else "")
        if transport is None or missing:
            yield Check(label, note=f"not tried: it needs {', '.join(missing) or 'a stream'}")
        else:
            yield bench.check(label, _over(transport, check))


def _over(transport: str, check: Callable[[Table], str | None]) -> Callable[[Bench], str | None]:
    return lambda bench: check(Table(bench, transport))


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


# --- who answers ---------------------------------------------------------------------------------
def _pong(table: Table) -> None:
    client, conn = table.pair()
    table.bench.begin("pong", conn, size=SIZE)
    for number in (0, 1, 0):
        table.say(client, message(number))
        table.hear(client, message(number), "what `pong` was sent")


def _pong_many(table: Table) -> None:
    name = table.listener()
    table.bench.begin("pong_many", "server", size=SIZE, connections=2)
    clients = [table.connect(handle, name) for handle in ("one", "two")]
    for number, client in enumerate(reversed(clients)):
        table.say(client, message(number))
        table.hear(client, message(number), "what `pong_many` was sent")


def _sink(table: Table) -> None:
    client, conn = table.pair()
    reading, _ = table.bench.begin("sink", conn, size=SIZE)
    for data in (message(0), message(1), LAST + message(0)[1:]):
        table.say(client, data)
    word = table.bench.values("recv_exactly", client, size=8).get("data") or {}
    if word.get("size") != 8 or word.get("head") == WRONG.hex():
        raise Wrong(f"to the last chunk of a turn that was right `sink` said {word.get('head')}")
    table.say(client, message(1)[:-1] + b"!")
    table.hear(client, WRONG, "the word of `sink` about a wrong chunk")
    table.wrong(reading, 4, "sink")


def _welcome(table: Table) -> None:
    name = table.listener()
    table.bench.begin("welcome", "server")
    for number in range(3):
        client = table.connect(f"client{number}", name)
        table.hear(client, bytes([number]), f"the byte of `welcome` to connection {number + 1}")


# --- who plays -----------------------------------------------------------------------------------
def _ping(table: Table) -> None:
    client, conn = table.pair()
    table.bench.values("ping_open", client, size=SIZE, samples=10)
    turn = table.turn(client, trips=5, drop=2)
    for number in range(5):
        table.answer(conn, number % 2)
    table.over(turn, trips=5)
    table.samples(client, 3)
    turn = table.turn(client, trips=1)
    table.answer(conn, 1, wrong=True)
    table.wrong(turn, 6)


def _paced(table: Table) -> str:
    client, conn = table.pair()
    table.bench.values("paced_open", client, size=SIZE, samples=20, rate=RATE)
    turn = table.turn(client, trips=TRIPS, drop=1)
    first, *others = (message(number % 8) for number in range(TRIPS))
    table.hear(conn, first, "message 1")
    came = table.bench.driver.clock()
    stopped = _stop(table.bench)
    missing = "though none was answered, which an open loop does not wait for: message"
    for number, data in enumerate(others, 2):
        table.hear(conn, data, f"{missing} {number}")
    held = int(1e9 * (table.bench.driver.clock() - came))
    for data in (first, *others):
        table.say(conn, data)
    said = table.over(turn, trips=TRIPS, kept=TRIPS - 1)
    for name in ("late_ns", "most_late_ns"):
        if not isinstance(said.get(name), int) or said[name] < 0:
            raise Wrong(f"`turn` of `paced` said no {name}")
    _count_from_due(table.samples(client, TRIPS - 1), held)
    turn = table.turn(client, trips=1)
    table.answer(conn, TRIPS % 8, wrong=True)
    table.wrong(turn, TRIPS + 1)
    return stopped


def _stop(bench: Bench) -> str:
    """Stop the driver, which has sent its first message and no answer yet, so that it is late."""
    try:
        process = psutil.Process(bench.driver.pid) if bench.driver.pid is not None else None
        if process is None:
            return "not stopped: its process is not here"
        process.suspend()
    except psutil.Error as problem:
        return f"not stopped: {problem}"
    try:
        bench.listen(STOPPED * INTERVAL / 1e9)
    finally:
        process.resume()
    return ""


def _count_from_due(samples: list[int], held: int) -> None:
    """The first message, which had come, was answered `held` ns later; the others not before, and
    each was due so many intervals after it. What was due while the driver was stopped left late:
    counted from then, or with a schedule that was moved on, its sample is too short."""
    for number, sample in enumerate(samples, 1):
        least = held - number * INTERVAL
        if sample < least:
            raise Wrong(
                f"the sample of message {number + 1} is {sample / 1e6:.1f} ms, but its answer came"
                f" {least / 1e6:.1f} ms or more after it was due: samples count from then"
            )


def _stream(table: Table) -> None:
    client, conn = table.pair()
    table.bench.values("stream_open", client, size=SIZE, samples=10)
    turn = table.turn(client, trips=3)
    for number, data in enumerate((message(0), message(1), LAST + message(0)[1:]), 1):
        table.hear(conn, data, f"chunk {number} of 3")
    table.say(conn, (1000).to_bytes(8, "little"))
    values = table.over(turn, trips=3, bytes=3 * SIZE, reader_ns=1000)
    for name in ("took_ns", "writer_ns"):
        if not isinstance(values.get(name), int):
            raise Wrong(f"`turn` of `stream` said no {name}")
    table.samples(client, 1)
    turn = table.turn(client, trips=1)
    table.hear(conn, LAST + message(1)[1:], "the only chunk of a turn")
    table.say(conn, WRONG)
    reply = table.bench.reply(turn, "a `turn` of which the reader said that a chunk is wrong")
    if reply.error != "WrongBytes":
        raise Wrong(f"`turn` was told that a chunk is wrong, and replied {said(reply)}")


def _connect(table: Table) -> None:
    name = table.listener()
    table.bench.values("connect_open", "client", transport=table.transport, to=name, samples=10)
    turn = table.turn("client", trips=2)
    for number in range(2):
        table.say(table.accept(f"conn{number}"), bytes([number]))
    table.over(turn, trips=2)
    table.samples("client", 2)
    turn = table.turn("client", trips=1)
    table.say(table.accept("conn"), bytes([7]))
    table.wrong(turn, 3)


def _fan(table: Table) -> None:
    name = table.listener()
    asked = {"transport": table.transport, "to": name, "size": SIZE, "samples": 10}
    opening, _ = table.bench.begin("fan_open", "client", connections=2, **asked)
    conns = [table.accept(handle) for handle in ("one", "two")]
    for number, conn in enumerate(conns):
        table.answer(conn, number, "when it opened, message")
    opened: Reply = table.bench.reply(opening, "`fan_open`, whose connections had their answers")
    if opened.kind != "ok":
        raise Wrong(f"`fan_open` replied {said(opened)}")
    turn = table.turn("client", trips=3, drop=1)
    for number in range(3):
        table.answer(conns[number % 2], number % 2)
    table.over(turn, trips=3)
    table.samples("client", 2)
    turn = table.turn("client", trips=1)
    table.answer(conns[1], 1, wrong=True)
    table.wrong(turn, 6)


# --- beside --------------------------------------------------------------------------------------
def _cpu_time(table: Table) -> None:
    first, then = (table.bench.values("cpu_time").get("ns") for _ in range(2))
    if type(first) is not int or type(then) is not int or not 0 <= first <= then:
        raise Wrong(f"`cpu_time` said {first!r} ns, then {then!r}")


_PAIR = "listen accept connect send recv_exactly"
_PLAYS = f"{_PAIR} turn fetch"

# By workload: what has to be there, and the check.
CHECKS: Mapping[str, tuple[str, Callable[[Table], str | None]]] = {
    "pong": (_PAIR, _pong),
    "pong_many": (_PAIR, _pong_many),
    "sink": (_PAIR, _sink),
    "welcome": (_PAIR, _welcome),
    "ping_open": (_PLAYS, _ping),
    "paced_open": (_PLAYS, _paced),
    "stream_open": (_PLAYS, _stream),
    "connect_open": (_PLAYS, _connect),
    "fan_open": (_PLAYS, _fan),
    "cpu_time": ("", _cpu_time),
}
