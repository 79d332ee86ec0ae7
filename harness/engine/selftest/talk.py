"""Checks of the conversation itself: its greeting, its replies, its clock.

Each is a function which talks to the driver on a bench, raises Wrong with one sentence, or returns
a note (or None) when all is well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from harness.engine import kernel
from harness.engine.clocks import Exchange
from harness.engine.selftest.bench import AFTERMATH, Bench, Wrong, said
from harness.language.operations import OPERATIONS, SERVICES, TRANSPORTS


def greets(bench: Bench) -> str:
    """Nothing else can be checked when this fails."""
    hello = bench.driver.hello
    return f"{hello.implementation} {hello.version}, {hello.runtime}"


def _complete_greeting(bench: Bench) -> str:
    hello = bench.driver.hello
    for name in ("implementation", "runtime", "os"):
        if not getattr(hello, name):
            raise Wrong(f"`{name}` in the greeting is empty")
    if hello.pid <= 0:
        raise Wrong(f"`pid` in the greeting is {hello.pid}, which is no process")
    for what, claimed, known in (
        ("transports", hello.transports, TRANSPORTS),
        ("services", hello.services, SERVICES),
    ):
        if unknown := sorted(claimed.difference(known)):
            raise Wrong(f"it claims {what} that do not exist: {', '.join(unknown)}")
    for what, claimed in (("operations", hello.operations), ("transports", hello.transports)):
        if not claimed:
            raise Wrong(f"it claims no {what}")
    # Not wrong: scenarios cannot ask for them, but its author may have spelt one otherwise.
    beyond = ", ".join(sorted(hello.operations.difference(OPERATIONS)))
    return f"{', '.join(sorted(hello.transports))}" + (
        f"; not in the table: {beyond}" * bool(beyond)
    )


def _one_reply_each(bench: Bench) -> str:
    numbers = [bench.send("ping") for _ in range(20)]
    for number in numbers:
        bench.reply(number, f"one of {len(numbers)} requests that were sent in one go")
    bench.listen(AFTERMATH)
    return f"{len(numbers)} requests, {len(numbers)} replies"


def _unknown_operation(bench: Bench) -> None:
    reply = bench.ask("no-such-operation")
    if reply.kind != "unsupported":
        raise Wrong(f"an operation that it does not have replied {said(reply)}, not unsupported")


def _unknown_handle(bench: Bench) -> str:
    on_a_handle = ("getsockname", "fileno", "close", "shutdown", "recv", "send", "accept")
    operation = next((name for name in on_a_handle if bench.claims(name)), None)
    if operation is None:
        return "not tried: it claims no operation on an existing handle"
    reply = bench.ask(operation, "no-such-handle", **{"as": "other"})
    if reply.kind != "broken":
        raise Wrong(f"`{operation}` on an unknown handle replied {said(reply)}, not broken")
    bench.ask("ping")
    return "and the driver goes on"


def _unknown_fields(bench: Bench) -> None:
    driver = bench.driver
    number = driver.conversation.number()
    request = {"id": number, "op": "reset", "colour": "blue", "later": {"version": 2}}
    driver.put(json.dumps(request).encode() + b"\n")
    reply = bench.reply(number, "a request with fields that it does not know")
    if reply.kind != "ok":
        raise Wrong(f"`reset` with a field that it does not know replied {said(reply)}")


def _not_a_request(bench: Bench) -> None:
    bench.driver.conversation.expect(0)
    bench.driver.put(b"this is no request\n")
    reply = bench.reply(0, "a line that is no request, which is to be `broken` with the id 0,")
    if reply.kind != "broken":
        raise Wrong(f"a line that is no request replied {said(reply)}, not broken")
    bench.ask("ping")


def _long_line(bench: Bench) -> None:
    reply = bench.ask("no-such-operation", None, text="x" * 500_000)
    if reply.kind != "unsupported":
        raise Wrong(f"a request of 500 kB replied {said(reply)}")


def _times(bench: Bench) -> str:
    driver, last = bench.driver, 0
    ours = driver.pid is not None and kernel.has_our_clock(driver.pid)
    for _ in range(3):
        exchange = _exchange(bench, last)
        if ours and not exchange.shared:
            raise Wrong(
                f"`at` is not CLOCK_MONOTONIC in nanoseconds: it reads {exchange.began} and"
                f" {exchange.ended} for a request made and answered between {exchange.sent} and"
                f" {exchange.heard}"
            )
        last = exchange.ended
    return "" if ours else _another_clock(bench, last)


def _exchange(bench: Bench, last: int) -> Exchange:
    sent = int(bench.driver.clock() * 1e9)
    reply = bench.ask("reset")
    if type(reply.begin) is not int or type(reply.end) is not int:
        raise Wrong(f"`at` has {reply.begin!r} and {reply.end!r}; they are whole nanoseconds")
    if not last <= reply.begin <= reply.end:
        raise Wrong(f"`at` goes backwards: it read {last}, then {reply.begin} and {reply.end}")
    return Exchange(sent, reply.begin, reply.end, int(bench.driver.clock() * 1e9))


def _another_clock(bench: Bench, last: int) -> str:
    """Of another machine or time namespace: it counts from elsewhere, but runs as fast as ours."""
    one = _exchange(bench, last)
    bench.listen(AFTERMATH)
    other = _exchange(bench, one.ended)
    apart = abs(other.offset.ahead - one.offset.ahead)
    # Two clocks drift by some millionths; one that counts otherwise is off by tenths at least.
    if apart > one.offset.error + other.offset.error + (other.heard - one.sent) // 100:
        raise Wrong(
            f"`at` is of no clock that counts nanoseconds: of {(other.sent - one.sent) / 1e6:.0f}"
            f" ms it saw {(other.began - one.began) / 1e6:.3f}"
        )
    return f"by another clock than ours, compared to ±{other.offset.error / 1e6:.2f} ms"


CHECKS: Mapping[str, Callable[[Bench], str | None]] = {
    "its greeting is complete": _complete_greeting,
    "one reply for each request": _one_reply_each,
    "an unknown operation is unsupported": _unknown_operation,
    "an unknown handle is broken": _unknown_handle,
    "unknown fields are ignored": _unknown_fields,
    "a line that is no request is broken": _not_a_request,
    "a long request is read": _long_line,
    "times are of the monotonic clock": _times,
}
