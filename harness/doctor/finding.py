"""One line of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warn"]


@dataclass(frozen=True)
class Finding:
    """What was seen of one thing and what it means; unless all is well also for whom it matters.

    `stops`: no run is possible.
    """

    about: str
    level: Level
    seen: str
    whom: str = ""
    means: str = ""
    stops: bool = False
