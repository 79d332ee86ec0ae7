"""`--capture`: the packets of each case that fails, as files that Wireshark opens.

The kernel keeps them during every case, and they are read when one fails. Where they cannot be
read, and for sockets that have none, the record says so in one sentence.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from harness.engine.packets import Capture, NoPackets
from harness.engine.pcapng import of_sockets, pcapng
from harness.records.beside import keep
from harness.records.model import CaseRecord

_FOLDER = "packets"
_LONGEST = 100  # characters of an id in a file's name


class Captures:
    """What one process of a run has captured, in a folder beside its results."""

    def __init__(self, results: Path | None) -> None:
        where = results or Path()
        self._folder = (where.parent if where.suffix else where) / _FOLDER
        self._capture: Capture | None = None
        self._note = ""

    def begin(self, transport: str) -> None:
        """A case on this transport begins."""
        if self._capture is None and not self._note:
            try:
                self._capture = Capture()
            except NoPackets as reason:
                self._note = str(reason)
        if self._capture is not None:
            self._capture.begin(transport)

    def end(self, record: CaseRecord, names: Collection[str]) -> CaseRecord:
        """A case has ended: keep its packets if it failed, and say in its record where."""
        if record.failure is None or not record.unexpected:
            if self._capture is not None:
                self._capture.drop()
            return record
        file, note = self._kept(record, names)
        return replace(record, failure=replace(record.failure, capture=file, capture_note=note))

    def close(self) -> None:
        """Capture no more."""
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    def _kept(self, record: CaseRecord, names: Collection[str]) -> tuple[str | None, str]:
        if record.transport.startswith("unix"):
            return None, "a unix socket has no packets"
        if self._capture is None:
            return None, self._note
        packets, lost = self._capture.take()
        own = of_sockets(packets, names, record.transport)
        if not own:
            return None, "no packets of this case were seen on the loopback interface"
        path = self._folder / _name(record)
        if trouble := keep(path, pcapng(own, f"{record.id}: {record.verdict}")):
            return None, trouble
        note = f"{lost} packets on the interface were lost, perhaps of this case" if lost else ""
        return str(path), note


def _name(record: CaseRecord) -> str:
    """A name that sorts by time; the random digits are for two workers in one second."""
    words = re.sub(r"[^a-z0-9.]+", "-", record.id.lower()).strip("-")[:_LONGEST]
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{words}-{os.urandom(3).hex()}.pcapng"
