"""Checks of the workloads that a driver claims: a few trips of each, over one stream.

One end is the workload, the other is played here with the driver's ordinary operations. So what it
sends is compared to the last byte, and it is lied to: a wrong byte has to be the error WrongBytes,
and never a fast figure. `paced` is held up besides, by answers that are missing and by a stop of
its process. What figures are worth is for `bench`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import psutil

from harness.engine.selftest.bench import Bench, Check, Wrong, said
from harness.engine.selftest.happy import STREAM
from harness.engine.selftest.table import SIZE, Table, message
from harness.protocol import Hello, Reply

RATE, INTERVAL = 200, 5_000_000  # messages a second, and the ns between two
TRIPS, STOPPED = 12, 10  # of the open loop; and for how many intervals it is stopped
LAST, WRONG = b"\xff", b"\xff" * 8


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
