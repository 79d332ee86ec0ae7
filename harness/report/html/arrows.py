"""Which bytes of one side became which bytes of the other: the arrows of a sequence diagram. Pure.

A record has what each call sent and got, not the way between. Connections are told by the names of
the sockets where the kernel still knew them, else by the order in which calls connected and were
accepted; without either, by there being only one handle on each side. A stream's bytes are counted
from its beginning, so that a send which arrives in three pieces has three arrows. Where nothing
fits, there is no arrow: a wrong one is worse than none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.records.model import SocketView, TimelineEntry

Entries = Sequence[TimelineEntry]
Peers = Mapping[str, str]


@dataclass(frozen=True)
class Arrow:
    """`size` bytes (None: no bytes, a connection) from one call to another, by their numbers."""

    start: int
    end: int
    size: int | None = None


def arrows(entries: Entries, sockets: Sequence[SocketView], transport: str) -> list[Arrow]:
    """Return the arrows, those of connections first."""
    made = list(_connections(entries))
    peers = _peers(entries, sockets, made)
    carried = _whole if "dgram" in transport or transport.startswith("udp") else _pieces
    return made + list(carried(entries, peers))


def _connections(entries: Entries) -> Iterator[Arrow]:
    """Pair connects with accepts, each in the order in which they succeeded."""
    connects = [at for at, one in enumerate(entries) if one.op == "connect" and _ended(one)]
    accepts = [at for at, one in enumerate(entries) if one.op == "accept" and one.makes]
    accepts = [at for at in accepts if _ended(entries[at])]
    connects.sort(key=lambda at: entries[at].end_ms or 0)
    accepts.sort(key=lambda at: entries[at].end_ms or 0)
    for one, other in zip(connects, accepts, strict=False):
        yield Arrow(one, other)


def _ended(entry: TimelineEntry) -> bool:
    return entry.end_ms is not None and " -> error" not in entry.text


def _peers(entries: Entries, sockets: Sequence[SocketView], made: Sequence[Arrow]) -> Peers:
    """Each handle with the one at its other end, both ways."""
    found: dict[str, str] = {}
    for one in made:
        conn = entries[one.end].makes
        if conn:
            found[entries[one.start].handle], found[conn] = conn, entries[one.start].handle
    named = [view for view in sockets if view.handle]
    for view in named:
        for other in named:
            if view.local and view.local == other.peer and other.local == view.peer:
                found[view.handle] = other.handle
    return found or _only_pair(entries)


def _only_pair(entries: Entries) -> Peers:
    """With one handle a side that carries bytes there is nothing to guess."""
    handles: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.sent is not None or entry.got is not None:
            handles[entry.side].add(entry.handle)
    if len(handles["server"]) == len(handles["client"]) == 1:
        server, client = min(handles["server"]), min(handles["client"])
        return {server: client, client: server}
    return {}


def _pieces(entries: Entries, peers: Peers) -> Iterator[Arrow]:
    """A stream: what was sent as bytes a to b is what was got as bytes a to b."""
    sent: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    ends: dict[tuple[str, str], int] = defaultdict(int)
    for at, entry in _in_time(entries):
        if entry.sent:
            begin = ends["out", entry.handle]
            ends["out", entry.handle] = begin + entry.sent
            sent[entry.handle].append((begin, begin + entry.sent, at))
    for at, entry in _in_time(entries):
        if entry.got is None or not entry.got.size or entry.handle not in peers:
            continue
        begin = ends["in", entry.handle]
        end = ends["in", entry.handle] = begin + entry.got.size
        for low, high, source in sent[peers[entry.handle]]:
            size = min(end, high) - max(begin, low)
            if size > 0:
                yield Arrow(source, at, size)


def _whole(entries: Entries, peers: Peers) -> Iterator[Arrow]:
    """Datagrams: one that was got is the first of its size that was sent by the other side."""
    left = [(at, entry) for at, entry in _in_time(entries) if entry.sent is not None]
    for at, entry in _in_time(entries):
        if entry.got is None or entry.end_ms is None:
            continue
        for index, (source, sender) in enumerate(left):
            if _may_be(sender, entry, peers):
                yield Arrow(source, at, entry.got.size)
                del left[index]
                break


def _may_be(sender: TimelineEntry, receiver: TimelineEntry, peers: Peers) -> bool:
    got, end = receiver.got, receiver.end_ms
    return (
        got is not None
        and end is not None
        and sender.handle != receiver.handle
        and sender.sent == got.size
        and sender.start_ms <= end
        and peers.get(receiver.handle, sender.handle) == sender.handle
    )


def _in_time(entries: Entries) -> list[tuple[int, TimelineEntry]]:
    """The calls with their numbers, as they ended; those that never did come last."""
    never = float("inf")
    numbered = enumerate(entries)
    return sorted(numbered, key=lambda one: never if one[1].end_ms is None else one[1].end_ms)
