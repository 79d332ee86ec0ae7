"""A program in the place of a driver: how a black box plays the server of a case.

A scenario with `service:` asks its server for one thing, `serve`. This stand-in answers it with the
address at which the program listens already, and tells the kernel's view of that socket. Anything
else it does not support. So neither the plan nor the engine knows of programs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Mapping
from typing import Any

from harness.engine.any_driver import AnyDriver
from harness.language.operations import SERVICES
from harness.protocol import VERSION
from harness.trial import watching
from harness.trial.site import Site
from harness.trial.target import PROGRAM

# Nothing ever comes later than at once: waiting for more is a nap.
_NAP = 0.01


class StandIn(AnyDriver):
    """The server of a case, which is the program of a site."""

    def __init__(self, site: Site) -> None:
        super().__init__(PROGRAM)
        self.site = site
        hello = {
            "protocol": VERSION,
            "implementation": PROGRAM,
            "runtime": "",
            "os": sys.platform,
            "pid": 0,
            "operations": ["serve", "fileno"],
            "transports": [site.target.transport],
            "services": SERVICES,
        }
        self._tell({"hello": hello})

    def put(self, line: bytes) -> None:
        request = json.loads(line)
        now = time.monotonic_ns()
        self._tell({"id": request["id"], "at": [now, now], **self._answer(request["op"])})

    def _answer(self, operation: str) -> Mapping[str, Any]:
        if operation == "serve":
            return {"reply": "ok", "values": {"name": self.site.address}}
        if operation == "fileno":
            row = self._listener()
            return {"reply": "ok", "values": {"fd": row["fd"] if row else -1}}
        return {"reply": "unsupported", "what": f"a program is not asked for `{operation}`"}

    def _listener(self) -> Mapping[str, Any] | None:
        rows = watching.listeners(self.site.pids())
        return next((row for row in rows if watching.is_at(row, self.site.address)), None)

    def _tell(self, message: Mapping[str, Any]) -> None:
        self.conversation.hear(json.dumps(message).encode())

    @property
    def alive(self) -> bool:
        return self.site.died() is None

    @property
    def pid(self) -> int | None:
        """The process that listens, which need not be the one that was started."""
        row = self._listener()
        return int(row["pid"]) if row else None

    def stderr_tail(self) -> str:
        return self.site.output()

    def clock(self) -> float:
        return time.monotonic()

    def pump(self, seconds: float) -> None:
        time.sleep(min(seconds, _NAP))

    @classmethod
    def pump_together(cls, drivers: Collection[Any], seconds: float) -> None:
        time.sleep(min(seconds, _NAP))

    def kill(self) -> None:
        """The site ends its program, not the case."""

    def hang_up(self) -> None:
        """There is no conversation to end."""

    def close(self) -> bool:
        return True
