"""What a library's driver offers of the workloads: all of them, in its own loop, as either side.

Importing this puts them in the place of the reference driver's, which wait in blocking calls.
"""

from __future__ import annotations

from typing import FrozenSet

import calling  # noqa: F401
import crowds  # noqa: F401
import pacing  # noqa: F401
import trips  # noqa: F401
import writing  # noqa: F401
from offering import PLACING

WORKLOADS: FrozenSet[str] = PLACING | frozenset(
    "pong pong_many sink welcome turn fetch"
    " ping_open paced_open stream_open connect_open fan_open".split()
)
