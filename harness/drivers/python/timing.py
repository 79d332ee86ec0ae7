"""What all workloads share: who is ready to play, the turns, and the samples.

The engine makes the two ends with the ordinary operations or with one of the `..._open` operations
of the files beside this one. Then one side answers in the background, the other plays so many trips
whenever it is told to (`turn`) and hands over what it measured (`fetch`). Many players can be ready
in one process; only the one whose turn it is plays. Which one, and when, is decided elsewhere.

What is in the loops was measured, and stays as plain as a hand-written loop: raw nanoseconds into a
preallocated array (a histogram record a trip costs 5 to 12 %), recv_into a preallocated buffer
(recv costs 0.3 µs), no settimeout (1.5 µs). Whatever comes is compared with what must come, as a
whole, after the clock has stopped.
"""

from __future__ import annotations

import socket
import sys
from array import array
from binascii import b2a_base64
from typing import Any, Dict

import placing  # noqa: F401  (registers `place`, which measuring needs)
from registry import BadRequest, Values, boolean, integer, operation

LONGEST = 2**32 - 1  # a trip of 4.29 s or more is stored as this


class WrongBytes(Exception):
    """What came is not what must come."""


class Player:
    """One who is ready to play, with the samples not yet fetched. The array never grows."""

    def __init__(self, capacity: int) -> None:
        self.samples = array("I", bytes(4 * capacity))
        self.stored = 0
        self.played = 0

    def play(self, trips: int, drop: int) -> Values:
        """Play `trips` and keep the samples of all but the first `drop`; return more to say."""
        stored = self.stored
        self.go(drop)
        self.stored = stored
        self.go(trips - drop)
        return None

    def gives(self, trips: int, drop: int) -> int:
        """Return for how many samples a turn needs room."""
        return max(drop, trips - drop)

    def go(self, trips: int) -> None:
        """Play so many and store a sample of each."""
        raise NotImplementedError

    def keep(self, nanoseconds: int) -> None:
        """Store a sample; for loops that have no time to lose it is written out."""
        self.samples[self.stored] = min(nanoseconds, LONGEST)
        self.stored += 1

    def close(self) -> None:
        """Give up what only this player holds."""


PLAYERS: Dict[str, Player] = {}  # by handle


def ready(session: Any, handle: Any, player: Player) -> None:
    """Have turns and fetches for this handle go to the player until the handle ends."""
    PLAYERS[handle] = player
    session.on_stop(handle, lambda: _forget(handle, player))


def _forget(handle: str, player: Player) -> None:
    PLAYERS.pop(handle, None)
    player.close()


def player_of(handle: Any) -> Player:
    """Return who is ready under that name."""
    if handle not in PLAYERS:
        raise BadRequest("the handle %r is not ready to play: open it first" % (handle,))
    return PLAYERS[handle]


def room_for(player: Player, args: Dict[str, Any]) -> Any:
    """Return `trips` and `drop`; BadRequest when the samples of so many have no room."""
    trips, drop = integer(args, "trips"), integer(args, "drop", 0)
    if not 0 <= drop <= trips:
        raise BadRequest("cannot drop %d of %d trips" % (drop, trips))
    if player.stored + player.gives(trips, drop) > len(player.samples):
        raise BadRequest("no room for the samples of %d trips: fetch first" % trips)
    return trips, drop


@operation("turn", workload=True)
def turn(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Play `trips` at once; the first `drop` are not kept (they start cold)."""
    player = player_of(handle)
    trips, drop = room_for(player, args)
    said = session.call(player.play, trips, drop)
    return dict(said or {}, trips=trips)


@operation("fetch", workload=True)
def fetch(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Hand over all samples since the last fetch: ns, base64 of little-endian uint32."""
    player = player_of(handle)
    taken = player.samples[: player.stored]
    player.stored = 0
    if sys.byteorder == "big":
        taken.byteswap()
    return {"samples": b2a_base64(taken.tobytes(), newline=False).decode("ascii")}


# --- arguments and messages ----------------------------------------------------------------------
def size_of(args: Dict[str, Any]) -> int:
    """Return how many bytes a message has."""
    size = integer(args, "size")
    if size < 1:
        raise BadRequest("a message needs at least one byte, not %d" % size)
    return size


def capacity_of(args: Dict[str, Any]) -> int:
    """Return for how many samples there must be room."""
    capacity = integer(args, "samples")
    if capacity < 1:
        raise BadRequest("room for at least one sample is needed")
    return capacity


def set_delay(sock: Any, args: Dict[str, Any]) -> None:
    """Set TCP_NODELAY as asked; where nobody asks, it stays as it is."""
    if "nodelay" in args:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(boolean(args, "nodelay")))


def pattern(size: int, number: int) -> bytes:
    """Bytes of a period that no block size shares, and everywhere other than the other numbers'.

    None of them is 251 or more."""
    block = bytes((i + 101 * number) % 251 for i in range(251))
    return (block * (size // 251 + 1))[:size]


def fill(sock: Any, buffer: bytearray, got: int) -> bool:
    """Read until the buffer is full; false when the stream ends before."""
    view = memoryview(buffer)
    while got < len(buffer):
        more = sock.recv_into(view[got:])
        if not more:
            return False
        got += more
    return True
