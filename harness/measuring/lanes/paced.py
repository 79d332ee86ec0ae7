"""Paced: messages are due at a set rate, whether or not answers have come. An open loop."""

from __future__ import annotations

from typing import Any

from harness.measuring.lanes.connected import Connected

LONGEST = 0.1


class Paced(Connected):
    """Each sample counts from the moment when its message was due."""

    answers, opens = "pong", "paced_open"

    def _own(self) -> dict[str, Any]:
        return {"rate": self._rate}

    @property
    def _rate(self) -> int:
        return int(self.variant.workload.get("rate", 1000))

    def _most(self) -> int:
        """As many as are due in LONGEST seconds: others wait for their turn."""
        return int(self._rate * LONGEST)

    def extra(self) -> dict[str, float]:
        """How late messages left: a late one is the client's doing, and is in its sample."""
        sent = self._taken("kept")
        late = self._taken("late_ns"), self._taken("most_late_ns")
        return {"late_mean_us": late[0] / max(sent, 1) / 1000, "late_most_us": late[1] / 1000}
