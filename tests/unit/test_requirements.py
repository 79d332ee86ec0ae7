"""What scenarios may require is what the engine can find out."""

from __future__ import annotations

from harness.engine import requirements
from harness.language.loader import REQUIREMENTS


def test_every_requirement_can_be_asked_for() -> None:
    """Each word that the loader takes has an answer here: met, or a sentence why not."""
    for word in REQUIREMENTS:
        reason = requirements.missing(word)
        assert reason is None or reason.strip()


def test_root_and_not_root_exclude_each_other() -> None:
    """One of the two is always missing."""
    assert (requirements.missing("root") is None) != (requirements.missing("not-root") is None)
