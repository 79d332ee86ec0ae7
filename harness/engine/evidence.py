"""The evidence of a failure, taken at the moment when it is seen: what a report needs later.

Asking must not disturb: the kernel's table is read, and a driver is asked for descriptors' numbers
only when its main thread is free to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.engine import kernel
from harness.engine.conversation import AnyDriver, DriverError
from harness.engine.walk import Ended, Walk
from harness.language.model import Actor
from harness.records.model import Data, Failure, SocketView

# A driver that is free answers in a tenth of a millisecond; one that is not is not waited for.
ANSWERS_WITHIN = 0.2


def failure(walk: Walk, end: Ended, rerun: str) -> Failure:
    """Return why the case ended, with everything that helps to understand it."""
    place, finding = end.step.place, end.finding
    return Failure(
        file=walk.case.scenario.file,
        line=place.line,
        column=place.column,
        source=walk.case.scenario.line(place.line),
        step=str(end.step),
        expected=finding.expected,
        actual=finding.actual,
        expected_data=_data(finding.expected_data),
        actual_data=_data(finding.actual_data),
        timeline=walk.timeline.records(),
        sockets=_sockets(walk),
        stderr="".join(driver.stderr_tail() for driver in walk.drivers.values()),
        rerun=rerun,
    )


def _data(described: Mapping[str, Any] | None) -> Data | None:
    if described is None:
        return None
    return Data(size=described["size"], head=described["head"], sha256=described.get("sha256"))


def _sockets(walk: Walk) -> tuple[SocketView, ...]:
    """What the kernel says of every socket that the drivers hold at this moment."""
    views: list[SocketView] = []
    for actor, driver in walk.drivers.items():
        rows = kernel.sockets_of(driver.pid) if driver.pid is not None else []
        names = _handles(walk, actor, driver) if rows else {}
        views += [_view(actor, names.get(row["fd"], ""), row) for row in rows]
    return tuple(views)


def _handles(walk: Walk, actor: Actor, driver: AnyDriver) -> Mapping[int, str]:
    """The handles of a driver by descriptor; empty when it is too busy to tell."""
    if any(entry.side == actor and entry.reply is None for entry in walk.timeline.entries):
        return {}
    used = {entry.call.makes or entry.call.handle for entry in walk.timeline.entries}
    used |= {entry.call.handle for entry in walk.timeline.entries}
    found: dict[int, str] = {}
    for handle in sorted(h for h in used if walk.case.owners.get(h) == actor):
        try:
            reply = driver.ask("fileno", handle, limit=ANSWERS_WITHIN)
        except DriverError:
            return found
        if reply.kind == "ok":
            found[reply.values["fd"]] = handle
    return found


def _view(actor: Actor, handle: str, row: Mapping[str, Any]) -> SocketView:
    return SocketView(
        handle=handle,
        side=actor,
        fd=row.get("fd"),
        state=row.get("state"),
        local=row.get("local"),
        peer=row.get("peer"),
    )
