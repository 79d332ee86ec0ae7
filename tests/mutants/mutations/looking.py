"""Bugs in what a socket says of itself: readiness, counts, states."""

from __future__ import annotations

import weakref
from typing import Any

from mutations import change, mutation, wrap


def _without(event: str) -> Any:
    return lambda events: [one for one in events if one != event]


@mutation("poll-forgets-hang-up", "HUP and RDHUP are not passed on", "poll")
def _poll_forgets_hang_up() -> None:
    change("poll", events=lambda found: [one for one in found if one not in ("HUP", "RDHUP")])


@mutation("poll-forgets-errors", "ERR is not passed on", "poll")
def _poll_forgets_errors() -> None:
    change("poll", events=_without("ERR"))


@mutation("poll-always-writable", "writability is assumed", "poll")
def _poll_always_writable() -> None:
    change("poll", events=lambda found: found if "OUT" in found else [*found, "OUT"])


@mutation("poll-never-writable", "writability is not asked for", "poll")
def _poll_never_writable() -> None:
    change("poll", events=_without("OUT"))


@mutation("poll-always-readable", "readability is assumed", "poll", "quiet")
def _poll_always_readable() -> None:
    for operation in ("poll", "quiet"):
        change(operation, events=lambda found: found if "IN" in found else ["IN", *found])


@mutation("poll-edge-triggered", "an event is told once and then not again", "poll")
def _poll_edge_triggered() -> None:
    told: Any = weakref.WeakKeyDictionary()

    def once(original: Any, session: Any, handle: Any, args: Any) -> Any:
        events = original(session, handle, args)["events"]
        sock = session.socket(handle)
        fresh = [one for one in events if one not in told.get(sock, ())]
        told[sock] = events
        return {"events": fresh}

    wrap("poll", once)


@mutation("poll-forgets-priority", "urgent data is not told", "poll")
def _poll_forgets_priority() -> None:
    change("poll", events=_without("PRI"))


@mutation("select-nothing-exceptional", "the third set is never filled", "select")
def _select_nothing_exceptional() -> None:
    change("select", ready=_without("except"))


@mutation("select-always-ready", "everything is ready for reading", "select")
def _select_always_ready() -> None:
    change("select", ready=lambda found: found if "read" in found else ["read", *found])


@mutation("fionread-counts-everything", "the number of readable bytes is off by one", "fionread")
def _fionread_counts() -> None:
    change("fionread", count=lambda count: count + 1)


@mutation("outq-is-always-empty", "bytes under way are not counted", "outq")
def _outq_is_empty() -> None:
    change("outq", count=lambda count: 0)


@mutation("tcp-info-says-established", "the state is remembered, not asked for", "tcp_info")
def _tcp_info_established() -> None:
    change("tcp_info", state=lambda _: "ESTABLISHED", queued=lambda _: 0, limit=lambda _: 0)


@mutation("at-mark-never", "the urgent mark is not looked at", "at_mark")
def _at_mark_never() -> None:
    change("at_mark", value=lambda value: not value)


@mutation("fileno-keeps-its-number", "a closed socket still names its descriptor", "fileno")
def _fileno_keeps() -> None:
    change("fileno", fd=lambda fd: fd if fd >= 0 else 3)


@mutation("descriptors-survive-exec", "close-on-exec is not set", "inheritable")
def _inheritable() -> None:
    change("inheritable", value=lambda value: not value)
