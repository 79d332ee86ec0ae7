"""Wrong clients: each is caught, by the sentence that it breaks; the right one is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.trial.client_trial import ClientTrial
from harness.trial.target import Target
from tests.mutants.programs.client import BUGS

CLIENT = Path(__file__).with_name("client.py")


def trial(bug: str) -> ClientTrial:
    """The trial of the client with a bug."""
    words = (sys.executable, str(CLIENT), bug, "{host}", "{port}")
    return ClientTrial(Target("client", "tcp4", words), promises_within=5.0)


@pytest.mark.parametrize("bug", BUGS)
def test_wrong_client_is_caught(bug: str) -> None:
    """A look that is about the sentence finds something."""
    checks = [check for check in trial(bug).checks() if BUGS[bug] in check.sentences]
    assert any(check.run().verdict in ("fail", "varies") for check in checks)


def test_right_client_keeps_its_contract() -> None:
    """Nothing is found of a client that is right."""
    records = [check.run() for check in trial("none").checks()]
    assert [one.id for one in records if one.verdict != "pass"] == []
    assert len(records) == 12
