"""The timeline of a case: which call began and ended when, on which side, with what result.

While a case runs only references are kept; texts are made when a failure asks for them, so a
passing case pays nothing for its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.judging.wording import describe_payload, describe_reply, describe_value
from harness.language.model import Actor, Call
from harness.protocol import Reply
from harness.records.model import Data, TimelineEntry

# Nanoseconds. A call on loopback that does not wait takes some microseconds, a large one hundreds.
WAITS = 1_000_000
# Arguments which say nothing that the reader does not see anyway.
_SILENT = ("transport", "as")


@dataclass
class Entry:
    """One call; `begun` is CLOCK_MONOTONIC in ns when the engine asked for it."""

    side: Actor
    call: Call
    args: Mapping[str, Any]
    begun: int
    reply: Reply | None = None
    failed: bool = False


@dataclass
class Timeline:
    """The calls of a case in the order in which they were begun."""

    transport: str
    entries: list[Entry] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def begin(self, side: Actor, call: Call, args: Mapping[str, Any], begun: int) -> Entry:
        """Note that a call was asked for."""
        entry = Entry(side, call, args, begun)
        self.entries.append(entry)
        return entry

    def ended(self, entry: Entry, reply: Reply) -> None:
        """Note the reply to a call. Tries that are taken out of the timeline later count too."""
        entry.reply = reply
        self.spans.append((reply.begin, reply.end))

    def paused(self, begin: int, end: int) -> None:
        """Note a pause between two tries of a call that is to hold `eventually`."""
        self.spans.append((begin, end))

    def waiting_and_calling(self) -> tuple[float, float]:
        """Seconds in which some call waited, and in which calls ran without waiting.

        Calls that overlap count once. On loopback nothing that does not wait takes WAITS."""
        lengths = [end - begin for begin, end in _joined(self.spans)]
        waiting = sum(length for length in lengths if length >= WAITS)
        return waiting / 1e9, (sum(lengths) - waiting) / 1e9

    def records(self) -> tuple[TimelineEntry, ...]:
        """The whole timeline as a record keeps it, in ms since the first call."""
        if not self.entries:
            return ()
        origin = min(_began(entry) for entry in self.entries)
        return tuple(self._record(entry, origin) for entry in self.entries)

    def _record(self, entry: Entry, origin: int) -> TimelineEntry:
        reply = entry.reply
        text = call_text(entry.call, entry.args)
        if reply is not None:
            text += f" -> {describe_reply(reply, self.transport)}"
        return TimelineEntry(
            side=entry.side,
            handle=entry.call.handle,
            op=entry.call.operation,
            start_ms=(_began(entry) - origin) / 1e6,
            end_ms=(reply.end - origin) / 1e6 if reply is not None and reply.end else None,
            text=text,
            failed=entry.failed,
            makes=entry.call.makes,
            sent=_sent(entry),
            got=_got(entry),
        )


def _sent(entry: Entry) -> int | None:
    """How many bytes the call gave to the socket; None for calls that give none."""
    count = entry.reply.values.get("count") if entry.reply is not None else None
    return count if "data" in entry.args and isinstance(count, int) else None


def _got(entry: Entry) -> Data | None:
    """What the call took out of the socket. A peek takes nothing."""
    data = entry.reply.values.get("data") if entry.reply is not None else None
    if not isinstance(data, Mapping) or "PEEK" in str(entry.args.get("flags")):
        return None
    return Data.of(data)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of time with those that overlap joined into one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _began(entry: Entry) -> int:
    """When the call itself began, by the driver's clock; when it was asked for, until it says."""
    return entry.reply.begin if entry.reply is not None and entry.reply.begin else entry.begun


def call_text(call: Call, args: Mapping[str, Any]) -> str:
    """A call as one reads it aloud: `recv 1024`, `send 'question'`, `connect 127.0.0.1:5000`."""
    parts = [call.operation]
    for name, value in args.items():
        if name not in _SILENT:
            parts.append(_argument_text(name, value))
    return " ".join(parts)


def _argument_text(name: str, value: Any) -> str:
    if name == "data":
        return describe_payload(value)
    if name in ("size", "how", "to", "address", "option", "service"):
        return describe_value(value)
    return f"{name}={describe_value(value)}"
