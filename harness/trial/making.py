"""A check made, with what is kept beside its record when it finds something: a script, packets."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from harness.engine.captures import Captures
from harness.records.model import CaseRecord
from harness.reproducing import whole
from harness.reproducing.steps import NoScript
from harness.trial.check import Check

_NAME = re.compile(r"(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\]):\d+")


def made(check: Check, scripts: Path | None, captures: Captures | None) -> CaseRecord:
    """Make a check. `scripts` is the folder where those of findings go. Raise Pointless."""
    if captures is None:
        return _with_script(check, check.run(), scripts)
    captures.begin(check.id.partition("[")[2])  # the transport stands first
    record = check.run()
    return _with_script(check, captures.end(record, _names(record)), scripts)


def _names(record: CaseRecord) -> Collection[str]:
    """The names that sockets of a check had, as far as its calls and the kernel told them."""
    failure = record.failure
    if failure is None:
        return ()
    told = [entry.text for entry in failure.timeline]
    told += [name for view in failure.sockets for name in (view.local, view.peer) if name]
    return {name for text in told for name in _NAME.findall(text)}


def _with_script(check: Check, record: CaseRecord, folder: Path | None) -> CaseRecord:
    """The record with its script, which is written where scripts were asked for."""
    script = _script(check, record) if record.verdict in ("fail", "varies") else ""
    if record.failure is not None and not record.failure.script:
        record = replace(record, failure=replace(record.failure, script=script))
    if folder is None or not script or record.foretold:
        return record
    return whole.kept(record, script, folder)


def _script(check: Check, record: CaseRecord) -> str:
    try:
        return check.script(record) if check.script is not None else ""
    except NoScript:
        return ""
