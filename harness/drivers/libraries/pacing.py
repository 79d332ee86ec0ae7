"""The open loop as tasks of a library's loop: one sends what is due, another takes the answers.

What `timing_paced.py` says of samples holds here: they count from when a message was due. With no
answer outstanding the sender sleeps in the loop until shortly before, and then watches the clock,
which holds up nobody. With answers outstanding it waits for one or for the library's timer. These
timers count in whole milliseconds and are rounded up, so what is due while answers are missing
leaves up to a millisecond late; that is in its sample, and is told.
"""

from __future__ import annotations

from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict

from offering import instead
from registry import Values
from session import Session
from timing import capacity_of, ready, set_delay, size_of
from timing_paced import LOOP_SPIN, Paced, interval_of
from trips import hear, ways


class LoopPaced(Paced):
    """One connection with its schedule, which begins when the sender does."""

    def play(self, trips: int, drop: int) -> Values:
        """Play one schedule; the first `drop` messages are in it, their samples are not kept."""
        self.trips = trips
        self.restart(drop)
        portal = self.sock.portal
        self.bell = portal.bell()
        listening = portal.submit(hear, self.sock.inner, self.size, self._answer)
        sending = portal.submit(self._send_all)
        sending.add_done_callback(lambda done: _failure(done) and listening.cancel())
        try:
            portal.wait(listening)
        except ConnectionAbortedError:  # for the sender, then, if that has failed
            raise _failure(sending) or ConnectionAbortedError("cancelled by a reset") from None
        finally:
            sending.cancel()
        return self.said()

    async def _send_all(self) -> None:
        portal, transmit = self.sock.portal, ways(self.sock.inner)[1]
        self.begin = clock()
        while self.sent < self.trips:
            due = self.due(self.sent)
            now = clock()
            if now >= due:
                message = self.next_message()
                self.has_left(now - due)  # first: it may be answered before this goes on
                await transmit(message)
            elif self.sent > self.answered:
                await self.bell.wait((due - now) / 1e9)
            elif due - now > LOOP_SPIN:
                await portal.sleep((due - now - LOOP_SPIN) / 1e9)
            else:
                while clock() < due:
                    pass

    def _answer(self, data: bytes) -> bool:
        """Take an answer; say whether it was the last."""
        end = clock()
        if self.stream and len(data) < self.size:
            raise self.over()
        self.judge(data, end)
        self.bell.ring()
        return self.answered == self.trips


def _failure(done: Any) -> Any:
    """What a future ended with, if that was a failure."""
    return done.exception() if done.done() and not done.cancelled() else None


@instead("paced_open", workload=True)
def paced_open(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    sock: Any = session.socket(handle)
    size, capacity, interval = size_of(args), capacity_of(args), interval_of(args)
    set_delay(sock, args)
    ready(session, handle, LoopPaced(sock, size, capacity, interval))
