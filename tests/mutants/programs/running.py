"""Running the trial against a wrong program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from harness.engine.walk import Settings
from harness.records.model import CaseRecord
from harness.trial.sentences import named
from harness.trial.target import Target
from harness.trial.trial import Pointless, Trial

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from bugs import BUGS  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["BUGS", "caught", "target", "tried"]

# What hangs is caught; waiting long for it is wasted.
PATIENCE = Settings(deadline=2.0)
CAUGHT = ("fail", "inconclusive", "varies")


def target(name: str) -> Target:
    """The target of a bug; `none` has the right server of echo over TCP."""
    service, transport = BUGS[name][:2] if name != "none" else ("echo", "tcp4")
    words = [sys.executable, str(HERE / "server.py"), name, service, transport]
    words += ["{path}"] if transport.startswith("unix") else ["{host}", "{port}"]
    mode = 0o600 if name == "path-for-everybody" else None
    return Target(service, transport, tuple(words), path_mode=mode)


def tried(name: str) -> Iterator[CaseRecord]:
    """Make the checks of a bug's target that are about the sentence that it breaks."""
    with Trial(target(name), PATIENCE, ready_within=3.0) as trial:
        for check in trial.checks():
            if BUGS[name].sentence in check.sentences:
                try:
                    yield check.run()
                except Pointless:
                    return


def caught(name: str, record: CaseRecord) -> bool:
    """Whether a record tells of the sentence that the bug breaks."""
    return record.verdict in CAUGHT and BUGS[name].sentence in named(record.spec)
