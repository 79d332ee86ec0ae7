"""A lane over one connection, or over two datagram sockets that are connected to each other."""

from __future__ import annotations

from typing import Any

from harness.measuring.lanes.asking import LaneFailure, ask
from harness.measuring.lanes.lane import CAPACITY, DATAGRAM, Lane


class Connected(Lane):
    """What the workloads over one connection share. They name what either end does."""

    answers: str  # what the server's end does in the background

    def _open(self) -> None:
        is_datagram = self.variant.transport in DATAGRAM
        answering = self._connect_datagram() if is_datagram else self._connect_stream()
        if answering is not None:
            self._answer(self.answers, answering, self._shared())
        asked = {**self._shared(), **self._own(), "samples": CAPACITY}
        ask(self._pair.client, self.opens, self._client, asked)

    def _shared(self) -> dict[str, Any]:
        """The arguments of both ends."""
        return {"size": self.variant.size, **self._nodelay()}

    def _own(self) -> dict[str, Any]:
        """The arguments of the client alone."""
        return {}

    def _connect_stream(self) -> str | None:
        """Connect, and return the handle that is to answer; None when a service does."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = self._listening()
        ask(client, "connect", self._client, {**over, "to": name})
        if self._is_service:
            return None
        ask(server, "accept", self._server, {"as": self._conn})
        return self._conn

    def _connect_datagram(self) -> str | None:
        """Connect both ways, so that neither side looks an address up for each trip."""
        over = {"transport": self.variant.transport}
        server, client = self._pair
        name = self._listening()
        # A unix socket has no name of its own to be answered at unless it is bound.
        back = ask(client, "bind", self._client, over)["name"]
        ask(client, "connect", self._client, {**over, "to": name})
        if self._is_service:
            return None
        ask(server, "connect", self._server, {**over, "to": back})
        return self._server

    _is_service = False

    def _listening(self) -> Any:
        """Return the server's name. A server without calls of its own may have an echo service."""
        over = {"transport": self.variant.transport}
        try:
            if self.variant.transport in DATAGRAM:
                return ask(self._pair.server, "bind", self._server, over)["name"]
            return ask(self._pair.server, "listen", self._server, {**over, "backlog": 1})["name"]
        except LaneFailure as failure:
            if failure.verdict != "unsupported" or self.answers != "pong":
                raise
        self._is_service = True
        return ask(self._pair.server, "serve", self._server, {**over, "service": "echo"})["name"]
