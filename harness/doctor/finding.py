"""One line of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warn"]


@dataclass(frozen=True)
class Finding:
    """What was seen of one thing. Unless all is well: for whom it matters, and what it means.

    `stops`: no run is possible.
    """

    about: str
    level: Level
    seen: str
    whom: str = ""
    means: str = ""
    stops: bool = False
