"""Ping-pong: a message goes there and back, then the next one. A closed loop."""

from __future__ import annotations

from harness.measuring.lanes.lane import CAPACITY, DATAGRAM, Lane, ask


class PingPong(Lane):
    """The lane of one variant, numbered so that its handles are its own."""

    def open(self) -> None:
        """Connect the two ends and make both ready to play. Raise LaneFailure."""
        if self.variant.transport in DATAGRAM:
            answering = self._connect_datagram()
        else:
            answering = self._connect_stream()
        size = {"size": self.variant.size}
        self._pair.server.send("pong", answering, size, start=True)
        ask(self._pair.client, "ping_open", self._client, {**size, "samples": CAPACITY})

    def _connect_stream(self) -> str:
        """Connect, and return the handle that answers. Nothing may wait for more to send."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "listen", self._server, {**over, "backlog": 1})["name"]
        ask(client, "connect", self._client, {**over, "to": name})
        ask(server, "accept", self._server, {"as": self._conn})
        if self.variant.transport.startswith("tcp"):
            no_delay = {"option": "TCP_NODELAY", "value": 1}
            ask(client, "setsockopt", self._client, no_delay)
            ask(server, "setsockopt", self._conn, no_delay)
        return self._conn

    def _connect_datagram(self) -> str:
        """Connect both ways, so that neither side looks an address up for each trip."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = ask(server, "bind", self._server, over)["name"]
        # A unix socket has no name of its own to be answered at unless it is bound.
        back = ask(client, "bind", self._client, over)["name"]
        ask(client, "connect", self._client, {"to": name})
        ask(server, "connect", self._server, {"to": back})
        return self._server
