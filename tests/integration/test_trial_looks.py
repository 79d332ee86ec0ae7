"""Looks at a program when looking itself is hard: one that is slow, a machine that refuses."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.records.model import CaseRecord
from harness.trial import holding, watching
from harness.trial.target import Target
from harness.trial.trial import Trial

HOSTILE = str(Path(__file__).with_name("programs_hostile.py"))


def seen(program: str, name: str) -> CaseRecord:
    """What the look of that name says of a program."""
    with Trial(
        Target("echo", "tcp4", (sys.executable, HOSTILE, program, "{host}", "{port}"))
    ) as on:
        return next(check for check in on.checks() if check.id.startswith(name)).run()


def test_a_program_that_takes_its_time_does_not_take_all_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it gives back cannot be told by a few connections: that is said, and is no fault."""
    monkeypatch.setattr(holding, "ROUND_WITHIN", 0.2)
    record = seen("slow", "life.gives-back-descriptors")
    assert record.verdict == "varies"
    assert record.failure is not None
    assert "too few to tell" in record.failure.actual


def test_a_look_that_this_machine_refuses_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs this look, not the others."""

    def refused(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(watching, "usage", refused)
    record = seen("slow", "life.gives-back-descriptors")
    assert record.verdict == "broken"
    assert record.why == f"not looked at: [Errno {errno.EMFILE}] {os.strerror(errno.EMFILE)}"


def test_a_process_that_has_ended_takes_no_time() -> None:
    """As one that ends while it is looked at."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert watching.spinning([ended.pid], time.sleep) == 0.0
