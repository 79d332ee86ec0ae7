"""Checks with sockets in use: started requests, a reset under way, much data, the end.

Of the same kind as those in `talk.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from harness.engine import kernel
from harness.engine.selftest.bench import AFTERMATH, Bench, Wrong, said
from harness.engine.selftest.happy import CONNECTED, STREAM
from harness.protocol import Started

BIG = 1 << 20
NOT_TRIED = "not tried: it claims no transport with listen, accept and connect"


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
    "a started request runs beside others": _started,
    "two started requests run at once": _two_started,
    "reset frees everything": _reset,
    "a megabyte is sent and received": _big_payload,
    "it ends at the end of its input": _ends,
    "it ends so when it is blocked, too": _ends_blocked,
}
