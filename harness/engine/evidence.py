"""The evidence of a failure, taken at the moment when it is seen: what a report needs later.

Asking must not disturb: the kernel's table is read, and a driver is asked for descriptors' numbers
only when its main thread is free to answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.engine.any_driver import AnyDriver
from harness.engine.faults import DriverError
from harness.engine.socket_views import Snapshot
from harness.engine.under_way import Ended, UnderWay
from harness.judging.wording import describe_value
from harness.language.model import Actor
from harness.records.model import Data, Failure, SocketView

# A driver that is free answers in a tenth of a millisecond; one that is not is not waited for.
ANSWERS_WITHIN = 0.2


def failure(under_way: UnderWay, end: Ended, rerun: str) -> Failure:
    """Return why the case ended, with everything that helps to understand it."""
    place, finding = end.step.place, end.finding
    sockets, note = _sockets(under_way)
    return Failure(
        file=under_way.case.scenario.file,
        line=place.line,
        column=place.column,
        source=under_way.case.scenario.line(place.line),
        step=str(end.step),
        expected=finding.expected,
        actual=finding.actual,
        expected_data=Data.of(finding.expected_data) if finding.expected_data else None,
        actual_data=Data.of(finding.actual_data) if finding.actual_data else None,
        timeline=under_way.timeline.records(),
        clocks={
            actor: driver.clock_error * 1e3
            for actor, driver in under_way.drivers.items()
            if driver.clock_error
        },
        sockets=sockets,
        sockets_note=note,
        stderr="".join(driver.stderr_tail() for driver in under_way.drivers.values()),
        rerun=rerun,
    )


def _sockets(under_way: UnderWay) -> tuple[tuple[SocketView, ...], str]:
    """What the kernel says of the sockets of a case at this moment, and what it does not say.

    The snapshot is taken first: asking a driver for its descriptors takes longer."""
    pids = {
        actor: driver.pid for actor, driver in under_way.drivers.items() if driver.pid is not None
    }
    if not pids:
        return (), ""
    snapshot = Snapshot.take()
    views: list[SocketView] = []
    for actor, pid in pids.items():
        handles = _handles(under_way, actor, under_way.drivers[actor])
        views += snapshot.of_process(pid, actor, handles)
    names = {**_names(under_way), **{view.local: view.side for view in views if view.local}}
    views += snapshot.unheld(names)
    return tuple(views), snapshot.note


def _names(under_way: UnderWay) -> dict[str, Actor]:
    """The names that the sockets of a case were told to have, as text, and whose they are."""
    found: dict[str, Actor] = {}
    for entry in under_way.timeline.entries:
        values = entry.reply.values if entry.reply is not None else {}
        for key, side in (("name", entry.side), ("peer", _other(entry.side))):
            name = values.get(key)
            if isinstance(name, Mapping):
                found.setdefault(describe_value(name), side)
    return found


def names(under_way: UnderWay, seen: Failure) -> frozenset[str]:
    """The names that the sockets of a case had, as text, as far as anybody told."""
    return frozenset({*_names(under_way), *(view.local for view in seen.sockets if view.local)})


def _other(side: Actor) -> Actor:
    return "client" if side == "server" else "server"


def _handles(under_way: UnderWay, actor: Actor, driver: AnyDriver) -> Mapping[int, str]:
    """The handles of a driver by descriptor; empty when it is too busy to tell."""
    if any(entry.side == actor and entry.reply is None for entry in under_way.timeline.entries):
        return {}
    used = {entry.call.makes or entry.call.handle for entry in under_way.timeline.entries}
    used |= {entry.call.handle for entry in under_way.timeline.entries}
    found: dict[int, str] = {}
    for handle in sorted(h for h in used if under_way.case.owners.get(h) == actor):
        try:
            reply = driver.ask("fileno", handle, limit=ANSWERS_WITHIN)
        except DriverError:
            return found
        if reply.kind == "ok":
            found[reply.values["fd"]] = handle
    return found
