"""What the page shows of one case beyond its verdict, as plain data. Pure.

Field names are those of the record where it has them. Keys without a value are left out: most cases
have little to tell, and a page has many of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.records.model import CaseRecord, Data, Failure, TimelineEntry
from harness.report.failure import difference_lines
from harness.report.html.arrows import arrows
from harness.report.html.texts import shown, shown_value
from harness.report.sockets import remarks

_DIFFERENCE_WIDTH = 76  # columns of the two pieces of data
_HEX = 2 * 64  # digits of the first bytes that a record keeps
_MOST_CALLS = 400  # of a timeline; the failed call and the last ones are always among them
_LAST_CALLS = 300
_SOCKET_COLUMNS = ("side", "handle", "fd", "state", "local", "peer")
_MOST_SOCKETS = 200


def evidence(case: CaseRecord) -> dict[str, Any]:
    """Return everything that is known of the case; empty for a plain pass."""
    return _told(
        {
            "why": shown(case.why or ""),
            "branches": [shown(name, 200) for name in dict.fromkeys(case.branches.values())],
            "observed": shown_value(dict(case.observed)),
            "listed": _listed(case),
            "closing": case.closing if case.closing not in (None, case.data) else "",
            **(_failure(case.failure, case.transport) if case.failure else {}),
        }
    )


def in_short(told: dict[str, Any]) -> dict[str, Any]:
    """Return the same without what takes room; `short` says so."""
    heavy = ("calls", "arrows", "sockets", "stderr", "script", "script_needs", "observed")
    if not any(name in told for name in heavy):
        return told
    return {**{key: value for key, value in told.items() if key not in heavy}, "short": 1}


def _told(whole: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if value not in (None, "", [], {})}


def _listed(case: CaseRecord) -> dict[str, Any] | None:
    listed = case.expectation
    if listed is None:
        return None
    return _told(
        {
            "kind": listed.kind,
            "reason": shown(listed.reason),
            "link": shown(listed.link or "", 500),
            "stale": int(case.stale),
        }
    )


def _failure(failure: Failure, transport: str) -> dict[str, Any]:
    calls = _kept(failure.timeline)
    return {
        "file": shown(failure.file, 500),
        "line": failure.line,
        "column": failure.column,
        "source": shown(failure.source, 500),
        "step": shown(failure.step, 500),
        "difference": [[line.role, line.text] for line in _difference(failure)],
        "expected": shown(failure.expected, 1000),
        "actual": shown(failure.actual, 1000),
        "calls": [_call(entry) for entry in calls],
        "left": len(failure.timeline) - len(calls),
        "arrows": [
            [one.start, one.end, one.size] for one in arrows(calls, failure.sockets, transport)
        ],
        "sockets": list(_sockets(failure)),
        "sockets_note": shown(failure.sockets_note),
        "stderr": shown(failure.stderr),
        "rerun": shown(failure.rerun, 2000),
        "capture": shown(failure.capture or failure.capture_note, 500),
        "script": failure.script,
        "script_needs": list(failure.script_needs),
        "script_note": shown(failure.script_note, 500),
    }


def _difference(failure: Failure) -> Iterator[Any]:
    """The two pieces of data one above the other; nothing where words say it."""
    if failure.expected_data and failure.actual_data:
        yield from difference_lines(failure, _DIFFERENCE_WIDTH)


def _kept(timeline: tuple[TimelineEntry, ...]) -> list[TimelineEntry]:
    """Of a very long timeline how it began, how it ended, and what went wrong."""
    first, last = _MOST_CALLS - _LAST_CALLS, len(timeline) - _LAST_CALLS
    return [
        entry
        for at, entry in enumerate(timeline)
        if at < first or at >= last or entry.failed or entry.end_ms is None
    ]


def _call(entry: TimelineEntry) -> list[Any]:
    """A call as a row: side, handle, begin and end in ms, call, outcome, failed, bytes got."""
    call, _, outcome = entry.text.partition(" -> ")
    end = None if entry.end_ms is None else round(entry.end_ms, 4)
    return [
        int(entry.side == "client"),
        shown(entry.handle, 100),
        round(entry.start_ms, 4),
        end,
        shown(call, 300),
        shown(outcome, 300),
        int(entry.failed),
        _hex(entry.got),
    ]


def _hex(data: Data | None) -> str:
    """The first bytes; nothing where somebody else's record has something else there."""
    try:
        return bytes.fromhex(data.head[:_HEX]).hex() if data is not None else ""
    except ValueError:
        return ""


def _sockets(failure: Failure) -> Iterator[dict[str, Any]]:
    for view in failure.sockets[:_MOST_SOCKETS]:
        cells = [getattr(view, name) for name in _SOCKET_COLUMNS]
        yield _told(
            {
                "cells": ["" if cell is None else shown(str(cell), 200) for cell in cells],
                "remarks": [shown(text, 300) for text in remarks(view)],
                "tcp": dict(view.tcp or {}),
            }
        )
