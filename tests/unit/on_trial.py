"""Cases of any pair on trial, and records of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.records.model import CaseRecord, Expectation
from harness.records.store import Store
from tests.unit.record_samples import HEADER

KNOWN = Expectation(kind="known", reason="It is so.")


def one(base: CaseRecord, server: str, client: str, transport: str = "tcp4", **rest: Any) -> Any:
    """The case with that pair on trial."""
    about = {"server": server, "client": client}
    return replace(base, implementations=about, transport=transport, **rest)


def text(rows: Any) -> list[str]:
    """The rows without their colours; those of the legend and of nothing left out."""
    lines = ["".join(part.text for part in row).rstrip() for row in rows]
    return [line for line in lines if line]


def record_of(folder: Path, *cases: CaseRecord) -> str:
    """A file of results with these cases; its path."""
    store = Store.open(folder, HEADER)
    for case in cases:
        store.append(case)
    store.close(complete=True, seconds=1.0)
    return str(store.path)
