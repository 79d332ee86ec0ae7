"""How patient a run is, and where its sides are: what a user may set for all of its cases."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.engine import elsewhere

# A call on loopback that takes longer than this hangs; the wait that a step itself asks for is
# added. Ten times what the slowest honest step of the corpus took on a busy machine.
STEP_DEADLINE = 10.0


@dataclass(frozen=True)
class Settings:
    """How patient a run is: seconds for a step, and the factor for slow machines; and the addresses
    of sides that do not share a loopback."""

    deadline: float = STEP_DEADLINE
    factor: float = 1.0
    hosts: elsewhere.Hosts = field(default_factory=dict)
