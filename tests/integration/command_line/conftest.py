"""A folder with good scenarios, in which the commands are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands import GOOD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good scenarios, in which the commands are run."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "echo.yaml").write_text(GOOD)
    return tmp_path
