"""Checks of the conversation: greeting, replies, started requests, reset, the end.

Each is a function which talks to the driver on a bench, raises Wrong with one sentence, or returns
a note (or None) when all is well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from harness.engine import kernel
from harness.engine.clocks import Exchange
from harness.engine.selftest.bench import Bench, Wrong, said
from harness.engine.selftest.happy import CONNECTED, STREAM
from harness.language.operations import OPERATIONS, SERVICES, TRANSPORTS
from harness.protocol import Started

# Seconds in which what should not come would have come.
AFTERMATH = 0.1
BIG = 1 << 20
NOT_TRIED = "not tried: it claims no transport with listen, accept and connect"


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


# --- started requests -----------------------------------------------------------------------------


def _stream(bench: Bench) -> str | None:
    """A transport on which a call can be made to block, if the driver has one."""
    if not bench.claims("listen", "accept", "connect"):
        return None
    return next((one for one in CONNECTED if one in bench.driver.hello.transports), None)


def _listener(bench: Bench, handle: str) -> Mapping[str, Any]:
    values = bench.values("listen", handle, transport=_stream(bench))
    if not isinstance(values.get("name"), dict):
        raise Wrong("`listen` replied without `name`, so nobody can connect")
    return dict(values["name"])


def _accept(bench: Bench, handle: str) -> tuple[int, Started]:
    return bench.begin("accept", handle, **{"as": f"conn-{handle}"})


def _connect(bench: Bench, handle: str, name: Mapping[str, Any], accept: int) -> None:
    bench.values("connect", f"client-{handle}", transport=_stream(bench), to=name)
    reply = bench.reply(accept, f"the started `accept` of `{handle}`, to which a client connected")
    if reply.kind != "ok":
        raise Wrong(f"a started `accept` replied {said(reply)} when a client connected")


def _started(bench: Bench) -> str:
    if _stream(bench) is None:
        return NOT_TRIED
    name = _listener(bench, "server")
    accept, event = _accept(bench, "server")
    if bench.driver.answered(accept, bench.driver.clock() + AFTERMATH):
        raise Wrong(f"a started `accept` without a client replied {said(bench.reply(accept, ''))}")
    bench.ask("ping")
    _is_a_thread(bench, event)
    _connect(bench, "server", name, accept)
    return "" if event.thread else "it tells no thread"


def _is_a_thread(bench: Bench, event: Started) -> None:
    pid = bench.driver.pid
    if not event.thread or pid is None:
        return
    if event.thread not in [thread.id for thread in psutil.Process(pid).threads()]:
        raise Wrong(f"`thread` {event.thread} of its started event is none of its threads")


def _two_started(bench: Bench) -> str | None:
    if _stream(bench) is None:
        return NOT_TRIED
    names = {handle: _listener(bench, handle) for handle in ("one", "two")}
    begun = {handle: _accept(bench, handle)[0] for handle in names}
    for handle in ("two", "one"):
        _connect(bench, handle, names[handle], begun[handle])
    return None


def _reset(bench: Bench) -> str:
    # What is there without anybody's asking is the library's own: eventlet's pool has a pair.
    bench.values("reset")
    own = _named(bench.driver.pid)
    accept = None
    if _stream(bench) is not None:
        _listener(bench, "server")
        accept, _ = _accept(bench, "server")
        # Time for it to be inside the call.
        bench.driver.answered(accept, bench.driver.clock() + AFTERMATH)
    stuck = bench.values("reset").get("stuck")
    if type(stuck) is not int:
        raise Wrong("`reset` replied without `stuck`, the number of requests it could not end")
    if stuck:
        return f"{stuck} blocked request is stuck after it: such a driver is replaced"
    if accept is not None and not bench.driver.answered(accept, 0.0):
        raise Wrong("`reset` says that nothing is stuck, but a started `accept` got no reply")
    for fd, left in _named(bench.driver.pid).items():
        if fd not in own:
            raise Wrong(f"`reset` left a socket open: {left['state']} {left['local']}")
    if bench.claims("fileno") and bench.ask("fileno", "server").kind == "ok":
        raise Wrong("after `reset` the old handles still work")
    return ""


def _named(pid: int | None) -> dict[int, dict[str, Any]]:
    """The internet sockets of a driver that have a name, by descriptor."""
    held = kernel.sockets_of(pid) if pid is not None else ()
    return {int(one["fd"]): one for one in held if one.get("host")}


# --- much data, and the end -----------------------------------------------------------------------


def _big_payload(bench: Bench) -> str:
    transport = next((one for one in STREAM if one in bench.driver.hello.transports), None)
    needed = ("listen", "accept", "connect", "sendall", "recv_exactly")
    if transport is None or not bench.claims(*needed):
        return f"not tried: it needs a stream, and {', '.join(needed)}"
    name = _listener(bench, "server")
    bench.values("connect", "client", transport=transport, to=name)
    bench.values("accept", "server", **{"as": "conn"})
    sending, _ = bench.begin("sendall", "client", data={"counting": BIG})
    received = bench.values("recv_exactly", "conn", size=BIG).get("data") or {}
    bench.reply(sending, f"a `sendall` of {BIG} bytes that were all read")
    for key, value in _description().items():
        if received.get(key) != value:
            raise Wrong(
                f'`data` received of {{"counting": {BIG}}} has {key} {received.get(key)!r},'
                f" not {value!r}"
            )
    return f"{BIG} bytes, of which the pipe carried a digest"


def _description() -> dict[str, Any]:
    pattern = (bytes(range(251)) * (BIG // 251 + 1))[:BIG]
    digest = hashlib.sha256(pattern).hexdigest()
    return {"size": BIG, "head": pattern[:64].hex(), "sha256": digest}


def _ends(bench: Bench) -> None:
    bench.ask("ping")
    _must_end(bench, "is closed")


def _ends_blocked(bench: Bench) -> str | None:
    if _stream(bench) is None:
        return NOT_TRIED
    for handle in ("one", "two"):
        _listener(bench, handle)
    _accept(bench, "one")
    blocked = bench.send("accept", "two", start=False, **{"as": "conn"})
    bench.driver.answered(blocked, bench.driver.clock() + AFTERMATH)
    _must_end(bench, "is closed while its requests are blocked")
    return None


def _must_end(bench: Bench, when: str) -> None:
    by_itself = bench.driver.close()
    bench.drop()
    if not by_itself:
        raise Wrong(f"it does not end when its standard input {when}")


CHECKS: Mapping[str, Callable[[Bench], str | None]] = {
    "its greeting is complete": _complete_greeting,
    "one reply for each request": _one_reply_each,
    "an unknown operation is unsupported": _unknown_operation,
    "an unknown handle is broken": _unknown_handle,
    "unknown fields are ignored": _unknown_fields,
    "a line that is no request is broken": _not_a_request,
    "a long request is read": _long_line,
    "times are of the monotonic clock": _times,
    "a started request runs beside others": _started,
    "two started requests run at once": _two_started,
    "reset frees everything": _reset,
    "a megabyte is sent and received": _big_payload,
    "it ends at the end of its input": _ends,
    "it ends so when it is blocked, too": _ends_blocked,
}
