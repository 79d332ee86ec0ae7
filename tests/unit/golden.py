"""Whole texts are compared with files in `tests/golden/`.

SOCKHARNESS_GOLDEN=write in the environment writes them anew; what changed is then for git to show
and for a person to judge, as a change of an API.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "golden"


def check(name: str, text: str) -> None:
    """Assert that the text is what the golden file has."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("SOCKHARNESS_GOLDEN") == "write":
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")
