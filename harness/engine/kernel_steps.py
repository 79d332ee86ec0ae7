"""The steps of the pseudo-handle `kernel`: they are answered here, from the system's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.engine import kernel
from harness.engine.tcp_table import tcp_states
from harness.engine.under_way import Pending, UnderWay, now
from harness.judging.matching import resolve
from harness.language.model import Call
from harness.protocol import Reply


def ask_kernel(under_way: UnderWay, call: Call, known: Mapping[str, Any]) -> tuple[Pending, Reply]:
    """Answer a step as a driver would: the call as one that was asked for, and its reply."""
    look = {"sockets": _sockets, "tcp_table": _tcp_table}[call.operation]
    pending, reply = look(under_way, call, known)
    under_way.timeline.ended(pending.entry, reply)
    return pending, reply


def _sockets(under_way: UnderWay, call: Call, _: Mapping[str, Any]) -> tuple[Pending, Reply]:
    """The system's table, for a handle's descriptor."""
    handle = call.args["of"]
    actor = under_way.case.actor_of(handle)
    driver = under_way.drivers[actor]
    begun = now(driver)
    entry = under_way.timeline.begin(actor, call, {}, begun)
    pending = Pending(call, driver, driver.send("fileno", handle, {}), entry, begun)
    reply = under_way.reply_to(pending, call)
    if reply.kind == "ok":
        row = kernel.socket_of(driver.pid, reply.values["fd"])
        reply = Reply(reply.id, "ok", begun, now(driver), values=row or {"state": "absent"})
    return pending, reply


def _tcp_table(under_way: UnderWay, call: Call, known: Mapping[str, Any]) -> tuple[Pending, Reply]:
    """The system's table, for a name: sockets that no process holds any more are in it too."""
    driver = under_way.drivers["server"]
    args = resolve(call.args, known)
    begun = now(driver)
    entry = under_way.timeline.begin("server", call, args, begun)
    states = tcp_states(args["local"], args.get("peer"))
    reply = Reply(0, "ok", begun, now(driver), values={"states": states})
    return Pending(call, driver, reply.id, entry, begun), reply
