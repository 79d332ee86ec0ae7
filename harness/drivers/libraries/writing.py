"""Throughput, written by a task of a library's loop; see `timing_stream.py`."""

from __future__ import annotations

from time import perf_counter_ns as clock  # CLOCK_MONOTONIC on Linux
from typing import Any, Dict

from offering import instead
from registry import Values
from session import Session
from timing import capacity_of, ready, set_delay, size_of
from timing_stream import Writer, cpu_time
from trips import ways


class LoopWriter(Writer):
    """One connection to write to; the CPU time is that of the loop's thread."""

    def play(self, trips: int, drop: int) -> Values:
        said: Values = self.sock.portal.run(self._play, trips, drop)
        return said

    async def _play(self, trips: int, drop: int) -> Values:
        await self._write(drop)
        count, before, spent = trips - drop, self.reader, cpu_time()
        begin = clock()
        await self._write(count)
        return self.said(count, clock() - begin, cpu_time() - spent, self.reader - before)

    async def _write(self, trips: int) -> None:
        receive, transmit = ways(self.sock.inner)
        for chunk in self.coming(trips):
            await transmit(chunk)
        if trips:
            self.hear(await receive(8))


@instead("stream_open", workload=True)
def stream_open(session: Session, handle: Any, args: Dict[str, Any]) -> None:
    sock: Any = session.socket(handle)
    size, capacity = size_of(args), capacity_of(args)
    set_delay(sock, args)
    ready(session, handle, LoopWriter(sock, size, capacity))
