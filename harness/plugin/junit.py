"""What a case tells a JUnit report beside pytest's own words: properties, all of them text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.records.model import CaseRecord


def properties(record: CaseRecord) -> Iterator[tuple[str, str]]:
    """Yield names and values; `implementations` has both sides, as `server+client` if they differ.

    What a case does not have is left out: parameters, references, the command of a failure."""
    server, client = record.implementations["server"], record.implementations["client"]
    told = {
        "scenario": record.scenario,
        "claim": record.claim,
        "spec": ", ".join(record.spec),
        "transport": record.transport,
        "parameters": json.dumps(record.parameters) if record.parameters else "",
        "implementations": server if server == client else f"{server}+{client}",
        "server": server,
        "client": client,
        "verdict": record.verdict,
        "why": record.why or "",
        "rerun": record.failure.rerun if record.failure else "",
        "capture": (record.failure.capture or "") if record.failure else "",
    }
    yield from ((name, value) for name, value in told.items() if value)
