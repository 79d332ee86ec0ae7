"""Files kept beside a record: scripts and packets of a case, in folders that are made for them."""

from __future__ import annotations

import os
from pathlib import Path


def keep(path: Path, data: bytes) -> str:
    """Write a file and the folders above it; return what went wrong in a sentence, or nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as problem:
        return f"{path}: {os.strerror(problem.errno or 0).lower()}"
    return ""
