"""Whole cases on scripted drivers: no port, no process, no wait."""

from __future__ import annotations

from typing import Any

from harness import plan
from harness.engine.case import Result, run_case
from harness.engine.fake import HELLO, FakeDriver, Play, Script, Stage
from harness.engine.settings import Settings
from harness.engine.under_way import Drivers
from harness.language.loader import loads

NAME = {"host": "127.0.0.1", "port": 7}
SCENARIO = "scenarios:\n- id: a.b\n  claim: So.\n  transports: [tcp4]\n  steps:\n{}"


def got(text: str) -> dict[str, object]:
    """Received bytes as a driver describes them."""
    return {"size": len(text), "head": text.encode().hex()}


def run(steps: str, server: Script | Play = (), client: Script | Play = (), **more: str) -> Result:
    """Run a scenario of these steps on two scripted drivers."""
    closing = more.get("closing", "")
    loaded = loads(SCENARIO.format(steps + closing), "x.yaml")
    assert not loaded.problems, loaded.explain()
    (case,) = plan.cases(loaded.scenarios)
    return run_case(case, pair(server, client), Settings(deadline=5), rerun="again")


def pair(server: Script | Play, client: Script | Play, hello: Any = HELLO) -> Drivers:
    """Two greeted drivers on one stage."""
    stage = Stage()
    made = {"server": server, "client": client}
    drivers = {name: FakeDriver(script, stage, name, hello) for name, script in made.items()}
    for driver in drivers.values():
        driver.greet(stage.now)
    return drivers  # type: ignore[return-value]


LISTEN = "  - server: listen\n"
CONNECT = "  - client: connect\n"
RECV = "  - client: recv\n    expect: {data: hello}\n"
BLOCKED = (
    LISTEN
    + "  - server: accept\n    as: conn\n    start: waiting\n  - blocked: waiting\n"
    + CONNECT
    + "  - finish: waiting\n    within: 100ms\n"
)
