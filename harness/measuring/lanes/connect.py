"""Connect: a connection is made and accepted, carries one byte, and is closed; then the next."""

from __future__ import annotations

from harness.measuring.lanes.asking import ask
from harness.measuring.lanes.lane import CAPACITY, Lane


class Connect(Lane):
    """The server says a byte to whom it accepts and closes; the client ends with a reset."""

    opens = "connect_open"

    def _open(self) -> None:
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "listen", self._server, {**over, "backlog": 16})["name"]
        self._answer("welcome", self._server, {})
        ask(client, self.opens, self._client, {**over, "to": name, "samples": CAPACITY})
