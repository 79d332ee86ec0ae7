"""How long a call is waited for, and how often it is tried. Pure.

The engine and the scripts of cases wait alike, so this is copied into scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Between two tries of a step that is to hold `eventually`: short beside any wait of a kernel timer.
EVENTUALLY_PAUSE = 0.002


def longest_wait(
    deadline: float, args: Mapping[str, Any], within: float | None, at_least: float | None
) -> float:
    """Seconds after which a call hangs: the deadline, behind all that the call itself asks for."""
    asked = [args.get(key) for key in ("timeout", "for")]
    waits = [one for one in asked if isinstance(one, (int, float))]
    return deadline + sum(waits) + (within or 0.0) + (at_least or 0.0)
