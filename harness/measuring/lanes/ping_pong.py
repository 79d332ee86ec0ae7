"""Ping-pong: a message goes there and back, then the next one. A closed loop."""

from __future__ import annotations

from typing import Any

from harness.measuring.lanes.connected import Connected
from harness.measuring.lanes.lane import PATIENCE


class PingPong(Connected):
    """The client sends and waits; with `busy` both ends ask again and again instead of waiting."""

    answers, opens = "pong", "ping_open"

    def _open(self) -> None:
        super()._open()
        if self.variant.workload.get("busy"):  # not every server can, and none says so at once
            self._look_at_server(PATIENCE)

    def _shared(self) -> dict[str, Any]:
        busy = {"busy": True} if self.variant.workload.get("busy") else {}
        return {**super()._shared(), **busy}
