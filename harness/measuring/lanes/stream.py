"""Stream: chunks one way, as fast as they are read; and what that costs either side's CPU."""

from __future__ import annotations

from harness.measuring.lanes.connected import Connected

LONGEST = 8 << 20


class Stream(Connected):
    """A turn is so many chunks and gives one sample: the time for each chunk."""

    answers, opens = "sink", "stream_open"

    def _most(self) -> int:
        """As many chunks as LONGEST bytes have: others wait for their turn."""
        return LONGEST // self.variant.size

    def extra(self) -> dict[str, float]:
        """Bytes per second while chunks were timed, and the CPU time of the two threads."""
        sent, took = self._taken("bytes"), self._taken("took_ns")
        return {
            "sent_bytes_per_s": sent * 1e9 / max(took, 1),
            "writer_cpu_s": self._taken("writer_ns") / 1e9,
            "reader_cpu_s": self._taken("reader_ns") / 1e9,
        }
