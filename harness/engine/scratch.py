"""The directories that drivers may use: each its own, all below one of the run.

Paths are short, because a unix socket's path has room for 108 bytes (104 on BSD systems).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# Bytes of the directory which holds the run's own: with "/sockharness-xxxxxxxx/123/" behind it
# this leaves 40 bytes for "HANDLE-N.sock".
LONGEST_BASE = 36


class Directories:
    """The directory of a run; made when the first driver needs one. `remove` it."""

    def __init__(self) -> None:
        self._above: Path | None = None
        self._count = 0

    def new(self) -> Path:
        """Make a directory for one driver."""
        if self._above is None:
            self._above = Path(tempfile.mkdtemp(prefix="sockharness-", dir=short_base()))
        self._count += 1
        scratch = self._above / str(self._count)
        # A driver that ends removes its own directory, and the last one this one above it.
        self._above.mkdir(mode=0o700, exist_ok=True)
        scratch.mkdir()
        return scratch

    def remove(self) -> None:
        """Remove all of them. May be called twice."""
        if self._above is not None:
            shutil.rmtree(self._above, ignore_errors=True)
            self._above = None


def short_base() -> str:
    """The directory for temporary files, or /tmp when that one's path is too long for sockets."""
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > LONGEST_BASE and os.access("/tmp", os.W_OK | os.X_OK):
        return "/tmp"
    return base
