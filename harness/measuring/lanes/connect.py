"""Connect: a connection is made and accepted, carries one byte, and is closed; then the next."""

from __future__ import annotations

from harness.measuring.lanes.asking import ask
from harness.measuring.lanes.lane import CAPACITY, Lane


class Connect(Lane):
    """The server says a byte to whom it accepts and closes; the client ends with a reset."""

    def open(self) -> None:
        """Make the server listen and both ready to play. Raise LaneFailure."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "listen", self._server, {**over, "backlog": 16})["name"]
        self._answer("welcome", self._server, {})
        ask(client, "connect_open", self._client, {**over, "to": name, "samples": CAPACITY})
        self._look_at_server()
