"""Modules in the place of `socket`: a right one keeps the contract, each wrong one is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engine.walk import Settings
from harness.trial.findings import status
from harness.trial.module import ModuleTrial

MODULES = Path(__file__).parent / "modules"
# Module, and scenarios that are to catch it.
WRONG = {
    "sendall_sends_once": "partial-write.peer-close-cuts-blocked-sendall",
    "recv_waits_for_all": "partial-read.",
    "shutdown_closes": "shutdown.",
    "connect_ex_raises": "connect.",
    "names_cut": "accept.names",
    "errors_hidden": "close.",
}


def tried(monkeypatch: pytest.MonkeyPatch, module: str, part: str) -> int:
    """The exit status for a module, by the cases over tcp4 with this in their id."""
    monkeypatch.chdir(MODULES)
    with ModuleTrial(module, ["tcp4"], Settings(deadline=1.5)) as trial:
        checks = [check for check in trial.checks() if check.id.startswith(part)]
        assert checks
        for check in checks:
            found = status([check.run()])
            if found:
                return found
    return 0


@pytest.mark.parametrize("module", WRONG)
def test_wrong_module_is_caught(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that claims what the module does wrong is failed by it."""
    assert tried(monkeypatch, module, WRONG[module]) == 1


def test_right_module_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """All from the standard library under another name is no other thing."""
    assert tried(monkeypatch, "right", "close.") == 0
