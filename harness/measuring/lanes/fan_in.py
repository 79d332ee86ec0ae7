"""Fan-in: many connections on one server; trips over one after the other."""

from __future__ import annotations

from harness.measuring.lanes.asking import ask, check_can
from harness.measuring.lanes.lane import CAPACITY, DATAGRAM, PATIENCE, Lane

# Servers that know select() alone have no more, and none says so at once.
SELECT = 900


class FanIn(Lane):
    """The server waits for whichever connection is ready; datagrams come to one socket anyway."""

    opens = "fan_open"

    def _open(self) -> None:
        over = {"transport": self.variant.transport}
        server, client = self._pair
        many = {"connections": self.variant.workload.get("connections", 10)}
        shared = {"size": self.variant.size, **self._nodelay()}
        if self.variant.transport in DATAGRAM:
            check_can(server, "recvfrom")  # one socket answers them all
            name = ask(server, "bind", self._server, over)["name"]
            self._answer("pong", self._server, shared)
        else:
            # All of them may come before the first is accepted.
            backlog = {"backlog": many["connections"]}
            name = ask(server, "listen", self._server, {**over, **backlog})["name"]
            self._answer("pong_many", self._server, {**shared, **many})
            if many["connections"] > SELECT:
                self._look_at_server(PATIENCE)
        order = {"order": self.variant.workload.get("order", "round-robin")}
        asked = {**over, **shared, **many, **order, "to": name, "samples": CAPACITY}
        ask(client, self.opens, self._client, asked)
